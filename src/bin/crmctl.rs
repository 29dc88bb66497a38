//! `crmctl`: the desk and the administration. All of it is in [`crm_milter::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    crm_milter::cli::run::run(std::env::args_os().collect())
}
