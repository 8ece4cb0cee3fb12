//! SonarQube's generic format for issues of other tools, with the rules that found them.
use std::io;

use exlint_findings::{FileId, Finding, Level, Span};
use exlint_rules::Family;
use serde::Serialize;

use crate::{
    Report, RuleRow,
    place::{Unit, points},
    text::one_line,
};

pub(crate) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let document = Document {
        rules: report.rules.iter().map(rule).collect(),
        issues: report
            .findings
            .iter()
            .map(|finding| issue(report, finding))
            .collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Document<'a> {
    rules: Vec<Rule>,
    issues: Vec<Issue<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    name: &'static str,
    description: String,
    engine_id: &'static str,
    clean_code_attribute: &'static str,
    /// With `severity`, what servers in their standard mode show.
    r#type: &'static str,
    severity: &'static str,
    impacts: [Impact; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Impact {
    software_quality: &'static str,
    severity: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Issue<'a> {
    rule_id: &'a str,
    primary_location: Location<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    secondary_locations: Vec<Location<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    message: &'a str,
    file_path: &'a str,
    text_range: TextRange,
}

/// Lines from 1, columns from 0 in code units of UTF-16.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TextRange {
    start_line: u32,
    #[serde(flatten)]
    rest: Option<Rest>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rest {
    end_line: u32,
    start_column: u32,
    end_column: u32,
}

fn rule(row: &RuleRow) -> Rule {
    let level = row.level.unwrap_or(Level::Info);
    let (attribute, kind, quality) = nature(row.meta.family);
    let (severity, impact) = match level {
        Level::Info => ("MINOR", "LOW"),
        Level::Warning => ("MAJOR", "MEDIUM"),
        Level::Error => ("CRITICAL", "HIGH"),
    };
    Rule {
        id: row.meta.name,
        name: row.meta.name,
        description: one_line(row.meta.summary()),
        engine_id: "exlint",
        clean_code_attribute: attribute,
        r#type: kind,
        severity,
        impacts: [Impact {
            software_quality: quality,
            severity: impact,
        }],
    }
}

/// The attribute of clean code that such a rule is about, its type, and the quality it is good for.
fn nature(family: Family) -> (&'static str, &'static str, &'static str) {
    match family {
        Family::Security => ("TRUSTWORTHY", "VULNERABILITY", "SECURITY"),
        Family::Testing => ("TESTED", "CODE_SMELL", "MAINTAINABILITY"),
        Family::Design | Family::Refactor => ("MODULAR", "CODE_SMELL", "MAINTAINABILITY"),
        Family::Readability => ("CLEAR", "CODE_SMELL", "MAINTAINABILITY"),
        Family::Consistency => ("CONVENTIONAL", "CODE_SMELL", "MAINTAINABILITY"),
        _ => ("LOGICAL", "BUG", "RELIABILITY"),
    }
}

fn issue<'a>(report: &Report<'a>, finding: &'a Finding) -> Issue<'a> {
    let steps = finding.labels.iter().map(|label| {
        let file = label.file.unwrap_or(finding.file);
        location(report, file, label.span, &label.text)
    });
    Issue {
        rule_id: &finding.rule,
        primary_location: location(report, finding.file, finding.span, &finding.message),
        secondary_locations: steps.collect(),
    }
}

fn location<'a>(report: &Report<'a>, file: FileId, span: Span, message: &'a str) -> Location<'a> {
    Location {
        message,
        file_path: report.sources.path(file),
        text_range: text_range(report, file, span),
    }
}

/// The line alone where there is nothing on it to mark: SonarQube gives up the whole report for an
/// empty range, and for one that ends behind the text.
fn text_range(report: &Report<'_>, file: FileId, span: Span) -> TextRange {
    let text = report
        .sources
        .source(file)
        .map_or("", |source| source.slice(span));
    let length = text.trim_end().len() as u32;
    let (start, end) = points(
        report,
        file,
        Span::new(span.start, span.start + length),
        Unit::Utf16,
    );
    let rest = Rest {
        end_line: end.line,
        start_column: start.column - 1,
        end_column: end.column - 1,
    };
    TextRange {
        start_line: start.line,
        rest: (length > 0).then_some(rest),
    }
}
