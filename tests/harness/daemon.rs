//! The daemon under test: the program as cargo built it, with a configuration of the test's.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::wait;

/// A running crm-milter; stopped by SIGTERM when dropped.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    log: PathBuf,
    /// Length of what earlier starts logged.
    before: usize,
}

impl Daemon {
    /// Starts `program` and waits for its `READY=1` in the manner of sd_notify(3).
    pub fn start(program: &Path, config: &Path, scratch: &Path) -> Daemon {
        Daemon::start_in(program, config, scratch, &[])
    }

    /// The same, with more variables in its environment.
    pub fn start_in(
        program: &Path,
        config: &Path,
        scratch: &Path,
        environment: &[(String, String)],
    ) -> Daemon {
        let notify = scratch.join("notify");
        fs::remove_file(&notify).ok();
        let socket = UnixDatagram::bind(&notify).unwrap();
        fs::set_permissions(&notify, fs::Permissions::from_mode(0o666)).unwrap();
        let log = scratch.join("daemon.log");
        let before = fs::metadata(&log).map_or(0, |found| found.len());
        let before = usize::try_from(before).unwrap();
        let output = File::options().create(true).append(true).open(&log).unwrap();
        let child = Command::new(program)
            .arg("--config")
            .arg(config)
            .env("NOTIFY_SOCKET", &notify)
            .envs(environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        let mut daemon = Daemon { child, log, before };
        daemon.wait_ready(&socket);
        daemon
    }

    fn wait_ready(&mut self, socket: &UnixDatagram) {
        socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        let end = Instant::now() + Duration::from_secs(60);
        let mut buffer = [0; 4096];
        loop {
            let said = socket.recv(&mut buffer).map(|n| String::from_utf8_lossy(&buffer[..n]).into_owned());
            if said.is_ok_and(|text| text.lines().any(|line| line == "READY=1")) {
                return;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "the daemon ended ({ended:?}):\n{}", self.log());
            assert!(Instant::now() < end, "the daemon is not ready after a minute:\n{}", self.log());
        }
    }

    /// All that it logged so far, of earlier starts too.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until it has its database: it is ready for mail before.
    pub fn wait_database(&self) {
        self.wait_for("the database is ready");
        // Only who is known to be none is refused as no user.
        self.wait_for(" users known");
    }

    /// Waits until it has logged that since this start.
    pub fn wait_for(&self, text: &str) {
        wait::until(text, &[&self.log], Duration::from_secs(60), || {
            self.log()[self.before..].contains(text).then_some(())
        });
    }

    /// Its process id.
    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().try_into().unwrap())
    }

    /// SIGTERM, and waits for the end.
    pub fn stop(&mut self) {
        kill(self.pid(), Signal::SIGTERM).ok();
        self.child.wait().unwrap();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.stop();
        if std::thread::panicking() {
            eprintln!("--- {}\n{}", self.log.display(), self.log());
        }
    }
}
