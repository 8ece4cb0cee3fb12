//! The arguments of `exlint check`.
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueHint;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use exlint_engine::{BaselineFile, FailOn, Overrides};
use exlint_findings::Applicability;
use exlint_report::Format;

use super::RunArgs;

#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// Report only findings on lines that changed since this branch left REF, or whose path crosses one
    #[arg(long, value_name = "REF", help_heading = FINDINGS)]
    pub since: Option<String>,
    /// Hold back the findings in this file [default: .exlint-baseline.json of the project]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "no_baseline", help_heading = FINDINGS)]
    baseline: Option<PathBuf>,
    /// Report known findings, too
    #[arg(long, help_heading = FINDINGS)]
    no_baseline: bool,
    /// In reports in json, jsonl and sarif: also what comments and the baseline suppress, marked so
    #[arg(long, help_heading = FINDINGS)]
    pub show_suppressed: bool,
    /// With `-` as the path: the file that standard input stands for
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = FINDINGS)]
    pub stdin_filename: Option<PathBuf>,
    /// Only list the files that would be reported on
    #[arg(long, help_heading = FINDINGS)]
    pub show_files: bool,
    /// Leave out what the configuration excludes even where it is given by name
    #[arg(long, help_heading = FINDINGS)]
    force_exclude: bool,
    /// How to write the report [default: full]
    #[arg(long, value_parser = formats(), help_heading = REPORT)]
    format: Option<Format>,
    /// Write the report to this file, which is replaced when the report is complete
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = REPORT)]
    output_file: Option<PathBuf>,
    /// Write one more report; give it several times for several
    #[arg(long, value_name = "FORMAT[=FILE]", help_heading = REPORT)]
    output: Vec<OutputArg>,
    /// Print how often each rule found something, in place of the findings
    #[arg(long, help_heading = REPORT)]
    pub statistics: bool,
    /// Print nothing when there is nothing to report
    #[arg(long, short, help_heading = REPORT)]
    pub quiet: bool,
    /// What tells this SARIF report from others of the same commit
    #[arg(long, value_name = "NAME", help_heading = REPORT)]
    pub sarif_category: Option<String>,
    /// Apply the fixes that keep the program's behaviour
    #[arg(long, help_heading = FIXES)]
    pub fix: bool,
    /// Show what fixes would change, and change nothing, with --fix too
    #[arg(long, help_heading = FIXES)]
    pub diff: bool,
    /// With --fix or --diff: also the fixes that may change the program's behaviour
    #[arg(long, help_heading = FIXES)]
    unsafe_fixes: bool,
    /// The least level of a finding that makes the run fail [default: warning]
    #[arg(long, value_name = "LEVEL", value_parser = fail_on_levels(), help_heading = EXIT)]
    fail_on: Option<FailOn>,
    /// End with 0 whatever was found
    #[arg(long, help_heading = EXIT)]
    pub exit_zero: bool,
    /// With --fix: end with 1 when something was fixed
    #[arg(long, help_heading = EXIT)]
    pub exit_non_zero_on_fix: bool,
    #[command(flatten)]
    pub run: RunArgs,
    /// Print where the time went; with --no-cache, what each rule costs
    #[arg(long, help_heading = super::SPEED)]
    pub timing: bool,
}

const FINDINGS: &str = "What is reported";
const REPORT: &str = "Report";
const FIXES: &str = "Fixes";
const EXIT: &str = "Exit code";

/// A report to be written.
#[derive(Clone, Debug)]
pub struct OutputArg {
    pub format: Format,
    /// Standard output when `None`.
    pub file: Option<PathBuf>,
}

impl OutputArg {
    fn is_file(&self) -> bool {
        let file = self.file.as_deref();
        file.is_some_and(|file| file != Path::new("-") && file != Path::new("/dev/stdout"))
    }
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
            () => self.collision(),
        }
    }

    /// What is wrong with where reports go.
    fn collision(&self) -> Option<&'static str> {
        let outputs = self.outputs();
        let (files, standard): (Vec<_>, Vec<_>) = outputs.iter().partition(|it| it.is_file());
        let mut paths: Vec<_> = files.iter().filter_map(|it| it.file.as_ref()).collect();
        paths.sort();
        match () {
            () if paths.windows(2).any(|pair| pair[0] == pair[1]) => {
                Some("two reports go to the same file")
            }
            () if standard.len() > 1 && standard.iter().any(|it| it.format.is_document()) => Some(
                "a report that is one document stands alone on standard output: give it a file, as in \
                 `--output json=report.json`",
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

fn formats() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.iter().map(|format| format.name()))
        .try_map(|name| name.parse::<Format>())
}

fn fail_on_levels() -> impl TypedValueParser<Value = FailOn> {
    PossibleValuesParser::new(FailOn::NAMES).try_map(|name| {
        FailOn::from_name(&name).ok_or_else(|| format!("there is no level `{name}`"))
    })
}
