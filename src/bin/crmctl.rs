//! `crmctl`: the desk and the administration. All of it is in [`crm_milter::cli`].

use clap::Parser;
use crm_milter::cli::{args::Cli, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run::run(Cli::parse())
}
