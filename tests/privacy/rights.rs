//! Who may: administrators, by name, whatever the client.

use super::person::{self, ADDRESS, dump};
use crate::store_support::company::tried;
use crate::store_support::program::Program;
use crm_milter::store::cluster::Role;

const DENIED: &str = "42501";

#[test]
fn only_an_administrator_exports_erases_and_decides_by_crmctl() {
    let crm = Program::open();
    let rosa = person::traces(&crm);
    let file = crm.config.with_file_name("rosa.tar");
    let (file, mail) = (file.to_str().unwrap(), rosa.several.to_string());
    let before = dump(&crm);
    for who in ["coo", "ann", "bob", "eve", ""] {
        for words in [
            &["privacy", "export", ADDRESS, "--to", file][..],
            &["privacy", "erase", ADDRESS, "--yes"],
            &["privacy", "erase", ADDRESS, "--preview"],
            &["privacy", "pending"],
            &["privacy", "decide", &mail, "delete"],
        ] {
            let (code, complaint) = crm.refused(&[&["--as", who], words].concat());
            assert!(code == 77 && complaint.contains("--as LOGIN"), "{who} {words:?}: {code} {complaint}");
        }
    }
    assert!(!std::path::Path::new(file).exists());
    assert!(dump(&crm).contains(ADDRESS) && before.contains(ADDRESS));
}

#[test]
fn no_other_role_gets_at_an_erasure_through_plain_sql() {
    let crm = Program::open();
    let rosa = person::traces(&crm);
    let erase = format!("SELECT crm.erase_contact('{}', '{{}}', '{{}}', '{{}}', false)", rosa.contact);
    let decide = format!("SELECT crm.decide_erasure(ARRAY['{}'::uuid], 'delete')", rosa.several);
    let take = format!("SELECT crm.take_mails(ARRAY['{}'::uuid], NULL, 'mine')", rosa.sole);
    let delete = format!("SELECT crm.delete_mails(ARRAY['{}'::uuid])", rosa.sole);
    let others = [
        "SELECT crm.erase_text('{}', '{}', '{}', '{}', '{}', 'a')",
        "SELECT crm.erase_blocks('{}', '{}')",
        "SELECT crm.person_pattern('{}', '{}', '{}')",
        "INSERT INTO crm.erasure (reason, mail_id) VALUES ('', gen_random_uuid())",
        "INSERT INTO crm.erasure_pending (mail_id, cause) VALUES (gen_random_uuid(), 'party')",
        "INSERT INTO crm.personal_row VALUES ('mail', 'true')",
        "DELETE FROM crm.erased_address",
    ];
    let all: Vec<&str> = [&erase[..], &decide, &take, &delete].into_iter().chain(others).collect();
    let mut clients = vec![
        ("daemon", crm.company.scratch.client(Role::Daemon)),
        ("desk", crm.company.scratch.client(Role::Desk)),
    ];
    clients.extend(["coo", "ann", "bob", "eve"].map(|who| (who, crm.company.client(who))));
    clients.push(("ann, logged in", crm.company.login("ann")));
    clients.push(("coo, logged in", crm.company.login("coo")));
    for (who, client) in &mut clients {
        // A setting proves nothing.
        client.batch_execute("SELECT set_config('crm.operator', 'adm', false)").unwrap();
        for sql in &all {
            assert_eq!(tried(client, sql), DENIED, "{who}: {sql}");
        }
        if *who != "daemon" {
            for sql in [
                "SELECT crm.retain(ARRAY['info'], ARRAY[30], 'info', NULL, 100, true)",
                "SELECT crm.drop_empty_partitions()",
            ] {
                assert_eq!(tried(client, sql), DENIED, "{who}: {sql}");
            }
        }
        if !["daemon", "desk"].contains(who) {
            assert_eq!(tried(client, "SELECT crm.person_addresses('{}')"), DENIED, "{who}");
            assert_eq!(tried(client, "SELECT FROM crm.erasure_pending"), DENIED, "{who}");
        }
    }
    // An administrator gets at the functions that are for administrators, and at nothing below them.
    let mut adm = crm.company.login("adm");
    assert_eq!(tried(&mut adm, &erase), "1");
    for sql in [&take[..], &delete, others[0], others[3], others[5]] {
        assert_eq!(tried(&mut adm, sql), DENIED, "{sql}");
    }
    // Once deactivated, not any more: the open session included.
    crm.company
        .scratch
        .client(Role::Owner)
        .execute("UPDATE crm.users SET role = 'agent' WHERE login = 'adm'", &[])
        .unwrap();
    assert_eq!(tried(&mut adm, &erase), DENIED);
    assert!(dump(&crm).contains(ADDRESS));
}
