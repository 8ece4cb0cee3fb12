//! Applies fixes until nothing is left to fix.
use std::collections::BTreeMap;
use std::path::PathBuf;

use exlint_findings::{Applicability, Edit, FileId, Finding, Source};
use exlint_syntax::Kind;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::outcome::{Failure, ShownFile};
use crate::read::{self, BYTE_ORDER_MARK};
use crate::{Changes, Error, Outcome, Overlay, Request, replace, run};

/// A fix can make room for another; more rounds than this would be fixes that undo each other.
const ROUNDS: usize = 10;

/// What fixing came to. Nothing is written yet.
#[derive(Debug)]
pub struct Fixed {
    /// What is left.
    pub outcome: Outcome,
    /// The files that change, in the order of their paths.
    pub files: Vec<FixedFile>,
}

/// A file that fixes change.
#[derive(Debug)]
pub struct FixedFile {
    /// As its reader knows it.
    pub path: String,
    disk: PathBuf,
    before: Vec<u8>,
    after: Vec<u8>,
    /// The number of findings that were fixed.
    pub count: usize,
}

impl Fixed {
    /// A run that fixed nothing.
    pub fn nothing(outcome: Outcome) -> Fixed {
        let files = Vec::new();
        Fixed { outcome, files }
    }
}

impl FixedFile {
    /// What becomes of a file with the text `after`.
    pub(crate) fn of(
        overlay: &Overlay,
        shown: &ShownFile,
        after: &str,
        count: usize,
    ) -> Result<FixedFile, Error> {
        let before = overlay
            .bytes(&shown.disk)
            .map_err(|error| Error::Unreadable {
                path: shown.disk.clone(),
                error,
            })?;
        let mark = if shown.has_mark { BYTE_ORDER_MARK } else { b"" };
        Ok(FixedFile {
            path: shown.path.clone(),
            disk: shown.disk.clone(),
            before,
            after: [mark, after.as_bytes()].concat(),
            count,
        })
    }

    pub fn before(&self) -> String {
        text(&self.before)
    }

    pub fn after(&self) -> String {
        text(&self.after)
    }

    /// Puts the fixed text in the place of the file, whole and with its rights; fails when somebody else changed it.
    pub fn write(&self) -> Result<(), Failure> {
        let fail = |message: String| Failure {
            path: Some(self.path.clone()),
            message,
        };
        let now = read::whole(&self.disk)
            .map_err(|error| fail(format!("cannot be read again: {error}")))?;
        if now != self.before {
            return Err(fail(
                "was changed while exlint ran, so it was not fixed".to_owned(),
            ));
        }
        replace(&self.disk, &self.after)
            .map_err(|error| fail(format!("cannot be written: {error}")))
    }
}

/// Checks, applies every fix that may be applied and meets no other, and begins again, until nothing changes.
/// `most` is the riskiest kind of fix that is applied.
pub fn fix(request: &Request, most: Applicability) -> Result<Fixed, Error> {
    crate::in_pool(request, || rounds(request, most))?
}

fn rounds(request: &Request, most: Applicability) -> Result<Fixed, Error> {
    let mut fixing = Fixing {
        most,
        overlay: request.overlay.clone(),
        changes: request.changes.cloned(),
        files: FxHashMap::default(),
        given_up: FxHashSet::default(),
        failures: Vec::new(),
    };
    let mut round = 0;
    let mut outcome = loop {
        let outcome = run(&Request {
            overlay: &fixing.overlay,
            changes: fixing.changes.as_ref(),
            ..*request
        })?;
        round += 1;
        if round > ROUNDS || !fixing.apply(&outcome)? {
            break outcome;
        }
    };
    outcome.failures.append(&mut fixing.failures);
    let mut files: Vec<FixedFile> = fixing.files.into_values().collect();
    files.retain(|file| file.before != file.after);
    files.sort_by(|a, b| a.disk.cmp(&b.disk));
    Ok(Fixed { outcome, files })
}

struct Fixing {
    most: Applicability,
    overlay: Overlay,
    changes: Option<Changes>,
    files: FxHashMap<PathBuf, FixedFile>,
    /// Files that a fix would have broken.
    given_up: FxHashSet<PathBuf>,
    failures: Vec<Failure>,
}

