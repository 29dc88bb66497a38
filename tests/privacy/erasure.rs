//! Erasing: rows X42 and W11.

use super::person::{self, ADDRESS, NAME, OTHER_ADDRESS, SECRET, TRACES, dump, found};
use crate::store_support::program::{Program, file};
use crate::store_support::{CommitBatch as _, plan};
use crm_milter::crm::block::{BlockKeys, BlockKind};
use crm_milter::crm::plan::{Link, Outcome, Plan, Target};
use crm_milter::store::cluster::Role;

#[test]
fn nothing_of_an_erased_person_is_found_in_a_dump_of_the_database() {
    let crm = Program::open();
    let rosa = person::traces(&crm);
    let before = dump(&crm);
    assert_eq!(found(&before), TRACES, "the search finds what is there");
    let done = crm.json(&["--as", "adm", "privacy", "erase", NAME, "--yes"]);
    assert_eq!(done["contact"], rosa.contact.to_string());
    assert_eq!(done["addresses"], serde_json::json!([OTHER_ADDRESS, ADDRESS]));
    assert_eq!((&done["mails_erased"], &done["mails_pending"]), (&3.into(), &2.into()), "{done}");
    // Bodies of several parties, and what only names the person, wait.
    let pending = crm.json(&["--as", "adm", "privacy", "pending"]);
    let mut waiting: Vec<(String, String)> = pending
        .as_array()
        .unwrap()
        .iter()
        .map(|body| (body["mail"].as_str().unwrap().into(), body["cause"].as_str().unwrap().into()))
        .collect();
    waiting.sort();
    let mut wanted = vec![
        (rosa.several.to_string(), "party".to_owned()),
        (rosa.mention.to_string(), "mention".to_owned()),
    ];
    wanted.sort();
    assert_eq!(waiting, wanted);
    let other = pending.as_array().unwrap().iter().find(|body| body["cause"] == "party").unwrap();
    assert_eq!(other["parties"], serde_json::json!(["info@crm.test", "notario@otro.test"]));
    let text = dump(&crm);
    let left: Vec<&str> = found(&text);
    assert!(left.contains(&SECRET), "a body is not deleted before somebody decides: {left:?}");
    crm.text(&[
        "--as",
        "adm",
        "privacy",
        "decide",
        &rosa.several.to_string(),
        &rosa.mention.to_string(),
        "delete",
    ]);
    assert_eq!(crm.json(&["--as", "adm", "privacy", "pending"]), serde_json::json!([]));
    assert_eq!(found(&dump(&crm)), [""; 0]);
    assert_eq!(crm.json(&["mail", "list", "--search", SECRET]), serde_json::json!([]));
}

