//! The entries of a template's Elixir, put where the template stands.
use exlint_findings::Span;

use super::{
    Markup, Notation,
    pieces::Pieces,
    scan::{Scanned, scan},
};
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

/// A template of a sigil.
struct Found {
    /// The entry of its text.
    before: usize,
    content: Span,
    scanned: Scanned,
}

/// Reads the templates of the sigils among `entries`, those of `source`; the comments in them join `comments`.
pub(crate) fn splice(
    source: &str,
    deadline: Option<Deadline>,
    entries: &mut Vec<Entry>,
    comments: &mut Vec<Span>,
) -> Vec<Markup> {
    if !may_hold_templates(source) {
        return Vec::new();
    }
    let found: Vec<Found> = sigils(source, entries)
        .into_iter()
        .map(|(before, content, notation)| Found {
            before,
            content,
            scanned: scan(&source[content.range()], notation),
        })
        .collect();
    if found.is_empty() {
        return Vec::new();
    }
    let inside = expressions(&found, deadline, source, comments);
    let inserts = found.iter().zip(inside).map(|(template, inside)| {
        let mut own = vec![template_entry(template.content)];
        own.extend(inside);
        close(&mut own, template.before as u32);
        Insert {
            before: template.before,
            entries: own,
        }
    });
    let inserts = inserts.collect();
    insert_all(entries, inserts);
    comments.sort_by_key(|it| it.start);
    let markup = |it: Found| Markup::new(it.content.start, it.scanned);
    found.into_iter().map(markup).collect()
}

/// The entries of each template. Those of a file are parsed together, which takes less time, unless one of them is
/// wrong: it would spoil the others.
fn expressions(
    found: &[Found],
    deadline: Option<Deadline>,
    source: &str,
    comments: &mut Vec<Span>,
) -> Vec<Vec<Entry>> {
    let mut add = |own: Vec<Span>| {
        let own = own.into_iter();
        comments.extend(own.map(|it| whole_comment(source, it)));
    };
    if let Some((entries, own)) = parsed(found, deadline)
        && let Some(apart) = taken_apart(&entries, found)
    {
        add(own);
        return apart;
    }
    let each = found.chunks(1).map(|alone| {
        let (entries, own) = parsed(alone, deadline).unwrap_or_default();
        add(own);
        elements(&entries).collect()
    });
    each.collect()
}

/// The entries and comments of some templates, as one text.
fn parsed(found: &[Found], deadline: Option<Deadline>) -> Option<(Vec<Entry>, Vec<Span>)> {
    let mut code = Pieces::default();
    for template in found {
        code.append(&template.scanned.code, template.content.start);
    }
    if code.is_blank() {
        return Some(Default::default());
    }
    let tree = Tree::parse_until(code.text(), deadline)?;
    let (mut entries, mut comments) = tree.into_entries(code.text());
    code.put_back(&mut entries, &mut comments);
    Some((entries, comments))
}

/// The entries of each template, where nothing is wrong and each stands in one of them.
fn taken_apart(entries: &[Entry], found: &[Found]) -> Option<Vec<Vec<Entry>>> {
    if entries.iter().any(|it| it.syntax == Syntax::Error) {
        return None;
    }
    let all: Vec<Entry> = elements(entries).collect();
    let mut apart = Vec::with_capacity(found.len());
    let mut start = 0;
    for template in found {
        let rest = &all[start..];
        let is_in = |it: &&Entry| it.start < template.content.end;
        let limit = start + rest.iter().take_while(is_in).count();
        let own = &all[start..limit];
        let crosses = |it: &Entry| it.end > template.content.end || it.limit as usize > limit;
        if own.iter().any(crosses) {
            return None;
        }
        let own = own.iter().map(|it| Entry {
            limit: it.limit - start as u32,
            ..*it
        });
        apart.push(own.collect());
        start = limit;
    }
    (start == all.len()).then_some(apart)
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
    close(&mut wrapped[1..], 1);
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

/// Moves the entries of a template, its own first, to `index` of the array.
fn close(template: &mut [Entry], index: u32) {
    let limit = index + template.len() as u32;
    let Some((own, inside)) = template.split_first_mut() else {
        return;
    };
    own.limit = limit;
    for entry in inside {
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
