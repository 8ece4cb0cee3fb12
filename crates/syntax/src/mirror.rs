//! The tree-sitter tree as one flat array, in one walk: the only module that knows of it.
use std::{cell::RefCell, time::Duration};

use exlint_findings::Span;
use exlint_parser::{Language, Parsed, TreeCursor};

use crate::{
    Op,
    deadline::Deadline,
    ends, slips,
    template::{Markup, Notation, pieces::Pieces, scan::scan, splice},
};

/// One correction may bring the next slip to light, but not without end.
const MAX_CORRECTIONS: usize = 16;

/// After how many steps of the parser the clock is looked at.
const CALLS_PER_LOOK: u32 = 16;

/// What the grammar calls a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Syntax {
    Source,
    Block,
    Identifier,
    Alias,
    Integer,
    Float,
    Char,
    Atom,
    QuotedAtom,
    String,
    Charlist,
    Sigil,
    SigilName,
    SigilModifiers,
    List,
    Tuple,
    Bitstring,
    Map,
    Struct,
    MapContent,
    Unary,
    Binary,
    OperatorIdentifier,
    Dot,
    Call,
    Access,
    Fn,
    Arguments,
    Keywords,
    Pair,
    Keyword,
    QuotedKeyword,
    DoBlock,
    ElseBlock,
    RescueBlock,
    CatchBlock,
    AfterBlock,
    Stab,
    Body,
    Interpolation,
    Content,
    /// A template in a sigil, or that a file is: no word of the grammar.
    Template,
    Error,
}

impl Syntax {
    /// Whether such a node is one token: what the grammar puts into it says nothing more.
    fn is_token(self) -> bool {
        matches!(
            self,
            Syntax::Identifier
                | Syntax::Alias
                | Syntax::Integer
                | Syntax::Float
                | Syntax::Char
                | Syntax::Atom
                | Syntax::Keyword
                | Syntax::SigilName
                | Syntax::SigilModifiers
                | Syntax::Content
        )
    }

    /// Whether the grammar names the parts of such a node.
    fn names_its_children(self) -> bool {
        self.has_operator()
            || matches!(
                self,
                Syntax::Call
                    | Syntax::Access
                    | Syntax::Pair
                    | Syntax::OperatorIdentifier
                    | Syntax::Error
            )
    }

    /// Whether blanks in such a node are part of what it says.
    fn holds_text(self) -> bool {
        matches!(
            self,
            Syntax::QuotedAtom
                | Syntax::String
                | Syntax::Charlist
                | Syntax::Sigil
                | Syntax::QuotedKeyword
        )
    }

    /// Whether one of the children of such a node may be its operator.
    fn has_operator(self) -> bool {
        matches!(
            self,
            Syntax::Unary | Syntax::Binary | Syntax::Dot | Syntax::Stab
        )
    }
}

/// The part a node plays in its parent, where the grammar names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Field {
    None,
    Target,
    Left,
    Right,
    Operand,
    Key,
    Value,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub syntax: Syntax,
    pub field: Field,
    pub op: Op,
    pub op_start: u32,
    pub start: u32,
    pub end: u32,
    /// One past the last entry of the subtree.
    pub limit: u32,
}

/// A tree-sitter tree, until it is lowered.
pub struct Tree {
    tree: Parsed,
    /// When to give up correcting it.
    deadline: Option<Deadline>,
    /// Of a file that is a template: its Elixir, which the tree is of, and its markup.
    template: Option<(Pieces, Markup)>,
}

/// A tree as a flat array, pre-order.
pub(crate) struct Mirrored<'m> {
    pub entries: &'m [Entry],
    pub comments: Vec<Span>,
    /// By the places where their templates begin.
    pub markups: Vec<Markup>,
}

thread_local! {
    static TABLE: Table = Table::new(&exlint_parser::language());
    static MIRROR: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
}

impl Tree {
    /// Parses any text; what is no Elixir becomes error nodes.
    pub fn parse(source: &str) -> Tree {
        Self::parse_until(source, None).expect("parsing is neither cancelled nor timed out")
    }

