//! Comments that suppress findings.
//!
//! ```elixir
//! Process.sleep(100) # exlint:ignore sleep-in-callback -- the device needs it
//!
//! # exlint:ignore blocking-genserver, process -- covers the next line of code
//! def handle_call(:sync, _from, state), do: {:reply, Client.fetch(), state}
//!
//! # exlint:ignore-file all -- generated
//! ```
//!
//! A comment at the end of a line covers that line; one that stands alone covers the next line that holds code. A
//! finding is suppressed when it, or a place that explains it, starts on a covered line. A name that exlint does
//! not know, and one that suppressed nothing, are findings themselves.
use exlint_findings::{Confidence, Edit, FileId, Finding, Fix, Span};
use exlint_rules::{Family, Scope};

use crate::names::{self, is_slip, nearest};
use crate::settings::Settings;
use crate::{FILE_NAME, UNUSED_SUPPRESSION};

const PREFIX: &str = "exlint:";

/// One comment, taken out of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Suppression {
    comment: Span,
    covers: Covers,
    names: Vec<Name>,
    /// Takes the whole comment away.
    removal: Edit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Covers {
    File,
    /// From the first to the last byte of a line.
    Line(Span),
    /// The directive is none that exlint knows.
    Nothing,
}

/// The name of a rule, of a family, or `all`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    text: String,
    span: Span,
    /// Takes the name, or with the last name the whole comment, away.
    removal: Edit,
}

/// What is known of a run when it is decided whether a suppression was needed.
#[derive(Clone, Copy)]
pub(crate) struct Judge<'a> {
    pub(crate) settings: &'a Settings,
    /// Whether the whole project was looked at.
    pub(crate) whole: bool,
    /// Whether nothing failed: a failure may be the reason why a finding is missing.
    pub(crate) complete: bool,
}

/// The suppressions among the comments of a file.
pub(crate) fn collect(source: &str, comments: &[Span]) -> Vec<Suppression> {
    comments
        .iter()
        .filter_map(|comment| parse(source, *comment))
        .collect()
}

fn parse(source: &str, comment: Span) -> Option<Suppression> {
    let text = source.get(comment.range())?;
    let body = text
        .trim_start_matches('#')
        .trim_start()
        .strip_prefix(PREFIX)?;
    let body_start = comment.start as usize + text.len() - body.len();
    let directive = body.split_whitespace().next().unwrap_or_default();
    let line = Line::around(source, comment);
    let covers = match directive {
        "ignore" => Covers::Line(line.covered(source)),
        "ignore-file" => Covers::File,
        _ => Covers::Nothing,
    };
    let removal = Edit {
        span: line.comment_with_its_space(source, comment),
        text: String::new(),
    };
    let list = body[directive.len()..]
        .split(" --")
        .next()
        .unwrap_or_default();
    let spans = name_spans(list, body_start + directive.len());
    let names = spans.iter().enumerate().map(|(index, span)| {
        let span = *span;
        let without = match (
            spans.get(index + 1),
            index.checked_sub(1).map(|before| spans[before]),
        ) {
            (Some(next), _) => Span::new(span.start, next.start),
            (None, Some(before)) => Span::new(before.end, span.end),
            (None, None) => removal.span,
        };
        let removal = Edit {
            span: without,
            text: String::new(),
        };
        Name {
            text: source[span.range()].to_owned(),
            span,
            removal,
        }
    });
    Some(Suppression {
        comment,
        covers,
        names: names.collect(),
        removal,
    })
}

/// The places of the names in a list with commas or spaces between them.
fn name_spans(list: &str, offset: usize) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut start = 0;
    for part in list.split_inclusive(|letter: char| letter == ',' || letter.is_whitespace()) {
        let name = part.trim_end_matches(|letter: char| letter == ',' || letter.is_whitespace());
        if !name.is_empty() {
            let start = (offset + start) as u32;
            spans.push(Span::new(start, start + name.len() as u32));
        }
        start += part.len();
    }
    spans
}

/// The line a comment ends.
struct Line {
    start: usize,
    /// Behind the line break.
    next: usize,
    is_comment_alone: bool,
}

impl Line {
    fn around(source: &str, comment: Span) -> Line {
        let start = source[..comment.start as usize]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        let next = source[comment.start as usize..]
            .find('\n')
            .map(|at| comment.start as usize + at + 1);
        let is_comment_alone = source[start..comment.start as usize].trim().is_empty();
        Line {
            start,
            next: next.unwrap_or(source.len()),
            is_comment_alone,
        }
    }

    /// The line of code that the comment speaks about.
    fn covered(&self, source: &str) -> Span {
        if !self.is_comment_alone {
            return Span::new(self.start as u32, self.next as u32);
        }
        let mut start = self.next;
        for line in source[self.next..].split_inclusive('\n') {
            let text = line.trim();
            if !text.is_empty() && !text.starts_with('#') {
                return Span::new(start as u32, (start + line.len()) as u32);
            }
            start += line.len();
        }
        Span::new(source.len() as u32, source.len() as u32)
    }

