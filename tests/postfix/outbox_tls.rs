//! What goes out through TLS: nothing but EHLO and STARTTLS is said to a server before it has shown who it is, and
//! what could not go waits with a reason that says what to do.

use crate::harness::scratch::user;
use crate::harness::sink::Sink;
use crate::harness::site::{Options, Site};
use crate::harness::tls::Authority;
use crate::harness::wait;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use uuid::Uuid;

/// `\0crm\0se:cret`
const LOGIN: &str = "AUTH PLAIN AGNybQBzZTpjcmV0";

/// A company whose mail goes to a server with TLS.
struct Company {
    site: Site,
    sink: Sink,
    authority: Authority,
    /// What the daemon trusts: another authority than ours until [`Company::trust`].
    trusted: PathBuf,
    good: PathBuf,
    folder: tempfile::TempDir,
}

impl Company {
    fn start(tls: &str, trusts: &str) -> Company {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let authority = Authority::new(folder.path().join("ours"), "ACME CA");
        let other = Authority::new(folder.path().join("other"), trusts);
        let good = authority.issue_for("good", "localhost", 2);
        let trusted = folder.path().join("trusted.pem");
        fs::copy(other.certificate(), &trusted).unwrap();
        let login = folder.path().join("login");
        fs::write(&login, "crm:se:cret\n").unwrap();
        fs::set_permissions(&login, fs::Permissions::from_mode(0o400)).unwrap();
        nix::unistd::chown(&login, Some(user().uid), None).unwrap();
        let sink = Sink::start();
        let outbox = format!(
            "host = \"localhost\"\ntls = \"{tls}\"\nlogin_file = \"{}\"\ntimeout_seconds = 10",
            login.display()
        );
        let environment = [("SSL_CERT_FILE".to_owned(), trusted.display().to_string())];
        let site = Site::with(&Options {
            outbox_port: Some(sink.port),
            outbox: &outbox,
            environment: &environment,
            ..Options::default()
        });
        Company { site, sink, authority, trusted, good, folder }
    }

    /// What an operator does with update-ca-certificates.
    fn trust(&self) {
        fs::copy(self.authority.certificate(), &self.trusted).unwrap();
    }

    /// A mail that cannot go now for that reason, is heard of by nobody, and goes when that is `mended`.
    fn waits(&self, why: &[&str], mended: impl FnOnce()) {
        let before = self.sink.taken().len();
        let id = put(&self.site);
        let [state, error, attempts] = self.until(&id, |row| why.iter().all(|why| row[1].contains(why)));
        assert_eq!((state.as_str(), attempts.as_str()), ("queued", "0"), "{error}");
        let log = self.site.daemon().log();
        assert!(
            log.lines().any(|line| line.contains("warning: ") && line.contains(&error)),
            "{error}\n{log}"
        );
        let listed = self.site.crmctl(&["--json", "outbox", "list", "--state", "queued"]);
        assert!(listed.contains(&serde_json::to_string(&error).unwrap()), "{error}\n{listed}");
        assert_eq!(self.sink.taken().len(), before);
        mended();
        let [_, error, _] = self.until(&id, |row| row[0] == "sent");
        assert_eq!(error, "");
        assert_eq!(self.sink.taken().len(), before + 1, "it was sent once");
    }

    /// Waits until a row's state, error and attempts are as wanted.
    fn until(&self, id: &str, good: impl Fn(&[String; 3]) -> bool) -> [String; 3] {
        let log = self.site.scratch.path().join("daemon.log");
        let sql = format!("SELECT state, coalesce(error, ''), attempts FROM crm.outbox WHERE id = '{id}'");
        let watched: [&Path; 1] = [&log];
        wait::until("the row", &watched, Duration::from_secs(60), || {
            let row: [String; 3] = self.site.rows(&sql).remove(0).try_into().unwrap();
            good(&row).then_some(row)
        })
    }
}

fn put(site: &Site) -> String {
    let id = Uuid::now_v7().to_string();
    site.rows(&format!(
        "INSERT INTO crm.outbox (id, kind, inbox, mail_from, rcpt_to, message_id, subject, message) \
         VALUES ('{id}', 'reply', 'support', 'support@crm.test', 'eva@client.test', '<{id}@crm.test>', 'Hola', \
         '{{\"text\": \"Secret\"}}')"
    ));
    id
}

#[test]
fn starttls_says_nothing_in_the_clear_and_waits_for_a_server_that_shows_who_it_is() {
    let company = Company::start("starttls", "Other CA");
    let Company { sink, authority, good, .. } = &company;
    let other = authority.issue_for("other", "mail.elsewhere.test", 2);
    let expired = authority.issue_for("expired", "localhost", -1);
    sink.secure(good, false);
    company.waits(&["UnknownIssuer", "run update-ca-certificates"], || company.trust());
    sink.expose();
    company.waits(&["offers no STARTTLS", "tls = \"tls\" in [outbox]"], || sink.secure(good, false));
    sink.secure(&other, false);
    company.waits(&["mail.elsewhere.test", "as host in [outbox]"], || sink.secure(good, false));
    sink.secure(&expired, false);
    company.waits(&["Expired", "renew it on the server"], || sink.secure(good, false));
    // What somebody in between says in the clear is no answer to what is said inside TLS.
    for meddled in ["250-sink\r\n250 AUTH PLAIN\r\n", "250 sink\r\n235 ok\r\n250 ok\r\n", "250-si", "\r\n"] {
        sink.secure(good, false);
        sink.meddle(meddled);
        company.waits(&["somebody in between meddles"], || sink.secure(good, false));
    }
    let clear = sink.clear();
    let harmless = |said: &&String| *said == "STARTTLS" || said.starts_with("EHLO ");
    assert!(clear.iter().all(|said| harmless(&said)), "{clear:?}");
    let sent = sink.taken().len();
    let count = |said: &str| sink.commands().iter().filter(|command| command.starts_with(said)).count();
    assert_eq!((count(LOGIN), count("MAIL FROM:")), (sent, sent), "each on a connection of its own");
    assert!(company.folder.path().exists());
}

#[test]
fn tls_from_the_first_octet_says_nothing_at_all_to_a_server_that_is_not_trusted() {
    let company = Company::start("tls", "ACME CA");
    let Company { sink, authority, good, .. } = &company;
    let other = authority.issue_for("other", "mail.elsewhere.test", 2);
    // Somebody else's authority of our authority's name.
    sink.secure(good, true);
    company.waits(&["BadSignature", "run update-ca-certificates"], || company.trust());
    sink.secure(&other, true);
    company.waits(&["mail.elsewhere.test"], || sink.secure(good, true));
    sink.expose();
    company.waits(&["that is no TLS", "tls = \"starttls\""], || sink.secure(good, true));
    assert_eq!(sink.clear(), [""; 0]);
    assert!(sink.commands().contains(&LOGIN.to_owned()));
}
