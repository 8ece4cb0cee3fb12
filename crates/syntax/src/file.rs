//! The flat tree: nodes in pre-order, so that children follow their parent, a subtree is a slice, and a parent
//! is an index.
use exlint_findings::{Span, Spanned};

use crate::{
    Kind, Mode, Op, Role, SectionKind, bindings::KnownBindings, names::Names, template::Markup,
};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw {
    pub kind: Kind,
    pub role: Role,
    pub mode: Mode,
    /// An [`Op`], a [`SectionKind`], or flags: what `kind` says.
    pub detail: u8,
    pub start: u32,
    pub end: u32,
    pub parent: u32,
    /// One past the last node of the subtree.
    pub limit: u32,
    /// Where the name or operator stands that makes the node what it is.
    pub token: u32,
    /// The name of a call, variable, alias, atom, ...: an index into the file's symbols.
    pub symbol: Symbol,
}

pub(crate) const NO_PARENT: u32 = u32::MAX;

/// Flags in `Raw::detail` of strings, calls and pairs.
pub(crate) mod flag {
    /// The string is a heredoc.
    pub const HEREDOC: u8 = 1;
    /// The call has parentheses.
    pub const PARENS: u8 = 2;
    /// The pair is written with `=>`.
    pub const ARROW: u8 = 4;
}

/// A name that occurs in a file; equal names of one file have equal symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Symbol(pub(crate) u32);

impl Symbol {
    pub const NONE: Symbol = Symbol(u32::MAX);

    /// What stands for a place in a tuple, which has no name.
    pub fn place(nth: u8) -> Symbol {
        Symbol(u32::MAX - 1 - u32::from(nth))
    }

    /// From 0, below [`File::symbol_count`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One parsed file: source, nodes, comments, and the names in force.
#[derive(Debug)]
pub struct File {
    pub(crate) source: String,
    pub(crate) nodes: Vec<Raw>,
    pub(crate) comments: Vec<Span>,
    pub(crate) error: Option<Span>,
    pub(crate) symbols: Symbols,
    pub(crate) names: Names,
    pub(crate) bindings: KnownBindings,
    /// The markup of its templates, by their nodes, in order.
    pub(crate) markup: Vec<(u32, Markup)>,
}

/// The distinct names of a file: places in its source, or in `unescaped` for those that are written otherwise.
#[derive(Debug, Default)]
pub(crate) struct Symbols {
    pub places: Vec<(u32, u32)>,
    pub unescaped: String,
}

impl Symbols {
    /// Marks a start that counts in `unescaped`.
    pub const ELSEWHERE: u32 = 1 << 31;
}

impl File {
    pub fn source(&self) -> &str {
        &self.source
    }

    pub fn root(&self) -> Node<'_> {
        Node { file: self, id: 0 }
    }

    /// Every node, parents before their children.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..self.nodes.len() as u32).map(|id| Node { file: self, id })
    }

    pub fn node(&self, id: u32) -> Node<'_> {
        Node { file: self, id }
    }

    /// The comments, in order, each from its `#` to the end of its line; in templates from `<%` to `%>`.
    pub fn comments(&self) -> &[Span] {
        &self.comments
    }

    /// The first place that does not parse, whether or not a node stands for it.
    pub fn first_error(&self) -> Option<Span> {
        self.error
    }

    pub fn symbol_count(&self) -> usize {
        self.symbols.places.len()
    }

    /// The text of a symbol; empty for [`Symbol::NONE`].
    pub fn symbol_text(&self, symbol: Symbol) -> &str {
        let Some(&(start, len)) = self.symbols.places.get(symbol.index()) else {
            return "";
        };
        let (text, start) = match start & Symbols::ELSEWHERE {
            0 => (&self.source, start as usize),
            _ => (
                &self.symbols.unescaped,
                (start & !Symbols::ELSEWHERE) as usize,
            ),
        };
        &text[start..start + len as usize]
    }

    /// All symbols in the order of their index.
    pub fn symbols(&self) -> impl Iterator<Item = (Symbol, &str)> {
        (0..self.symbol_count() as u32)
            .map(|index| (Symbol(index), self.symbol_text(Symbol(index))))
    }

    /// Bytes on the heap, for `--timing`.
    pub fn heap_bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Raw>() + self.source.capacity()
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }
}

/// A node: `Copy`, and good for as long as its file is.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    pub(crate) file: &'t File,
    pub(crate) id: u32,
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && std::ptr::eq(self.file, other.file)
    }
}

impl Eq for Node<'_> {}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}({:?})", self.kind(), self.text())
    }
}

