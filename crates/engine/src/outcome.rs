//! What a run comes to.
use std::fmt;

use exlint_findings::{FileId, Finding, Level, Source};
use rustc_hash::FxHashMap;

use crate::config::FailOn;
use crate::timing::Timing;

/// Everything a run has to say.
#[derive(Debug)]
pub struct Outcome {
    /// Sorted by path, place, rule and message; no two alike.
    pub findings: Vec<Finding>,
    /// The files that findings point into.
    pub shown: FxHashMap<FileId, ShownFile>,
    /// The number of files that findings were wanted for.
    pub files: usize,
    /// Their size.
    pub bytes: u64,
    /// The size of all files that were read.
    pub all_bytes: u64,
    /// What exlint could not do.
    pub failures: Vec<Failure>,
    pub timing: Timing,
}

/// A file that a finding points into.
#[derive(Debug)]
pub struct ShownFile {
    /// As its reader knows it, with `/`.
    pub path: String,
    /// `None` when the file is no longer what was analysed.
    pub source: Option<Source>,
}

/// Something exlint could not do: a file it could not read, a bug of its own. The rest of the run is unharmed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    pub path: Option<String>,
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match &self.path {
            Some(path) => write!(out, "{path}: {}", self.message),
            None => out.write_str(&self.message),
        }
    }
}

impl Outcome {
    /// The number of findings of this level.
    pub fn count(&self, level: Level) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.level == level)
            .count()
    }

    /// Whether a finding is grave enough for the run to fail.
    pub fn fails(&self, fail_on: FailOn) -> bool {
        self.findings
            .iter()
            .any(|finding| fail_on.fails(finding.level))
    }
}

/// Puts findings in their order and merges those that say the same of the same place.
pub(crate) fn sort(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| key(a).cmp(&key(b)));
    findings.dedup_by(|a, b| key(a) == key(b));
}

fn key(finding: &Finding) -> (FileId, u32, &str, &str, u32) {
    (
        finding.file,
        finding.span.start,
        &finding.rule,
        &finding.message,
        finding.span.end,
    )
}
