//! `crm-milter`, the daemon: arguments, wiring and exit codes.
//!
//! The order of a start and of a stop stands in [`crm_milter::daemon`]. The milter's socket opens before the
//! database is asked for anything: without a database mail goes on into the spool.

mod blocks;
mod running;
mod setup;
mod upkeep;

use anyhow::Result;
use clap::Parser;
use crm_milter::cli::exit;
use crm_milter::config::read;
use std::path::PathBuf;
use std::process::ExitCode;

/// Files mail that passes Postfix as contacts, leads, tickets and history in PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "crm-milter", version, max_term_width = 100, after_help = AFTER_HELP)]
struct Args {
    /// Configuration file.
    #[arg(long, value_name = "FILE", default_value = read::PATH)]
    config: PathBuf,
    /// Check the configuration and end: nothing is started or changed.
    #[arg(long)]
    check: bool,
    /// Go into the background.
    #[arg(long, conflicts_with = "check")]
    daemon: bool,
}

const AFTER_HELP: &str = "SIGTERM ends it without making a client wait; SIGHUP and SIGUSR1 make it read the \
configuration again (a bad file is refused and the old one stays). Exit codes are those of sysexits(3).";

fn main() -> ExitCode {
    let args = Args::parse();
    let result = if args.check { check(&args) } else { running::run(&args.config, args.daemon) };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("crm-milter: {error:#}");
            log::error!("fatal: {error:#}");
            ExitCode::from(exit::code(&error))
        }
    }
}

fn check(args: &Args) -> Result<()> {
    let config = read::load(&args.config)?;
    let enabled = config.inbox.iter().filter(|inbox| inbox.enabled).count();
    println!("{}: in order, {enabled} inboxes", args.config.display());
    Ok(())
}