impl Fixing {
    /// One round; whether anything changed.
    fn apply(&mut self, outcome: &Outcome) -> Result<bool, Error> {
        let mut by_file: FxHashMap<FileId, Vec<&Finding>> = FxHashMap::default();
        for finding in &outcome.findings {
            by_file.entry(finding.file).or_default().push(finding);
        }
        let mut changed = false;
        for (file, findings) in by_file {
            let Some(shown) = outcome.shown.get(&file) else {
                continue;
            };
            if let Some(source) = &shown.source
                && !self.given_up.contains(&shown.disk)
            {
                changed |= self.apply_in(shown, source, &findings)?;
            }
        }
        Ok(changed)
    }

    fn apply_in(
        &mut self,
        shown: &ShownFile,
        source: &Source,
        findings: &[&Finding],
    ) -> Result<bool, Error> {
        let (edits, rules) = choose(findings, self.most);
        if edits.is_empty() {
            return Ok(false);
        }
        let after = edited(&source.text, &edits);
        if has_error(&source.path, &after) && !has_error(&source.path, &source.text) {
            self.given_up.insert(shown.disk.clone());
            self.failures.push(Failure {
                path: Some(shown.path.clone()),
                message: format!(
                    "internal error: fixes of {} would break it, so it was left alone",
                    list(&rules)
                ),
            });
            return Ok(false);
        }
        let now = FixedFile::of(&self.overlay, shown, &after, rules.len())?;
        if now.after == now.before {
            return Ok(false);
        }
        if let Some(changes) = &mut self.changes {
            changes.follow(&shown.disk, source, &edits);
        }
        self.overlay.set(shown.disk.clone(), now.after.clone());
        match self.files.get_mut(&shown.disk) {
            Some(file) => {
                file.count += now.count;
                file.after = now.after;
            }
            None => {
                self.files.insert(shown.disk.clone(), now);
            }
        }
        Ok(true)
    }
}

/// The edits of every fix that may be applied and meets none before it, in the order of their places, and the rule of
/// each fix.
fn choose<'f>(findings: &[&'f Finding], most: Applicability) -> (Vec<Edit>, Vec<&'f str>) {
    let mut edits: Vec<Edit> = Vec::new();
    let mut rules = Vec::new();
    // The end of each edit by its start; none meets another.
    let mut taken: BTreeMap<u32, u32> = BTreeMap::new();
    for finding in findings {
        let fix = finding.fix.as_ref().filter(|fix| fix.applicability <= most);
        let Some(fix) = fix.filter(|fix| !fix.edits.is_empty()) else {
            continue;
        };
        let meets = |edit: &Edit| {
            let before = taken.range(..=edit.span.end).next_back();
            before.is_some_and(|(_, end)| *end >= edit.span.start)
        };
        if !fix.edits.iter().any(meets) {
            taken.extend(
                fix.edits
                    .iter()
                    .map(|edit| (edit.span.start, edit.span.end)),
            );
            edits.extend(fix.edits.iter().cloned());
            rules.push(finding.rule.as_ref());
        }
    }
    edits.sort_by_key(|edit| edit.span);
    (edits, rules)
}

/// The text with all edits made, each with the line breaks that the text has.
pub(crate) fn edited(text: &str, edits: &[Edit]) -> String {
    let is_windows = text.contains("\r\n");
    let mut edited = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        edited.push_str(&text[at..edit.span.start as usize]);
        match is_windows {
            true => edited.push_str(&edit.text.replace("\r\n", "\n").replace('\n', "\r\n")),
            false => edited.push_str(&edit.text),
        }
        at = edit.span.end as usize;
    }
    edited + &text[at..]
}

fn has_error(path: &str, text: &str) -> bool {
    exlint_syntax::parse_file(path, text)
        .nodes()
        .any(|node| node.is(Kind::Error))
}

fn list(rules: &[&str]) -> String {
    let mut rules = rules.to_vec();
    rules.sort_unstable();
    rules.dedup();
    rules
        .iter()
        .map(|rule| format!("`{rule}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests;
