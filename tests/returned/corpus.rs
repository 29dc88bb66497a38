//! The corpus of delivery reports, each come to the signed address of a letter.

use crate::world::World;
use crm_milter::crm::signed::Detail;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn cases(set: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(set);
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut cases: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|e| e == "eml")).collect();
    cases.sort();
    cases
}

/// What must come of a report with that one recipient, as far as the corpus states it: `Some("")` is nothing.
fn wanted(recipient: &Value) -> Option<&'static str> {
    let text = |key: &str| recipient[key].as_str();
    match (text("status"), text("reason")) {
        (_, Some("mailbox-full")) | (Some("5.2.2"), _) => Some("counted"),
        (_, Some("unknown-user" | "unknown-host" | "moved" | "disabled")) => Some("bounce"),
        (Some("5.1.1" | "5.1.2" | "5.1.10"), None) => Some("bounce"),
        (_, Some("spam" | "authentication" | "rejected" | "network" | "system" | "too-big")) => Some(""),
        _ if recipient["permanent"] == false => Some(""),
        _ => None,
    }
}

#[test]
fn delivery_reports_of_any_server_switch_off_the_letters_address_and_no_other() {
    let mut world = World::new();
    let (mut letters, mut judged, mut off) = (BTreeSet::new(), 0, 0);
    for (number, path) in cases("bounce").into_iter().enumerate() {
        let raw = fs::read(&path).unwrap();
        let stated: Value = serde_json::from_slice(&fs::read(path.with_extension("json")).unwrap()).unwrap();
        let recipients = stated["bounce"]["recipients"].as_array().cloned().unwrap_or_default();
        let named = recipients.first().and_then(|r| r["address"].as_str()).map(str::to_lowercase);
        let other = format!("letter{number}@addressee.test");
        for address in
            [named.filter(|named| !letters.contains(named)), Some(other.clone())].into_iter().flatten()
        {
            let letter = world.letter(&address);
            letters.insert(address.clone());
            let came = world.come(&raw, "", &world.signed(Detail::Bounce(letter.number)));
            let sql = format!(
                "SELECT CASE WHEN off_at IS NULL THEN 'counted' ELSE reason END FROM crm.address_state WHERE address = '{address}'"
            );
            let found = world.rows(&sql).pop().unwrap_or_default();
            off += usize::from(found == "bounce");
            // Of several recipients the letter's own counts, and the gravest if it is none of them.
            let [recipient] = recipients.as_slice() else { continue };
            if let Some(wanted) = wanted(recipient) {
                judged += 1;
                assert_eq!(found, wanted, "{} to {address}: {came:?}", path.display());
            }
        }
    }
    assert!(judged > 100 && off > 80, "{judged} judged, {off} switched off");
    let touched = world.rows("SELECT address FROM crm.address_state");
    assert!(touched.iter().all(|address| letters.contains(address)), "only letters' own addresses");
}

#[test]
fn automatic_answers_of_any_server_to_the_address_for_bounces_switch_nothing_off() {
    let mut world = World::new();
    let mut automatic = 0;
    for (number, path) in cases("automatic").into_iter().enumerate() {
        let letter = world.letter(&format!("away{number}@addressee.test"));
        let raw = fs::read(&path).unwrap();
        let came = world.come(&raw, "away@addressee.test", &world.signed(Detail::Bounce(letter.number)));
        automatic += usize::from(came.outcome == "automatic");
    }
    assert!(world.off().is_empty(), "{:?}", world.off());
    assert!(automatic > 30, "{automatic}");
}
