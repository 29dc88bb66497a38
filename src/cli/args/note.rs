//! The command line of `crmctl note`.

use super::names;
use clap::{Args, Subcommand};
use uuid::Uuid;

/// Verbs of notes.
#[derive(Debug, Subcommand)]
pub enum Note {
    /// Write a note.
    #[command(after_help = names::NOTE)]
    Add {
        /// On what.
        #[command(flatten)]
        target: NoteOn,
        /// The text; `-`: from standard input.
        text: String,
        /// Pin it: pinned notes stand first.
        #[arg(long)]
        pin: bool,
    },
    /// List the notes on something, the pinned ones first.
    List {
        /// On what.
        #[command(flatten)]
        target: NoteOn,
        /// Deleted ones too.
        #[arg(long)]
        deleted: bool,
    },
    /// Show a note and what it said before.
    Show {
        /// Its id.
        note: Uuid,
    },
    /// Change what a note says; what it said is kept.
    Edit {
        /// Its id.
        note: Uuid,
        /// The text; `-`: from standard input.
        text: String,
    },
    /// Pin a note.
    Pin {
        /// Its id.
        note: Uuid,
    },
    /// Take the pin out.
    Unpin {
        /// Its id.
        note: Uuid,
    },
    /// Delete a note from the lists; what it said is kept.
    Delete {
        /// Its id.
        note: Uuid,
    },
}

/// What a note stands on.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct NoteOn {
    /// A contact: id, address, phone or name.
    #[arg(long)]
    pub contact: Option<String>,
    /// A record: code or id.
    #[arg(long)]
    pub record: Option<String>,
    /// A ticket: code or id.
    #[arg(long)]
    pub ticket: Option<String>,
    /// A mail: its id.
    #[arg(long)]
    pub mail: Option<Uuid>,
}