    /// Parses any text, or gives up after `limit` of work: there is text of a few kilobytes that takes the grammar minutes.
    pub fn parse_within(source: &str, limit: Duration) -> Option<Tree> {
        Self::parse_until(source, Deadline::after(limit))
    }

    /// Parses a file that is a template.
    pub fn parse_template(source: &str, notation: Notation) -> Tree {
        Self::parse_template_until(source, notation, None)
            .expect("parsing is neither cancelled nor timed out")
    }

    /// Parses a file that is a template, or gives up after `limit` of work.
    pub fn parse_template_within(
        source: &str,
        notation: Notation,
        limit: Duration,
    ) -> Option<Tree> {
        Self::parse_template_until(source, notation, Deadline::after(limit))
    }

    fn parse_template_until(
        source: &str,
        notation: Notation,
        deadline: Option<Deadline>,
    ) -> Option<Tree> {
        let mut scanned = scan(source, notation);
        let code = std::mem::take(&mut scanned.code);
        let mut tree = Self::parse_until(code.text(), deadline)?;
        tree.template = Some((code, Markup::new(0, scanned)));
        Some(tree)
    }

    pub(crate) fn parse_until(source: &str, deadline: Option<Deadline>) -> Option<Tree> {
        let masked = ends::masked(source);
        if deadline.is_some() && masked.leads_astray {
            return None;
        }
        let mut tree = grammar_tree(&masked.text, deadline)?;
        // What is no Elixir is better understood as it is written.
        if masked.source_is_safe && tree.walk().node().has_error() {
            tree = grammar_tree(source, deadline)?;
        }
        Some(Tree {
            tree,
            deadline,
            template: None,
        })
    }

    /// Hands the tree to `read` as a flat array, with the templates in it.
    pub(crate) fn mirrored<R>(mut self, source: &str, read: impl FnOnce(Mirrored<'_>) -> R) -> R {
        MIRROR.with_borrow_mut(|entries| {
            let deadline = self.deadline;
            let (comments, markups) = match self.template.take() {
                Some((code, markup)) => {
                    let mut comments = self.corrected_into(code.text(), entries);
                    code.put_back(entries, &mut comments);
                    splice::wrap(source, entries);
                    let comments = comments.into_iter();
                    let comments = comments.map(|it| splice::whole_comment(source, it));
                    (comments.collect(), vec![markup])
                }
                None => {
                    let mut comments = self.corrected_into(source, entries);
                    let markups = splice::splice(source, deadline, entries, &mut comments);
                    (comments, markups)
                }
            };
            read(Mirrored {
                entries,
                comments,
                markups,
            })
        })
    }

    /// The flat array, and the comments apart.
    pub(crate) fn into_entries(self, source: &str) -> (Vec<Entry>, Vec<Span>) {
        let mut entries = Vec::new();
        let comments = self.corrected_into(source, &mut entries);
        (entries, comments)
    }

    /// The comments; the rest goes to `entries`.
    fn corrected_into(self, source: &str, entries: &mut Vec<Entry>) -> Vec<Span> {
        let deadline = self.deadline;
        let mut comments = self.mirror_into(source, entries);
        let mut masked: Option<String> = None;
        for _ in 0..MAX_CORRECTIONS {
            let text = masked.as_deref().unwrap_or(source);
            let Some(corrected) = slips::mask(source, text, entries) else {
                break;
            };
            let Some(tree) = Tree::parse_until(&corrected, deadline) else {
                break;
            };
            comments = tree.mirror_into(source, entries);
            masked = Some(corrected);
        }
        comments
    }

    fn mirror_into(self, source: &str, entries: &mut Vec<Entry>) -> Vec<Span> {
        entries.clear();
        TABLE.with(|table| mirror(self.tree.walk(), table, source.as_bytes(), entries))
    }
}

/// What the grammar makes of a text, unless that takes too long or too much memory.
fn grammar_tree(text: &str, deadline: Option<Deadline>) -> Option<Parsed> {
    // Asked every few microseconds, which is oftener than the clock needs to be read.
    let mut calls = 0_u32;
    exlint_parser::parse(text, |bytes| {
        calls = calls.wrapping_add(1);
        match deadline {
            Some(deadline) if calls.is_multiple_of(CALLS_PER_LOOK) => {
                bytes < most_memory(text.len()) && !deadline.has_passed()
            }
            _ => true,
        }
    })
}

/// How many bytes the trees of a text of so many may take: a few times as many as those of the densest Elixir, with
/// room for what the arena holds in advance.
fn most_memory(length: usize) -> usize {
    (256 << 20) + length.saturating_mul(512)
}

/// Grammar symbol and field numbers, translated once.
struct Table {
    syntax: Vec<Option<Syntax>>,
    comment: u16,
    fields: Vec<Field>,
    operator: u16,
}

impl Table {
    fn new(language: &Language) -> Self {
        let syntax = |symbol: u16| {
            let name = language.node_kind_for_id(symbol)?;
            if language.node_kind_is_named(symbol) {
                named(name)
            } else {
                None
            }
        };
        let field = |field: u16| match language.field_name_for_id(field) {
            Some("target") => Field::Target,
            Some("left") => Field::Left,
            Some("right") => Field::Right,
            Some("operand") => Field::Operand,
            Some("key") => Field::Key,
            Some("value") => Field::Value,
            _ => Field::None,
        };
        Self {
            syntax: (0..language.node_kind_count() as u16).map(syntax).collect(),
            comment: language.id_for_node_kind("comment", true),
            fields: (0..=language.field_count() as u16).map(field).collect(),
            operator: language
                .field_id_for_name("operator")
                .map_or(0, |it| it.get()),
        }
    }

