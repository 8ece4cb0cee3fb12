//! The table that `--statistics` prints.
use std::collections::BTreeMap;
use std::fmt::Write as _;

use exlint_engine::Outcome;
use exlint_findings::{Applicability, Finding};

/// How often each rule found something, most often first.
pub fn table(outcome: &Outcome) -> String {
    let mut by_rule: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &outcome.findings {
        by_rule.entry(&finding.rule).or_default().push(finding);
    }
    let mut rules: Vec<_> = by_rule.into_iter().collect();
    rules.sort_by_key(|(_, findings)| std::cmp::Reverse(findings.len()));
    let mut table = String::new();
    for (rule, findings) in rules {
        let level = findings.iter().map(|finding| finding.level).max();
        let level = level.map_or("", |level| level.name());
        let _ = writeln!(
            table,
            "{:>6}  {level:<7}  {rule}{}",
            findings.len(),
            mark(&findings)
        );
    }
    table
}

fn mark(findings: &[&Finding]) -> &'static str {
    let fixes = findings.iter().filter_map(|finding| finding.fix.as_ref());
    match fixes.map(|fix| fix.applicability).min() {
        Some(Applicability::Safe) => "  (--fix)",
        Some(Applicability::Unsafe) => "  (--fix --unsafe-fixes)",
        None => "",
    }
}
