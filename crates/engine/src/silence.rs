//! Writes the comments that suppress a run's findings.
use std::collections::{BTreeMap, BTreeSet};

use exlint_findings::{Edit, Finding, Source, Span, Spanned};
use exlint_syntax::{File, Kind, Node, Notation};

use crate::fingerprint::innermost;
use crate::outcome::ShownFile;
use crate::{Error, FixedFile, NOT_ANALYSED, Request, SYNTAX_ERROR, UNUSED_SUPPRESSION, run};

const NEVER_SUPPRESSED: [&str; 3] = [SYNTAX_ERROR, NOT_ANALYSED, UNUSED_SUPPRESSION];

/// The comments that suppress what a run found. Nothing is written yet.
#[derive(Debug)]
pub struct Silenced {
    /// In the order of their paths.
    pub files: Vec<FixedFile>,
    /// What no comment can suppress: what does not parse, what is said of comments and of files as such, and what
    /// begins on a line of a template file that has no place for one above it.
    pub left: Vec<Finding>,
    pub outcome: crate::Outcome,
}

/// Checks, and writes a comment with `reason` above each line with findings; around the string when it is in one.
pub fn silence(request: &Request, reason: &str) -> Result<Silenced, Error> {
    crate::in_pool(request, || {
        let outcome = run(request)?;
        let mut silenced = Silenced {
            files: Vec::new(),
            left: Vec::new(),
            outcome,
        };
        let findings = std::mem::take(&mut silenced.outcome.findings);
        for findings in findings.chunk_by(|a, b| a.file == b.file) {
            silenced.file(request, findings, reason)?;
        }
        silenced.outcome.findings = findings;
        Ok(silenced)
    })?
}

impl Silenced {
    fn file(&mut self, request: &Request, findings: &[Finding], reason: &str) -> Result<(), Error> {
        let shown = findings
            .first()
            .and_then(|first| self.outcome.shown.get(&first.file));
        let Some((shown, source)) = shown.and_then(|shown| Some((shown, shown.source.as_ref()?)))
        else {
            self.left.extend_from_slice(findings);
            return Ok(());
        };
        let file = exlint_syntax::parse_file(&source.path, &*source.text);
        // By the first and the last line that a comment, or two of them, cover.
        let mut rules: BTreeMap<(u32, u32), BTreeSet<&str>> = BTreeMap::new();
        let mut count = 0;
        for finding in findings {
            let never = NEVER_SUPPRESSED.contains(&finding.rule.as_ref());
            if never || is_in_markup(&file, source, finding) {
                self.left.push(finding.clone());
                continue;
            }
            let lines = lines_outside_of_text(&file, source, finding);
            rules.entry(lines).or_default().insert(&finding.rule);
            count += 1;
        }
        if count > 0 {
            let edits = comments(source, &rules, reason);
            self.files
                .push(written(request, shown, source, &edits, count)?);
        }
        Ok(())
    }
}

fn written(
    request: &Request,
    shown: &ShownFile,
    source: &Source,
    edits: &[Edit],
    count: usize,
) -> Result<FixedFile, Error> {
    FixedFile::of(
        request.overlay,
        shown,
        &crate::fix::edited(&source.text, edits),
        count,
    )
}

/// Whether the line of a finding in a template file begins inside a tag or an expression.
fn is_in_markup(file: &File, source: &Source, finding: &Finding) -> bool {
    let Some(template) = file.templates().find(|it| it.parent() == Some(file.root())) else {
        return false;
    };
    let at = source.line_span(source.line(finding.span.start)).start;
    let holds = |span: Span| span.start < at && at < span.end;
    let encloses_text = |node: Node| {
        let mut inside = node.descendants();
        inside.any(|it| it.is(Kind::Section) || it.is(Kind::Fn))
    };
    let is_code = |node: Node| holds(node.span()) && !encloses_text(node);
    template.tags().any(|it| holds(it.span())) || template.descendants().any(is_code)
}

/// The line of a finding; when it begins inside a string, where a comment would be part of the text, all lines of the
/// strings around it.
fn lines_outside_of_text(file: &File, source: &Source, finding: &Finding) -> (u32, u32) {
    let text = |line: u32| text_around(file, source.line_span(line).start);
    let line = source.line(finding.span.start);
    let (mut first, mut last) = (line, line);
    while let Some(around) = text(first) {
        first = source.line(around.start);
        last = last.max(source.line(around.end));
        // Another one may begin on its last line.
        while let Some(next) = text(last + 1) {
            last = source.line(next.end);
        }
    }
    (first, last)
}

/// The string that a line which begins `at` begins in.
fn text_around(file: &File, at: u32) -> Option<Span> {
    let node = innermost(file, Span::new(at, at));
    let mut around = std::iter::once(node).chain(node.ancestors());
    let decides = |kind: Kind| {
        matches!(
            kind,
            Kind::String | Kind::Charlist | Kind::Sigil | Kind::DynamicAtom | Kind::Interpolation
        )
    };
    let holds = |node: &Node| node.span().start < at && at < node.span().end;
    let node = around.find(|node| holds(node) && decides(node.kind()))?;
    (!node.is(Kind::Interpolation)).then(|| node.span())
}

/// One comment above each line, two around each run of lines.
fn comments(
    source: &Source,
    all: &BTreeMap<(u32, u32), BTreeSet<&str>>,
    reason: &str,
) -> Vec<Edit> {
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_template = Notation::of_file(&source.path).is_some();
    let comment = |text: String| match is_template {
        true => format!("<%!-- {text} --%>\n"),
        false => format!("# {text}\n"),
    };
    let (mut begins, mut ends) = (Vec::new(), Vec::new());
    // A line that two comments stand around needs none of its own.
    let needs_comment = |lines: (u32, u32), rules: &BTreeSet<&str>| {
        let is_around = |other: (u32, u32)| other.0 <= lines.0 && lines.1 <= other.1;
        let mut others = all.iter().filter(|(other, _)| **other != lines);
        !others.any(|(other, more)| is_around(*other) && rules.is_subset(more))
    };
    for ((first, last), rules) in all {
        let (first, last) = (*first, *last);
        if !needs_comment((first, last), rules) {
            continue;
        }
        let rules = rules.iter().copied().collect::<Vec<_>>().join(", ");
        let text = source.slice(source.line_span(first));
        let indentation = &text[..text.len() - text.trim_start().len()];
        if first == last {
            let text = comment(format!("exlint:ignore {rules} -- {reason}"));
            begins.push(above(source, first, format!("{indentation}{text}")));
        } else {
            let text = comment(format!("exlint:ignore-start {rules} -- {reason}"));
            begins.push(above(source, first, format!("{indentation}{text}")));
            let text = comment(format!("exlint:ignore-end {rules}"));
            ends.push(below(source, last, format!("{indentation}{text}")));
        }
    }
    // What ends between two lines ends before something begins there.
    let mut edits: Vec<Edit> = ends.into_iter().chain(begins).collect();
    edits.sort_by_key(|edit| edit.span);
    edits
}

fn above(source: &Source, line: u32, text: String) -> Edit {
    let at = source.line_span(line).start;
    let span = Span::new(at, at);
    Edit { span, text }
}

fn below(source: &Source, line: u32, text: String) -> Edit {
    let at = source.line_span(line + 1).start;
    let is_open = at as usize == source.text.len() && !source.text.ends_with('\n');
    let text = if is_open { format!("\n{text}") } else { text };
    let span = Span::new(at, at);
    Edit { span, text }
}
