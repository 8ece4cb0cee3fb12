//! The entries of a template's Elixir, put where the template stands.
use exlint_findings::Span;

use super::{Markup, Notation, scan::scan};
use crate::{
    Op, Tree,
    deadline::Deadline,
    mirror::{Entry, Field, Syntax},
};

/// What stands in for the text of one sigil.
struct Insert {
    /// Before which entry.
    before: usize,
    entries: Vec<Entry>,
}

/// Reads the templates of the sigils among `entries`, those of `source`; the comments in them join `comments`.
pub(crate) fn splice(
    source: &str,
    deadline: Option<Deadline>,
    entries: &mut Vec<Entry>,
    comments: &mut Vec<Span>,
) -> Vec<Markup> {
    let mut markups = Vec::new();
    if !may_hold_templates(source) {
        return markups;
    }
    let mut inserts = Vec::new();
    for (before, content, notation) in sigils(source, entries) {
        let scanned = scan(&source[content.range()], notation);
        let mut inside = vec![template_entry(content)];
        if !scanned.code.trim().is_empty()
            && let Some(tree) = Tree::parse_until(&scanned.code, deadline)
        {
            let (own, own_comments) = tree.into_entries(&scanned.code);
            inside.extend(elements(&own));
            let own_comments = own_comments.into_iter();
            comments.extend(own_comments.map(|it| whole_comment(source, moved(it, content.start))));
        }
        close(&mut inside, content.start, before as u32);
        inserts.push(Insert {
            before,
            entries: inside,
        });
        markups.push(Markup::new(content.start, scanned));
    }
    if !inserts.is_empty() {
        insert_all(entries, inserts);
        comments.sort_by_key(|it| it.start);
    }
    markups
}

/// The entries of a file that is one template: `entries` are those of its Elixir.
pub(crate) fn wrap(source: &str, entries: &mut Vec<Entry>) {
    let whole = Span::new(0, source.len() as u32);
    let mut wrapped = vec![
        Entry {
            syntax: Syntax::Source,
            ..template_entry(whole)
        },
        template_entry(whole),
    ];
    wrapped.extend(elements(entries));
    let limit = wrapped.len() as u32;
    close(&mut wrapped[1..], 0, 1);
    wrapped[0].limit = limit;
    *entries = wrapped;
}

/// Cheap, and wrong only where it costs a look.
fn may_hold_templates(source: &str) -> bool {
    let bytes = source.as_bytes();
    memchr::memchr_iter(b'~', bytes).any(|at| matches!(bytes.get(at + 1), Some(b'H' | b'L' | b'E')))
}

/// The sigils that hold templates: the entry of their text, the text, and how it is written.
fn sigils(source: &str, entries: &[Entry]) -> Vec<(usize, Span, Notation)> {
    let mut found = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        if entry.syntax != Syntax::Sigil {
            continue;
        }
        let inside = &entries[index + 1..entry.limit as usize];
        let name = inside.iter().find(|it| it.syntax == Syntax::SigilName);
        let name = name.map(|it| &source[it.start as usize..it.end as usize]);
        let Some(notation) = name.and_then(Notation::of_sigil) else {
            continue;
        };
        let is_content = |it: &Entry| it.syntax == Syntax::Content;
        let first = inside.iter().position(is_content);
        let last = inside.iter().rfind(|it| is_content(it));
        if let (Some(first), Some(last)) = (first, last) {
            let content = Span::new(inside[first].start, last.end);
            found.push((index + 1 + first, content, notation));
        }
    }
    found
}

fn template_entry(span: Span) -> Entry {
    Entry {
        syntax: Syntax::Template,
        field: Field::None,
        op: Op::None,
        op_start: span.start,
        start: span.start,
        end: span.end,
        limit: 1,
    }
}

/// The entries below the root, or all where the root is an error; each `limit` counts from the first of them.
fn elements(entries: &[Entry]) -> impl Iterator<Item = Entry> {
    let is_source = entries
        .first()
        .is_some_and(|it| it.syntax == Syntax::Source);
    let skipped = u32::from(is_source);
    entries[skipped as usize..].iter().map(move |it| Entry {
        limit: it.limit - skipped,
        ..*it
    })
}

/// Moves the entries of a template, its own first, to `start` of the source and `index` of the array.
fn close(template: &mut [Entry], start: u32, index: u32) {
    let limit = index + template.len() as u32;
    let Some((own, inside)) = template.split_first_mut() else {
        return;
    };
    own.limit = limit;
    for entry in inside {
        entry.start += start;
        entry.end += start;
        entry.op_start += start;
        entry.limit += index + 1;
    }
}

/// A comment of a template from `<%` to `%>`, where it is one: comments of the Elixir between those are none.
pub(crate) fn whole_comment(source: &str, comment: Span) -> Span {
    let (start, end) = (comment.start as usize, comment.end as usize);
    for (opening, closing) in [("<%!-", "--%>"), ("<%", "%>")] {
        if source[..start].ends_with(opening) && source[end..].starts_with(closing) {
            let start = start - opening.len();
            return Span::new(start as u32, (end + closing.len()) as u32);
        }
    }
    comment
}

fn moved(span: Span, by: u32) -> Span {
    Span::new(span.start + by, span.end + by)
}

fn insert_all(entries: &mut Vec<Entry>, inserts: Vec<Insert>) {
    // How much longer the array has become before each place.
    let mut added = vec![0];
    for insert in &inserts {
        let before = added.last().copied().unwrap_or_default();
        added.push(before + insert.entries.len() as u32);
    }
    let added_before = |limit: u32| added[inserts.partition_point(|it| (it.before as u32) < limit)];
    let total = entries.len() + added.last().copied().unwrap_or_default() as usize;
    let mut spliced = Vec::with_capacity(total);
    let mut copied = 0;
    for (insert, shift) in inserts.iter().zip(&added) {
        spliced.extend(entries[copied..insert.before].iter().map(|it| Entry {
            limit: it.limit + added_before(it.limit),
            ..*it
        }));
        spliced.extend(insert.entries.iter().map(|it| Entry {
            limit: it.limit + shift,
            ..*it
        }));
        copied = insert.before;
    }
    spliced.extend(entries[copied..].iter().map(|it| Entry {
        limit: it.limit + added_before(it.limit),
        ..*it
    }));
    *entries = spliced;
}
