//! The XML of Checkstyle, which many tools read.
use std::io;

use exlint_findings::Finding;

use crate::{
    Report,
    place::{Unit, by_path, points},
    xml::{HEADER, escape},
};

/// Readers know this version's form.
const VERSION: &str = "4.3";

pub(crate) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "{HEADER}<checkstyle version=\"{VERSION}\">")?;
    for (path, findings) in by_path(report) {
        writeln!(out, "  <file name=\"{}\">", escape(path))?;
        for finding in findings {
            writeln!(out, "    {}", error(report, finding))?;
        }
        writeln!(out, "  </file>")?;
    }
    writeln!(out, "</checkstyle>")
}

fn error(report: &Report<'_>, finding: &Finding) -> String {
    let (start, _) = points(report, finding.file, finding.span, Unit::Chars);
    format!(
        "<error line=\"{}\" column=\"{}\" severity=\"{}\" message=\"{}\" source=\"exlint.{}\"/>",
        start.line,
        start.column,
        finding.level.name(),
        escape(&finding.message),
        escape(&finding.rule),
    )
}
