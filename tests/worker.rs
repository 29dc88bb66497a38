//! The worker with a real database: what one message does to the others.
#![allow(clippy::unwrap_used)]

mod store_support;

use arc_swap::ArcSwap;
use crm_milter::crm::inbox::{Inbox, InboxTable, Recording};
use crm_milter::crm::intake::Ceilings;
use crm_milter::crm::policy::Policy;
use crm_milter::extract;
use crm_milter::mail::envelope::{Door, Envelope, InboxRcpt};
use crm_milter::spool::Spool;
use crm_milter::store::cluster::Role;
use crm_milter::worker::{Settings, Worker};
use postgres::fallible_iterator::FallibleIterator as _;
use std::sync::Arc;
use std::time::Duration;
use store_support::Scratch;

fn settings(record: Recording) -> Arc<ArcSwap<Settings>> {
    let inbox = Inbox { record, ..Inbox::new("info", "info@crm.test") };
    let inboxes = InboxTable::new(vec![inbox], Some('+'), false);
    let policy = Policy { own_domains: ["crm.test".to_owned()].into(), ..Policy::of_inboxes(inboxes) };
    Arc::new(ArcSwap::from_pointee(Settings {
        policy: Arc::new(ArcSwap::from_pointee(policy)),
        extract: extract::Options::default(),
        lead_series: "LEAD".into(),
        ceilings: Ceilings { client: 100, source: 100 },
        batch: 100,
        longest_pause: Duration::from_millis(100),
    }))
}

fn put(spool: &Spool, subject: &str) {
    let envelope = Envelope {
        queue_id: Some(subject.to_uppercase()),
        mail_from: format!("{subject}@there.test"),
        rcpt_to: vec!["info@crm.test".into()],
        inboxes: vec![InboxRcpt { inbox: "info".into(), detail: None, rcpt_to: "info@crm.test".into() }],
        ..Envelope::new(Door::Milter, jiff::Timestamp::now())
    };
    let mut draft = spool.begin(&envelope).unwrap();
    let message = format!(
        "From: {subject}@there.test\r\nTo: info@crm.test\r\nSubject: {subject}\r\n\
         Message-ID: <{subject}@there.test>\r\n\r\nHello\r\n"
    );
    draft.write(message.as_bytes()).unwrap();
    draft.commit().unwrap();
}

#[test]
fn message_that_the_database_fails_on_holds_up_no_other() {
    let scratch = Scratch::migrated();
    let mut root = scratch.client(Role::Superuser);
    root.batch_execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN RAISE EXCEPTION 'a fault of the server' USING ERRCODE = 'internal_error'; END $$;
         CREATE TRIGGER fail BEFORE INSERT ON crm.intake
             FOR EACH ROW WHEN (NEW.subject = 'first') EXECUTE FUNCTION fail();
         CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN PERFORM pg_notify('recorded', NEW.subject); RETURN NULL; END $$;
         CREATE TRIGGER tell AFTER INSERT ON crm.intake FOR EACH ROW EXECUTE FUNCTION tell();
         LISTEN recorded",
    )
    .unwrap();
    let recorded = |root: &mut postgres::Client, count: usize| {
        let mut heard = root.notifications();
        let told = heard.timeout_iter(Duration::from_secs(30)).take(count);
        told.map(|one| Ok(one.payload().to_owned())).collect::<Vec<_>>().unwrap()
    };
    let spool = Spool::open(scratch.directory.path().join("spool")).unwrap();
    for subject in ["first", "second", "third"] {
        put(&spool, subject);
    }
    let claims = spool.claims().unwrap();
    let stop = claims.stop_handle();
    let mut worker = Worker::new(claims, scratch.store(Role::Daemon), settings(Recording::Auto));
    let running = std::thread::spawn(move || worker.run());
    assert_eq!(recorded(&mut root, 2), ["second", "third"]);
    root.batch_execute("DROP TRIGGER fail ON crm.intake").unwrap();
    assert_eq!(recorded(&mut root, 1), ["first"], "kept, and recorded once the server can");
    stop.stop();
    running.join().unwrap().unwrap();
    assert_eq!(spool.counts().unwrap().new, 0);
}

#[test]
fn mail_of_an_inbox_that_only_lists_stands_on_nothing_until_a_user_files_it() {
    let scratch = Scratch::migrated();
    let mut root = scratch.client(Role::Superuser);
    root.batch_execute(
        "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN PERFORM pg_notify('recorded', NEW.id::text); RETURN NULL; END $$;
         CREATE TRIGGER tell AFTER INSERT ON crm.intake FOR EACH ROW EXECUTE FUNCTION tell();
         LISTEN recorded",
    )
    .unwrap();
    let spool = Spool::open(scratch.directory.path().join("spool")).unwrap();
    put(&spool, "viewing");
    let claims = spool.claims().unwrap();
    let stop = claims.stop_handle();
    let mut worker = Worker::new(claims, scratch.store(Role::Daemon), settings(Recording::Manual));
    let running = std::thread::spawn(move || worker.run());
    let line = root.notifications().timeout_iter(Duration::from_secs(30)).next().unwrap().unwrap();
    stop.stop();
    running.join().unwrap().unwrap();
    let count = |root: &mut postgres::Client| -> [i64; 3] {
        ["contact", "record", "link"]
            .map(|table| root.query_one(&format!("SELECT count(*) FROM crm.{table}"), &[]).unwrap().get(0))
    };
    assert_eq!(count(&mut root), [0, 0, 0]);
    let config = scratch.directory.path().join("crm-milter.toml");
    std::fs::write(&config, format!("[database]\nurl = {:?}\n", scratch.config.url(Role::Desk))).unwrap();
    let saved = std::process::Command::new(env!("CARGO_BIN_EXE_crmctl"))
        .env_remove("CRM_USER")
        .arg("--config")
        .arg(&config)
        .args(["mail", "save", line.payload(), "--new", "lead"])
        .output()
        .unwrap();
    assert!(saved.status.success(), "{}", String::from_utf8_lossy(&saved.stderr));
    assert_eq!(count(&mut root), [1, 1, 2]);
    let open = "SELECT count(*) FROM crm.intake WHERE resolved_at IS NULL";
    assert_eq!(root.query_one(open, &[]).unwrap().get::<_, i64>(0), 0);
}
