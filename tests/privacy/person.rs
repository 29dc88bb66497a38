//! A person who has left traces everywhere, and others whose mail must not suffer.

use crate::store_support::plan;
use crate::store_support::program::{Program, file};
use crm_milter::crm::plan::*;
use crm_milter::store::cluster::Role;
use std::process::Command;
use uuid::Uuid;

pub const NAME: &str = "Rosa Maldonado Quintero";
pub const ADDRESS: &str = "rosa@cliente.test";
pub const OTHER_ADDRESS: &str = "rosa.priv@hogar.test";
/// Stands in each text that is the person's.
pub const SECRET: &str = "zanahoria";
/// Whatever must not be found after all is done; lower case.
pub const TRACES: [&str; 8] = [
    "rosa maldonado",
    "rosa@cliente.test",
    "rosa.priv@hogar.test",
    "rosa+casa@cliente.test",
    "600112233",
    "600 11 22 33",
    "911223344",
    SECRET,
];

/// The mails and the contact.
pub struct Person {
    pub contact: Uuid,
    /// Merged into it.
    pub merged: Uuid,
    /// Only Rosa outside.
    pub sole: Uuid,
    /// With a notary.
    pub several: Uuid,
    /// Of the contact `of bob`, whose mail quotes Rosa's address.
    pub mention: Uuid,
    /// The notary's, with an attachment that Rosa sent as well.
    pub notary: Uuid,
}

fn party(role: &'static str, name: &str, address: &str, contact: Option<Uuid>) -> Party {
    Party {
        role,
        name: Some(name.into()),
        address: Some(address.into()),
        canonical: Some(address.into()),
        contact,
        user: None,
    }
}

/// A message as it would have been received.
pub fn raw(from: &str, to: &str, more: &str, body: &str) -> Vec<u8> {
    format!("From: {from}\r\nTo: {to}\r\n{more}Subject: {SECRET}\r\n\r\n{body}\r\n").into_bytes()
}

fn letter(subject: &str, from: &str) -> NewMail {
    let mut mail = plan::mail(subject, from);
    mail.text = format!("{SECRET} de {NAME}, mi numero 600 11 22 33 ({subject})");
    mail.raw = raw(from, "info@crm.test", "", &mail.text);
    mail
}

/// Writes the person's traces.
pub fn traces(crm: &Program) -> Person {
    let mut lead = plan::lead("lead of Rosa", ADDRESS);
    lead.contacts[0].name = NAME.into();
    lead.contacts[0].phones = vec!["+34600112233".into()];
    lead.records[0].title = format!("{NAME}: piso, {SECRET}");
    let (contact, record) = (lead.contacts[0].id, lead.records[0].id);
    let mut sole = letter(&format!("{SECRET} one"), ADDRESS);
    sole.parties = vec![
        party("from", NAME, ADDRESS, Some(contact)),
        party("to", "Info", "info@crm.test", None),
        party("bcc", "Info", "otra@crm.test", None),
    ];
    sole.attachments =
        vec![file("zanahoria.txt", b"only zanahoria here"), file("plano.pdf", b"the common plan")];
    sole.findings = serde_json::json!([{ "finding": "odd", "text": ADDRESS }]);
    let id = sole.id;
    lead.links.iter_mut().for_each(|link| link.mail = id);
    lead.intakes[0].mail = Some(id);
    lead.intakes[0].mail_from = "Rosa+casa@Cliente.test".into();
    lead.intakes[0].subject = Some(format!("{SECRET} one"));
    lead.intakes[0].reason = format!("new contact {NAME}");
    lead.notifications.push(NewNotification {
        id: Uuid::now_v7(),
        user: crm.company.users["ann"],
        kind: "assigned",
        target: Some(Target::Contact(contact)),
        mail: Some(id),
        text: format!("new lead of {NAME}"),
    });
    lead.mail = Some(sole);
    let news = lead.notifications[0].id;
    crm.company.commit(&[lead]);
    // A notice that carries the mail's text (`mail_text` in `[notices]`).
    let notice = "INSERT INTO crm.outbox (id, kind, mail_from, rcpt_to, message_id, subject, message, notification_id)
                  VALUES ($1, 'notice', '', 'ann@crm.test', '<n@crm.test>', 'News', jsonb_build_object('text', $2::text), $3)";
    let mut daemon = crm.company.scratch.client(Role::Daemon);
    daemon.execute(notice, &[&Uuid::now_v7(), &format!("new lead: {SECRET}"), &news]).unwrap();

    let mut second = plan::lead("second", OTHER_ADDRESS);
    second.contacts[0].name = NAME.into();
    second.contacts[0].phones = vec!["+34911223344".into()];
    let merged = second.contacts[0].id;
    crm.company.commit(&[second]);

    let mut several = letter("del notario", ADDRESS);
    several.parties = vec![
        party("from", NAME, ADDRESS, Some(contact)),
        party("to", "Notary", "notario@otro.test", None),
        party("cc", "Info", "info@crm.test", None),
    ];
    let mut intake = plan::intake(Some(several.id), Outcome::Recorded);
    intake.mail_from = ADDRESS.into();
    let several_id = several.id;
    let link = Link { mail: several.id, target: Target::Contact(contact) };
    crm.company.commit(&[Plan {
        mail: Some(several),
        links: vec![link],
        intakes: vec![intake],
        ..plan::empty()
    }]);

    let mut mention = plan::mail("mention", "of.bob@b.test");
    mention.text = format!("Please write to Rosa@cliente.test, she is a {SECRET}");
    mention.raw = raw("of.bob@b.test", "info@crm.test", "", &mention.text);
    let mut notary = plan::mail("the plan", "notario@otro.test");
    notary.attachments = vec![file("p.pdf", b"the common plan")];
    let (mention_id, notary_id) = (mention.id, notary.id);
    for mail in [mention, notary] {
        let intake = plan::intake(Some(mail.id), Outcome::Recorded);
        crm.company.commit(&[Plan { mail: Some(mail), intakes: vec![intake], ..plan::empty() }]);
    }
    // A line without a mail.
    let mut refused = plan::intake(None, Outcome::Blocked);
    refused.mail_from = "ROSA@cliente.test".into();
    refused.subject = Some(SECRET.into());
    refused.reason = format!("{ADDRESS} is blocked");
    crm.company.commit(&[Plan { intakes: vec![refused], ..plan::empty() }]);

    let mut help = plan::ticket(&format!("{SECRET} y calefaccion"), ADDRESS, Some(contact));
    help.mail = help.mail.map(|mut mail| {
        mail.raw = raw(ADDRESS, "help@crm.test", "", SECRET);
        mail
    });
    let ticket = help.tickets[0].id;
    crm.company.commit(&[help]);

    let id = contact.to_string();
    crm.text(&["--as", "adm", "contact", "merge", &merged.to_string(), &id]);
    crm.text(&["--as", "adm", "contact", "set", &id, "company=Zanahoria SL", "interests=zanahoria"]);
    desk(crm, &id, &record.to_string(), &ticket.to_string());
    Person {
        contact,
        merged,
        sole: id_of(crm, "one"),
        several: several_id,
        mention: mention_id,
        notary: notary_id,
    }
}

