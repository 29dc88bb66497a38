//! How an import shows how far it is: a bar with the rate on a terminal, and lines now and then elsewhere. Both on
//! standard error, so that `--json` has standard output for itself.

use super::super::text;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Between two lines where there is no terminal.
const LINES: Duration = Duration::from_secs(10);

/// What is shown.
#[derive(Debug)]
pub struct Shown {
    bar: Option<ProgressBar>,
    began: Instant,
    last: Instant,
    total: u64,
    octets: u64,
    messages: u64,
}

impl Shown {
    /// Of an import of so many octets.
    pub fn new(total: u64) -> Shown {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(5));
            let style =
                ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}  {bytes_per_sec}  {eta} left");
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        let now = Instant::now();
        Shown { bar, began: now, last: now, total, octets: 0, messages: 0 }
    }

    /// So many octets were read, of which so many messages were taken.
    pub fn at(&mut self, octets: u64, messages: u64) {
        (self.octets, self.messages) = (octets, messages);
        match &self.bar {
            Some(bar) => {
                bar.set_message(self.rate());
                bar.set_position(octets.min(self.total));
            }
            None if self.last.elapsed() >= LINES => {
                self.last = Instant::now();
                let percent = (octets.min(self.total) * 100).checked_div(self.total).unwrap_or(100);
                eprintln!("crmctl: {percent} %, {}", self.rate());
            }
            None => {}
        }
    }

    /// A line that stays.
    pub fn say(&self, line: &str) {
        let line = format!("crmctl: {}", text::line(line));
        match &self.bar {
            Some(bar) => bar.println(line),
            None => eprintln!("{line}"),
        }
    }

    /// Seconds since it began.
    pub fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    fn rate(&self) -> String {
        let rate = self.messages as f64 / self.seconds().max(0.001);
        format!("{} messages, {rate:.0}/s", self.messages)
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
