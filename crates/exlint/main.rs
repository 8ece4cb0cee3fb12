//! The command `exlint`: what it was asked, what it does, how it ends.
mod args;
mod docs;
mod output;
mod show;
mod timing;

use std::process::ExitCode;
use std::time::Instant;

use args::{Args, CheckArgs, Command, ConfigArgs, DebugCommand};
use clap::Parser;
use exlint_engine::{ConfigFile, Error, Outcome, Overrides, Request, Settings, Targets};
use output::Output;
use show::Terminal;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The shipped rules: a library crate cannot package a file that lies above it.
const RULES: &str = include_str!("../../rules.toml");

fn main() -> ExitCode {
    let args = Args::parse();
    let terminal = Terminal::new(args.color);
    let end = match &args.command {
        Command::Check(check) => run_check(check, terminal),
        Command::Rules(config) => run_rules(config, terminal),
        Command::Explain { rule } => run_explain(rule, terminal),
        Command::Docs { folder } => docs::write(folder),
        Command::Debug(DebugCommand::Quoted { files }) => output::quoted(files),
    };
    end.unwrap_or_else(|stop| terminal.stop(&stop)).into()
}

fn run_check(args: &CheckArgs, terminal: Terminal) -> Result<End, Stop> {
    let start = Instant::now();
    let targets = Targets::resolve(&args.paths)?;
    let settings = Settings::load(RULES, &args.config.file(), &args.overrides(), &targets)?;
    let request = Request {
        targets: &targets,
        settings: &settings,
        threads: args.threads(),
        timing: args.timing,
    };
    let mut outcome = exlint_engine::check(&request)?;
    if outcome.files == 0 && outcome.failures.is_empty() && !args.quiet {
        terminal.warn(&format!(
            "no Elixir files found under {}",
            args.shown_paths()
        ));
    }
    let mut output = Output::open(args.output_file.as_deref())?;
    terminal.report(&mut outcome, &settings, args, start, &mut output)?;
    output.finish()?;
    if args.timing {
        timing::print(&outcome, start.elapsed());
    }
    Ok(End::of(&outcome, &settings))
}

fn run_rules(config: &ConfigArgs, terminal: Terminal) -> Result<End, Stop> {
    let targets = Targets::resolve(&[".".into()])?;
    let settings = Settings::load(RULES, &config.file(), &Overrides::default(), &targets)?;
    output::print(&terminal.rules(&settings))
}

fn run_explain(rule: &str, terminal: Terminal) -> Result<End, Stop> {
    let targets = Targets::resolve(&[".".into()])?;
    let settings = Settings::load(RULES, &ConfigFile::None, &Overrides::default(), &targets)?;
    match settings.rule(rule) {
        Some(setting) => output::print(&terminal.explain(setting)),
        None => {
            let help =
                exlint_engine::suggestion(rule, settings.rules.iter().map(|rule| rule.meta.name));
            Err(Error::UnknownRule {
                name: rule.to_owned(),
                help,
            }
            .into())
        }
    }
}

/// How the command ends, as its exit code says it.
#[derive(Clone, Copy)]
enum End {
    Clean = 0,
    Findings = 1,
    Usage = 2,
    Failed = 3,
}

/// Why the command stops before its end.
#[derive(Debug, thiserror::Error)]
enum Stop {
    #[error(transparent)]
    Usage(#[from] Error),
    #[error("cannot write to `{path}`: {error}")]
    Output { path: String, error: std::io::Error },
    #[error("cannot write: {0}")]
    Write(#[from] std::io::Error),
}

impl End {
    fn of(outcome: &Outcome, settings: &Settings) -> End {
        match () {
            () if !outcome.failures.is_empty() => End::Failed,
            () if outcome.fails(settings.fail_on) => End::Findings,
            () => End::Clean,
        }
    }
}

impl From<End> for ExitCode {
    fn from(end: End) -> ExitCode {
        ExitCode::from(end as u8)
    }
}
