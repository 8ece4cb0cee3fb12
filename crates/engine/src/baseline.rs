//! Known findings, which are held back so that new ones stand out.
use std::path::PathBuf;

use exlint_findings::Finding;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::discover::Found;
use crate::outcome::{Failure, Held};
use crate::scopes::Scopes;
use crate::targets::Targets;
use crate::{Error, Fingerprint, Outcome, Request, read, replace};

const NAME: &str = ".exlint-baseline.json";
const VERSION: u32 = 1;

/// Where the baseline is.
#[derive(Clone, Debug, Default)]
pub enum BaselineFile {
    /// `.exlint-baseline.json` at the root of the project, if it is there.
    #[default]
    Find,
    /// Every finding is reported.
    None,
    At(PathBuf),
}

/// The known findings of a project.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// The file, as its reader knows it.
    pub path: String,
    disk: PathBuf,
    pub entries: Vec<BaselineEntry>,
}

/// A known finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineEntry {
    /// Where the finding was; for people alone, since a file may be renamed.
    pub path: String,
    pub rule: String,
    #[serde(rename = "in", default, skip_serializing_if = "String::is_empty")]
    function: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    code: String,
    #[serde(default = "first", skip_serializing_if = "is_first")]
    ordinal: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    findings: Vec<BaselineEntry>,
}

impl Baseline {
    /// Reads the baseline; `None` when there is none and none was asked for.
    pub fn load(file: &BaselineFile, targets: &Targets) -> Result<Option<Baseline>, Error> {
        let path = match file {
            BaselineFile::None => return Ok(None),
            BaselineFile::At(path) => path.clone(),
            BaselineFile::Find => {
                let path = targets.root.join(NAME);
                if !path.is_file() {
                    return Ok(None);
                }
                path
            }
        };
        let mut baseline = Baseline::empty(&BaselineFile::At(path.clone()), targets);
        let text = read::whole(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Error::MissingPath(path.clone()),
            _ => Error::Unreadable { path, error },
        })?;
        let damaged = |reason: String| Error::Baseline {
            path: baseline.path.clone(),
            reason,
        };
        let document: Document =
            serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
        if document.version != VERSION {
            return Err(damaged(format!(
                "it has version {}, and this exlint reads version {VERSION}",
                document.version
            )));
        }
        baseline.entries = document.findings;
        Ok(Some(baseline))
    }

    /// A baseline without entries, to be written to `file`.
    pub fn empty(file: &BaselineFile, targets: &Targets) -> Baseline {
        let disk = match file {
            BaselineFile::At(path) => path.clone(),
            BaselineFile::Find | BaselineFile::None => targets.root.join(NAME),
        };
        Baseline {
            path: targets.show(&disk),
            disk,
            entries: Vec::new(),
        }
    }

    /// Takes in every finding of a run.
    pub fn extend(&mut self, outcome: &Outcome, targets: &Targets) {
        let findings = std::iter::zip(&outcome.findings, &outcome.fingerprints);
        self.entries.extend(findings.map(|(finding, fingerprint)| {
            let shown = outcome.shown.get(&finding.file);
            BaselineEntry {
                path: shown.map_or(String::new(), |shown| targets.relative(&shown.disk)),
                rule: fingerprint.rule.clone(),
                function: fingerprint.function.clone(),
                code: fingerprint.code.clone(),
                ordinal: fingerprint.ordinal,
            }
        }));
    }

    /// Takes out entries that apply no longer.
    pub fn remove(&mut self, stale: &[BaselineEntry]) {
        self.entries.retain(|entry| !stale.contains(entry));
    }

    /// Writes the file, sorted so that changes are easy to review.
    ///
    /// # Errors
    ///
    /// Those of writing.
    pub fn write(&mut self) -> Result<(), Error> {
        self.entries.sort();
        let document = Document {
            version: VERSION,
            findings: self.entries.clone(),
        };
        let text = serde_json::to_string_pretty(&document).map(|text| text + "\n");
        let written = text
            .map_err(Into::into)
            .and_then(|text| replace(&self.disk, text.as_bytes()));
        written.map_err(|error| Error::Unwritable {
            path: self.disk.clone(),
            error,
        })
    }
}

impl BaselineEntry {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint {
            rule: self.rule.clone(),
            function: self.function.clone(),
            code: self.code.clone(),
            ordinal: self.ordinal,
        }
    }
}

/// What is left of a run's findings.
#[derive(Default)]
pub(crate) struct New {
    pub(crate) fingerprints: Vec<Fingerprint>,
    /// What was taken away.
    pub(crate) known: Vec<Finding>,
    pub(crate) held: Option<Held>,
}

/// Takes the known findings away.
pub(crate) fn hold_back(
    request: &Request,
    findings: &mut Vec<Finding>,
    fingerprints: Vec<Fingerprint>,
    scopes: &Scopes,
    found: &[Found],
    failures: &[Failure],
) -> New {
    let Some(baseline) = request.baseline else {
        return New {
            fingerprints,
            ..New::default()
        };
    };
    let known: FxHashSet<Fingerprint> =
        baseline.entries.iter().map(|it| it.fingerprint()).collect();
    let mut present = FxHashSet::default();
    let mut new = New::default();
    for (finding, fingerprint) in std::iter::zip(std::mem::take(findings), fingerprints) {
        if known.contains(&fingerprint) {
            present.insert(fingerprint);
            new.known.push(finding);
        } else {
            findings.push(finding);
            new.fingerprints.push(fingerprint);
        }
    }
    let looked_everywhere = request.targets.whole
        && request.changes.is_none()
        && failures.is_empty()
        && found.iter().all(|file| file.asked);
    let ran = |rule: &str| scopes.all.iter().any(|scope| scope.level(rule).is_some());
    let is_stale = |entry: &&BaselineEntry| {
        looked_everywhere && ran(&entry.rule) && !present.contains(&entry.fingerprint())
    };
    new.held = Some(Held {
        path: baseline.path.clone(),
        count: new.known.len(),
        stale: baseline.entries.iter().filter(is_stale).cloned().collect(),
    });
    new
}

fn first() -> u32 {
    1
}

fn is_first(ordinal: &u32) -> bool {
    *ordinal == 1
}
