//! `crm-milter`, the daemon: arguments, wiring and exit codes.
//!
//! The order of a start and of a stop stands in [`crm_milter::daemon`]. The milter's socket opens before the
//! database is asked for anything: without a database mail goes on into the spool.

mod lists;
mod outgoing;
mod running;
mod setup;
mod upkeep;

use anyhow::Result;
use clap::Parser;
use crm_milter::cli::args::Daemon;
use crm_milter::cli::exit;
use crm_milter::config::read;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = match Daemon::try_parse() {
        Ok(args) => args,
        Err(error) => return exit::usage(&error),
    };
    let result = if args.check { check(&args) } else { running::run(&args.config, args.daemon) };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("fatal: {error:#}");
            // Whoever started it from a terminal sees why, whatever the log's target.
            if !running::logs_to_stderr() {
                eprintln!("crm-milter: {error:#}");
            }
            ExitCode::from(exit::code(&error))
        }
    }
}

fn check(args: &Daemon) -> Result<()> {
    let config = read::load(&args.config)?;
    let enabled = config.inbox.iter().filter(|inbox| inbox.enabled).count();
    println!("{}: in order, {enabled} inboxes", args.config.display());
    Ok(())
}
