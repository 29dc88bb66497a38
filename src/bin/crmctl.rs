//! `crmctl`: desk and administration. Arguments, wiring and exit codes only.

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use crm_milter::cli::extract::{self, ExtractArgs};
use crm_milter::extract::Options;
use std::io::{Read, Write};
use std::path::Path;

/// Desk and administration of crm-milter.
#[derive(Debug, Parser)]
#[command(name = "crmctl", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Extract(ExtractArgs),
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Extract(args) => print(&args),
    }
}

fn print(args: &ExtractArgs) -> Result<()> {
    let mut input = Vec::new();
    match args.file.as_deref().filter(|f| *f != Path::new("-")) {
        Some(file) => {
            input = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?
        }
        None => _ = std::io::stdin().read_to_end(&mut input).context("cannot read standard input")?,
    }
    let options = Options { default_region: args.region.clone(), ..Options::default() };
    let facts = extract::run(&input, &options, args.explain);
    let mut out = serde_json::to_vec_pretty(&facts).context("cannot write JSON")?;
    out.push(b'\n');
    std::io::stdout().write_all(&out).context("cannot write to standard output")
}
