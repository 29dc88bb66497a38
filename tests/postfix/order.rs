//! The order of the system calls behind a 250: the kernel's page cache survives `kill -9`, so only a trace
//! shows that an entry would survive a power cut.

use crate::harness::site::Site;
use crate::harness::smtp::Mail;
use crate::letters::plain;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Runs `work` while strace(1) watches the daemon, and returns the lines of the trace.
fn traced(site: &Site, work: impl FnOnce()) -> Vec<String> {
    let output = site.scratch.path().join("trace");
    let calls =
        "trace=openat,fsync,fdatasync,rename,renameat,renameat2,link,linkat,write,writev,sendto,sendmsg";
    let mut strace = Command::new("strace")
        .args(["-f", "-y", "-e", calls, "-p", &site.daemon().pid().to_string(), "-o"])
        .arg(&output)
        .stderr(Stdio::piped())
        .spawn()
        .expect("strace is installed by packaging/packages.sh");
    let mut said = String::new();
    BufReader::new(strace.stderr.take().unwrap()).read_line(&mut said).unwrap();
    assert!(said.contains("attached"), "{said}");
    work();
    kill(Pid::from_raw(strace.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    strace.wait().unwrap();
    fs::read_to_string(output).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn entry_and_its_name_are_on_disk_before_the_reply() {
    let site = Site::start();
    let letter = plain("Eva <eva@client.test>", "info@crm.test", "Order", "Hello.");
    let lines = traced(&site, || {
        site.accept(&Mail::new("eva@client.test", &["info@crm.test"], &letter));
    });
    let spool = site.scratch.path().join("spool");
    let (tmp, new) = (format!("{}/tmp/", spool.display()), format!("{}/new", spool.display()));
    let at = |what: &str, found: &dyn Fn(&str) -> bool| {
        let trace = lines.join("\n");
        lines.iter().position(|line| found(line)).unwrap_or_else(|| panic!("no {what} in\n{trace}"))
    };
    let synced = |line: &str| line.contains("fsync(") || line.contains("fdatasync(");
    let file = at("fsync of the entry", &|line| synced(line) && line.contains(&tmp));
    let named = at("rename into new", &|line| line.contains("rename") && line.contains(&format!("{new}/")));
    let directory = at("fsync of the directory", &|line| synced(line) && line.contains(&format!("<{new}>")));
    // Discard, the milter's last word for a message whose only recipient is consumed: one byte long, `d`.
    let reply = at("reply", &|line| line.contains(r"\0\0\0\1d"));
    assert!(
        file < named && named < directory && directory < reply,
        "fsync {file}, rename {named}, fsync of the directory {directory}, reply {reply}:\n{}",
        lines.join("\n")
    );
    // Nothing is written into the entry after it was synced.
    let written = lines.iter().rposition(|line| line.contains("write") && line.contains(&tmp));
    assert!(written.is_some_and(|last| last < file), "written after the fsync:\n{}", lines.join("\n"));
}
