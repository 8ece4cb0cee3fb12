//! Writes the comments that suppress a run's findings.
use std::collections::{BTreeMap, BTreeSet};

use exlint_findings::{Edit, Finding, Source, Span};
use exlint_syntax::{File, Kind};

use crate::fingerprint::innermost;
use crate::outcome::ShownFile;
use crate::{Error, FixedFile, Request, SYNTAX_ERROR, UNUSED_SUPPRESSION, run};

/// The comments that suppress what a run found. Nothing is written yet.
#[derive(Debug)]
pub struct Silenced {
    /// In the order of their paths.
    pub files: Vec<FixedFile>,
    /// What no comment can suppress: what does not parse, what is said of comments, what lies inside a string.
    pub left: Vec<Finding>,
    pub outcome: crate::Outcome,
}

/// Checks, and writes a comment with `reason` above each line with findings.
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
        let mut rules_by_line: BTreeMap<u32, (Language, BTreeSet<&str>)> = BTreeMap::new();
        let mut count = 0;
        for finding in findings {
            let line = source.line(finding.span.start);
            let start = source.line_span(line).start;
            let is_ours = matches!(finding.rule.as_ref(), SYNTAX_ERROR | UNUSED_SUPPRESSION);
            let Some(language) = language_at(&file, start).filter(|_| !is_ours) else {
                self.left.push(finding.clone());
                continue;
            };
            let (_, rules) = rules_by_line
                .entry(line)
                .or_insert((language, BTreeSet::new()));
            rules.insert(&finding.rule);
            count += 1;
        }
        if count > 0 {
            let edits: Vec<Edit> = rules_by_line
                .into_iter()
                .map(|(line, (language, rules))| {
                    comment_above(source, line, language, rules, reason)
                })
                .collect();
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

/// What a line is written in.
#[derive(Clone, Copy)]
enum Language {
    Elixir,
    Template,
}

/// What the line that begins `at` is written in; `None` where a comment would be part of a text, or of a tag.
fn language_at(file: &File, at: u32) -> Option<Language> {
    let template = file.templates().find(|it| {
        let span = exlint_findings::Spanned::span(it);
        span.start <= at && at < span.end
    });
    let Some(template) = template else {
        return (!is_in_text(file, at)).then_some(Language::Elixir);
    };
    let is_around = |span: Span| span.start < at && at < span.end;
    let mut tags = template
        .tags()
        .map(|it| exlint_findings::Spanned::span(&it));
    let mut code = template
        .descendants()
        .filter(|it| it.children().next().is_none());
    let is_inside = tags.any(is_around)
        || code.any(|it| is_around(exlint_findings::Spanned::span(&it)))
        || expressions_around(template, at);
    (!is_inside).then_some(Language::Template)
}

/// Whether a line begins inside of `{...}` or `<%= ... %>`: between the parts of one expression that encloses no text.
fn expressions_around(template: exlint_syntax::Template, at: u32) -> bool {
    let mut around = template.descendants().filter(|it| {
        let span = exlint_findings::Spanned::span(it);
        span.start < at && at < span.end
    });
    around.any(|it| {
        !it.descendants()
            .any(|it| it.is(Kind::Section) || it.is(Kind::Fn))
    })
}

/// Whether a line begins inside a string, where a comment would be part of the text.
fn is_in_text(file: &File, at: u32) -> bool {
    let node = innermost(file, Span::new(at, at));
    let around = std::iter::once(node).chain(node.ancestors());
    let mut around = around.filter(|node| exlint_findings::Spanned::span(node).start < at);
    let decides = |kind: Kind| {
        matches!(
            kind,
            Kind::String | Kind::Charlist | Kind::Sigil | Kind::DynamicAtom | Kind::Interpolation
        )
    };
    around
        .find(|node| decides(node.kind()))
        .is_some_and(|node| {
            !node.is(Kind::Interpolation) && at < exlint_findings::Spanned::span(&node).end
        })
}

fn comment_above(
    source: &Source,
    line: u32,
    language: Language,
    rules: BTreeSet<&str>,
    reason: &str,
) -> Edit {
    let span = source.line_span(line);
    let text = source.slice(span);
    let indentation = &text[..text.len() - text.trim_start().len()];
    let rules = rules.into_iter().collect::<Vec<_>>().join(", ");
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    let comment = match language {
        Language::Elixir => format!("# exlint:ignore {rules} -- {reason}"),
        Language::Template => format!("<%!-- exlint:ignore {rules} -- {reason} --%>"),
    };
    Edit {
        span: Span::new(span.start, span.start),
        text: format!("{indentation}{comment}\n"),
    }
}
