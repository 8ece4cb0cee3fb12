//! Whether what is read from the disk can be what a run has written there. A check sum only tells accidents.
use exlint_findings::{FileId, Finding, Span};
use rustc_hash::FxHashMap;

use crate::outcome::ShownFile;

/// The most bytes that a record of a file has, for a file of this size.
pub(super) fn most_bytes(size: u64) -> u64 {
    (64 << 10) + 32 * size
}

/// Whether the findings are about files that there are.
pub(super) fn name_files(findings: &[Finding], files: usize) -> bool {
    let is_there = |file: &FileId| (file.0 as usize) < files;
    findings.iter().all(|finding| {
        let mut labels = finding
            .labels
            .iter()
            .filter_map(|label| label.file.as_ref());
        is_there(&finding.file) && labels.all(is_there)
    })
}

/// Whether all that findings point to are places in the texts of their files.
pub(crate) fn point_into(findings: &[Finding], shown: &FxHashMap<FileId, ShownFile>) -> bool {
    let source = |file: FileId| shown.get(&file).and_then(|it| it.source.as_ref());
    let is_place = |file: FileId, span: Span| {
        let text = source(file).map(|it| &it.text);
        span.start <= span.end && text.is_none_or(|it| it.get(span.range()).is_some())
    };
    findings.iter().all(|finding| {
        let edits = finding.fix.iter().flat_map(|fix| &fix.edits);
        let mut labels = finding.labels.iter();
        is_place(finding.file, finding.span)
            && labels.all(|it| is_place(it.file.unwrap_or(finding.file), it.span))
            && { edits }.all(|it| is_place(finding.file, it.span))
    })
}
