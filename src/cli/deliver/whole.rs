//! Standard input whose end is believed only from a pipe(8) that is alive.
//!
//! A pipe(8) that is killed in the middle of a message (`postfix abort`, no memory left) closes its end like one
//! that is through with it. Postfix hands the message over again, but a part of it, recorded, would stay as a mail
//! of its own. So at the end of input its writer, our parent, is looked at: the kernel marks a process as ending
//! before it closes the files. Where that cannot be seen (no /proc, or one that hides other users' processes, or a
//! parent that died before we began) the end is believed.

use nix::unistd::getppid;
use std::fs;
use std::io::{self, Read};

/// `PF_EXITING` of the kernel's process flags.
const EXITING: u64 = 4;
/// Where they stand in /proc/PID/stat, counted from behind the name (proc(5): the ninth field).
const FLAGS: usize = 6;

/// Reads as `input` does, and fails where it ends because the writer did.
#[derive(Debug)]
pub struct Whole<R> {
    input: R,
    writer: i32,
}

impl<R: Read> Whole<R> {
    /// What our parent writes.
    pub fn from_parent(input: R) -> Whole<R> {
        Whole { input, writer: getppid().as_raw() }
    }

    fn writer_is_gone(&self) -> bool {
        match fs::read(format!("/proc/{}/stat", self.writer)) {
            Ok(stat) => ending(&String::from_utf8_lossy(&stat)),
            // Gone altogether, or hidden from us; who lost its parent has another.
            Err(_) => getppid().as_raw() != self.writer,
        }
    }
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(buffer)?;
        if n == 0 && !buffer.is_empty() && self.writer_is_gone() {
            let why = "pipe(8) ended before the message did; Postfix will hand it over again";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
        }
        Ok(n)
    }
}

/// Whether /proc/PID/stat tells of a process that ends, or has ended and waits for its parent.
fn ending(stat: &str) -> bool {
    // The name may hold anything, parentheses too.
    let Some((_, rest)) = stat.rsplit_once(')') else { return false };
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next().unwrap_or_default();
    let flags = fields.nth(FLAGS - 1).and_then(|flags| flags.parse::<u64>().ok()).unwrap_or(0);
    matches!(state, "Z" | "X" | "x") || flags & EXITING != 0
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::process::{Child, ChildStdout, Command, Stdio};

    /// A process that writes `half` and then does `rest`.
    fn writer(rest: &str) -> (Child, Whole<ChildStdout>) {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("printf half; {rest}")]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (input, writer) = (child.stdout.take().unwrap(), i32::try_from(child.id()).unwrap());
        (child, Whole { input, writer })
    }

    #[test]
    fn end_of_input_is_believed_from_a_living_writer_only() {
        let mut text = String::new();
        let (mut child, mut whole) = writer("exec >&-; read wait");
        whole.read_to_string(&mut text).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();

        let (mut child, mut whole) = writer("kill -9 $$");
        let error = whole.read_to_string(&mut text).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert!(error.to_string().contains("pipe(8) ended"), "{error}");
        child.wait().unwrap();
        assert!(whole.read(&mut [0]).is_err(), "gone altogether");
        assert_eq!(text, "halfhalf");
    }

    #[test]
    fn process_that_ends_is_told_by_its_flags_whatever_its_name() {
        let stat = |state, flags| format!("7 (a) Z (b) {state} 1 7 7 0 -1 {flags} 100 0");
        assert!(!ending(&stat("S", 0x40_0040)));
        assert!(!ending(&stat("R", 0x40_0102)));
        assert!(ending(&stat("R", 0x40_0044)));
        assert!(ending(&stat("Z", 0x40_0040)));
        assert!(!ending("no such line"));
    }
}
