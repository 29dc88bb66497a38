//! Texts of replies before they are needed: `crmctl reply preview`, and faults in them: row S06.

use crate::harness::sink::Sink;
use crate::harness::site::Site;
use crate::harness::smtp::Mail;
use crate::harness::wait;
use crate::replies::{Expected, FORM, case, prepared};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Runs `crmctl reply preview` with a mail on standard input: what it prints, and says beside it.
fn preview(site: &Site, config: Option<&str>, words: &[&str], mail: &str) -> (String, String) {
    use std::io::Write;
    let path = site.scratch.path().join("crm-milter.toml");
    let mut child = Command::new(site.scratch.path().join("crmctl"))
        .arg("--config")
        .arg(config.map_or(path, Into::into))
        .args(["reply", "preview"])
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(mail.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn preview_shows_the_finished_message_or_why_there_is_none_with_and_without_the_database() {
    let sink = Sink::start();
    let mut site = prepared(&sink);
    let letter = case("preview", "support", "carl@client.test", Expected::Nothing).message(1);
    let (shown, beside) = preview(&site, None, &["support"], &letter);
    let year = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).year();
    for line in [
        "MAIL FROM:<>\nRCPT TO:<carl@client.test>\n\nFrom: Help <support@crm.test>\n".to_owned(),
        format!("Subject: Ticket INC-{year}-00000\n"),
        "Auto-Submitted: auto-replied\n".into(),
        "In-Reply-To: <case-1@client.test>\n".into(),
        format!("\n\nHello Ann Smith, your ticket is INC-{year}-00000.\n"),
    ] {
        assert!(shown.contains(&line), "{line}\n{shown}");
    }
    assert!(beside.contains("the envelope sender is the author, carl@client.test"), "{beside}");
    let none = |words: &[&str], letter: &str| preview(&site, None, words, letter).0;
    assert_eq!(none(&["support", "--from", ""], &letter), "no reply: it came from the null sender\n");
    assert_eq!(none(&["info"], &letter), "no reply: our address stands neither in To nor in Cc\n");
    assert!(none(&["mute"], &letter).starts_with("no reply: inbox mute has none; [[inbox.reply]]"));
    let lost = case("preview", "info", "lost@client.test", Expected::Nothing).message(2);
    assert_eq!(none(&["info"], &lost), "no reply: the contact is lost\n");
    let form = case("preview", "info", "web@forms.test", Expected::Nothing).body(FORM).message(3);
    assert!(none(&["info"], &form).contains("neither client nor DMARC proves"));
    assert!(none(&["info", "--client", "198.51.100.9"], &form).contains("RCPT TO:<lucy@customer.test>"));
    assert_eq!(site.value("SELECT count(*) FROM crm.intake"), "0", "nothing is recorded");
    site.stop_daemon();
    let (shown, beside) = preview(&site, None, &["info"], &lost);
    assert!(shown.contains("RCPT TO:<lost@client.test>"), "{shown}");
    assert!(
        beside.contains("nobody is known, blocked, lost or a colleague, as the database is away"),
        "{beside}"
    );
}

#[test]
fn fault_in_a_text_is_refused_at_start_at_reload_and_by_the_check() {
    let sink = Sink::start();
    let site = prepared(&sink);
    let path = site.scratch.path().join("crm-milter.toml");
    let good = std::fs::read_to_string(&path).unwrap();
    let wrong = good.replacen("your ticket is {{ ticket.code }}", "your ticket is {{ ticket.cod }}", 1);
    let line = wrong.lines().position(|line| line.contains("ticket.cod }}")).unwrap() + 1;
    let other = site.scratch.path().join("wrong.toml");
    std::fs::write(&other, &wrong).unwrap();
    let place = format!("{}:{line}:", other.display());
    for (program, words) in [("crm-milter", ["--check", "--config"]), ("crmctl", ["check", "--config"])] {
        let output =
            Command::new(site.scratch.path().join(program)).args(words).arg(&other).output().unwrap();
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!output.status.success() && said.contains(&place), "{said}");
        assert!(said.contains("unknown tag `ticket.cod`; known here: contact.name"), "{said}");
    }
    std::fs::write(&path, &wrong).unwrap();
    let log = site.scratch.path().join("daemon.log");
    nix::sys::signal::kill(site.daemon().pid(), nix::sys::signal::Signal::SIGUSR1).unwrap();
    wait::until("the refusal", &[&log], Duration::from_secs(60), || {
        site.daemon().log().contains("unknown tag `ticket.cod`").then_some(())
    });
    // The old texts stay in force.
    site.record(&Mail::new(
        "still@client.test",
        &["support@crm.test"],
        case("x", "support", "still@client.test", Expected::Nothing).message(5),
    ));
    assert!(sink.wait(1)[0].message.contains("your ticket is INC-"));
}
