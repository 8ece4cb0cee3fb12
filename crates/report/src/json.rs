use std::io;

use exlint_findings::{Applicability, Confidence, FileId, Finding, Fix, Level};
use serde::Serialize;

use crate::{
    Report, Summary, Suppressor,
    place::{Point, Unit, points},
};

/// Changes when a reader of the old form would misread the output.
const VERSION: u32 = 1;

pub(crate) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let document = Document {
        version: VERSION,
        findings: report
            .findings
            .iter()
            .map(|finding| finding_json(report, finding))
            .collect(),
        suppressed: suppressed(report).collect(),
        summary: report.summary.into(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// Writes each finding on a line of its own, in the form that it has in the document.
pub(crate) fn write_lines(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    for finding in report.findings {
        serde_json::to_writer(&mut *out, &finding_json(report, finding))?;
        writeln!(out)?;
    }
    for suppressed in suppressed(report) {
        serde_json::to_writer(&mut *out, &suppressed)?;
        writeln!(out)?;
    }
    Ok(())
}

fn suppressed<'a>(report: &Report<'a>) -> impl Iterator<Item = SuppressedJson<'a>> {
    report.suppressed.iter().map(|it| {
        let (by, reason) = match it.by {
            Suppressor::Comment(reason) => ("comment", reason),
            Suppressor::Baseline => ("baseline", None),
        };
        SuppressedJson {
            finding: finding_json(report, it.finding),
            suppressed: SuppressionJson { by, reason },
        }
    })
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    findings: Vec<FindingJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressed: Vec<SuppressedJson<'a>>,
    summary: SummaryJson,
}

#[derive(Serialize)]
struct SuppressedJson<'a> {
    #[serde(flatten)]
    finding: FindingJson<'a>,
    suppressed: SuppressionJson<'a>,
}

#[derive(Serialize)]
struct SuppressionJson<'a> {
    /// `comment` or `baseline`.
    by: &'static str,
    reason: Option<&'a str>,
}

/// Columns count characters.
#[derive(Serialize)]
struct FindingJson<'a> {
    rule: &'a str,
    family: Option<&'static str>,
    level: Level,
    confidence: Confidence,
    path: &'a str,
    start: Point,
    end: Point,
    message: &'a str,
    labels: Vec<LabelJson<'a>>,
    help: Option<&'a str>,
    fix: Option<FixJson<'a>>,
}

#[derive(Serialize)]
struct LabelJson<'a> {
    path: &'a str,
    start: Point,
    end: Point,
    text: &'a str,
}

#[derive(Serialize)]
struct FixJson<'a> {
    title: &'a str,
    applicability: Applicability,
    edits: Vec<EditJson<'a>>,
}

#[derive(Serialize)]
struct EditJson<'a> {
    start: Point,
    end: Point,
    text: &'a str,
}

#[derive(Serialize)]
struct SummaryJson {
    files: usize,
    bytes: u64,
    errors: usize,
    warnings: usize,
    infos: usize,
    failures: usize,
}

impl From<&Summary> for SummaryJson {
    fn from(summary: &Summary) -> Self {
        let Summary {
            files,
            bytes,
            errors,
            warnings,
            infos,
            failures,
            elapsed: _,
        } = *summary;
        Self {
            files,
            bytes,
            errors,
            warnings,
            infos,
            failures,
        }
    }
}

fn finding_json<'a>(report: &Report<'a>, finding: &'a Finding) -> FindingJson<'a> {
    let (start, end) = points(report, finding.file, finding.span, Unit::Chars);
    let rule = report
        .rules
        .iter()
        .find(|rule| rule.meta.name == finding.rule);
    let labels = finding.labels.iter().map(|label| {
        let file = label.file.unwrap_or(finding.file);
        let (start, end) = points(report, file, label.span, Unit::Chars);
        LabelJson {
            path: report.sources.path(file),
            start,
            end,
            text: &label.text,
        }
    });
    FindingJson {
        rule: &finding.rule,
        family: rule.map(|rule| rule.meta.family.name()),
        level: finding.level,
        confidence: finding.confidence,
        path: report.sources.path(finding.file),
        start,
        end,
        message: &finding.message,
        labels: labels.collect(),
        help: finding.help.as_deref(),
        fix: finding
            .fix
            .as_ref()
            .map(|fix| fix_json(report, finding.file, fix)),
    }
}

fn fix_json<'a>(report: &Report<'a>, file: FileId, fix: &'a Fix) -> FixJson<'a> {
    let edits = fix.edits.iter().map(|edit| {
        let (start, end) = points(report, file, edit.span, Unit::Chars);
        EditJson {
            start,
            end,
            text: &edit.text,
        }
    });
    FixJson {
        title: &fix.title,
        applicability: fix.applicability,
        edits: edits.collect(),
    }
}
