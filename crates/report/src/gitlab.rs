//! GitLab's code quality report, a part of Code Climate's format.
use std::{collections::HashMap, io};

use exlint_findings::{Finding, Level};
use serde::Serialize;

use crate::{
    Report,
    place::{Unit, points},
};

pub(crate) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut seen = HashMap::new();
    let issues: Vec<Issue> = report
        .findings
        .iter()
        .map(|finding| issue(report, finding, &mut seen))
        .collect();
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Issue<'a> {
    /// GitLab shows nothing else, so the rule stands here too.
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// `seen` holds how often each content was fingerprinted.
fn issue<'a>(
    report: &Report<'a>,
    finding: &'a Finding,
    seen: &mut HashMap<u128, u32>,
) -> Issue<'a> {
    let (start, end) = points(report, finding.file, finding.span, Unit::Chars);
    Issue {
        description: format!("{}: {}", finding.rule, finding.message),
        check_name: &finding.rule,
        fingerprint: fingerprint(report, finding, seen),
        severity: match finding.level {
            Level::Info => "info",
            Level::Warning => "major",
            Level::Error => "critical",
        },
        location: Location {
            path: report.sources.path(finding.file),
            lines: Lines {
                begin: start.line,
                end: end.line,
            },
        },
    }
}

/// Says that two findings of two runs are the same, and differs within one. It has no line number,
/// as GitLab would take every finding below an added line for a new one.
fn fingerprint(report: &Report<'_>, finding: &Finding, seen: &mut HashMap<u128, u32>) -> String {
    let path = report.sources.path(finding.file);
    let code = code(report, finding);
    let content = hash(&[
        finding.rule.as_bytes(),
        path.as_bytes(),
        finding.message.as_bytes(),
        &code,
    ]);
    let number = seen.entry(content).or_default();
    *number += 1;
    let fingerprint = hash(&[&content.to_le_bytes(), &number.to_le_bytes()]);
    format!("{fingerprint:032x}")
}

/// The start of the line of the finding, without spaces: reformatting rarely changes it.
fn code(report: &Report<'_>, finding: &Finding) -> Vec<u8> {
    const LENGTH: usize = 200;
    let Some(source) = report.sources.source(finding.file) else {
        return Vec::new();
    };
    let line = source.slice(source.line_span(source.line(finding.span.start)));
    let bytes = line.bytes().filter(|byte| !byte.is_ascii_whitespace());
    bytes.take(LENGTH).collect()
}

/// FNV-1a of 128 bits, over parts that are kept apart.
fn hash(parts: &[&[u8]]) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let apart = parts
        .iter()
        .flat_map(|part| part.iter().copied().chain([0xFF]));
    apart.fold(OFFSET, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(PRIME)
    })
}
