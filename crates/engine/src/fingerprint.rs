//! What a finding is known by from one run to the next.
//!
//! Line numbers, the message and the name of the file play no part in it, so that it stays the same when code above
//! is edited, the file is reformatted or renamed, or the function moves.
use std::fmt;

use exlint_findings::{FileId, Finding, Span, Spanned};
use exlint_syntax::{Def, File, Kind, Module, Node, View, parse_file};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::guard::guarded;
use crate::outcome::ShownFile;

/// How much of the code is kept, in characters: enough to tell findings of one function apart.
const KEPT: usize = 80;

/// The identity of a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint {
    pub rule: String,
    /// `Module.function/arity` or the module that the finding lies in; empty outside of both.
    pub function: String,
    /// The start of the expression, without what formatting may change. A finding whose story spans files belongs to
    /// its clause, and has the start of that clause's head.
    pub code: String,
    /// From 1; tells apart what is otherwise equal.
    pub ordinal: u32,
}

impl Fingerprint {
    /// The fingerprint as 16 hexadecimal digits, the same on every machine.
    pub fn hash(&self) -> String {
        let text = self.to_string();
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        format!("{hash:016x}")
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        let Fingerprint {
            rule,
            function,
            code,
            ordinal,
        } = self;
        write!(out, "{rule}\0{function}\0{code}\0{ordinal}")
    }
}

/// One fingerprint for each finding, no two alike.
pub(crate) fn all(findings: &[Finding], shown: &FxHashMap<FileId, ShownFile>) -> Vec<Fingerprint> {
    // Findings are sorted by file.
    let by_file: Vec<&[Finding]> = findings.chunk_by(|a, b| a.file == b.file).collect();
    let places = by_file.into_par_iter().map(|findings| {
        let shown = findings.first().and_then(|first| shown.get(&first.file));
        let source = shown.and_then(|shown| shown.source.as_ref());
        let file =
            source.and_then(|source| guarded(|| parse_file(&source.path, &*source.text)).ok());
        let fingerprint = |finding| fingerprint(finding, file.as_ref());
        findings.iter().map(fingerprint).collect::<Vec<_>>()
    });
    let mut all: Vec<Fingerprint> = places.collect::<Vec<_>>().into_iter().flatten().collect();
    let mut seen: FxHashMap<Fingerprint, u32> = FxHashMap::default();
    for fingerprint in &mut all {
        let count = seen.entry(fingerprint.clone()).or_default();
        *count += 1;
        fingerprint.ordinal = *count;
    }
    all
}

fn fingerprint(finding: &Finding, file: Option<&File>) -> Fingerprint {
    let mut fingerprint = Fingerprint {
        rule: finding.rule.to_string(),
        ..Fingerprint::default()
    };
    let Some(file) = file else {
        return fingerprint;
    };
    let node = innermost(file, finding.span);
    fingerprint.function = function(node);
    let spans_files = finding.labels.iter().any(|label| label.file.is_some());
    let def = Def::cast(node).or_else(|| node.enclosing());
    let span = match (spans_files, def.and_then(|def| def.head())) {
        (true, Some(head)) => head.span(),
        _ => expression(node, finding.span),
    };
    fingerprint.code = code(file, span);
    fingerprint
}

/// The smallest node around a place. Nodes stand in the order of their starts: the last that begins there or before is
/// the place's node, or lies within a node around it.
pub(crate) fn innermost(file: &File, span: Span) -> Node<'_> {
    let (mut low, mut high) = (0, file.root().limit());
    while low < high {
        let middle = low + (high - low) / 2;
        match file.node(middle).span().start <= span.start {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    let last = file.node(low.saturating_sub(1));
    let mut around = std::iter::once(last).chain(last.ancestors());
    around
        .find(|node| contains(*node, span))
        .unwrap_or(file.root())
}

fn contains(node: Node, span: Span) -> bool {
    node.span().contains(span)
}

fn function(node: Node) -> String {
    let module = Module::cast(node).or_else(|| node.enclosing());
    let module = module.map_or("", |module| module.name());
    match Def::cast(node).or_else(|| node.enclosing()) {
        Some(def) => format!("{module}.{}/{}", def.function_name(), def.arity().1),
        None => module.to_owned(),
    }
}

/// The code that stands for a finding: its node, or more of what is around when that is only a name.
fn expression(node: Node, span: Span) -> Span {
    let is_frame = |node: Node| {
        matches!(
            node.kind(),
            Kind::Root | Kind::Module | Kind::Def | Kind::Section | Kind::Block | Kind::Template
        )
    };
    if is_frame(node) {
        return span;
    }
    let is_name = node.children().next().is_none();
    let around = node.parent().filter(|parent| is_name && !is_frame(*parent));
    around.unwrap_or(node).span()
}

/// Code as no formatter changes it: without space, comments, parentheses and separators.
fn code(file: &File, span: Span) -> String {
    let comments = file.comments();
    let mut rest = comments[comments.partition_point(|it| it.end <= span.start)..]
        .iter()
        .peekable();
    let mut kept = String::new();
    let mut count = 0;
    let text = file.source().get(span.range());
    debug_assert!(text.is_some(), "{span:?} is a place of another file");
    for (at, letter) in text.unwrap_or_default().char_indices() {
        let at = span.start + at as u32;
        while rest.peek().is_some_and(|comment| comment.end <= at) {
            rest.next();
        }
        let is_comment = rest
            .peek()
            .is_some_and(|comment| comment.start <= at && comment.start > span.start);
        if is_comment || letter.is_whitespace() || "(),;".contains(letter) {
            continue;
        }
        kept.push(letter);
        count += 1;
        if count == KEPT {
            break;
        }
    }
    kept
}

#[cfg(test)]
mod tests;
