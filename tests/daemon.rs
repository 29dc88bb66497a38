//! The daemon as a program: starts that fail.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};

/// Starts the daemon in `dir` with that socket, without a database, and waits for its end.
fn run(dir: &Path, socket: &Path) -> Option<i32> {
    let config = dir.join("crm-milter.toml");
    let text = format!(
        "socket = \"unix:{}\"\nspool = \"{}\"\nuser = \"\"\n[log]\ntarget = \"stderr\"\n\
         [database]\nurl = \"postgresql://nobody@127.0.0.1:1/none\"\n",
        socket.display(),
        dir.join("spool").display(),
    );
    fs::write(&config, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_crm-milter"));
    command.arg("--config").arg(&config).stderr(Stdio::null());
    command.status().unwrap().code()
}

#[test]
fn start_that_fails_takes_nobody_elses_socket_and_no_file_away() {
    let dir = tempfile::TempDir::new().unwrap();
    let socket = dir.path().join("milter.sock");
    fs::write(&socket, "precious").unwrap();
    assert_eq!(run(dir.path(), &socket), Some(69));
    assert_eq!(fs::read(&socket).unwrap(), b"precious");
    fs::remove_file(&socket).unwrap();
    let other = UnixListener::bind(&socket).unwrap();
    assert_eq!(run(dir.path(), &socket), Some(69));
    assert!(socket.exists(), "another daemon's socket is left to it");
    drop(other);
}
