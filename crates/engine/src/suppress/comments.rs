//! Finds the comments that suppress findings, and the places they cover.
use std::borrow::Cow;

use exlint_findings::{Edit, Span};
use serde::{Deserialize, Serialize};

use super::credo;

const PREFIX: &str = "exlint:";

/// One comment, taken out of its file; of a block, the comment that begins it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Suppression {
    pub(super) comment: Span,
    pub(super) covers: Covers,
    pub(super) names: Vec<Name>,
    /// What stands behind ` -- `.
    pub(super) reason: Option<String>,
    /// Takes the whole comment away, and that which ends its block.
    pub(super) removal: Vec<Edit>,
    /// What is wrong with it.
    pub(super) problem: Option<Cow<'static, str>>,
    /// Whether it is written for another tool, so that nobody asks whether exlint needs it.
    pub(super) is_foreign: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Covers {
    File,
    /// From the first byte of a line to the last of the same or a later one.
    Lines(Span),
    Nothing,
}

/// The name of a rule, of a family, or `all`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) span: Span,
    /// Takes the name, or with the last name the whole comment, away.
    pub(super) removal: Vec<Edit>,
}

/// The suppressions among the comments of a file.
pub(crate) fn collect(source: &str, comments: &[Span]) -> Vec<Suppression> {
    let mut found: Vec<Suppression> = Vec::new();
    // The blocks that no comment has ended so far.
    let mut open: Vec<usize> = Vec::new();
    for comment in comments {
        let Some(text) = source.get(comment.range()) else {
            continue;
        };
        if let Some(foreign) = credo::suppression(source, text, *comment) {
            found.push(foreign);
        }
        match parse(source, text, *comment) {
            None => {}
            Some(("ignore-start", start)) => {
                open.push(found.len());
                found.push(start);
            }
            Some(("ignore-end", end)) => {
                let is_meant =
                    |index: &usize| end.names.is_empty() || same_names(&found[*index], &end);
                match open.iter().rposition(is_meant) {
                    Some(position) => found[open.remove(position)].end_block(end),
                    None => found.push(Suppression {
                        problem: Some("no `ignore-start` begins what this comment ends".into()),
                        ..end
                    }),
                }
            }
            Some((_, suppression)) => found.push(suppression),
        }
    }
    for index in open {
        found[index].problem = Some("no `ignore-end` ends what this comment begins".into());
    }
    found
}

impl Suppression {
    /// Ends the block before the comment `end`.
    fn end_block(&mut self, end: Suppression) {
        if let Covers::Lines(lines) = &mut self.covers {
            lines.end = end.comment.start;
        }
        for name in &mut self.names {
            if name.removal == self.removal {
                name.removal.extend(end.removal.clone());
            }
        }
        self.removal.extend(end.removal);
    }
}

fn same_names(a: &Suppression, b: &Suppression) -> bool {
    let names = |it: &Suppression| {
        let mut names: Vec<_> = it.names.iter().map(|name| name.text.clone()).collect();
        names.sort();
        names
    };
    names(a) == names(b)
}

/// The directive of a comment, and what it says.
fn parse<'s>(source: &str, text: &'s str, comment: Span) -> Option<(&'s str, Suppression)> {
    let text = text.trim_end_matches("%>").trim_end_matches("--");
    let body = text
        .trim_start_matches(['<', '%', '!', '-', '#'])
        .trim_start()
        .strip_prefix(PREFIX)?;
    let body_start = comment.start as usize + text.len() - body.len();
    let directive = body.split_whitespace().next().unwrap_or_default();
    let line = Line::around(source, comment);
    let (covers, problem) = match directive {
        "ignore" => (Covers::Lines(line.covered(source)), None),
        "ignore-file" => (Covers::File, None),
        "ignore-start" => (
            Covers::Lines(Span::new(comment.start, source.len() as u32)),
            None,
        ),
        "ignore-end" => (Covers::Nothing, None),
        _ => (
            Covers::Nothing,
            Some("this comment asks exlint for something it does not know".into()),
        ),
    };
    let removal = vec![Edit {
        span: line.comment_with_its_space(source, comment),
        text: String::new(),
    }];
    let rest = &body[directive.len()..];
    let (list, reason) = rest.split_once(" --").unwrap_or((rest, ""));
    let reason = Some(reason.trim()).filter(|it| !it.is_empty());
    let spans = name_spans(list, body_start + directive.len());
    let names = spans.iter().enumerate().map(|(index, span)| {
        let before = index.checked_sub(1).map(|before| spans[before]);
        let without = match (spans.get(index + 1), before) {
            (Some(next), _) => Some(Span::new(span.start, next.start)),
            (None, Some(before)) => Some(Span::new(before.end, span.end)),
            (None, None) => None,
        };
        let text = String::new();
        let alone = without.map(|span| vec![Edit { span, text }]);
        Name {
            text: source[span.range()].to_owned(),
            span: *span,
            removal: alone.unwrap_or_else(|| removal.clone()),
        }
    });
    let suppression = Suppression {
        comment,
        covers,
        names: names.collect(),
        reason: reason.map(str::to_owned),
        removal,
        problem,
        is_foreign: false,
    };
    Some((directive, suppression))
}

/// Whether a line of a template is a comment and nothing else.
fn is_template_comment(line: &str) -> bool {
    (line.starts_with("<%#") || line.starts_with("<%!--"))
        && line.find("%>") == Some(line.len() - 2)
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
            let is_comment = text.starts_with('#') || is_template_comment(text);
            if !text.is_empty() && !is_comment {
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
