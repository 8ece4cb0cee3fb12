//! What can be said on the command line.
mod check;
mod help;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum, ValueHint, value_parser};
use clap_complete::Shell;
use exlint_engine::{BaselineFile, Cache, ConfigFile, Overrides, Targets};

use crate::draw::DrawArgs;

pub use check::{CheckArgs, OutputArg};

const CONFIGURATION: &str = "Configuration";
const SPEED: &str = "Speed";

/// Says what will hurt at run time in an Elixir project.
#[derive(Debug, Parser)]
#[command(version, after_help = help::EXAMPLES, max_term_width = 100)]
pub struct Args {
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: Color,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a project, folders or files
    #[command(after_help = help::CHECK)]
    Check(CheckArgs),
    /// Remember the present findings, so that `check` reports only new ones
    #[command(after_help = help::BASELINE)]
    Baseline(BaselineArgs),
    /// Write a comment above each finding that suppresses it
    #[command(after_help = help::SUPPRESS)]
    Suppress(SuppressArgs),
    /// Remove what earlier runs have kept of a project to be faster
    Clean(CleanArgs),
    /// Show the supervision tree of a project
    #[command(after_help = help::TREE)]
    Tree(DrawArgs),
    /// Show which servers of a project send each other what
    #[command(long_about = help::GRAPH_ABOUT, after_help = help::GRAPH)]
    Graph(DrawArgs),
    /// List the rules
    #[command(after_help = help::RULES)]
    Rules(RulesArgs),
    /// Show the documentation of a rule
    #[command(after_help = help::EXPLAIN)]
    Explain {
        /// Its name, as findings show it
        rule: String,
    },
    /// Show the configuration in force, and where each value comes from
    #[command(after_help = help::CONFIG)]
    Config(ShowConfigArgs),
    /// Write a commented exlint.toml to begin with
    #[command(after_help = help::INIT)]
    Init,
    /// Print the JSON Schema of exlint.toml
    #[command(after_help = help::SCHEMA)]
    Schema,
    /// Print completions for a shell
    #[command(after_help = help::COMPLETIONS)]
    Completions { shell: Shell },
    /// Print the manual page
    #[command(after_help = help::MAN)]
    Man,
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

/// What is checked, for every command that checks.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// What to report on: folders, and files ending in .ex, .exs or .heex
    #[arg(default_value = ".", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Run these rules in place of those the configuration selects: names, families, `recommended`, `all`
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = CONFIGURATION)]
    select: Vec<String>,
    /// Leave out these rules
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = CONFIGURATION)]
    ignore: Vec<String>,
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub cache: CacheArgs,
    /// How many threads to use [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024), help_heading = SPEED)]
    threads: Option<u16>,
}

#[derive(Debug, clap::Args)]
pub struct BaselineArgs {
    /// The project
    #[arg(default_value = ".", value_hint = ValueHint::DirPath)]
    pub path: PathBuf,
    /// Only take out entries that apply no longer
    #[arg(long)]
    pub prune: bool,
    /// The file to write [default: .exlint-baseline.json of the project]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    baseline: Option<PathBuf>,
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub cache: CacheArgs,
}

#[derive(Debug, clap::Args)]
pub struct SuppressArgs {
    #[command(flatten)]
    pub run: RunArgs,
    /// Why the findings may stay
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

#[derive(Debug, clap::Args)]
pub struct RulesArgs {
    /// How to write the list
    #[arg(long, default_value = "text")]
    pub format: ListFormat,
    #[command(flatten)]
    pub config: ConfigArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    Text,
    Json,
}

#[derive(Debug, clap::Args)]
pub struct ShowConfigArgs {
    /// The file or folder it is for
    #[arg(default_value = ".", value_hint = ValueHint::AnyPath)]
    pub path: PathBuf,
    #[command(flatten)]
    pub config: ConfigArgs,
}

#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    /// Read this file in place of the project's exlint.toml
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "no_config", help_heading = CONFIGURATION)]
    config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, help_heading = CONFIGURATION)]
    no_config: bool,
}

#[derive(Debug, clap::Args)]
pub struct CacheArgs {
    /// Keep results in this folder [default: .exlint_cache of the project]
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath, env = "EXLINT_CACHE_DIR", help_heading = SPEED)]
    cache_dir: Option<PathBuf>,
    /// Neither use the results of earlier runs nor keep those of this one
    #[arg(long, help_heading = SPEED)]
    no_cache: bool,
}

#[derive(Debug, clap::Args)]
pub struct CleanArgs {
    /// The project
    #[arg(default_value = ".", value_hint = ValueHint::DirPath)]
    pub path: PathBuf,
    /// Where results are kept [default: .exlint_cache of the project]
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath, env = "EXLINT_CACHE_DIR")]
    pub cache_dir: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

impl RunArgs {
    pub fn overrides(&self) -> Overrides {
        Overrides {
            select: self.select.clone(),
            ignore: self.ignore.clone(),
            ..Overrides::default()
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

impl BaselineArgs {
    pub fn file(&self) -> BaselineFile {
        match &self.baseline {
            Some(path) => BaselineFile::At(path.clone()),
            None => BaselineFile::Find,
        }
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

impl CacheArgs {
    pub fn cache(&self, targets: &Targets) -> Option<Cache> {
        let cache = || Cache::of(targets, self.cache_dir.as_deref());
        (!self.no_cache).then(cache).flatten()
    }
}