#[test]
fn others_mail_cards_and_attachments_stay_and_what_is_counted_stays() {
    let crm = Program::open();
    let rosa = person::traces(&crm);
    let mails = crm.json(&["mail", "list", "--limit", "1000"]).as_array().unwrap().len();
    crm.json(&["--as", "adm", "privacy", "erase", ADDRESS, "--yes"]);
    crm.text(&[
        "--as",
        "adm",
        "privacy",
        "decide",
        &rosa.several.to_string(),
        &rosa.mention.to_string(),
        "keep",
    ]);
    // Stubs are mails still, with time and size, on what they stood on.
    assert_eq!(crm.json(&["mail", "list", "--limit", "1000"]).as_array().unwrap().len(), mails);
    let stub = crm.json(&["mail", "show", &rosa.sole.to_string()]);
    assert_eq!((stub["subject"].as_str(), stub["text"].as_str()), (Some("(erased)"), Some("")));
    assert!(stub["size"].as_i64().unwrap() > 0 && !stub["stands_on"].as_array().unwrap().is_empty());
    assert_eq!(stub["attachments"], 0);
    // The notary's attachment had the same content as one of Rosa's.
    let folder = crm.config.with_file_name("saved");
    crm.text(&["mail", "show", &rosa.notary.to_string(), "--save", folder.to_str().unwrap()]);
    assert_eq!(std::fs::read(folder.join("p.pdf")).unwrap(), b"the common plan");
    // The kept body is whole, the party is nobody.
    let kept = crm.json(&["mail", "show", &rosa.several.to_string()]);
    assert!(kept["text"].as_str().unwrap().contains(SECRET));
    assert_eq!(kept["parties"][0]["address"], serde_json::Value::Null);
    assert_eq!(kept["parties"][1]["address"], "notario@otro.test");
    // In a note on another card only what names Rosa went, not whoever has a similar address.
    let notes = crm.json(&["note", "list", "--contact", "of bob"]);
    assert_eq!(notes[0]["text"], "knows (erased) and mariarosa@cliente.test");
    let mut owner = crm.company.scratch.client(Role::Owner);
    let count =
        |sql: &str, owner: &mut postgres::Client| -> i64 { owner.query_one(sql, &[]).unwrap().get(0) };
    assert_eq!(
        count(
            "SELECT count(*) FROM crm.contact WHERE erased_at IS NOT NULL AND name = '(erased)'",
            &mut owner
        ),
        2
    );
    assert_eq!(
        count("SELECT count(*) FROM crm.record WHERE title = '(erased)' AND code LIKE 'LEAD-%'", &mut owner),
        2
    );
    assert_eq!(count("SELECT count(*) FROM crm.ticket WHERE subject = '(erased)'", &mut owner), 1);
    assert_eq!(count("SELECT count(*) FROM crm.outbox WHERE state = 'cancelled'", &mut owner), 2);
    assert_eq!(count("SELECT count(*) FROM crm.task WHERE completed_at IS NOT NULL", &mut owner), 1);
    assert_eq!(
        count(
            "SELECT count(*) FROM crm.address_state WHERE address IS NULL AND off_at IS NOT NULL
                      AND digest = crm.digest('rosa.priv@hogar.test')",
            &mut owner
        ),
        1
    );
    // One line of audit says who did it, and its numbers; none is gone.
    assert_eq!(count("SELECT count(*) FROM crm.audit a JOIN crm.users u ON u.id = a.user_id
                      WHERE a.action = 'erase' AND a.entity = 'contact' AND u.login = 'adm' AND a.change ? 'mails_erased'", &mut owner), 1);
    assert!(count("SELECT count(*) FROM crm.audit WHERE change = '{}'", &mut owner) > 5);
    assert_eq!(
        crm.json(&["contact", "list", "--text", "erased"]),
        serde_json::json!([]),
        "lists do without stubs"
    );
}

#[test]
fn block_outlives_the_erasure_as_a_keyed_hash_of_each_address() {
    let crm = Program::open();
    person::traces(&crm);
    crm.json(&["--as", "adm", "privacy", "erase", ADDRESS, "--yes"]);
    let mut owner = crm.company.scratch.client(Role::Owner);
    let secret: Vec<u8> =
        owner.query_one("SELECT value FROM crm.secret WHERE name = 'blocks'", &[]).unwrap().get(0);
    let keys = BlockKeys::new(&secret);
    let mut wanted: Vec<Vec<u8>> = [ADDRESS, OTHER_ADDRESS]
        .iter()
        .map(|a| keys.key(BlockKind::Address, a).0.to_be_bytes().to_vec())
        .collect();
    wanted.sort();
    let sql = "SELECT keyed_hash FROM crm.block WHERE kind = 'hash' AND removed_at IS NULL ORDER BY 1";
    let kept: Vec<Vec<u8>> = owner.query(sql, &[]).unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(kept, wanted);
    let open = "SELECT count(*) FROM crm.block WHERE removed_at IS NULL AND kind <> 'hash'";
    assert_eq!(owner.query_one(open, &[]).unwrap().get::<_, i64>(0), 0);
    assert!(crm.text(&["block", "why", OTHER_ADDRESS]).contains("erasure"));
}

#[test]
fn preview_says_exactly_what_would_go_and_changes_nothing() {
    let crm = Program::open();
    person::traces(&crm);
    crm.text(&["mail", "list", "--search", SECRET]);
    let before = dump(&crm);
    let would = crm.json(&["--as", "adm", "privacy", "erase", ADDRESS, "--preview"]);
    // Numbers of sequences are spent by whatever is taken back.
    let lines = |dump: &str| {
        dump.lines()
            .filter(|line| !line.starts_with("select pg_catalog.setval") && !line.starts_with('\\'))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(lines(&dump(&crm)), lines(&before));
    // Without a terminal to ask on nothing is done either.
    let (code, complaint) = crm.refused(&["--as", "adm", "privacy", "erase", ADDRESS]);
    assert!(code == 64 && complaint.contains("--yes"), "{complaint}");
    let done = crm.json(&["--as", "adm", "privacy", "erase", ADDRESS, "--yes"]);
    for field in ["mails_erased", "mails_pending", "rows", "addresses"] {
        assert_eq!(would[field], done[field], "{field}");
    }
    let (code, complaint) =
        crm.refused(&["--as", "adm", "privacy", "erase", done["contact"].as_str().unwrap(), "--yes"]);
    assert!(code == 77 && complaint.contains("erased before"), "{code} {complaint}");
}

#[test]
fn address_that_others_have_too_leaves_their_mail_alone() {
    let crm = Program::open();
    let rosa = person::traces(&crm);
    let mut owner = crm.company.scratch.client(Role::Owner);
    let bob = crm.company.contacts["of bob"];
    owner.execute(
        "INSERT INTO crm.contact_address (contact_id, address, shown, shared) VALUES ($1, 'rosa@cliente.test', 'rosa@cliente.test', true)",
        &[&bob],
    ).unwrap();
    let done = crm.json(&["--as", "adm", "privacy", "erase", &rosa.contact.to_string(), "--yes"]);
    assert_eq!(done["shared"], serde_json::json!([ADDRESS]));
    assert_eq!(done["addresses"], serde_json::json!([OTHER_ADDRESS]));
    // It is another's correspondence as well: waits for a decision.
    let pending = crm.json(&["--as", "adm", "privacy", "pending"]).to_string();
    assert!(pending.contains(&rosa.sole.to_string()), "{pending}");
    let kept: String =
        owner.query_one("SELECT text FROM crm.mail WHERE id = $1", &[&rosa.sole]).unwrap().get(0);
    assert!(kept.contains(SECRET));
}

#[test]
fn stub_takes_nothing_new_and_stays_as_it_is() {
    let crm = Program::open();
    let rosa = person::traces(&crm);
    crm.json(&["--as", "adm", "privacy", "erase", ADDRESS, "--yes"]);
    let id = rosa.contact.to_string();
    let merged = rosa.merged.to_string();
    for words in [
        &["note", "add", "--contact", &id, "again"][..],
        &["contact", "address", "add", &id, ADDRESS],
        &["contact", "set", &id, "name=Rosa"],
        &["contact", "unmerge", &merged],
    ] {
        let (_, complaint) = crm.refused(&[&["--as", "adm"], words].concat());
        assert!(complaint.contains("erased") || complaint.contains("not merged"), "{words:?}: {complaint}");
    }
    // To be handed to another colleague it may.
    crm.text(&["--as", "adm", "contact", "set", &id, "owner=bob"]);
}

#[test]
fn every_column_of_text_is_registered_for_erasures_or_holds_nobodys_words() {
    /// What holds no text of or about people outside, and what `erase_contact` sees to itself.
    const OTHERS: [&str; 24] = [
        // Seen to by the function.
        "mail",
        "party",
        "attachment",
        "contact",
        "contact_address",
        "contact_phone",
        "address_state",
        "block",
        "lead_count",
        "mail_search",
        // Colleagues, vocabulary, and keys of the configuration.
        "users",
        "office",
        "team",
        "user_sasl_login",
        "user_certificate",
        "user_address",
        "origin",
        "contact_type",
        "stage",
        "series",
        "inbox",
        "queue",
        "secret",
        "scope",
    ];
    /// Columns of enumerations, keys and names of programs in the other tables.
    const WORDS: [&str; 36] = [
        "kind",
        "state",
        "status",
        "priority",
        "code",
        "series",
        "inbox",
        "origin",
        "currency",
        "outcome",
        "cause",
        "door",
        "queue_id",
        "how",
        "purpose",
        "leased_by",
        "message_id",
        "db_role",
        "as_role",
        "operator",
        "action",
        "entity",
        "reason",
        "decision",
        "table_name",
        "column_name",
        "condition",
        "candidates",
        "name",
        "applied_on",
        "checksum",
        "version",
        "moved",
        "type",
        "channel",
        "report",
    ];
    let crm = Program::open();
    let mut owner = crm.company.scratch.client(Role::Owner);
    let rows = owner.query(
        "SELECT c.relname::text, a.attname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0
           AND NOT a.attisdropped AND a.atttypid IN ('text'::regtype, 'jsonb'::regtype, 'text[]'::regtype, 'varchar'::regtype)
           AND NOT EXISTS (SELECT FROM crm.personal_text t WHERE t.table_name = c.relname AND t.column_name = a.attname)
         ORDER BY 1, 2",
        &[],
    ).unwrap();
    let unknown: Vec<String> = rows
        .iter()
        .map(|row| (row.get::<_, String>(0), row.get::<_, String>(1)))
        .filter(|(table, column)| !OTHERS.contains(&table.as_str()) && !WORDS.contains(&column.as_str()))
        .map(|(table, column)| format!("{table}.{column}"))
        .collect();
    assert!(
        unknown.is_empty(),
        "a migration adds these to crm.personal_text, or this test says why not: {unknown:?}"
    );
}

#[test]
fn name_that_is_an_expression_or_a_common_word_harms_no_text() {
    let crm = Program::open();
    let name = r#".* x|y (a) [b] \d {2} ^$ + ? "q" <b>"#;
    let mut lead = plan::lead("odd", "odd@b.test");
    lead.contacts[0].name = name.into();
    let mut team = plan::lead("team", "team@b.test");
    team.contacts[0].name = "Sales Team".into();
    crm.company.commit(&[lead, team]);
    let written = format!("the sales team knows {name} well");
    crm.text(&["--as", "adm", "note", "add", "--contact", "of bob", &written]);
    crm.text(&["--as", "adm", "task", "add", &written, "--contact", "of bob", "--for", "bob"]);
    let note = |crm: &Program| {
        crm.json(&["note", "list", "--contact", "of bob"])[0]["text"].as_str().unwrap().to_owned()
    };
    let done = crm.json(&["--as", "adm", "privacy", "erase", "odd@b.test", "--yes"]);
    assert_eq!((&done["elsewhere"], done["words"][0].as_str()), (&2.into(), Some(name)), "{done}");
    assert_eq!(note(&crm), "the sales team knows (erased) well");
    let done = crm.json(&["--as", "adm", "privacy", "erase", "team@b.test", "--spare-name", "--yes"]);
    assert_eq!((&done["elsewhere"], &done["words"]), (&0.into(), &serde_json::json!([])));
    assert_eq!(note(&crm), "the sales team knows (erased) well");
    let (code, complaint) =
        crm.refused(&["--as", "adm", "privacy", "erase", "of ann", "--also", "an", "--yes"]);
    assert!(code == 65 && complaint.contains("too short"), "{complaint}");
}

#[test]
fn whoever_was_about_to_file_on_the_person_looks_again() {
    let crm = Program::open();
    let rosa = person::traces(&crm);
    let mail = plan::mail("on its way", ADDRESS);
    let link = Link { mail: mail.id, target: Target::Contact(rosa.contact) };
    let id = mail.id;
    let entry = Plan {
        intakes: vec![plan::intake(Some(id), Outcome::Recorded)],
        mail: Some(mail),
        links: vec![link],
        ..plan::empty()
    };
    // Planned before, written after: the unique keys' rule for what changed meanwhile.
    crm.json(&["--as", "adm", "privacy", "erase", ADDRESS, "--yes"]);
    let error =
        crm.company.scratch.store(Role::Daemon).commit_batch(std::slice::from_ref(&entry)).unwrap_err();
    assert!(error.is_conflict() && !error.is_data(), "{error}");
    // An attachment that the last mail had is stored anew by whoever thought it known.
    let mut late = plan::mail("same file", "x@b.test");
    late.attachments = vec![file("zanahoria.txt", b"only zanahoria here")];
    let digest = late.attachments[0].sha256.to_vec();
    let mut daemon = crm.company.scratch.client(Role::Daemon);
    let sql = "INSERT INTO crm.attachment (mail_id, position, media_type, sha256, size) VALUES ($1, 0, 'a/b', $2, 1)";
    let refused = daemon.execute(sql, &[&late.id, &digest]).unwrap_err();
    assert_eq!(refused.code().unwrap().code(), "23503");
    crm.company.commit(&[Plan {
        intakes: vec![plan::intake(Some(late.id), Outcome::Recorded)],
        mail: Some(late),
        ..plan::empty()
    }]);
}

#[test]
fn stub_says_that_it_was_erased_and_an_mbox_goes_on_without_it() {
    let crm = Program::open();
    let rosa = person::traces(&crm);
    let mails = |crm: &Program| {
        String::from_utf8_lossy(&crm.bytes(&["mail", "export", "--format", "mbox"]))
            .matches("\nFrom ")
            .count()
    };
    let before = mails(&crm);
    crm.json(&["--as", "adm", "privacy", "erase", ADDRESS, "--yes"]);
    let (code, complaint) = crm.refused(&["mail", "show", &rosa.sole.to_string(), "--raw"]);
    assert!(code == 66 && complaint.contains("erased"), "{complaint}");
    assert_eq!(mails(&crm), before - 3);
}
