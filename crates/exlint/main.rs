//! The command `exlint`: what it was asked, what it does, how it ends.
mod args;
mod baseline;
mod check;
mod config;
mod diff;
mod docs;
mod draw;
#[cfg(unix)]
mod interrupt;
mod output;
mod progress;
mod show;
mod statistics;
mod style;
mod suppress;
mod timing;

use std::io::{self, ErrorKind};
use std::process::ExitCode;

use args::{Args, CleanArgs, Command, DebugCommand, ListFormat, RulesArgs};
use clap::{CommandFactory, Parser};
use exlint_engine::{Cache, ConfigFile, Error, Overrides, Settings, Targets};
use show::Terminal;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The shipped rules: a library crate cannot package a file that lies above it.
const RULES: &str = include_str!("../../rules.toml");

fn main() -> ExitCode {
    let args = Args::parse();
    let terminal = Terminal::new(args.color);
    #[cfg(unix)]
    interrupt::clean_up_before_end();
    let end = match &args.command {
        Command::Check(check) => check::run(check, terminal),
        Command::Baseline(baseline) => baseline::run(baseline, terminal),
        Command::Clean(clean) => run_clean(clean),
        Command::Rules(rules) => run_rules(rules, terminal),
        Command::Explain { rule } => run_explain(rule, terminal),
        Command::Suppress(suppress) => suppress::run(suppress, terminal),
        Command::Config(show) => config::show(show),
        Command::Tree(args) => draw::tree(args, terminal),
        Command::Graph(args) => draw::graph(args, terminal),
        Command::Init => config::init(),
        Command::Schema => config::schema(),
        Command::Completions { shell } => run_completions(*shell),
        Command::Man => run_man(),
        Command::Docs { folder } => docs::write(folder),
        Command::Debug(DebugCommand::Quoted { files }) => output::quoted(files),
    };
    end.unwrap_or_else(|stop| terminal.stop(&stop)).into()
}

fn run_clean(args: &CleanArgs) -> Result<End, Stop> {
    let targets = Targets::resolve(std::slice::from_ref(&args.path))?;
    let cache = Cache::of(&targets, args.cache_dir.as_deref());
    let removed = cache.map(|cache| cache.clean()).transpose()?;
    output::print(match removed {
        Some(true) => "the results of earlier runs are removed\n",
        Some(false) | None => "there is nothing to remove\n",
    })
}

fn run_rules(args: &RulesArgs, terminal: Terminal) -> Result<End, Stop> {
    let targets = Targets::resolve(&[".".into()])?;
    let config = args.config.file();
    let settings = Settings::load(RULES, &config, &Overrides::default(), &targets)?;
    let rules = settings.effective(&targets)?.rules;
    output::print(&match args.format {
        ListFormat::Text => terminal.rules(&rules),
        ListFormat::Json => show::rules_json(&rules)?,
    })
}

fn run_explain(rule: &str, terminal: Terminal) -> Result<End, Stop> {
    let targets = Targets::resolve(&[".".into()])?;
    let settings = Settings::load(RULES, &ConfigFile::None, &Overrides::default(), &targets)?;
    match settings.rule(rule) {
        Some(setting) => output::print(&terminal.explain(setting)),
        None => {
            let help = exlint_engine::rule_suggestion(
                rule,
                settings.rules.iter().map(|rule| rule.meta.name),
            );
            Err(Error::UnknownRule {
                name: rule.to_owned(),
                help,
            }
            .into())
        }
    }
}

fn run_completions(shell: clap_complete::Shell) -> Result<End, Stop> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "exlint", &mut text);
    output::print(&String::from_utf8_lossy(&text))
}

/// One page for the command and all that it can do.
fn run_man() -> Result<End, Stop> {
    let mut text = Vec::new();
    let mut command = Args::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut text)?;
    for part in command.get_subcommands().filter(|it| !it.is_hide_set()) {
        let title = format!("exlint-{}", part.get_name());
        clap_mangen::Man::new(part.clone())
            .title(title)
            .render(&mut text)?;
    }
    output::print(&String::from_utf8_lossy(&text))
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
    #[error("{0}")]
    Arguments(&'static str),
    #[error("`{0}` is there already, and stays as it is")]
    Exists(String),
    #[error("cannot read standard input: {0}")]
    Stdin(io::Error),
    #[error("cannot write to `{path}`: {error}")]
    Output { path: String, error: io::Error },
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
}

impl Stop {
    /// A place where nothing can be is a wrong argument; a disk that takes no more is a failure.
    fn end(&self) -> End {
        match self {
            Stop::Output { error, .. } | Stop::Usage(Error::Unwritable { error, .. }) => {
                match is_about_place(error.kind()) {
                    true => End::Usage,
                    false => End::Failed,
                }
            }
            Stop::Usage(_) | Stop::Arguments(_) | Stop::Exists(_) => End::Usage,
            Stop::Write(_) | Stop::Stdin(_) => End::Failed,
        }
    }
}

fn is_about_place(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::NotFound
            | ErrorKind::AlreadyExists
            | ErrorKind::IsADirectory
            | ErrorKind::NotADirectory
            | ErrorKind::InvalidFilename
            | ErrorKind::InvalidInput
    )
}

impl From<End> for ExitCode {
    fn from(end: End) -> ExitCode {
        ExitCode::from(end as u8)
    }
}
