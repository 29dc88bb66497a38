//! From the command line to the verb, and from its error to the exit code.

use super::args::{Cli, Command};
use super::deliver::whole::Whole;
use super::deliver::{self, DoorParts};
use super::desk::Desk;
use super::{
    activity, address, audit, block, capture, check, contact, dashboard, exit, extract, import, intake, mail,
    man, migrate, note, notification, outbox, postfix, privacy, record, reply, reprocess, retention, spool,
    task, ticket, unresolved, user, vocabulary,
};
use crate::config::read;
use crate::daemon::log as logging;
use crate::spool::Spool;
use clap::{CommandFactory, Parser};
use jiff::Timestamp;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Runs `crmctl` with the process's arguments.
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    if let Some(door) = door_arguments(&arguments) {
        return door_run(door);
    }
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return exit::usage(&error),
    };
    let desk = Desk::new(cli.config, cli.json).acting_as(cli.user);
    match verb(&desk, cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("crmctl: {}", super::text::lines(&format!("{error:#}")));
            if let Some(remedy) = exit::remedy(&error) {
                eprintln!("crmctl: {remedy}");
            }
            ExitCode::from(exit::code(&error))
        }
    }
}

fn verb(desk: &Desk, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Migrate => migrate::run(desk),
        Command::User(verb) => user::run(desk, verb),
        Command::Contact(verb) => contact::run(desk, &verb),
        Command::Note(verb) => note::run(desk, &verb),
        Command::Task(verb) => task::run(desk, &verb),
        Command::Type(verb) => vocabulary::types(desk, &verb),
        Command::Stage(verb) => vocabulary::stages(desk, &verb),
        Command::Origin(verb) => vocabulary::origins(desk, &verb),
        Command::Record(verb) => record::run(desk, verb),
        Command::Activity(verb) => activity::run(desk, &verb),
        Command::Ticket(verb) => ticket::run(desk, verb),
        Command::Mail(verb) => mail::run(desk, &verb),
        Command::Import(what) => import::run(desk, &what),
        Command::Intake(verb) => intake::run(desk, verb),
        Command::Reprocess(what) => reprocess::run(desk, &what),
        Command::Unresolved(verb) => unresolved::run(desk, &verb),
        Command::Dashboard(verb) => dashboard::run(desk, &verb),
        Command::Notification(verb) => notification::run(desk, &verb),
        Command::Outbox(verb) => outbox::run(desk, &verb),
        Command::Audit(verb) => audit::run(desk, &verb),
        Command::Block(verb) => block::run(desk, &verb),
        Command::Address(verb) => address::run(desk, &verb),
        Command::Capture(verb) => capture::run(desk, verb),
        Command::Reply(verb) => reply::run(desk, verb),
        Command::Privacy(verb) => privacy::run(desk, &verb),
        Command::Retention(verb) => retention::run(desk, &verb),
        Command::Spool(verb) => spool::run(desk, &verb),
        Command::Deliver { .. } => {
            Err(exit::fault(exit::USAGE, "`deliver` comes first, or after --config FILE"))
        }
        Command::Postfix => postfix::run(desk),
        Command::Check(args) => check::run(desk, &args),
        Command::Extract(args) => extract::print(desk, &args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "crmctl", &mut script);
            desk.bytes(&script)
        }
        Command::Man { directory } => man::write(&directory),
    }
}

/// The configuration and the door's own arguments, if this is the door. It is recognised before anything is
/// parsed, as a wrong argument must not print to pipe(8), which would quote it to the sender.
fn door_arguments(arguments: &[OsString]) -> Option<(PathBuf, Vec<OsString>)> {
    let is = |at: usize, word: &str| arguments.get(at).is_some_and(|argument| argument == OsStr::new(word));
    if is(1, "deliver") {
        return Some((PathBuf::from(read::PATH), arguments[1..].to_vec()));
    }
    (is(1, "--config") && is(3, "deliver")).then(|| (PathBuf::from(&arguments[2]), arguments[3..].to_vec()))
}

fn door_run((path, arguments): (PathBuf, Vec<OsString>)) -> ExitCode {
    // Until the configuration says otherwise: standard error would be quoted to the sender.
    logging::init("crmctl", logging::Target::Syslog, log::LevelFilter::Info);
    let input = Whole::from_parent(std::io::stdin().lock());
    let code =
        deliver::run(arguments, input, Timestamp::now, |other| door_parts(other.as_deref().unwrap_or(&path)));
    ExitCode::from(code)
}

fn door_parts(path: &Path) -> anyhow::Result<DoorParts> {
    let config = read::load(path)?;
    Ok(DoorParts { spool: Spool::open(&config.spool)?, inboxes: config.inbox_table() })
}
