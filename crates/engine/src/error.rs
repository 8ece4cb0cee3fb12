use std::fmt;
use std::path::PathBuf;

use exlint_findings::{Position, Source, Span};

/// Why a run could not start: always something that its user can put right.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("`{}` does not exist", .0.display())]
    MissingPath(PathBuf),
    #[error("cannot read `{}`: {error}", .path.display())]
    Unreadable {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("`{}` is not Elixir source: exlint reads `.ex`, `.exs` and `.heex` files", .0.display())]
    NotElixir(PathBuf),
    #[error("unknown rule `{name}`{}", hint(.help))]
    UnknownRule { name: String, help: Option<String> },
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("cannot write `{}`: {error}", .path.display())]
    Unwritable {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("`{path}` is no baseline: {reason}; `exlint baseline` writes it anew")]
    Baseline { path: String, reason: String },
    #[error("there is no baseline: `exlint baseline` writes one")]
    NoBaseline,
    #[error("{0}; `--since` asks git what changed")]
    Git(String),
    #[error("options do not fit their rules: {0}")]
    Options(String),
    #[error("cannot start {threads} threads: {error}")]
    Threads { threads: usize, error: String },
}

/// Everything that is wrong with one configuration file.
#[derive(Debug)]
pub struct ConfigError {
    pub source: Box<Source>,
    /// In the order of their places.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong with a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub span: Span,
    pub position: Position,
    pub message: String,
    /// The nearest real name, or what may stand here.
    pub help: Option<String>,
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        for (
            index,
            Problem {
                position,
                message,
                help,
                ..
            },
        ) in self.problems.iter().enumerate()
        {
            let line_break = if index == 0 { "" } else { "\n" };
            let (path, Position { line, column }) = (&self.source.path, position);
            write!(
                out,
                "{line_break}{path}:{line}:{column}: {message}{}",
                hint(help)
            )?;
        }
        Ok(())
    }
}

fn hint(help: &Option<String>) -> String {
    help.as_ref()
        .map(|help| format!("; {help}"))
        .unwrap_or_default()
}
