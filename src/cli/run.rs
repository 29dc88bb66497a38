//! From the command line to the verb, and from its error to the exit code.

use super::args::{Cli, Command};
use super::desk::Desk;
use super::{exit, extract, man, postfix, spool};
use clap::CommandFactory;
use std::process::ExitCode;

/// Runs `crmctl`.
pub fn run(cli: Cli) -> ExitCode {
    let desk = Desk::new(cli.config, cli.json);
    match verb(&desk, cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("crmctl: {}", super::text::lines(&format!("{error:#}")));
            ExitCode::from(exit::code(&error))
        }
    }
}

fn verb(desk: &Desk, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Spool(verb) => spool::run(desk, &verb),
        Command::Postfix => postfix::run(desk),
        Command::Extract(args) => extract::print(desk, &args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "crmctl", &mut script);
            desk.bytes(&script)
        }
        Command::Man { directory } => man::write(&directory),
        _ => todo!(),
    }
}
