//! What a run comes to.
use std::fmt;
use std::path::{Path, PathBuf};

use exlint_findings::{FileId, Finding, Level, Source};
use rustc_hash::FxHashMap;

use crate::timing::Timing;
use crate::{BaselineEntry, Fingerprint, RuleSetting};

/// Everything a run has to say.
#[derive(Debug)]
pub struct Outcome {
    /// Sorted by path, place, rule and message; no two alike.
    pub findings: Vec<Finding>,
    /// What each finding is known by from one run to the next.
    pub fingerprints: Vec<Fingerprint>,
    /// What is not reported, in the same order; empty unless it was asked for.
    pub suppressed: Vec<Suppressed>,
    /// What the baseline did, if there is one.
    pub held: Option<Held>,
    /// Whether a finding is grave enough for the run to fail.
    pub fails: bool,
    /// Every rule; on where any file has it on.
    pub rules: Vec<RuleSetting>,
    /// The files that findings point into.
    pub shown: FxHashMap<FileId, ShownFile>,
    /// The number of files that findings were wanted for.
    pub files: usize,
    /// Their size.
    pub bytes: u64,
    /// The size of all files of the run.
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
    pub(crate) disk: PathBuf,
    /// Whether a byte order mark stands before its text.
    pub(crate) has_mark: bool,
    /// `None` when the file is no longer what was analysed.
    pub source: Option<Source>,
}

/// A finding that is not reported.
#[derive(Clone, Debug)]
pub struct Suppressed {
    pub finding: Finding,
    pub by: Suppressor,
}

impl Suppressed {
    /// A finding that the baseline holds back.
    pub(crate) fn known(finding: Finding) -> Self {
        let by = Suppressor::Baseline;
        Self { finding, by }
    }
}

/// Why a finding is not reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suppressor {
    /// A comment in the source, with the reason it gives.
    Comment(Option<String>),
    Baseline,
}

/// What a baseline did in a run.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// The file, as its reader knows it.
    pub path: String,
    /// The number of findings that were held back.
    pub count: usize,
    /// Entries that found nothing to hold back although the run looked everywhere.
    pub stale: Vec<BaselineEntry>,
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

impl ShownFile {
    /// Where the file lies.
    pub fn disk(&self) -> &Path {
        &self.disk
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
}

/// Puts findings in their order, merges those that say the same of the same place, and keeps what they say short.
pub(crate) fn sort(findings: &mut Vec<Finding>) {
    findings.iter_mut().for_each(shorten);
    findings.sort_by(|a, b| key(a).cmp(&key(b)));
    findings.dedup_by(|a, b| key(a) == key(b));
}

/// In bytes. What is said is longer only when it quotes a name that no person has written.
const LONG: usize = 2_000;
/// The characters of a long word that are kept.
const KEPT: usize = 100;

fn shorten(finding: &mut Finding) {
    let labels = finding.labels.iter_mut().map(|it| &mut it.text);
    let texts = [&mut finding.message].into_iter().chain(labels);
    for text in texts.chain(&mut finding.help).filter(|it| it.len() > LONG) {
        let words = text
            .split(' ')
            .map(|word| match word.char_indices().nth(KEPT) {
                Some((end, _)) => format!("{}...", &word[..end]),
                None => word.to_owned(),
            });
        let words: String = words.collect::<Vec<_>>().join(" ");
        let end = words
            .char_indices()
            .nth(LONG)
            .map_or(words.len(), |it| it.0);
        *text = words[..end].to_owned();
    }
}

/// The same order for what is not reported.
pub(crate) fn sort_suppressed(suppressed: &mut Vec<Suppressed>) {
    suppressed.sort_by(|a, b| key(&a.finding).cmp(&key(&b.finding)));
    suppressed.dedup_by(|a, b| key(&a.finding) == key(&b.finding));
}

/// All that a run found, reported or not.
pub(crate) fn all<'f>(
    findings: &'f [Finding],
    suppressed: &'f [Suppressed],
) -> impl Iterator<Item = &'f Finding> {
    findings
        .iter()
        .chain(suppressed.iter().map(|it| &it.finding))
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
