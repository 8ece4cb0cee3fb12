//! Comments that suppress findings.
//!
//! ```elixir
//! Process.sleep(100) # exlint:ignore sleep-in-callback -- the device needs it
//!
//! # exlint:ignore blocking-genserver, process -- covers the next line of code
//! def handle_call(:sync, _from, state), do: {:reply, Client.fetch(), state}
//!
//! # exlint:ignore-start dynamic-atom -- names from our own files
//! # exlint:ignore-end
//!
//! # exlint:ignore-file all -- generated
//! ```
//!
//! A comment at the end of a line covers that line; one that stands alone covers the next line that holds code. A
//! finding is suppressed when it, or a place that explains it, starts on a covered line. A name that exlint does
//! not know, and one that suppressed nothing, are findings themselves.
mod comments;
mod credo;

use exlint_findings::{Confidence, Edit, FileId, Finding, Fix, Span};
use exlint_rules::{Family, Scope};

use crate::names::{self, nearest};
use crate::outcome::{Suppressed, Suppressor};
use crate::scopes::Scopes;
use crate::{FILE_NAME, UNUSED_SUPPRESSION};

use comments::{Covers, Name};

pub(crate) use comments::{Suppression, collect};

/// What is known of a run when it is decided whether a suppression was needed.
#[derive(Clone, Copy)]
pub(crate) struct Judge<'a> {
    pub(crate) scopes: &'a Scopes,
    /// Whether the whole project was looked at.
    pub(crate) whole: bool,
    /// Whether the command line chose among the rules.
    pub(crate) narrowed: bool,
    /// Whether nothing failed: a failure may be the reason why a finding is missing.
    pub(crate) complete: bool,
}

/// The findings of a run, apart by whether a comment suppresses them.
#[derive(Default)]
pub(crate) struct Applied {
    pub(crate) kept: Vec<Finding>,
    pub(crate) suppressed: Vec<Suppressed>,
}

/// Takes the suppressed findings away, and adds those about the suppressions themselves. `suppressions` has one
/// list per file.
pub(crate) fn apply(
    findings: Vec<Finding>,
    suppressions: &[Vec<Suppression>],
    judge: Judge,
) -> Applied {
    let mut used: Vec<Vec<Vec<bool>>> = suppressions
        .iter()
        .map(|file| {
            file.iter()
                .map(|suppression| vec![false; suppression.names.len()])
                .collect()
        })
        .collect();
    let mut applied = Applied::default();
    for finding in findings {
        match suppressor(&finding, suppressions, &mut used, judge) {
            Some(comment) => applied.suppressed.push(Suppressed {
                by: Suppressor::Comment(comment.reason.clone()),
                finding,
            }),
            None => applied.kept.push(finding),
        }
    }
    for (file, (suppressions, used)) in std::iter::zip(suppressions, used).enumerate() {
        for (suppression, used) in std::iter::zip(suppressions, used) {
            let about_it = judge.findings(FileId(file as u32), suppression, &used);
            applied.kept.extend(about_it);
        }
    }
    applied
}

/// The first comment that covers the finding; every name that does is marked as used.
fn suppressor<'s>(
    finding: &Finding,
    suppressions: &'s [Vec<Suppression>],
    used: &mut [Vec<Vec<bool>>],
    judge: Judge,
) -> Option<&'s Suppression> {
    let mut suppressor = None;
    let labels = finding
        .labels
        .iter()
        .map(|label| (label.file.unwrap_or(finding.file), label.span));
    for (file, span) in std::iter::once((finding.file, finding.span)).chain(labels) {
        let file = file.0 as usize;
        let Some(here) = suppressions.get(file) else {
            continue;
        };
        for (index, suppression) in here
            .iter()
            .enumerate()
            .filter(|(_, it)| it.covers.place(span))
        {
            for (name, used) in std::iter::zip(&suppression.names, &mut used[file][index]) {
                if judge.means(&name.text, finding) {
                    *used = true;
                    suppressor = suppressor.or(Some(suppression));
                }
            }
        }
    }
    suppressor
}

impl Covers {
    fn place(self, span: Span) -> bool {
        match self {
            Covers::File => true,
            Covers::Lines(lines) => lines.start <= span.start && span.start < lines.end,
            Covers::Nothing => false,
        }
    }
}

