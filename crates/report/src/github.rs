//! Annotations of GitHub's workflow runs: commands on standard output that the runner picks up.
//!
//! GitHub shows the first ten of each level that a step prints. So the gravest come first, and a
//! last line says how many it leaves out; all of them stand in the step's log.
use std::{cmp::Reverse, fmt, io};

use exlint_findings::{Finding, Level};

use crate::{
    Failure, Report,
    place::{Unit, in_repository, points},
    story,
    text::{harmless, push_shown},
};

/// What GitHub shows of each level.
const SHOWN: usize = 10;

pub(crate) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    for failure in report.failures {
        writeln!(out, "{}", failure_command(report, failure))?;
    }
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| Reverse(finding.level));
    for finding in findings {
        writeln!(out, "{}", finding_command(report, finding))?;
    }
    match left_out(report) {
        0 => Ok(()),
        number => writeln!(
            out,
            "{number} more not shown as annotations: GitHub shows {SHOWN} of each level"
        ),
    }
}

fn left_out(report: &Report<'_>) -> usize {
    let summary = report.summary;
    let errors = summary.errors + report.failures.len();
    let numbers = [errors, summary.warnings, summary.infos];
    numbers
        .map(|number| number.saturating_sub(SHOWN))
        .iter()
        .sum()
}

fn failure_command(report: &Report<'_>, failure: &Failure) -> Command {
    let mut command = Command::new(Level::Error, harmless(&failure.message));
    command.property("title", "exlint failed");
    if let Some(path) = &failure.path {
        command.property("file", &in_repository(report, path));
    }
    command
}

fn finding_command(report: &Report<'_>, finding: &Finding) -> Command {
    let message = story::lines(report, finding).join("\n");
    let mut command = Command::new(finding.level, message);
    let (start, end) = points(report, finding.file, finding.span, Unit::Utf16);
    command.property("title", &format!("exlint {}", finding.rule));
    let path = report.sources.path(finding.file);
    command.property("file", &in_repository(report, path));
    command.property("line", &start.line.to_string());
    command.property("endLine", &end.line.to_string());
    // GitHub drops an annotation that has columns on different lines.
    if start.line == end.line {
        command.property("col", &start.column.to_string());
        command.property("endColumn", &end.column.to_string());
    }
    command
}

/// `::error file=lib/a.ex,line=1::message`
struct Command {
    name: &'static str,
    properties: Vec<String>,
    message: String,
}

impl Command {
    fn new(level: Level, message: String) -> Self {
        let name = match level {
            Level::Info => "notice",
            Level::Warning => "warning",
            Level::Error => "error",
        };
        Self {
            name,
            properties: Vec::new(),
            message,
        }
    }

    fn property(&mut self, name: &str, value: &str) {
        let value = escape(value).replace(':', "%3A").replace(',', "%2C");
        self.properties.push(format!("{name}={value}"));
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let properties = self.properties.join(",");
        write!(f, "::{} {properties}::{}", self.name, escape(&self.message))
    }
}

/// The log of a step is shown on terminals, too.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '%' => escaped.push_str("%25"),
            '\r' => escaped.push_str("%0D"),
            '\n' => escaped.push_str("%0A"),
            _ => push_shown(&mut escaped, char),
        }
    }
    escaped
}
