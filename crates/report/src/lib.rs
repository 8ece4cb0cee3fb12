//! Shows what a run has found: to people on the terminal, and to other programs.
//!
//! Every format reads the same [`Report`]. The terminal format goes through miette's protocol: a
//! finding and each step of its story are borrowed as `miette::Diagnostic`s (`diagnostic.rs`) and
//! drawn by our own renderer (`full.rs`, `excerpt.rs`), which is denser than miette's and tells a
//! story that crosses files. Errors about the configuration are drawn by miette itself.
//!
//! Nothing that comes out of a source file can control the terminal: see `text.rs`.
mod checkstyle;
mod concise;
mod diagnostic;
mod docs;
mod draw;
mod error;
mod excerpt;
mod explain;
mod full;
mod github;
mod gitlab;
mod graph;
mod highlight;
mod json;
mod junit;
mod list;
mod markdown;
mod place;
mod rdjson;
mod sarif;
mod sonar;
mod story;
mod style;
mod summary;
mod table;
mod text;
mod tree;
mod uri;
mod xml;

use std::{fmt, io, path::Path, str::FromStr, time::Duration};

pub use docs::{RulePage, docs};
pub use draw::DrawFormat;
pub use error::{Place, Problem, error};
use exlint_findings::{FileId, Finding, Level, Source};
use exlint_rules::Meta;
pub use explain::explain;
pub use graph::graph;
pub use list::rules_json;
pub use sarif::MAX_RESULTS as SARIF_MAX_RESULTS;
pub use style::Style;
pub use table::rules_table;
pub use text::{harmless, harmless_in_place};
pub use tree::tree;

/// Where to read more about exlint.
pub(crate) const INFORMATION_URI: &str = "https://crates.io/crates/exlint";
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

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
    /// The findings of the JSON document, one a line.
    Jsonl,
    /// SARIF 2.1.0, as GitHub code scanning wants it.
    Sarif,
    /// Annotations of a GitHub workflow run.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// JUnit's XML, as Jenkins reads it.
    Junit,
    /// Checkstyle's XML.
    Checkstyle,
    /// reviewdog's diagnostic format.
    Rdjson,
    /// SonarQube's generic issues.
    Sonar,
}

impl Format {
    pub const ALL: &[Format] = &[
        Format::Full,
        Format::Concise,
        Format::Json,
        Format::Jsonl,
        Format::Sarif,
        Format::Github,
        Format::Gitlab,
        Format::Junit,
        Format::Checkstyle,
        Format::Rdjson,
        Format::Sonar,
    ];
    /// What users write, in the order of [`Format::ALL`].
    pub const NAMES: &[&str] = &[
        "full",
        "concise",
        "json",
        "jsonl",
        "sarif",
        "github",
        "gitlab",
        "junit",
        "checkstyle",
        "rdjson",
        "sonar",
    ];

    pub fn name(self) -> &'static str {
        match self {
            Format::Full => "full",
            Format::Concise => "concise",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Sarif => "sarif",
            Format::Github => "github",
            Format::Gitlab => "gitlab",
            Format::Junit => "junit",
            Format::Checkstyle => "checkstyle",
            Format::Rdjson => "rdjson",
            Format::Sonar => "sonar",
        }
    }
}

impl Format {
    /// Whether the format needs [`Report::fingerprints`].
    pub fn names_findings(self) -> bool {
        matches!(self, Format::Sarif | Format::Gitlab)
    }

    /// Whether a report is one document, which nothing may stand before or behind.
    pub fn is_document(self) -> bool {
        !matches!(
            self,
            Format::Full | Format::Concise | Format::Jsonl | Format::Github
        )
    }

    /// Whether the format shows [`Report::suppressed`].
    pub fn shows_suppressed(self) -> bool {
        matches!(self, Format::Json | Format::Jsonl | Format::Sarif)
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

/// A finding that is not reported.
#[derive(Clone, Copy, Debug)]
pub struct Suppressed<'a> {
    pub finding: &'a Finding,
    pub by: Suppressor<'a>,
}

/// Why a finding is not reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suppressor<'a> {
    /// A comment in the source, with the reason it gives.
    Comment(Option<&'a str>),
    /// The list of known findings.
    Baseline,
}

/// The files that findings point at.
pub trait Sources {
    /// Relative to the root of the run, with `/` separators.
    fn path(&self, file: FileId) -> &str;
    /// Where the file lies, as a link leads there; `None` for what is no file.
    fn disk(&self, file: FileId) -> Option<&Path>;
    /// `None` when the file can no longer be read; it is then shown without its text.
    fn source(&self, file: FileId) -> Option<&Source>;
}

/// Everything there is to show.
pub struct Report<'a> {
    /// In the order in which they are shown.
    pub findings: &'a [Finding],
    /// What each finding is known by from one run to the next; see [`Format::names_findings`].
    pub fingerprints: &'a [String],
    /// Shown by the formats that can tell them from the others.
    pub suppressed: &'a [Suppressed<'a>],
    pub sources: &'a dyn Sources,
    /// Every rule that was on, whether it found something or not.
    pub rules: &'a [RuleRow],
    pub summary: &'a Summary,
    pub failures: &'a [Failure],
    /// The folder that paths are relative to, as seen from the root of the repository, with `/` separators; empty when
    /// that is the root.
    pub folder: &'a str,
    /// What tells this SARIF report from others of the same commit.
    pub category: Option<&'a str>,
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
        Format::Jsonl => json::write_lines(report, out),
        Format::Sarif => sarif::write(report, out),
        Format::Github => github::write(report, out),
        Format::Gitlab => gitlab::write(report, out),
        Format::Junit => junit::write(report, out),
        Format::Checkstyle => checkstyle::write(report, out),
        Format::Rdjson => rdjson::write(report, out),
        Format::Sonar => sonar::write(report, out),
    }
}