impl Judge<'_> {
    /// Whether `name` covers the finding's rule.
    fn means(self, name: &str, finding: &Finding) -> bool {
        let family = || {
            let scope = self.scopes.of(finding.file);
            scope
                .rule(&finding.rule)
                .map(|rule| rule.meta.family.name())
        };
        name == "all" || name == finding.rule || family() == Some(name)
    }

    /// What is wrong with a suppression.
    fn findings(self, file: FileId, suppression: &Suppression, used: &[bool]) -> Vec<Finding> {
        let Some(level) = self.scopes.of(file).level(UNUSED_SUPPRESSION) else {
            return Vec::new();
        };
        let finding =
            |span: Span, message: String, help: Option<String>, fix: Option<Fix>| Finding {
                rule: UNUSED_SUPPRESSION.into(),
                level,
                confidence: Confidence::High,
                file,
                span,
                message,
                labels: Vec::new(),
                help,
                fix,
            };
        if suppression.is_foreign {
            return Vec::new();
        }
        let mut findings = Vec::new();
        if let Some(problem) = &suppression.problem {
            let help = "write `# exlint:ignore rule-name -- reason`, `# exlint:ignore-file rule-name -- reason`, or \
                        `# exlint:ignore-start rule-name -- reason` and `# exlint:ignore-end` around lines";
            let (message, help) = (problem.to_string(), Some(help.to_owned()));
            findings.push(finding(suppression.comment, message, help, None));
        }
        if suppression.covers == Covers::Nothing {
            return findings;
        }
        if suppression.names.is_empty() {
            let help = "name the rules: `# exlint:ignore rule-name -- reason`".to_owned();
            let message = "this comment names no rule, so it suppresses nothing".to_owned();
            let fix = Some(remove("Remove the comment", suppression.removal.clone()));
            findings.push(finding(suppression.comment, message, Some(help), fix));
            return findings;
        }
        for (name, used) in std::iter::zip(&suppression.names, used) {
            if !self.is_known(file, &name.text) {
                let (help, fix) = self.correction(file, name);
                let message = format!("there is no rule `{}` to suppress", name.text);
                findings.push(finding(name.span, message, Some(help), Some(fix)));
            } else if !used && self.would_be_used(file, &name.text) {
                let place = if suppression.covers == Covers::File {
                    "in this file"
                } else {
                    "here"
                };
                let message = format!(
                    "`{}` finds nothing {place}, so nothing is suppressed",
                    name.text
                );
                let fix = remove("Remove the suppression", name.removal.clone());
                findings.push(finding(name.span, message, None, Some(fix)));
            }
        }
        findings
    }

    fn is_known(self, file: FileId, name: &str) -> bool {
        name == "all" || names::family(name).is_some() || self.scopes.of(file).rule(name).is_some()
    }

    /// What to do about a name that nothing has.
    fn correction(self, file: FileId, name: &Name) -> (String, Fix) {
        let rules = self.scopes.of(file).rules.iter().map(|rule| rule.meta.name);
        let families = Family::ALL.iter().map(|family| family.name());
        match nearest(&name.text, rules.chain(families)) {
            Some(near) => {
                let fix =
                    Fix::replace(format!("Name `{near}`"), name.span, near).may_change_behaviour();
                (format!("did you mean `{near}`?"), fix)
            }
            None => {
                let help = format!(
                    "`exlint rules` lists the rules; {FILE_NAME} sets them for the whole project"
                );
                (help, remove("Remove the suppression", name.removal.clone()))
            }
        }
    }

    /// Whether a finding that the name covers would have come up in this run.
    fn would_be_used(self, file: FileId, name: &str) -> bool {
        let scope = self.scopes.of(file);
        if !self.complete {
            return false;
        }
        match scope.rule(name) {
            Some(rule) => rule.on && (self.whole || rule.meta.scope != Scope::Project),
            None => {
                let family = names::family(name);
                let on = family.is_none_or(|family| scope.is_family_on(family));
                on && self.whole && !self.narrowed
            }
        }
    }
}

fn remove(title: &str, edits: Vec<Edit>) -> Fix {
    Fix {
        title: title.to_owned(),
        edits,
        applicability: exlint_findings::Applicability::Safe,
    }
}

#[cfg(test)]
mod tests;