    /// What a node is, if it says anything. The number of errors is in no table.
    fn syntax_of(&self, id: u16, is_missing: bool) -> Option<Syntax> {
        match self.syntax.get(id as usize) {
            Some(syntax) if !is_missing => *syntax,
            _ => Some(Syntax::Error),
        }
    }
}

fn named(symbol: &str) -> Option<Syntax> {
    Some(match symbol {
        "source" => Syntax::Source,
        "block" => Syntax::Block,
        "identifier" => Syntax::Identifier,
        "alias" => Syntax::Alias,
        "integer" => Syntax::Integer,
        "float" => Syntax::Float,
        "char" => Syntax::Char,
        "boolean" | "nil" | "atom" => Syntax::Atom,
        "quoted_atom" => Syntax::QuotedAtom,
        "string" => Syntax::String,
        "charlist" => Syntax::Charlist,
        "sigil" => Syntax::Sigil,
        "sigil_name" => Syntax::SigilName,
        "sigil_modifiers" => Syntax::SigilModifiers,
        "list" => Syntax::List,
        "tuple" => Syntax::Tuple,
        "bitstring" => Syntax::Bitstring,
        "map" => Syntax::Map,
        "struct" => Syntax::Struct,
        "map_content" => Syntax::MapContent,
        "unary_operator" => Syntax::Unary,
        "binary_operator" => Syntax::Binary,
        "operator_identifier" => Syntax::OperatorIdentifier,
        "dot" => Syntax::Dot,
        "call" => Syntax::Call,
        "access_call" => Syntax::Access,
        "anonymous_function" => Syntax::Fn,
        "arguments" => Syntax::Arguments,
        "keywords" => Syntax::Keywords,
        "pair" => Syntax::Pair,
        "keyword" => Syntax::Keyword,
        "quoted_keyword" => Syntax::QuotedKeyword,
        "do_block" => Syntax::DoBlock,
        "else_block" => Syntax::ElseBlock,
        "rescue_block" => Syntax::RescueBlock,
        "catch_block" => Syntax::CatchBlock,
        "after_block" => Syntax::AfterBlock,
        "stab_clause" => Syntax::Stab,
        "body" => Syntax::Body,
        "interpolation" => Syntax::Interpolation,
        "quoted_content" | "escape_sequence" => Syntax::Content,
        _ => return None,
    })
}

fn mirror(
    mut cursor: TreeCursor,
    table: &Table,
    source: &[u8],
    entries: &mut Vec<Entry>,
) -> Vec<Span> {
    let mut comments = Vec::new();
    let mut open: Vec<u32> = Vec::new();
    // Where something is wrong or missing there are nodes without text, which only the cursor finds.
    let sound = !cursor.node().has_error();
    loop {
        let node = cursor.node();
        let id = node.kind_id();
        // A correction puts several characters in the place of one; the grammar may end a token between them.
        let place = |at: usize| character_start(source, at) as u32;
        let span = || Span::new(place(node.start_byte()), place(node.end_byte()));
        let parent = open.last().map(|it| *it as usize);
        let parent_syntax = parent.map(|it| entries[it].syntax);
        // Where the node ends, if anything can be told from that.
        let mut ended = None;
        if id == table.comment {
            comments.push(span());
        } else if let Some(syntax) = table.syntax_of(id, !sound && node.is_missing()) {
            let Span { start, end } = span();
            let index = entries.len() as u32;
            let field = match parent_syntax {
                Some(parent) if parent.names_its_children() => {
                    table.fields[cursor.field_id().map_or(0, |it| it.get()) as usize]
                }
                _ => Field::None,
            };
            let is_after_dot = || field == Field::Right && parent_syntax == Some(Syntax::Dot);
            let text = &source[start as usize..end as usize];
            let syntax = match syntax {
                Syntax::Identifier if is_reserved(text) && !is_after_dot() => Syntax::Error,
                _ => syntax,
            };
            entries.push(Entry {
                syntax,
                field,
                op: Op::None,
                op_start: start,
                start,
                end,
                limit: index + 1,
            });
            if !syntax.is_token() && cursor.goto_first_child() {
                open.push(index);
                continue;
            }
            ended = Some(end);
        } else if let Some(parent) = parent
            && entries[parent].syntax.has_operator()
            && cursor
                .field_id()
                .is_some_and(|field| field.get() == table.operator)
        {
            let Span { start, end } = span();
            let text =
                std::str::from_utf8(&source[start as usize..end as usize]).unwrap_or_default();
            let parent = &mut entries[parent];
            parent.op_start = start;
            parent.op = operator(text);
        }
        loop {
            let is_last = match (ended, open.last()) {
                (Some(end), Some(&parent)) if sound => {
                    nothing_follows(source, end, &entries[parent as usize])
                }
                _ => false,
            };
            if !is_last && cursor.goto_next_sibling() {
                break;
            }
            if !cursor.goto_parent() {
                return comments;
            }
            if let Some(closed) = open.pop() {
                let limit = entries.len() as u32;
                let closed = &mut entries[closed as usize];
                closed.limit = limit;
                ended = Some(closed.end);
            }
        }
    }
}

/// Whether a child that ends at `end` is the last that says anything: behind it there are at most blanks and what
/// closes its parent. The cursor would climb through all the grammar's hidden nodes to find that out.
fn nothing_follows(source: &[u8], end: u32, parent: &Entry) -> bool {
    let Some(rest) = source.get(end as usize..parent.end as usize) else {
        return false;
    };
    rest.is_empty()
        || !parent.syntax.holds_text()
            && matches!(
                rest.trim_ascii_start(),
                b"" | b")" | b"]" | b"}" | b">>" | b"end"
            )
}

/// Where the character at or around `at` begins.
fn character_start(source: &[u8], at: usize) -> usize {
    let is_inside = |at: usize| source.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let mut start = at;
    while is_inside(start) {
        start -= 1;
    }
    start
}

/// The words that are no names, which the grammar takes for names where they make no sense.
fn is_reserved(word: &[u8]) -> bool {
    matches!(
        word,
        b"end"
            | b"do"
            | b"fn"
            | b"else"
            | b"rescue"
            | b"catch"
            | b"after"
            | b"when"
            | b"and"
            | b"or"
            | b"in"
            | b"not"
    )
}

/// `not in` may be written with more than one space.
fn operator(text: &str) -> Op {
    Op::parse(text).unwrap_or(if text.starts_with("not") {
        Op::NotIn
    } else {
        Op::None
    })
}
