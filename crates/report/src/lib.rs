//! Shows what a run has found: on the terminal, one line each, as JSON, as SARIF.
//!
//! Every format reads the same [`Report`]. The terminal format goes through miette's protocol: a
//! finding and each step of its story are borrowed as `miette::Diagnostic`s (`diagnostic.rs`) and
//! drawn by our own renderer (`full.rs`, `excerpt.rs`), which is denser than miette's and tells a
//! story that crosses files. Errors about the configuration are drawn by miette itself.
//!
//! Nothing that comes out of a source file can control the terminal: see `text.rs`.
mod concise;
mod diagnostic;
mod error;
mod excerpt;
mod explain;
mod full;
mod highlight;
mod json;
mod markdown;
mod sarif;
mod style;
mod summary;
mod table;
mod text;

use std::{fmt, io, str::FromStr, time::Duration};

pub use error::{Place, Problem, error};
use exlint_findings::{FileId, Finding, Level, Source};
use exlint_rules::Meta;
pub use explain::explain;
pub use sarif::MAX_RESULTS as SARIF_MAX_RESULTS;
pub use style::Style;
pub use table::rules_table;

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people: the source, the story, the way out.
    #[default]
    Full,
    /// One line a finding.
    Concise,
    /// For programs; deterministic.
    Json,
    /// SARIF 2.1.0, as GitHub code scanning wants it.
    Sarif,
}

impl Format {
    pub const ALL: &[Format] = &[Format::Full, Format::Concise, Format::Json, Format::Sarif];
    /// What users write, in the order of [`Format::ALL`].
    pub const NAMES: &[&str] = &["full", "concise", "json", "sarif"];

    pub fn name(self) -> &'static str {
        match self {
            Format::Full => "full",
            Format::Concise => "concise",
            Format::Json => "json",
            Format::Sarif => "sarif",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Format::ALL.iter().find(|format| format.name() == name);
        found.copied().ok_or_else(|| {
            format!(
                "there is no format `{name}`, only {}",
                Format::NAMES.join(", ")
            )
        })
    }
}

/// What a run amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files that were checked.
    pub files: usize,
    /// Their size.
    pub bytes: u64,
    pub errors: usize,
    pub warnings: usize,
    pub infos: usize,
    /// How often exlint itself failed.
    pub failures: usize,
    pub elapsed: Duration,
}

/// Something exlint could not do: a file it could not read, a rule that broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Relative to the root of the run, with `/` separators.
    pub path: Option<String>,
    /// Lower case, no full stop.
    pub message: String,
}

/// A rule as the configuration of the run has it.
#[derive(Clone, Copy, Debug)]
pub struct RuleRow {
    pub meta: &'static Meta,
    /// `None` when the rule is off.
    pub level: Option<Level>,
    pub recommended: bool,
}

/// The files that findings point at.
pub trait Sources {
    /// Relative to the root of the run, with `/` separators.
    fn path(&self, file: FileId) -> &str;
    /// `None` when the file can no longer be read; it is then shown without its text.
    fn source(&self, file: FileId) -> Option<&Source>;
}

/// Everything there is to show.
pub struct Report<'a> {
    /// In the order in which they are shown.
    pub findings: &'a [Finding],
    pub sources: &'a dyn Sources,
    /// Every rule that was on, whether it found something or not.
    pub rules: &'a [RuleRow],
    pub summary: &'a Summary,
    pub failures: &'a [Failure],
}

/// Writes `report` to `out`. Only `Full` and `Concise` heed the style.
///
/// # Errors
///
/// Those of `out`.
pub fn write(
    report: &Report<'_>,
    format: Format,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Full => full::write(report, style, out),
        Format::Concise => concise::write(report, style, out),
        Format::Json => json::write(report, out),
        Format::Sarif => sarif::write(report, out),
    }
}
