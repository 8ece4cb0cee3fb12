//! The diagnostic format of reviewdog. Columns count bytes; ends are exclusive.
use std::io;

use exlint_findings::{FileId, Finding, Fix, Level, Span};
use serde::Serialize;

use crate::{
    INFORMATION_URI, Report,
    place::{Point, Unit, points},
    uri,
};

pub(crate) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let result = DiagnosticResult {
        source: Source {
            name: "exlint",
            url: INFORMATION_URI,
        },
        diagnostics: report
            .findings
            .iter()
            .map(|finding| diagnostic(report, finding))
            .collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &result)?;
    writeln!(out)
}

#[derive(Serialize)]
struct DiagnosticResult<'a> {
    source: Source,
    diagnostics: Vec<Diagnostic<'a>>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
    url: &'static str,
}

#[derive(Serialize)]
struct Diagnostic<'a> {
    message: String,
    location: Location<'a>,
    severity: &'static str,
    code: Code<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<RelatedLocation<'a>>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: Point,
    end: Point,
}

#[derive(Serialize)]
struct Code<'a> {
    value: &'a str,
    url: String,
}

#[derive(Serialize)]
struct Suggestion<'a> {
    range: Range,
    text: &'a str,
}

#[derive(Serialize)]
struct RelatedLocation<'a> {
    message: &'a str,
    location: Location<'a>,
}

fn diagnostic<'a>(report: &Report<'a>, finding: &'a Finding) -> Diagnostic<'a> {
    let help = finding.help.iter().map(|help| format!("\nhelp: {help}"));
    let related = finding.labels.iter().map(|label| RelatedLocation {
        message: &label.text,
        location: location(report, label.file.unwrap_or(finding.file), label.span),
    });
    Diagnostic {
        message: help.fold(finding.message.clone(), |message, help| message + &help),
        location: location(report, finding.file, finding.span),
        severity: match finding.level {
            Level::Info => "INFO",
            Level::Warning => "WARNING",
            Level::Error => "ERROR",
        },
        code: Code {
            value: &finding.rule,
            url: uri::of_rule(&finding.rule),
        },
        suggestions: finding
            .fix
            .iter()
            .flat_map(|fix| suggestions(report, finding.file, fix))
            .collect(),
        related_locations: related.collect(),
    }
}

/// A reader accepts each suggestion on its own, so a fix of several edits is none.
fn suggestions<'a>(report: &Report<'_>, file: FileId, fix: &'a Fix) -> Option<Suggestion<'a>> {
    match fix.edits.as_slice() {
        [edit] => Some(Suggestion {
            range: range(report, file, edit.span),
            text: &edit.text,
        }),
        _ => None,
    }
}

fn location<'a>(report: &Report<'a>, file: FileId, span: Span) -> Location<'a> {
    Location {
        path: report.sources.path(file),
        range: range(report, file, span),
    }
}

fn range(report: &Report<'_>, file: FileId, span: Span) -> Range {
    let (start, end) = points(report, file, span, Unit::Bytes);
    Range { start, end }
}
