//! Mail that was received before an erasure and is recorded after it.

use super::person::{self, ADDRESS, SECRET, dump};
use crate::store_support::program::Program;
use arc_swap::ArcSwap;
use crm_milter::crm::inbox::{Inbox, InboxTable};
use crm_milter::crm::intake::Ceilings;
use crm_milter::crm::policy::Policy;
use crm_milter::extract;
use crm_milter::mail::envelope::{Door, Envelope, InboxRcpt};
use crm_milter::spool::Spool;
use crm_milter::store::cluster::Role;
use crm_milter::worker::{Settings, Worker};
use jiff::Timestamp;
use postgres::fallible_iterator::FallibleIterator as _;
use std::sync::Arc;
use std::time::Duration;

fn settings() -> Arc<ArcSwap<Settings>> {
    let inbox = Inbox::new("info", "info@crm.test");
    let inboxes = InboxTable::new(vec![inbox], Some('+'), false);
    let policy = Policy { own_domains: ["crm.test".to_owned()].into(), ..Policy::of_inboxes(inboxes) };
    Arc::new(ArcSwap::from_pointee(Settings {
        policy: Arc::new(ArcSwap::from_pointee(policy)),
        extract: extract::Options::default(),
        lead_series: "LEAD".into(),
        ceilings: Ceilings { client: 100, source: 100 },
        batch: 100,
        retention: Vec::new(),
        longest_pause: Duration::from_millis(100),
    }))
}

fn put(spool: &Spool, received_at: Timestamp, subject: &str, from: &str, cc: &str) {
    let envelope = Envelope {
        queue_id: Some("4LATE".into()),
        mail_from: from.into(),
        rcpt_to: vec!["info@crm.test".into()],
        inboxes: vec![InboxRcpt { inbox: "info".into(), detail: None, rcpt_to: "info@crm.test".into() }],
        ..Envelope::new(Door::Milter, received_at)
    };
    let mut draft = spool.begin(&envelope).unwrap();
    let message = format!(
        "From: Rosa <{from}>\r\nTo: info@crm.test\r\n{cc}Subject: {subject}\r\n\
         Message-ID: <{}@there.test>\r\n\r\nHello, {SECRET}\r\n",
        subject.replace(' ', "-")
    );
    draft.write(message.as_bytes()).unwrap();
    draft.commit().unwrap();
}

/// Runs a worker until so many lines of intake have come.
fn work(crm: &Program, spool: &Spool, lines: usize) {
    let mut root = crm.company.scratch.client(Role::Superuser);
    root.batch_execute("LISTEN recorded").unwrap();
    let claims = spool.claims().unwrap();
    let stop = claims.stop_handle();
    let mut worker = Worker::new(claims, crm.company.scratch.store(Role::Daemon), settings());
    let running = std::thread::spawn(move || worker.run());
    let heard = root.notifications().timeout_iter(Duration::from_secs(30)).take(lines).count().unwrap();
    stop.stop();
    running.join().unwrap().unwrap();
    assert_eq!(heard, lines);
    assert_eq!(spool.counts().unwrap().new, 0);
}

