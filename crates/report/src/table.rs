use std::fmt::Write as _;

use exlint_findings::Applicability;

use crate::{RuleRow, Style, style::Ink, text::width};

const HEADER: [&str; 7] = [
    "rule",
    "family",
    "level",
    "confidence",
    "scope",
    "fix",
    "recommended",
];

/// The rules as a table, in the given order, under a header.
pub fn rules_table(rules: &[RuleRow], style: Style) -> String {
    let rows: Vec<_> = rules.iter().map(cells).collect();
    let widths: [usize; HEADER.len()] = std::array::from_fn(|column| {
        let cells = rows.iter().map(|row| width(row[column]));
        cells
            .chain([width(HEADER[column])])
            .max()
            .unwrap_or_default()
    });
    let mut out = style.paint(Ink::Strong, &line(&HEADER, &widths));
    out.push('\n');
    for row in &rows {
        out.push_str(&line(row, &widths));
        out.push('\n');
    }
    out
}

fn cells(rule: &RuleRow) -> [&'static str; HEADER.len()] {
    [
        rule.meta.name,
        rule.meta.family.name(),
        rule.level.map_or("off", |level| level.name()),
        rule.meta.confidence.name(),
        rule.meta.scope.name(),
        fix_name(rule.meta.fix),
        if rule.recommended { "yes" } else { "no" },
    ]
}

pub(crate) fn fix_name(fix: Option<Applicability>) -> &'static str {
    match fix {
        None => "none",
        Some(Applicability::Safe) => "safe",
        Some(Applicability::Unsafe) => "unsafe",
    }
}

fn line(cells: &[&str], widths: &[usize]) -> String {
    let mut out = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        let _ = write!(out, "{cell:width$}  ");
    }
    out.truncate(out.trim_end().len());
    out
}
