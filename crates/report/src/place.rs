//! Places as the readers of a report count them.
use std::collections::BTreeMap;

use exlint_findings::{FileId, Finding, Span};
use serde::Serialize;

use crate::Report;

/// What columns are counted in.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    /// Unicode scalar values.
    Chars,
    /// Code units of UTF-16.
    Utf16,
    /// Bytes of UTF-8.
    Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Point {
    /// From 1.
    pub(crate) line: u32,
    /// From 1.
    pub(crate) column: u32,
}

/// Start and end of `span`; both are the start of the file when that cannot be read.
pub(crate) fn points(report: &Report<'_>, file: FileId, span: Span, unit: Unit) -> (Point, Point) {
    let Some(source) = report.sources.source(file) else {
        let start = Point { line: 1, column: 1 };
        return (start, start);
    };
    let point = |offset| Point {
        line: source.line(offset),
        column: match unit {
            Unit::Chars => source.position(offset).column,
            Unit::Utf16 => source.utf16_column(offset),
            Unit::Bytes => source.byte_column(offset),
        },
    };
    (point(span.start), point(span.end))
}

/// A path as those know it who look at the whole repository.
pub(crate) fn in_repository(report: &Report<'_>, path: &str) -> String {
    if report.folder.is_empty() || path.starts_with('/') {
        return path.to_owned();
    }
    let mut folders: Vec<&str> = report.folder.split('/').collect();
    for part in path.split('/') {
        match part {
            ".." => drop(folders.pop()),
            part => folders.push(part),
        }
    }
    folders.join("/")
}

/// The findings of each file, by its path.
pub(crate) fn by_path<'a>(report: &Report<'a>) -> BTreeMap<&'a str, Vec<&'a Finding>> {
    let mut files: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for finding in report.findings {
        let path = report.sources.path(finding.file);
        files.entry(path).or_default().push(finding);
    }
    files
}