    /// What goes away with the comment: its whole line, or the space before it.
    fn comment_with_its_space(&self, source: &str, comment: Span) -> Span {
        if self.is_comment_alone {
            return Span::new(self.start as u32, self.next as u32);
        }
        let code = source[self.start..comment.start as usize].trim_end();
        Span::new((self.start + code.len()) as u32, comment.end)
    }
}

/// Takes the suppressed findings away, and adds those about the suppressions themselves. `suppressions` has one
/// list per file.
pub(crate) fn apply(
    findings: Vec<Finding>,
    suppressions: &[Vec<Suppression>],
    judge: Judge,
) -> Vec<Finding> {
    let mut used: Vec<Vec<Vec<bool>>> = suppressions
        .iter()
        .map(|file| {
            file.iter()
                .map(|suppression| vec![false; suppression.names.len()])
                .collect()
        })
        .collect();
    let mut kept: Vec<Finding> = findings
        .into_iter()
        .filter(|finding| !is_suppressed(finding, suppressions, &mut used, judge))
        .collect();
    for (file, (suppressions, used)) in std::iter::zip(suppressions, used).enumerate() {
        for (suppression, used) in std::iter::zip(suppressions, used) {
            kept.extend(judge.findings(FileId(file as u32), suppression, &used));
        }
    }
    kept
}

/// Marks every name that covers the finding as used.
fn is_suppressed(
    finding: &Finding,
    suppressions: &[Vec<Suppression>],
    used: &mut [Vec<Vec<bool>>],
    judge: Judge,
) -> bool {
    let mut suppressed = false;
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
                    suppressed = true;
                }
            }
        }
    }
    suppressed
}

impl Covers {
    fn place(self, span: Span) -> bool {
        match self {
            Covers::File => true,
            Covers::Line(line) => line.start <= span.start && span.start < line.end,
            Covers::Nothing => false,
        }
    }
}

impl Judge<'_> {
    /// Whether `name` covers the finding's rule.
    fn means(self, name: &str, finding: &Finding) -> bool {
        let family = || {
            self.settings
                .rule(&finding.rule)
                .map(|rule| rule.meta.family.name())
        };
        name == "all" || name == finding.rule || family() == Some(name)
    }

    /// What is wrong with a suppression.
    fn findings(self, file: FileId, suppression: &Suppression, used: &[bool]) -> Vec<Finding> {
        let Some(level) = self.settings.level(UNUSED_SUPPRESSION) else {
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
        if suppression.covers == Covers::Nothing {
            let help = "write `# exlint:ignore rule-name -- reason` or `# exlint:ignore-file rule-name -- reason`";
            let message = "this comment asks exlint for something it does not know".to_owned();
            return vec![finding(
                suppression.comment,
                message,
                Some(help.to_owned()),
                None,
            )];
        }
        if suppression.names.is_empty() {
            let help = "name the rules: `# exlint:ignore rule-name -- reason`".to_owned();
            let message = "this comment names no rule, so it suppresses nothing".to_owned();
            let fix = Some(remove("Remove the comment", suppression.removal.clone()));
            return vec![finding(suppression.comment, message, Some(help), fix)];
        }
        let mut findings = Vec::new();
        for (name, used) in std::iter::zip(&suppression.names, used) {
            if !self.is_known(&name.text) {
                let (help, fix) = self.correction(name);
                let message = format!("there is no rule `{}` to suppress", name.text);
                findings.push(finding(name.span, message, Some(help), Some(fix)));
            } else if !used && self.would_be_used(&name.text) {
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

    fn is_known(self, name: &str) -> bool {
        name == "all" || names::family(name).is_some() || self.settings.rule(name).is_some()
    }

    /// What to do about a name that nothing has.
    fn correction(self, name: &Name) -> (String, Fix) {
        let rules = self.settings.rules.iter().map(|rule| rule.meta.name);
        let families = Family::ALL.iter().map(|family| family.name());
        let near =
            nearest(&name.text, rules.chain(families)).filter(|near| is_slip(&name.text, near));
        match near {
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
    fn would_be_used(self, name: &str) -> bool {
        if !self.complete {
            return false;
        }
        match self.settings.rule(name) {
            Some(rule) => rule.on && (self.whole || rule.meta.scope != Scope::Project),
            None => {
                let family = names::family(name);
                let on = family.is_none_or(|family| self.settings.is_family_on(family));
                on && self.whole && !self.settings.narrowed
            }
        }
    }
}

fn remove(title: &str, edit: Edit) -> Fix {
    Fix {
        title: title.to_owned(),
        edits: vec![edit],
        applicability: exlint_findings::Applicability::Safe,
    }
}

#[cfg(test)]
mod tests;