#[test]
fn mail_from_before_an_erasure_that_is_recorded_after_it_leaves_nothing_of_the_person() {
    let crm = Program::open();
    let mut root = crm.company.scratch.client(Role::Superuser);
    root.batch_execute(
        "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN PERFORM pg_notify('recorded', NEW.id::text); RETURN NULL; END $$;
         CREATE TRIGGER tell AFTER INSERT ON crm.intake FOR EACH ROW EXECUTE FUNCTION tell()",
    )
    .unwrap();
    let spool = Spool::open(crm.company.scratch.directory.path().join("spool")).unwrap();
    person::traces(&crm);
    put(&spool, Timestamp::now(), "zanahoria in time", ADDRESS, "");
    work(&crm, &spool, 1);
    let before = Timestamp::now();
    crm.json(&["--as", "adm", "privacy", "erase", ADDRESS, "--yes"]);
    for body in crm.json(&["--as", "adm", "privacy", "pending"]).as_array().unwrap() {
        crm.text(&["--as", "adm", "privacy", "decide", body["mail"].as_str().unwrap(), "delete"]);
    }
    let contacts = |root: &mut postgres::Client| -> i64 {
        root.query_one("SELECT count(*) FROM crm.contact WHERE erased_at IS NULL", &[]).unwrap().get(0)
    };
    let others = contacts(&mut root);
    // It waited in a spool; Postfix delivers again what is recorded and erased, now.
    put(&spool, before, "zanahoria late", ADDRESS, "");
    put(&spool, Timestamp::now(), "zanahoria in time", ADDRESS, "");
    work(&crm, &spool, 2);
    let text = dump(&crm);
    assert!(!text.contains(SECRET) && !text.contains(ADDRESS));
    let lines = root
        .query("SELECT mail_from, subject, mail_id FROM crm.intake WHERE outcome = 'erased'", &[])
        .unwrap();
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert_eq!((line.get::<_, &str>(0), line.get::<_, Option<&str>>(1)), ("(erased)", None));
        assert_eq!(line.get::<_, Option<uuid::Uuid>>(2), None);
    }
    // Another party's mail of that time is kept, without the person, and waits.
    put(&spool, before, "zanahoria of two", ADDRESS, "Cc: Notary <notario@otro.test>\r\n");
    work(&crm, &spool, 1);
    let pending = crm.json(&["--as", "adm", "privacy", "pending"]);
    assert_eq!((pending.as_array().unwrap().len(), pending[0]["cause"].as_str()), (1, Some("late")));
    let mail = pending[0]["mail"].as_str().unwrap().to_owned();
    let waiting = crm.json(&["unresolved", "list"]).to_string();
    assert!(waiting.contains("erased-party"), "{waiting}");
    crm.text(&["--as", "adm", "privacy", "decide", &mail, "delete"]);
    let text = dump(&crm);
    assert!(!text.contains(SECRET) && !text.contains(ADDRESS) && text.contains("notario@otro.test"));
    assert_eq!(contacts(&mut root), others);
    // What the person writes from now on is new mail.
    put(&spool, Timestamp::now(), "hello again", ADDRESS, "");
    work(&crm, &spool, 1);
    assert_eq!(contacts(&mut root), others + 1);
    assert!(dump(&crm).contains(ADDRESS));
}

#[test]
fn entry_that_was_set_aside_in_the_spool_is_dropped_by_the_worker() {
    let crm = Program::open();
    let spool = Spool::open(crm.company.scratch.directory.path().join("spool")).unwrap();
    let text = std::fs::read_to_string(&crm.config).unwrap();
    std::fs::write(&crm.config, format!("spool = {:?}\n{text}", spool.dir())).unwrap();
    let mut root = crm.company.scratch.client(Role::Superuser);
    root.batch_execute(
        "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN PERFORM pg_notify('recorded', NEW.id::text); RETURN NULL; END $$;
         CREATE TRIGGER tell AFTER INSERT ON crm.intake FOR EACH ROW EXECUTE FUNCTION tell()",
    )
    .unwrap();
    person::traces(&crm);
    put(&spool, Timestamp::now(), "one", ADDRESS, "");
    put(&spool, Timestamp::now(), "two", "other@there.test", "");
    {
        let mut claims = spool.claims().unwrap();
        for entry in claims.claim(10).unwrap() {
            claims.reject(entry.id, "a test").unwrap();
        }
    }
    let done = crm.json(&["--as", "adm", "privacy", "erase", ADDRESS, "--yes"]);
    assert_eq!(done["spool_entries"], 1, "{done}");
    work(&crm, &spool, 1);
    let counts = spool.counts().unwrap();
    assert_eq!((counts.new, counts.failed), (0, 1));
    let line = root.query_one("SELECT mail_from FROM crm.intake WHERE queue_id = '4LATE'", &[]).unwrap();
    assert_eq!(line.get::<_, &str>(0), "(erased)");
}
