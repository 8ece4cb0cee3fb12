//! From the grammar's tree to Elixir's: wrapper nodes go, forms get kinds of their own, and each node learns in
//! which language it is written.
mod calls;
mod clauses;
mod collections;
mod operators;

use exlint_findings::Span;
use rustc_hash::FxHashMap;

use crate::{
    Kind, Mode, Role,
    bindings::KnownBindings,
    file::{File, NO_PARENT, Raw, Symbol, Symbols},
    mirror::{Entry, Field, Syntax, Tree},
    names::Names,
    template::Markup,
    text,
};

/// Expressions nested deeper than this are not looked at: every walk over the tree may recurse.
const MAX_DEPTH: u32 = 800;

impl Tree {
    /// Lowers the tree of `source` and drops it.
    pub fn lower(self, source: String) -> File {
        let (lowered, comments, error) = self.mirrored(&source, |mirrored| {
            let mut lowering = Lowering::new(&source, mirrored.entries);
            let markups = mirrored.markups.into_iter();
            lowering.unread = markups.map(|it| (it.start, Some(it))).collect();
            lowering.root();
            let error = first_error(mirrored.entries);
            let Lowering {
                nodes,
                symbols,
                mut markup,
                ..
            } = lowering;
            markup.sort_by_key(|(id, _)| *id);
            ((nodes, symbols, markup), mirrored.comments, error)
        });
        let (nodes, symbols, markup) = lowered;
        let mut file = File {
            source,
            nodes,
            comments,
            symbols,
            error,
            names: Names::default(),
            bindings: KnownBindings::default(),
            markup,
        };
        file.nodes.shrink_to_fit();
        file.names = Names::of(&file);
        file
    }
}

/// The innermost error at the first place: it says most. What is wrong in a template is not ours to say.
fn first_error(entries: &[Entry]) -> Option<Span> {
    let is_error = |it: &Entry| it.syntax == Syntax::Error;
    let mut at = 0;
    let mut error = loop {
        match entries.get(at)? {
            it if it.syntax == Syntax::Template => at = it.limit as usize,
            it if is_error(it) => break at,
            _ => at += 1,
        }
    };
    loop {
        let inside = &entries[error + 1..entries[error].limit as usize];
        match inside.iter().position(is_error) {
            Some(inner) => error += 1 + inner,
            None => return Some(Span::new(entries[error].start, entries[error].end)),
        }
    }
}

struct Lowering<'s> {
    source: &'s str,
    entries: &'s [Entry],
    nodes: Vec<Raw>,
    symbols: Symbols,
    interned: FxHashMap<&'s str, Symbol>,
    parent: u32,
    mode: Mode,
    depth: u32,
    /// An entry, and the one to be written in its place.
    substitution: Option<(At, At)>,
    /// The mode of code that is neither quoted nor a type.
    code: Mode,
    /// The markup of each template that is still to come, by its place.
    unread: Vec<(u32, Option<Markup>)>,
    /// That of the others, by their nodes.
    markup: Vec<(u32, Markup)>,
}

/// What is being written: an index into `entries`.
type At = usize;

impl<'s> Lowering<'s> {
    fn new(source: &'s str, entries: &'s [Entry]) -> Self {
        Self {
            source,
            entries,
            nodes: Vec::with_capacity(entries.len() * 4 / 5),
            symbols: Symbols::default(),
            interned: FxHashMap::default(),
            parent: NO_PARENT,
            mode: Mode::Code,
            depth: 0,
            substitution: None,
            code: Mode::Code,
            unread: Vec::new(),
            markup: Vec::new(),
        }
    }

    fn root(&mut self) {
        let whole = Span::new(0, self.source.len() as u32);
        let root = self.open(Kind::Root, Role::Element, whole);
        match self.entries.first().map(|it| it.syntax) {
            Some(Syntax::Source) => self.elements(0, Role::Element),
            Some(_) => self.expression(0, Role::Element),
            None => {}
        }
        self.close(root);
    }

    // Reading the mirror.

