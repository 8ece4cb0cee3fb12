//! What can be said on the command line.
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand, ValueEnum, ValueHint, value_parser};
use clap_complete::Shell;
use exlint_engine::{BaselineFile, Cache, ConfigFile, FailOn, Overrides, Targets};
use exlint_findings::Applicability;
use exlint_report::Format;

use crate::draw::DrawArgs;

const EXAMPLES: &str = "\
Examples:
  exlint check                             the project in this folder
  exlint check lib apps/web/lib/web.ex     report on some of it
  exlint check --fix                       and apply the safe fixes
  exlint check --since origin/main         what this branch changed
  exlint baseline                          hold back what is known, to see what is new
  exlint explain blocking-genserver        what a rule is about";

const CHECK_HELP: &str = "\
Examples:
  exlint check                             the project in this folder
  exlint check --select all --ignore readability
  exlint check --fail-on error             let warnings pass
  exlint check --output full --output sarif=exlint.sarif
  exlint check --diff --unsafe-fixes       what fixes would change
  exlint check --stdin-filename lib/a.ex - < lib/a.ex

Exit codes:
  0  no finding at or above --fail-on
  1  at least one, or a fix where --diff or --exit-non-zero-on-fix asks for it
  2  the arguments or the configuration are wrong
  3  something could not be checked; what could be is reported

A finding is suppressed by a comment on its line or on the line above:
  # exlint:ignore rule-name -- reason";

const BASELINE_HELP: &str = "\
Examples:
  exlint baseline                          write all present findings to .exlint-baseline.json
  exlint check                             report what is new since then
  exlint baseline --prune                  take out what was fixed, add nothing";

const SUPPRESS_HELP: &str = "\
Examples:
  exlint suppress --select bare-spawn --reason 'lives as long as the node'
  exlint suppress lib/legacy --reason 'to be rewritten'";

const TREE_HELP: &str = "\
Examples:
  exlint tree                              the project in this folder
  exlint tree apps/web --format mermaid    to be pasted into Markdown
  exlint tree --format svg > tree.svg      a picture";

const GRAPH_ABOUT: &str = "\
Show which servers of a project send each other what

Calls, casts and plain messages, from the callback that comes to send them to the server that gets \
them, and the findings of the rules about processes, each at the message or server that it is about. \
Messages whose receiver is only known at run time are left out.";

const GRAPH_HELP: &str = "\
Examples:
  exlint graph                             the project in this folder
  exlint graph --format json               for programs
  exlint graph --format dot | dot -Tpdf -o graph.pdf
  exlint graph --format svg > graph.svg    a picture, drawn without other programs";

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
    /// Remember the present findings, so that `check` reports only new ones
    #[command(after_help = BASELINE_HELP)]
    Baseline(BaselineArgs),
    /// Write a comment above each finding that suppresses it
    #[command(after_help = SUPPRESS_HELP)]
    Suppress(SuppressArgs),
    /// Remove what earlier runs have kept of a project to be faster
    Clean(CleanArgs),
    /// Show the supervision tree of a project
    #[command(after_help = TREE_HELP)]
    Tree(DrawArgs),
    /// Show which servers of a project send each other what
    #[command(long_about = GRAPH_ABOUT, after_help = GRAPH_HELP)]
    Graph(DrawArgs),
    /// List the rules
    Rules(ConfigArgs),
    /// Show the documentation of a rule
    Explain {
        /// Its name, as findings show it
        rule: String,
    },
    /// Show the configuration in force, and where each value comes from
    Config(ShowConfigArgs),
    /// Write a commented exlint.toml to begin with
    Init,
    /// Print the JSON Schema of exlint.toml
    Schema,
    /// Print completions for a shell
    Completions { shell: Shell },
    /// Print the manual page
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
    /// What to report on: folders, and files ending in .ex, .exs or .heex; `-` for standard input
    #[arg(default_value = ".", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Run these rules in place of those the configuration selects: names, families, `recommended`, `all`
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    select: Vec<String>,
    /// Leave out these rules
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    ignore: Vec<String>,
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub cache: CacheArgs,
    /// How many threads to use [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub run: RunArgs,
    /// How to write the report [default: full]
    #[arg(long, value_parser = formats())]
    format: Option<Format>,
    /// Write the report to this file, which is replaced when the report is complete
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output_file: Option<PathBuf>,
    /// Write one more report; give it several times for several
    #[arg(long, value_name = "FORMAT[=FILE]")]
    output: Vec<OutputArg>,
    /// The least level of a finding that makes the run fail [default: warning]
    #[arg(long, value_name = "LEVEL", value_parser = fail_on_levels())]
    fail_on: Option<FailOn>,
    /// Report only findings on lines that changed since this commit, or whose path crosses one
    #[arg(long, value_name = "REF")]
    pub since: Option<String>,
    /// Apply the fixes that keep the program's behaviour
    #[arg(long)]
    pub fix: bool,
    /// Show what fixes would change, and change nothing
    #[arg(long, conflicts_with = "fix")]
    pub diff: bool,
    /// With --fix or --diff: also the fixes that may change the program's behaviour
    #[arg(long)]
    unsafe_fixes: bool,
    /// Hold back the findings in this file [default: .exlint-baseline.json of the project]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "no_baseline")]
    baseline: Option<PathBuf>,
    /// Report known findings, too
    #[arg(long)]
    no_baseline: bool,
    /// With `-`: the file that standard input stands for
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub stdin_filename: Option<PathBuf>,
    /// Leave out what the configuration excludes even where it is given by name
    #[arg(long)]
    force_exclude: bool,
    /// Print how often each rule found something, in place of the findings
    #[arg(long)]
    pub statistics: bool,
    /// Print where the time went; with --no-cache, what each rule costs
    #[arg(long)]
    pub timing: bool,
    /// Print nothing when there is nothing to report
    #[arg(long, short)]
    pub quiet: bool,
    /// End with 0 whatever was found
    #[arg(long)]
    pub exit_zero: bool,
    /// With --fix: end with 1 when something was fixed
    #[arg(long)]
    pub exit_non_zero_on_fix: bool,
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
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "no_config")]
    config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long)]
    no_config: bool,
}

