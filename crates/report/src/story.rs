//! A finding in plain words, for formats that have room for text alone.
use exlint_findings::Finding;

use crate::{
    Report,
    place::{Point, Unit, points},
    text::harmless,
};

/// The message, each step with its place, the way out: one line each.
pub(crate) fn lines(report: &Report<'_>, finding: &Finding) -> Vec<String> {
    let mut lines = vec![harmless(&finding.message)];
    for label in &finding.labels {
        let file = label.file.unwrap_or(finding.file);
        let (Point { line, column }, _) = points(report, file, label.span, Unit::Chars);
        let path = harmless(report.sources.path(file));
        lines.push(format!("{path}:{line}:{column}: {}", harmless(&label.text)));
    }
    if let Some(help) = &finding.help {
        lines.push(format!("help: {}", harmless(help)));
    }
    lines
}