    fn children(&self, at: At) -> impl Iterator<Item = At> + use<'s> {
        let entries = self.entries;
        let limit = entries[at].limit as usize;
        let first = (at + 1 < limit).then_some(at + 1);
        std::iter::successors(first, move |&child| {
            let next = entries[child].limit as usize;
            (next < limit).then_some(next)
        })
    }

    fn syntax(&self, at: At) -> Syntax {
        self.entries[at].syntax
    }

    fn child(&self, at: At, field: Field) -> Option<At> {
        self.children(at)
            .find(|&child| self.entries[child].field == field)
    }

    fn child_of(&self, at: At, syntax: Syntax) -> Option<At> {
        self.children(at)
            .find(|&child| self.syntax(child) == syntax)
    }

    fn span(&self, at: At) -> Span {
        let Entry { start, end, .. } = self.entries[at];
        match self.substitution {
            // What begins with the entry that is replaced begins with its replacement.
            Some((from, to)) if self.entries[from].start == start && at < from => {
                Span::new(self.entries[to].start, end)
            }
            _ => Span::new(start, end),
        }
    }

    fn text(&self, at: At) -> &'s str {
        &self.source[self.span(at).range()]
    }

    // Writing nodes.

    fn open(&mut self, kind: Kind, role: Role, span: Span) -> u32 {
        let id = self.nodes.len() as u32;
        self.nodes.push(Raw {
            kind,
            role,
            mode: self.mode,
            detail: 0,
            start: span.start,
            end: span.end,
            parent: self.parent,
            limit: id + 1,
            token: span.start,
            symbol: Symbol::NONE,
        });
        self.parent = id;
        id
    }

    fn close(&mut self, id: u32) {
        let limit = self.nodes.len() as u32;
        let node = &mut self.nodes[id as usize];
        node.limit = limit;
        self.parent = node.parent;
    }

    fn leaf(&mut self, kind: Kind, role: Role, span: Span, name: Option<&'s str>) -> u32 {
        let id = self.open(kind, role, span);
        if let Some(name) = name {
            self.nodes[id as usize].symbol = self.intern(name);
        }
        self.close(id);
        id
    }

    fn in_mode(&mut self, mode: Mode, write: impl FnOnce(&mut Self)) {
        let outer = self.mode;
        // A template and a type stay what they are, whatever stands in them.
        if !matches!(outer, Mode::Quoted | Mode::Type) || mode == Mode::Code {
            self.mode = mode;
        }
        write(self);
        self.mode = outer;
    }

    /// Code inside a pattern or guard is still inside a template when that is.
    fn as_code(&mut self, write: impl FnOnce(&mut Self)) {
        let mode = self.code_mode();
        self.in_mode(mode, write);
    }

    /// Symbols are places in the source; what is written otherwise goes to the text beside it.
    fn intern(&mut self, name: &'s str) -> Symbol {
        if let Some(&symbol) = self.interned.get(name) {
            return symbol;
        }
        // An empty name may stand for what is missing, and be no place of the source.
        let start = match name {
            "" => 0,
            name => name.as_ptr().addr() - self.source.as_ptr().addr(),
        };
        let symbol = self.new_symbol(start as u32, name.len());
        self.interned.insert(name, symbol);
        symbol
    }

    fn new_symbol(&mut self, start: u32, len: usize) -> Symbol {
        self.symbols.places.push((start, len as u32));
        Symbol(self.symbols.places.len() as u32 - 1)
    }

    fn intern_unescaped(&mut self, written: &'s str) -> Symbol {
        if !written.contains('\\') {
            return self.intern(written);
        }
        let name = String::from_utf8_lossy(&text::unescape(written)).into_owned();
        self.intern_elsewhere(&name)
    }

    fn intern_elsewhere(&mut self, name: &str) -> Symbol {
        if let Some(&symbol) = self.interned.get(name) {
            return symbol;
        }
        let start = self.symbols.unescaped.len() as u32 | Symbols::ELSEWHERE;
        self.symbols.unescaped.push_str(name);
        self.new_symbol(start, name.len())
    }

    // Expressions.

    fn expression(&mut self, at: At, role: Role) {
        if let Some((from, to)) = self.substitution
            && from == at
        {
            self.substitution = None;
            self.expression(to, role);
            self.substitution = Some((from, to));
            return;
        }
        if self.depth >= MAX_DEPTH {
            self.leaf(Kind::TooDeep, role, self.span(at), None);
            return;
        }
        self.depth += 1;
        self.expression_at(at, role);
        self.depth -= 1;
    }

    fn expression_at(&mut self, at: At, role: Role) {
        let (span, text) = (self.span(at), self.text(at));
        match self.syntax(at) {
            Syntax::Identifier => _ = self.leaf(Kind::Var, role, span, Some(text)),
            Syntax::Alias => self.alias(at, role),
            Syntax::Integer => _ = self.leaf(Kind::Integer, role, span, None),
            Syntax::Float => _ = self.leaf(Kind::Float, role, span, None),
            Syntax::Char => _ = self.leaf(Kind::Char, role, span, None),
            Syntax::Atom => {
                _ = self.leaf(
                    Kind::Atom,
                    role,
                    span,
                    Some(text.strip_prefix(':').unwrap_or(text)),
                )
            }
            Syntax::OperatorIdentifier => _ = self.leaf(Kind::OperatorName, role, span, Some(text)),
            Syntax::QuotedAtom => self.quoted_atom(at, role, span.start + 1),
            Syntax::String => self.quoted(Kind::String, at, role, span.start),
            Syntax::Charlist => self.quoted(Kind::Charlist, at, role, span.start),
            Syntax::Sigil => self.sigil(at, role),
            Syntax::List => self.collection(Kind::List, at, role),
            Syntax::Tuple => self.collection(Kind::Tuple, at, role),
            Syntax::Bitstring => self.collection(Kind::Bitstring, at, role),
            Syntax::Map => self.map(at, role),
            Syntax::Unary => self.unary(at, role),
            Syntax::Binary => self.binary(at, role),
            Syntax::Dot => self.dot(at, role),
            Syntax::Call => self.call(at, role),
            Syntax::Access => self.access(at, role),
            Syntax::Fn => {
                let id = self.open(Kind::Fn, role, span);
                self.clauses(at, Mode::Pattern);
                self.close(id);
            }
            Syntax::Block => self.block(at, role),
            Syntax::Keywords => {
                let id = self.open(Kind::Keywords, role, span);
                self.elements(at, Role::Element);
                self.close(id);
            }
            Syntax::Pair => self.pair(at, role),
            Syntax::Stab => self.clause(at, Mode::Pattern),
            Syntax::Interpolation => {
                let id = self.open(Kind::Interpolation, role, span);
                self.as_code(|it| it.elements(at, Role::Element));
                self.close(id);
            }
            Syntax::Keyword => {
                let name = text.trim_end().trim_end_matches(':');
                let end = span.start + name.len() as u32;
                self.leaf(Kind::Atom, role, Span::new(span.start, end), Some(name));
            }
            Syntax::QuotedKeyword => self.quoted_atom(at, role, span.start),
            Syntax::Content => _ = self.leaf(Kind::Text, role, span, None),
            Syntax::Template => self.template(at, role),
            _ => {
                let id = self.open(Kind::Error, role, span);
                self.elements(at, Role::Element);
                self.close(id);
            }
        }
    }

    fn elements(&mut self, at: At, role: Role) {
        for child in self.children(at) {
            self.expression(child, role);
        }
    }
}