#[derive(Debug, clap::Args)]
pub struct CacheArgs {
    /// Keep results in this folder [default: .exlint_cache of the project]
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    cache_dir: Option<PathBuf>,
    /// Neither use the results of earlier runs nor keep those of this one
    #[arg(long, conflicts_with = "cache_dir")]
    no_cache: bool,
}

#[derive(Debug, clap::Args)]
pub struct CleanArgs {
    /// The project
    #[arg(default_value = ".", value_hint = ValueHint::DirPath)]
    pub path: PathBuf,
    /// Where results are kept [default: .exlint_cache of the project]
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub cache_dir: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

/// A report to be written.
#[derive(Clone, Debug)]
pub struct OutputArg {
    pub format: Format,
    /// Standard output when `None`.
    pub file: Option<PathBuf>,
}

impl FromStr for OutputArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err("there is no file behind `=`".to_owned()),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = format.parse()?;
        Ok(OutputArg { format, file })
    }
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

impl CheckArgs {
    pub fn overrides(&self) -> Overrides {
        Overrides {
            fail_on: self.fail_on,
            force_exclude: self.force_exclude,
            ..self.run.overrides()
        }
    }

    /// Every report that is asked for, the one on the terminal first.
    pub fn outputs(&self) -> Vec<OutputArg> {
        let is_default = self.output.is_empty() || self.output_file.is_some();
        let format = self.format.or(is_default.then_some(Format::Full));
        let first = format.map(|format| OutputArg {
            format,
            file: self.output_file.clone(),
        });
        first
            .into_iter()
            .chain(self.output.iter().cloned())
            .collect()
    }

    /// The riskiest kind of fix that is asked for, if any is.
    pub fn fixes(&self) -> Option<Applicability> {
        let most = match self.unsafe_fixes {
            true => Applicability::Unsafe,
            false => Applicability::Safe,
        };
        (self.fix || self.diff).then_some(most)
    }

    /// Whether the text comes through standard input.
    pub fn reads_stdin(&self) -> bool {
        self.run.paths == [Path::new("-")]
    }

    /// What is wrong with arguments that are right one by one.
    pub fn contradiction(&self) -> Option<&'static str> {
        let names_stdin = self.run.paths.iter().any(|path| path == Path::new("-"));
        match () {
            () if names_stdin && self.run.paths.len() > 1 => {
                Some("`-` stands for standard input, and allows no other path")
            }
            () if self.stdin_filename.is_some() && !names_stdin => Some(
                "`--stdin-filename` names what comes through standard input: give `-` as the path",
            ),
            () if self.unsafe_fixes && self.fixes().is_none() => Some(
                "`--unsafe-fixes` says which fixes are applied: give `--fix` or `--diff` as well",
            ),
            () => None,
        }
    }

    pub fn baseline(&self) -> BaselineFile {
        match &self.baseline {
            Some(path) => BaselineFile::At(path.clone()),
            None if self.no_baseline => BaselineFile::None,
            None => BaselineFile::Find,
        }
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

fn formats() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.iter().map(|format| format.name()))
        .try_map(|name| name.parse::<Format>())
}

fn fail_on_levels() -> impl TypedValueParser<Value = FailOn> {
    PossibleValuesParser::new(FailOn::NAMES).try_map(|name| {
        FailOn::from_name(&name).ok_or_else(|| format!("there is no level `{name}`"))
    })
}
