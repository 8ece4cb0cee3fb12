//! What can be said on the command line.
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand, ValueEnum, ValueHint, value_parser};
use exlint_engine::{ConfigFile, FailOn, Overrides};
use exlint_report::Format;

const EXAMPLES: &str = "\
Examples:
  exlint check                             the project in this folder
  exlint check lib apps/web/lib/web.ex     some of it
  exlint check --select process,bare-spawn two families or rules alone
  exlint check --format sarif --output-file exlint.sarif
  exlint explain blocking-genserver        what a rule is about";

const CHECK_HELP: &str = "\
Examples:
  exlint check                             the project in this folder
  exlint check --select all --ignore readability
  exlint check --fail-on error             let warnings pass
  exlint check --format sarif --output-file exlint.sarif

Exit codes:
  0  no finding at or above --fail-on
  1  at least one
  2  the arguments or the configuration are wrong
  3  something could not be checked; what could be is reported

A finding is suppressed by a comment on its line or on the line above:
  # exlint:ignore rule-name -- reason";

/// Says what will hurt at run time in an Elixir project.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES, max_term_width = 100)]
pub struct Args {
    /// When to use colour; NO_COLOR and CLICOLOR_FORCE are heeded
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: Color,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a project, folders or files
    #[command(after_help = CHECK_HELP)]
    Check(CheckArgs),
    /// List the rules
    Rules(ConfigArgs),
    /// Show the documentation of a rule
    Explain {
        /// Its name, as findings show it
        rule: String,
    },
    /// Write the documentation of all rules as Markdown pages
    Docs {
        /// Where to write them; it is made if it is missing
        #[arg(value_hint = ValueHint::DirPath)]
        folder: PathBuf,
    },
    /// Look inside exlint
    #[command(subcommand, hide = true)]
    Debug(DebugCommand),
}

#[derive(Debug, Subcommand)]
pub enum DebugCommand {
    /// Print files as Elixir's quoted expressions
    Quoted {
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// What to check: folders, and files ending in .ex or .exs
    #[arg(default_value = ".", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Run these rules in place of those the configuration selects: names, families, `recommended`, `all`
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    select: Vec<String>,
    /// Leave out these rules
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    ignore: Vec<String>,
    /// How to write the report
    #[arg(long, default_value = "full", value_parser = formats())]
    pub format: Format,
    /// Write the report to this file, which is replaced when the report is complete
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output_file: Option<PathBuf>,
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The least level of a finding that makes the run fail [default: warning]
    #[arg(long, value_name = "LEVEL", value_parser = fail_on_levels())]
    fail_on: Option<FailOn>,
    /// How many threads to use [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Print where the time went
    #[arg(long)]
    pub timing: bool,
    /// Print nothing when there is nothing to report
    #[arg(long, short)]
    pub quiet: bool,
}

#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    /// Read this file in place of the project's exlint.toml
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "no_config")]
    config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long)]
    no_config: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

impl CheckArgs {
    pub fn overrides(&self) -> Overrides {
        Overrides {
            select: self.select.clone(),
            ignore: self.ignore.clone(),
            fail_on: self.fail_on,
        }
    }

    pub fn threads(&self) -> Option<usize> {
        self.threads.map(usize::from)
    }

    pub fn shown_paths(&self) -> String {
        let paths = self
            .paths
            .iter()
            .map(|path| format!("`{}`", path.display()));
        paths.collect::<Vec<_>>().join(", ")
    }
}

impl ConfigArgs {
    pub fn file(&self) -> ConfigFile {
        match &self.config {
            Some(path) => ConfigFile::At(path.clone()),
            None if self.no_config => ConfigFile::None,
            None => ConfigFile::Find,
        }
    }
}

fn formats() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.iter().map(|format| format.name()))
        .try_map(|name| name.parse::<Format>())
}

fn fail_on_levels() -> impl TypedValueParser<Value = FailOn> {
    PossibleValuesParser::new(FailOn::NAMES).try_map(|name| {
        FailOn::from_name(&name).ok_or_else(|| format!("there is no level `{name}`"))
    })
}
