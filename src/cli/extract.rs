//! `crmctl extract`: what one message says, as JSON, without database or configuration.
//!
//! Any input is a message of some kind, so there is no failure here; a file that cannot be read is the
//! caller's error.

use crate::extract::{Options, extract};
use crate::mail::message;
use clap::Args;
use std::path::PathBuf;

/// Show what a message says: who wrote it, the customer it speaks of, new text, codes, attachments.
///
/// Without a configuration the codes are those of the series LEAD, DEAL, OFFER, PROJECT, INC and TICKET, and
/// telephones without a country code are read in the country that the message itself suggests.
#[derive(Debug, Clone, Args)]
pub struct ExtractArgs {
    /// The message; standard input if absent or `-`.
    pub file: Option<PathBuf>,
    /// Name the rule that found each field, and the text it stood in.
    #[arg(long)]
    pub explain: bool,
    /// Region of telephones without a country code, as ISO 3166 has it (`ES`).
    #[arg(long, value_name = "CODE", value_parser = region)]
    pub region: Option<String>,
}

fn region(code: &str) -> Result<String, String> {
    match crate::extract::phone::is_region(code) {
        true => Ok(code.to_ascii_uppercase()),
        false => Err("no region of ISO 3166 with a numbering plan".to_owned()),
    }
}

/// The JSON object for one message. With `explain`, `findings` also names the rule behind each field.
pub fn run(input: &[u8], options: &Options, explain: bool) -> serde_json::Value {
    let mut facts = extract(&message::read(input), options);
    if explain {
        let explained = std::mem::take(&mut facts.explained);
        facts.findings.extend(explained);
    }
    serde_json::to_value(&facts).expect("facts hold no map with keys that are not text")
}
