//! GitLab's code quality report, a part of Code Climate's format.
use std::io;

use exlint_findings::{Finding, Level};
use serde::Serialize;

use crate::{
    Report,
    place::{Unit, in_repository, points},
};

pub(crate) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let findings = std::iter::zip(report.findings, report.fingerprints);
    let issues: Vec<Issue> = findings
        .map(|(finding, fingerprint)| issue(report, finding, fingerprint))
        .collect();
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Issue<'a> {
    /// GitLab shows nothing else, so the rule stands here too.
    description: String,
    check_name: &'a str,
    /// Tells GitLab which findings of two runs are the same.
    fingerprint: &'a str,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

fn issue<'a>(report: &Report<'a>, finding: &'a Finding, fingerprint: &'a str) -> Issue<'a> {
    let (start, end) = points(report, finding.file, finding.span, Unit::Chars);
    Issue {
        description: format!("{}: {}", finding.rule, finding.message),
        check_name: &finding.rule,
        fingerprint,
        severity: match finding.level {
            Level::Info => "info",
            Level::Warning => "major",
            Level::Error => "critical",
        },
        location: Location {
            path: in_repository(report, report.sources.path(finding.file)),
            lines: Lines {
                begin: start.line,
                end: end.line,
            },
        },
    }
}
