//! The few files that findings point into: no run holds the text of all its files.
use std::collections::BTreeSet;

use exlint_findings::{FileId, Finding, Source};
use rustc_hash::FxHashMap;

use crate::Request;
use crate::analyse::{Analysed, LeftOut};
use crate::discover::Found;
use crate::outcome::{Failure, ShownFile};
use crate::read::{self, Text};

/// Reads again what findings point into.
pub(crate) fn read_shown<'f>(
    request: &Request,
    findings: impl Iterator<Item = &'f Finding>,
    found: &[Found],
    files: &[Analysed],
    failures: &mut Vec<Failure>,
) -> FxHashMap<FileId, ShownFile> {
    let mut shown = FxHashMap::default();
    for id in mentioned(findings) {
        let (Some(found), Some(file)) = (found.get(id.0 as usize), files.get(id.0 as usize)) else {
            continue;
        };
        let path = request.targets.show(&found.disk);
        let text = match file.left_out {
            // What is said of it is about the file as such.
            Some(LeftOut::Unread) => Ok(Text::default()),
            _ => read::read(&found.disk, request.overlay),
        };
        let text = match text {
            Ok(text) if text.hash == file.hash => Ok(text),
            Ok(_) => Err("was changed while exlint ran".to_owned()),
            Err(error) => Err(format!("cannot be read again: {error}")),
        };
        let text = text.map_err(|message| {
            let path = Some(path.clone());
            failures.push(Failure { path, message });
        });
        let text = text.ok();
        let file = ShownFile {
            disk: found.disk.clone(),
            has_mark: text.as_ref().is_some_and(|text| text.has_mark),
            source: text.map(|text| Source::new(path.clone(), text.text)),
            path,
        };
        shown.insert(id, file);
    }
    shown
}

/// Takes the files away that no finding points into.
pub(crate) fn forget_unmentioned<'f>(
    shown: &mut FxHashMap<FileId, ShownFile>,
    findings: impl Iterator<Item = &'f Finding>,
) {
    let mentioned = mentioned(findings);
    shown.retain(|file, _| mentioned.contains(file));
}

fn mentioned<'f>(findings: impl Iterator<Item = &'f Finding>) -> BTreeSet<FileId> {
    let files = findings.flat_map(|finding| {
        let labels = finding.labels.iter().filter_map(|label| label.file);
        std::iter::once(finding.file).chain(labels)
    });
    files.collect()
}
