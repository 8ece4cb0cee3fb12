use std::io;

use exlint_findings::{Finding, Position};

use crate::{Report, Style, style::Ink, summary, text::harmless, uri};

/// Writes `path:line:column: level[rule] message` for each finding, then the summary.
pub(crate) fn write(report: &Report<'_>, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    for finding in report.findings {
        writeln!(out, "{}", line(report, finding, style))?;
    }
    summary::write(report, style, out)
}

fn line(report: &Report<'_>, finding: &Finding, style: Style) -> String {
    let path = harmless(report.sources.path(finding.file));
    let source = report.sources.source(finding.file);
    let Position { line, column } = source.map_or(Position { line: 1, column: 1 }, |source| {
        source.position(finding.span.start)
    });
    let place = format!("{path}:{line}:{column}");
    let place = style.linked(place, || {
        report.sources.disk(finding.file).map(uri::of_file)
    });
    let rule = style.linked(finding.rule.to_string(), || {
        Some(uri::of_rule(&finding.rule))
    });
    let level = style.paint(Ink::Level(finding.level), finding.level.name());
    let message = harmless(&finding.message);
    format!("{place}: {level}[{rule}] {message}")
}
