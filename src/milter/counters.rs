//! What the milter did, counted since the start; shown by the status line and the metrics.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// Counters of the milter.
        #[derive(Debug, Default)]
        pub struct Counters {
            $($(#[doc = $doc])+ pub $name: AtomicU64,)+
        }

        impl Counters {
            /// Every counter with its name and meaning.
            pub fn snapshot(&self) -> Vec<(&'static str, &'static str, u64)> {
                vec![$((stringify!($name), concat!($($doc),+).trim_ascii_start(), self.$name.load(Ordering::Relaxed)),)+]
            }
        }
    };
}

counters! {
    /// Connections from Postfix.
    sessions,
    /// Transactions begun by MAIL.
    messages,
    /// Messages with one of our recipients.
    designated,
    /// Messages recorded in the spool.
    recorded,
    /// Messages that no inbox gets and a capture rule recorded.
    captured,
    /// Messages that a capture rule would have recorded and that could not be: disk, size, length of the header.
    capture_errors,
    /// Recipients refused: blocked senders, outsiders at an assistant, unknown codes, unwanted mail.
    refused_rcpt,
    /// Messages refused at their end for their author.
    refused_eom,
    /// Messages of a blocked author that went on without our recipients.
    taken_out,
    /// Messages that no capture rule saw, as users or contacts were not loaded yet.
    capture_missed,
    /// Contacts' mail to addresses that are not there, of which the owner is told.
    missed,
    /// Messages that told of a colleague's mail to a blocked or switched-off address.
    reports,
    /// Connections over the limit of sessions, accepted unseen.
    sessions_over_limit,
    /// Messages over a limit; what is for an inbox comes by the pipe door.
    over_limit,
    /// Messages that the spool could not take; they come by the pipe door.
    spool_errors,
    /// Messages whose edits Postfix did not take.
    edit_errors,
    /// Panics caught in a callback.
    panics,
}

/// One more.
pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