impl Spanned for Node<'_> {
    fn span(&self) -> Span {
        Span::new(self.raw().start, self.raw().end)
    }
}

impl<'t> Node<'t> {
    pub(crate) fn raw(self) -> &'t Raw {
        &self.file.nodes[self.id as usize]
    }

    pub fn file(self) -> &'t File {
        self.file
    }

    /// The index of the node in its file.
    pub fn id(self) -> u32 {
        self.id
    }

    pub fn kind(self) -> Kind {
        self.raw().kind
    }

    pub fn role(self) -> Role {
        self.raw().role
    }

    pub fn mode(self) -> Mode {
        self.raw().mode
    }

    pub fn is(self, kind: Kind) -> bool {
        self.kind() == kind
    }

    pub fn text(self) -> &'t str {
        &self.file.source[self.raw().start as usize..self.raw().end as usize]
    }

    pub fn symbol(self) -> Symbol {
        self.raw().symbol
    }

    /// The name of a call, field, variable, alias, attribute, atom or sigil, as written; else empty.
    pub fn name(self) -> &'t str {
        self.file.symbol_text(self.raw().symbol)
    }

    /// Where the name of a call, field or definition, or the operator of an operator node, stands.
    pub fn name_span(self) -> Span {
        let raw = self.raw();
        let len = match self.op() {
            Op::None => self.name().len(),
            op => op.text().len(),
        };
        Span::new(raw.token, raw.token + len as u32)
    }

    /// The operator of a unary or binary node, of a pipe, match or capture; else [`Op::None`].
    pub fn op(self) -> Op {
        match self.kind() {
            Kind::Pipe => Op::Pipe,
            Kind::Match => Op::Match,
            Kind::Capture => Op::Ampersand,
            Kind::Binary | Kind::Unary => Op::ALL
                .get(self.raw().detail as usize)
                .copied()
                .unwrap_or(Op::None),
            _ => Op::None,
        }
    }

    /// Which section a [`Kind::Section`] is.
    pub fn section_kind(self) -> Option<SectionKind> {
        match self.kind() {
            Kind::Section => SectionKind::ALL.get(self.raw().detail as usize).copied(),
            _ => None,
        }
    }

    pub(crate) fn has(self, flag: u8) -> bool {
        self.raw().detail & flag != 0
    }

    pub fn parent(self) -> Option<Node<'t>> {
        let parent = self.raw().parent;
        (parent != NO_PARENT).then(|| self.file.node(parent))
    }

    pub fn next_sibling(self) -> Option<Node<'t>> {
        let next = self.limit();
        (next < self.parent()?.limit()).then(|| self.file.node(next))
    }

    pub fn previous_sibling(self) -> Option<Node<'t>> {
        let parent = self.parent()?;
        // The node before is the last one of the sibling's subtree, or the parent.
        let mut node = self.file.node(self.id.checked_sub(1)?);
        while node.id > parent.id && node.raw().parent != parent.id {
            node = node.parent()?;
        }
        (node.id > parent.id).then_some(node)
    }

    /// The nodes around this one, innermost first.
    pub fn ancestors(self) -> impl Iterator<Item = Node<'t>> {
        std::iter::successors(self.parent(), |node| node.parent())
    }

    pub fn children(self) -> Children<'t> {
        Children {
            file: self.file,
            next: self.id + 1,
            limit: self.raw().limit,
        }
    }

    /// The nodes inside this one, in source order.
    pub fn descendants(self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        let file = self.file;
        (self.id + 1..self.raw().limit).map(move |id| file.node(id))
    }

    /// This node and those inside it.
    pub fn subtree(self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        let file = self.file;
        (self.id..self.raw().limit).map(move |id| file.node(id))
    }

    /// One past the last node of the subtree.
    pub fn limit(self) -> u32 {
        self.raw().limit
    }

    pub fn contains(self, other: Node<'_>) -> bool {
        (self.id..self.raw().limit).contains(&other.id)
    }

    /// The first child with `role`.
    pub fn child(self, role: Role) -> Option<Node<'t>> {
        self.children().find(|child| child.role() == role)
    }

    pub fn child_of_kind(self, kind: Kind) -> Option<Node<'t>> {
        self.children().find(|child| child.kind() == kind)
    }

    pub fn children_with(self, role: Role) -> impl Iterator<Item = Node<'t>> {
        self.children().filter(move |child| child.role() == role)
    }
}

/// The children of a node, in source order.
#[derive(Clone)]
pub struct Children<'t> {
    file: &'t File,
    next: u32,
    limit: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        (self.next < self.limit).then(|| {
            let node = self.file.node(self.next);
            self.next = node.raw().limit;
            node
        })
    }
}