fn id_of(crm: &Program, subject: &str) -> Uuid {
    let sql = "SELECT id FROM crm.mail WHERE subject LIKE '%' || $1";
    crm.company.scratch.client(Role::Owner).query_one(sql, &[&subject]).unwrap().get(0)
}

/// What people at the desk write.
fn desk(crm: &Program, contact: &str, record: &str, ticket: &str) {
    let note = crm.json(&[
        "--as",
        "adm",
        "note",
        "add",
        "--contact",
        contact,
        &format!("{SECRET}, tel. 911 22 33 44"),
    ]);
    let note = note["id"].as_str().unwrap().to_owned();
    crm.text(&["--as", "adm", "note", "edit", &note, "likes zanahoria most"]);
    crm.text(&["--as", "adm", "note", "add", "--record", record, SECRET]);
    crm.text(&[
        "--as",
        "adm",
        "note",
        "add",
        "--contact",
        "of bob",
        &format!("knows {NAME} and mariarosa@cliente.test"),
    ]);
    crm.text(&["--as", "adm", "task", "add", &format!("ring {NAME}"), "--contact", contact, "--for", "ann"]);
    crm.text(&["--as", "adm", "activity", "add", &format!("visit {SECRET}"), "--contact", contact]);
    crm.text(&["--as", "adm", "ticket", "comment", ticket, &format!("Dear {NAME}: {SECRET}")]);
    crm.text(&[
        "--as",
        "adm",
        "block",
        "add",
        "--contact",
        ADDRESS,
        "--reason",
        &format!("{SECRET} too often"),
    ]);
    let mut owner = crm.company.scratch.client(Role::Owner);
    let contact = Uuid::parse_str(contact).unwrap();
    let statements = [
        "INSERT INTO crm.outbox (id, kind, mail_from, rcpt_to, message_id, subject, message, contact_id)
         VALUES (gen_random_uuid(), 'letter', 'info@crm.test', 'rosa@cliente.test', '<x@crm.test>', 'zanahoria',
                 '{\"text\": \"zanahoria\"}', $1)",
        "INSERT INTO crm.consent (id, contact_id, address, purpose, evidence, given_at)
         VALUES (gen_random_uuid(), $1, 'rosa@cliente.test', 'news', 'zanahoria box ticked', now())",
        "INSERT INTO crm.address_state (digest, address, off_at, reason)
         SELECT crm.digest(address), address, now(), 'unsubscribe' FROM crm.contact_address
         WHERE contact_id = $1 AND address = 'rosa.priv@hogar.test'",
    ];
    for sql in statements {
        owner.execute(sql, &[&contact]).unwrap();
    }
}

/// Everything in the database as text, lower case, with what stands in octets written out.
pub fn dump(crm: &Program) -> String {
    let program = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin/pg_dump"))
        .filter(|path| path.exists())
        .max()
        .unwrap_or_else(|| "pg_dump".into());
    let url = crm.company.scratch.config.url(Role::Superuser);
    let output = Command::new(program).arg("-d").arg(url).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Somebody else's, who has a similar address.
    String::from_utf8(output.stdout).unwrap().to_lowercase().replace("mariarosa@cliente.test", "")
}

/// Which traces stand in a dump, as text or as octets.
pub fn found(dump: &str) -> Vec<&'static str> {
    let hex = |text: &str| text.bytes().map(|octet| format!("{octet:02x}")).collect::<String>();
    let there = |trace: &&str| {
        let capital = format!("{}{}", trace[..1].to_uppercase(), &trace[1..]);
        dump.contains(*trace) || dump.contains(&hex(trace)) || dump.contains(&hex(&capital))
    };
    TRACES.into_iter().filter(there).collect()
}
