//! From the grammar's tree to Elixir's: wrapper nodes go, forms get kinds of their own, and each node learns in
//! which language it is written.
use exlint_findings::Span;
use rustc_hash::FxHashMap;

use crate::{
    Kind, Mode, Op, Role, SectionKind,
    file::{File, NO_PARENT, Raw, Symbol, Symbols, flag},
    mirror::{Entry, Field, Syntax, Tree},
    names::Names,
    text,
};

/// Expressions nested deeper than this are not looked at: every walk over the tree may recurse.
const MAX_DEPTH: u32 = 2_000;

impl Tree {
    /// Lowers the tree of `source` and drops it.
    pub fn lower(self, source: String) -> File {
        let (nodes, comments, symbols) = self.mirrored(&source, |entries, comments| {
            let mut lowering = Lowering::new(&source, entries);
            lowering.root();
            (lowering.nodes, comments, lowering.symbols)
        });
        let mut file = File {
            source,
            nodes,
            comments,
            symbols,
            names: Names::default(),
        };
        file.nodes.shrink_to_fit();
        file.names = Names::of(&file);
        file
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
        let mode = if matches!(self.mode, Mode::Quoted | Mode::Type) {
            self.mode
        } else {
            Mode::Code
        };
        self.in_mode(mode, write);
    }

    /// Symbols are places in the source; what is written otherwise goes to the text beside it.
    fn intern(&mut self, name: &'s str) -> Symbol {
        if let Some(&symbol) = self.interned.get(name) {
            return symbol;
        }
        let start = name.as_ptr().addr() - self.source.as_ptr().addr();
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

    /// `Foo.Bar`, which may be written with space around its dots.
    fn alias(&mut self, at: At, role: Role) {
        let (span, text) = (self.span(at), self.text(at));
        let id = self.leaf(Kind::Alias, role, span, None);
        self.nodes[id as usize].symbol = self.alias_symbol(text);
    }

    fn alias_symbol(&mut self, text: &'s str) -> Symbol {
        if text.contains(char::is_whitespace) {
            let name: String = text.split_whitespace().collect();
            return self.intern_elsewhere(&name);
        }
        self.intern(text)
    }

    /// `:"a b"` and `"a b":`; `quote` is where the quotes begin.
    fn quoted_atom(&mut self, at: At, role: Role, quote: u32) {
        let span = self.span(at);
        if self.child_of(at, Syntax::Interpolation).is_some() {
            self.quoted(Kind::DynamicAtom, at, role, quote);
            return;
        }
        let end = text::closing_quote(self.source, quote, span.end);
        let id = self.leaf(Kind::Atom, role, span, None);
        let content = self
            .source
            .get(quote as usize + 1..end as usize)
            .unwrap_or_default();
        self.nodes[id as usize].symbol = self.intern_unescaped(content);
    }

    fn quoted(&mut self, kind: Kind, at: At, role: Role, quote: u32) {
        let id = self.open(kind, role, self.span(at));
        let rest = &self.source[quote as usize..];
        if rest.starts_with("\"\"\"") || rest.starts_with("'''") {
            self.nodes[id as usize].detail = flag::HEREDOC;
        }
        self.nodes[id as usize].token = quote;
        self.parts(at);
        self.close(id);
    }

    /// The texts and interpolations of a string that has interpolations.
    fn parts(&mut self, at: At) {
        if self.child_of(at, Syntax::Interpolation).is_none() {
            return;
        }
        let mut run: Option<Span> = None;
        for child in self.children(at) {
            let span = self.span(child);
            match self.syntax(child) {
                Syntax::Content => {
                    run = Some(Span::new(run.map_or(span.start, |it| it.start), span.end))
                }
                Syntax::Interpolation => {
                    self.text_run(run.take());
                    self.expression(child, Role::Element);
                }
                _ => {}
            }
        }
        self.text_run(run);
    }

    fn text_run(&mut self, run: Option<Span>) {
        if let Some(span) = run {
            self.leaf(Kind::Text, Role::Element, span, None);
        }
    }

    fn sigil(&mut self, at: At, role: Role) {
        let id = self.open(Kind::Sigil, role, self.span(at));
        if let Some(name) = self.child_of(at, Syntax::SigilName) {
            let quote = self.entries[name].end;
            let symbol = self.intern(self.text(name));
            let rest = &self.source[quote as usize..];
            let node = &mut self.nodes[id as usize];
            (node.symbol, node.token) = (symbol, quote);
            if rest.starts_with("\"\"\"") || rest.starts_with("'''") {
                node.detail = flag::HEREDOC;
            }
        }
        self.parts(at);
        self.close(id);
    }

    /// Lists, tuples, bitstrings. The pairs of a list are its elements; elsewhere keywords are one element.
    fn collection(&mut self, kind: Kind, at: At, role: Role) {
        let id = self.open(kind, role, self.span(at));
        for child in self.children(at) {
            if kind == Kind::List && self.syntax(child) == Syntax::Keywords {
                self.elements(child, Role::Element);
            } else {
                self.expression(child, Role::Element);
            }
        }
        self.close(id);
    }

    fn map(&mut self, at: At, role: Role) {
        let id = self.open(Kind::Map, role, self.span(at));
        for child in self.children(at) {
            match self.syntax(child) {
                Syntax::Struct => {
                    self.nodes[id as usize].kind = Kind::Struct;
                    for name in self.children(child) {
                        self.expression(name, Role::Name);
                    }
                }
                Syntax::MapContent => self.map_content(child, id),
                _ => self.expression(child, Role::Element),
            }
        }
        self.close(id);
    }

    fn map_content(&mut self, at: At, map: u32) {
        for child in self.children(at) {
            let entry = self.entries[child];
            match (entry.syntax, entry.op) {
                (Syntax::Keywords, _) => self.elements(child, Role::Element),
                (Syntax::Binary, Op::Bar) if self.arrow_of(child).is_none() => {
                    self.nodes[map as usize].token = entry.op_start;
                    for side in self.children(child) {
                        match (self.entries[side].field, self.syntax(side)) {
                            (Field::Left, _) => self.expression(side, Role::Left),
                            (_, Syntax::Keywords) => self.elements(side, Role::Element),
                            _ => self.map_item(side),
                        }
                    }
                }
                _ => self.map_item(child),
            }
        }
    }

    /// `key => value`; the union in `key => a | b` and the type in `key => a :: b` belong to the value.
    fn map_item(&mut self, at: At) {
        let Some(arrow) = self.arrow_of(at) else {
            return self.expression(at, Role::Element);
        };
        let (left, right) = (
            self.child(arrow, Field::Left),
            self.child(arrow, Field::Right),
        );
        let (Some(left), Some(right)) = (left, right) else {
            return self.expression(at, Role::Element);
        };
        let id = self.open(Kind::Pair, Role::Element, self.span(at));
        let token = self.entries[arrow].op_start;
        (
            self.nodes[id as usize].detail,
            self.nodes[id as usize].token,
        ) = (flag::ARROW, token);
        self.expression(left, Role::Key);
        if arrow == at {
            self.expression(right, Role::Value);
        } else {
            self.substituted(arrow, right, |it| it.expression(at, Role::Value));
        }
        self.close(id);
    }

    /// The `=>` that the grammar puts below operators which bind less tightly.
    fn arrow_of(&self, at: At) -> Option<At> {
        let mut at = at;
        loop {
            let entry = self.entries[at];
            match (entry.syntax, entry.op) {
                (Syntax::Binary, Op::FatArrow) => return Some(at),
                (Syntax::Binary, Op::Bar | Op::Type | Op::When) => {
                    at = self.child(at, Field::Left)?
                }
                _ => return None,
            }
        }
    }

    /// Writes as if `to` stood where the source has `from`.
    fn substituted(&mut self, from: At, to: At, write: impl FnOnce(&mut Self)) {
        let outer = self.substitution.replace((from, to));
        write(self);
        self.substitution = outer;
    }

    fn pair(&mut self, at: At, role: Role) {
        let id = self.open(Kind::Pair, role, self.span(at));
        for child in self.children(at) {
            let role = if self.entries[child].field == Field::Key {
                Role::Key
            } else {
                Role::Value
            };
            self.expression(child, role);
        }
        self.close(id);
    }

    fn unary(&mut self, at: At, role: Role) {
        let entry = self.entries[at];
        let Some(operand) = self
            .child(at, Field::Operand)
            .or_else(|| self.children(at).last())
        else {
            _ = self.leaf(Kind::Error, role, self.span(at), None);
            return;
        };
        match entry.op {
            Op::At => self.attribute(at, operand, role),
            Op::Ampersand if self.syntax(operand) == Syntax::Integer => {
                let id = self.leaf(Kind::CaptureArgument, role, self.span(at), None);
                self.nodes[id as usize].token = self.entries[operand].start;
            }
            Op::Ampersand => {
                let id = self.open(Kind::Capture, role, self.span(at));
                self.capture_operand(entry.op_start, operand);
                self.close(id);
            }
            op => {
                let id = self.open(Kind::Unary, role, self.span(at));
                (
                    self.nodes[id as usize].detail,
                    self.nodes[id as usize].token,
                ) = (op as u8, entry.op_start);
                match op {
                    Op::Pin => self.as_code(|it| it.expression(operand, Role::Operand)),
                    _ => self.expression(operand, Role::Operand),
                }
                self.close(id);
            }
        }
    }

    /// The grammar drops the parentheses of `&(...)`, which keep a `not` in.
    fn capture_operand(&mut self, ampersand: u32, operand: At) {
        let start = self.entries[operand].start;
        let between = &self.source[ampersand as usize + 1..start as usize];
        match between.find('(') {
            Some(at) if self.stays_a_block(operand) => {
                let span = Span::new(ampersand + 1 + at as u32, self.entries[operand].end);
                let id = self.open(Kind::Block, Role::Operand, span);
                self.expression(operand, Role::Element);
                self.close(id);
            }
            _ => self.expression(operand, Role::Operand),
        }
    }

    /// `@name`, `@name value`; `@spec` and its like hold types.
    fn attribute(&mut self, at: At, operand: At, role: Role) {
        let span = self.span(at);
        let name = match self.syntax(operand) {
            Syntax::Identifier => Some(operand),
            Syntax::Call if self.child_of(operand, Syntax::DoBlock).is_none() => self
                .child(operand, Field::Target)
                .filter(|&it| self.syntax(it) == Syntax::Identifier),
            _ => None,
        };
        let Some(name) = name else {
            let id = self.open(Kind::Unary, role, span);
            self.nodes[id as usize].detail = Op::At as u8;
            self.expression(operand, Role::Operand);
            self.close(id);
            return;
        };
        let id = self.leaf(Kind::Attribute, role, span, Some(self.text(name)));
        self.nodes[id as usize].token = self.entries[name].start;
        let Some(arguments) = self.child_of(operand, Syntax::Arguments) else {
            return;
        };
        self.parent = id;
        self.nodes[id as usize].detail = flag::PARENS;
        let mode = match self.text(name) {
            "spec" | "type" | "typep" | "opaque" | "callback" | "macrocallback" => Mode::Type,
            _ => self.mode,
        };
        self.in_mode(mode, |it| it.elements(arguments, Role::Argument));
        self.close(id);
    }

    fn binary(&mut self, at: At, role: Role) {
        let entry = self.entries[at];
        let (Some(left), Some(right)) = (self.child(at, Field::Left), self.child(at, Field::Right))
        else {
            let id = self.open(Kind::Error, role, self.span(at));
            self.elements(at, Role::Element);
            self.close(id);
            return;
        };
        if self.is_negated_in(at)
            && let Some(operand) = self.child(left, Field::Operand)
        {
            return self.negated_in(at, left, operand, right, role);
        }
        if let Some(capture) = self.captured(at) {
            return self.capture_of_operator(at, capture, role);
        }
        let kind = match entry.op {
            Op::Pipe => Kind::Pipe,
            Op::Match => Kind::Match,
            _ => Kind::Binary,
        };
        let id = self.open(kind, role, self.span(at));
        (
            self.nodes[id as usize].detail,
            self.nodes[id as usize].token,
        ) = (entry.op as u8, entry.op_start);
        match entry.op {
            Op::Match | Op::LeftArrow => {
                self.in_mode(Mode::Pattern, |it| it.expression(left, Role::Left))
            }
            _ => self.expression(left, Role::Left),
        }
        match entry.op {
            Op::Match if self.mode == Mode::Pattern => self.expression(right, Role::Right),
            Op::LeftArrow | Op::Default | Op::Match => {
                self.as_code(|it| it.expression(right, Role::Right))
            }
            // `<<x::size(n)>>` in a pattern reads `n`; `f(x) when x > 0` is a head and its guard.
            Op::Type | Op::When if self.mode == Mode::Pattern => {
                self.in_mode(Mode::Guard, |it| it.expression(right, Role::Right))
            }
            _ => self.expression(right, Role::Right),
        }
        self.close(id);
    }

    /// The `&` that begins `&(&1).x == y`: it takes all of the comparison, not the parentheses alone.
    fn captured(&self, at: At) -> Option<At> {
        let mut at = at;
        loop {
            let entry = self.entries[at];
            match (entry.syntax, entry.op) {
                (_, Op::LeftArrow | Op::Default | Op::When | Op::Type | Op::Bar | Op::FatArrow) => {
                    return None;
                }
                (Syntax::Binary, _) => at = self.child(at, Field::Left)?,
                (Syntax::Unary, Op::Ampersand) => {
                    let operand = self.child(at, Field::Operand)?;
                    let is_new = self.substitution.is_none_or(|(from, _)| from != at);
                    return (is_new && self.syntax(operand) != Syntax::Integer).then_some(at);
                }
                _ => return None,
            }
        }
    }

    fn capture_of_operator(&mut self, at: At, capture: At, role: Role) {
        let Some(operand) = self.child(capture, Field::Operand) else {
            return;
        };
        let id = self.open(Kind::Capture, role, self.span(at));
        self.substituted(capture, operand, |it| it.expression(at, Role::Operand));
        self.close(id);
    }

    /// Elixir reads `not a in b` as `not (a in b)`.
    fn negated_in(&mut self, at: At, left: At, operand: At, right: At, role: Role) {
        let (entry, not) = (self.entries[at], self.entries[left]);
        let outer = self.open(Kind::Unary, role, self.span(at));
        (
            self.nodes[outer as usize].detail,
            self.nodes[outer as usize].token,
        ) = (not.op as u8, not.op_start);
        let span = Span::new(self.entries[operand].start, entry.end);
        let inner = self.open(Kind::Binary, Role::Operand, span);
        (
            self.nodes[inner as usize].detail,
            self.nodes[inner as usize].token,
        ) = (Op::In as u8, entry.op_start);
        self.expression(operand, Role::Left);
        self.expression(right, Role::Right);
        self.close(inner);
        self.close(outer);
    }

    /// `value.Alias` and `Alias.{A, B}`; dots of calls are part of the call.
    fn dot(&mut self, at: At, role: Role) {
        let (left, right) = (self.child(at, Field::Left), self.child(at, Field::Right));
        let (Some(left), Some(right)) = (left, right) else {
            let id = self.open(Kind::Error, role, self.span(at));
            self.elements(at, Role::Element);
            self.close(id);
            return;
        };
        let kind = if self.syntax(right) == Syntax::Tuple {
            Kind::MultiAlias
        } else {
            Kind::Alias
        };
        let id = self.open(kind, role, self.span(at));
        self.nodes[id as usize].token = self.entries[at].op_start;
        self.expression(left, Role::Receiver);
        if kind == Kind::MultiAlias {
            self.elements(right, Role::Element);
        } else {
            self.nodes[id as usize].symbol = self.alias_symbol(self.text(right));
        }
        self.close(id);
    }

    fn access(&mut self, at: At, role: Role) {
        let id = self.open(Kind::Access, role, self.span(at));
        for child in self.children(at) {
            let is_target = self.entries[child].field == Field::Target;
            if is_target {
                self.nodes[id as usize].token = self.entries[child].end;
            }
            self.as_code(|it| {
                it.expression(child, if is_target { Role::Receiver } else { Role::Key })
            });
        }
        self.close(id);
    }

    /// Parentheses around one expression vanish, but where they keep `not` from reaching further.
    fn block(&mut self, at: At, role: Role) {
        let mut inner = self.children(at);
        if let (Some(only), None) = (inner.next(), inner.next())
            && self.syntax(only) != Syntax::Stab
            && !self.stays_a_block(only)
        {
            return self.expression(only, role);
        }
        let id = self.open(Kind::Block, role, self.span(at));
        if !self.children(at).all(|it| self.is_empty_block(it)) {
            self.elements(at, Role::Element);
        }
        self.close(id);
    }

    /// `not a in b`, which becomes a `not`.
    fn is_negated_in(&self, at: At) -> bool {
        let left = self.child(at, Field::Left).map(|it| self.entries[it]);
        self.entries[at].op == Op::In
            && left
                .is_some_and(|it| it.syntax == Syntax::Unary && matches!(it.op, Op::Not | Op::Bang))
    }

    fn is_empty_block(&self, at: At) -> bool {
        self.syntax(at) == Syntax::Block && self.children(at).next().is_none()
    }

    fn stays_a_block(&self, at: At) -> bool {
        let entry = self.entries[at];
        match entry.syntax {
            Syntax::Block => self.is_empty_block(at),
            Syntax::Unary => matches!(entry.op, Op::Not | Op::Bang),
            Syntax::Binary => entry.op == Op::NotIn || self.is_negated_in(at),
            Syntax::Call => self
                .child(at, Field::Target)
                .is_some_and(|it| self.text(it) == "unquote_splicing"),
            _ => false,
        }
    }

    // Clauses and sections.

    fn clauses(&mut self, at: At, heads: Mode) {
        for child in self.children(at) {
            if self.syntax(child) == Syntax::Stab {
                self.clause(child, heads);
            } else {
                self.expression(child, Role::Element);
            }
        }
    }

    fn clause(&mut self, at: At, heads: Mode) {
        let entry = self.entries[at];
        let id = self.open(Kind::Clause, Role::Element, self.span(at));
        self.nodes[id as usize].token = entry.op_start;
        for child in self.children(at) {
            match self.entries[child].field {
                Field::Left => self.in_mode(heads, |it| it.clause_left(child)),
                _ if self.syntax(child) == Syntax::Body => self.elements(child, Role::Body),
                _ => self.expression(child, Role::Body),
            }
        }
        self.close(id);
    }

    fn clause_left(&mut self, at: At) {
        match self.syntax(at) {
            Syntax::Arguments => self.heads(at),
            Syntax::Binary => {
                if let Some(left) = self.child(at, Field::Left) {
                    self.heads(left);
                }
                if let Some(right) = self.child(at, Field::Right) {
                    self.guard(right, self.entries[at].op_start);
                }
            }
            _ => self.expression(at, Role::Head),
        }
    }

    /// The parameters of a clause; `(x when y) -> ` hides its guard in the last one.
    fn heads(&mut self, at: At) {
        let count = self.children(at).count();
        for (child, nth) in self.children(at).zip(1..) {
            let entry = self.entries[child];
            let (left, right) = (
                self.child(child, Field::Left),
                self.child(child, Field::Right),
            );
            if let (true, Syntax::Binary, Op::When, Some(left), Some(right)) =
                (nth == count, entry.syntax, entry.op, left, right)
            {
                self.expression(left, Role::Head);
                self.guard(right, entry.op_start);
            } else {
                self.expression(child, Role::Head);
            }
        }
    }

    fn guard(&mut self, at: At, when: u32) {
        let span = Span::new(when, self.entries[at].end);
        let id = self.open(Kind::Guard, Role::Guard, span);
        self.in_mode(Mode::Guard, |it| it.expression(at, Role::Element));
        self.close(id);
    }

    fn do_block(&mut self, at: At, call: &str) {
        let is_section = |syntax| {
            matches!(
                syntax,
                Syntax::ElseBlock | Syntax::RescueBlock | Syntax::CatchBlock | Syntax::AfterBlock
            )
        };
        let first_section = self
            .children(at)
            .find(|&child| is_section(self.syntax(child)));
        let end = first_section.map_or(self.entries[at].end, |it| self.entries[it].start);
        let start = self.entries[at].start;
        let id = self.open_section(SectionKind::Do, Span::new(start, end));
        let heads = if call == "cond" {
            Mode::Code
        } else {
            Mode::Pattern
        };
        let items = self
            .children(at)
            .take_while(|&child| !is_section(self.entries[child].syntax));
        for child in items.collect::<Vec<_>>() {
            self.section_item(child, heads);
        }
        self.close(id);
        for child in self.children(at) {
            let kind = match self.syntax(child) {
                Syntax::ElseBlock => SectionKind::Else,
                Syntax::RescueBlock => SectionKind::Rescue,
                Syntax::CatchBlock => SectionKind::Catch,
                Syntax::AfterBlock => SectionKind::After,
                _ => continue,
            };
            let id = self.open_section(kind, self.span(child));
            let heads = if kind == SectionKind::After {
                Mode::Code
            } else {
                Mode::Pattern
            };
            for item in self.children(child) {
                self.section_item(item, heads);
            }
            self.close(id);
        }
    }

    fn section_item(&mut self, at: At, heads: Mode) {
        if self.syntax(at) == Syntax::Stab {
            let heads = if heads == Mode::Code {
                self.code_mode()
            } else {
                heads
            };
            self.clause(at, heads);
        } else {
            self.expression(at, Role::Element);
        }
    }

    fn code_mode(&self) -> Mode {
        if matches!(self.mode, Mode::Quoted | Mode::Type) {
            self.mode
        } else {
            Mode::Code
        }
    }

    fn open_section(&mut self, kind: SectionKind, span: Span) -> u32 {
        let id = self.open(Kind::Section, Role::Section, span);
        self.nodes[id as usize].detail = kind as u8;
        id
    }

    // Calls.

    fn call(&mut self, at: At, role: Role) {
        let Some(target) = self.child(at, Field::Target) else {
            let id = self.open(Kind::Error, role, self.span(at));
            self.elements(at, Role::Element);
            self.close(id);
            return;
        };
        match self.syntax(target) {
            Syntax::Identifier => self.local_call(at, target, role),
            Syntax::Dot => self.dot_call(at, target, role),
            _ => {
                let id = self.open(Kind::Invoke, role, self.span(at));
                self.expression(target, Role::Receiver);
                self.arguments(at, "");
                self.close(id);
            }
        }
    }

    fn local_call(&mut self, at: At, target: At, role: Role) {
        let name = self.text(target);
        let kind = match name {
            "defmodule" | "defprotocol" | "defimpl" => Kind::Module,
            "def" | "defp" | "defmacro" | "defmacrop" | "defguard" | "defguardp"
            | "defdelegate" => Kind::Def,
            "alias" | "import" | "require" | "use" => Kind::Directive,
            _ => Kind::Call,
        };
        let id = self.open(kind, role, self.span(at));
        let symbol = self.intern(name);
        self.nodes[id as usize].symbol = symbol;
        self.nodes[id as usize].detail = self.parens(at);
        self.arguments(at, name);
        self.close(id);
    }

    /// `value.name(...)`, `value.name`, `value.(...)`.
    fn dot_call(&mut self, at: At, target: At, role: Role) {
        let dot = self.entries[target].op_start;
        let (left, right) = (
            self.child(target, Field::Left),
            self.child(target, Field::Right),
        );
        let id = self.open(
            if right.is_some() {
                Kind::Call
            } else {
                Kind::Apply
            },
            role,
            self.span(at),
        );
        self.nodes[id as usize].token = dot;
        let parens = self.parens(at);
        self.nodes[id as usize].detail = parens;
        if let Some(left) = left {
            self.expression(left, Role::Receiver);
        }
        if let Some(right) = right {
            let symbol = match self.syntax(right) {
                Syntax::String | Syntax::Charlist => {
                    let (quote, end) = (self.entries[right].start, self.entries[right].end);
                    let content = self
                        .source
                        .get(quote as usize + 1..end as usize - 1)
                        .unwrap_or_default();
                    self.intern_unescaped(content)
                }
                _ => self.intern(self.text(right)),
            };
            let is_module = left.is_some_and(|left| self.is_module(left));
            let has_more = parens != 0 || self.children(at).count() > 1;
            let node = &mut self.nodes[id as usize];
            (node.symbol, node.token) = (symbol, self.entries[right].start);
            if !has_more && !is_module {
                node.kind = Kind::Field;
            }
        }
        self.arguments(at, "");
        self.close(id);
    }

    fn is_module(&self, at: At) -> bool {
        match self.syntax(at) {
            Syntax::Alias | Syntax::Atom | Syntax::QuotedAtom => true,
            Syntax::Identifier => self.text(at) == "__MODULE__",
            Syntax::Dot => self
                .child(at, Field::Right)
                .is_some_and(|it| self.syntax(it) == Syntax::Alias),
            _ => false,
        }
    }

    fn parens(&self, at: At) -> u8 {
        let arguments = self.child_of(at, Syntax::Arguments);
        let has = arguments
            .is_some_and(|it| self.text(it).starts_with('(') && self.text(it).ends_with(')'));
        let immediate = arguments.is_some_and(|it| {
            let before = self.entries[it].start as usize;
            before > 0 && !self.source.as_bytes()[before - 1].is_ascii_whitespace()
        });
        if has && immediate { flag::PARENS } else { 0 }
    }

    fn arguments(&mut self, at: At, name: &str) {
        if name == "unquote" || name == "unquote_splicing" {
            return self.in_mode(Mode::Code, |it| it.plain_arguments(at, ""));
        }
        match name {
            "def" | "defp" | "defmacro" | "defmacrop" | "defguard" | "defguardp"
            | "defdelegate" => self.definition(at, name),
            "quote" => self.template(at),
            "test" | "property" | "setup" | "setup_all"
                if self.child_of(at, Syntax::DoBlock).is_some() =>
            {
                self.test_case(at, name)
            }
            "match?" | "destructure" | "assert_receive" | "assert_received" | "refute_receive"
            | "refute_received" => {
                let arguments = self.child_of(at, Syntax::Arguments);
                let first = arguments.and_then(|it| self.children(it).next());
                if let Some(first) = first {
                    self.in_mode(Mode::Pattern, |it| it.expression(first, Role::Argument));
                }
                let rest = arguments
                    .into_iter()
                    .flat_map(|it| self.children(it))
                    .skip(1);
                for argument in rest.collect::<Vec<_>>() {
                    self.expression(argument, Role::Argument);
                }
                self.blocks(at, name);
            }
            _ => self.plain_arguments(at, name),
        }
    }

    /// `test "name", context do` and `setup context do`: the context is a pattern.
    fn test_case(&mut self, at: At, name: &str) {
        let context = if name.starts_with("setup") { 0 } else { 1 };
        let arguments = self.child_of(at, Syntax::Arguments);
        for (argument, nth) in arguments
            .into_iter()
            .flat_map(|it| self.children(it))
            .zip(0..)
            .collect::<Vec<_>>()
        {
            let mode = if nth == context {
                Mode::Pattern
            } else {
                self.mode
            };
            self.in_mode(mode, |it| it.expression(argument, Role::Argument));
        }
        self.blocks(at, name);
    }

    fn plain_arguments(&mut self, at: At, name: &str) {
        for child in self.children(at) {
            if self.syntax(child) == Syntax::Arguments {
                self.elements(child, Role::Argument);
            }
        }
        self.blocks(at, name);
    }

    fn blocks(&mut self, at: At, name: &str) {
        if let Some(block) = self.child_of(at, Syntax::DoBlock) {
            self.as_code(|it| it.do_block(block, name));
        }
    }

    /// `quote`: its options are code, its body is a template.
    fn template(&mut self, at: At) {
        let arguments = self.child_of(at, Syntax::Arguments);
        for argument in arguments
            .into_iter()
            .flat_map(|it| self.children(it))
            .collect::<Vec<_>>()
        {
            let is_body =
                self.syntax(argument) == Syntax::Keywords && self.text(argument).starts_with("do:");
            let mode = if is_body { Mode::Quoted } else { self.mode };
            self.in_mode(mode, |it| it.expression(argument, Role::Argument));
        }
        if let Some(block) = self.child_of(at, Syntax::DoBlock) {
            self.in_mode(Mode::Quoted, |it| it.do_block(block, "quote"));
        }
    }

    /// `def head, do: body`: the head is a pattern.
    fn definition(&mut self, at: At, name: &str) {
        let arguments = self.child_of(at, Syntax::Arguments);
        let mut rest = arguments
            .into_iter()
            .flat_map(|it| self.children(it))
            .collect::<Vec<_>>()
            .into_iter();
        if let Some(head) = rest.next() {
            let first = self.nodes.len();
            self.in_mode(Mode::Pattern, |it| it.expression(head, Role::Argument));
            self.mark_head(first);
        }
        for argument in rest {
            self.expression(argument, Role::Argument);
        }
        self.blocks(at, name);
    }

    /// The call at `first`, or the one before its `when`, is the head of a definition.
    fn mark_head(&mut self, first: usize) {
        let is_guarded =
            self.nodes[first].kind == Kind::Binary && self.nodes[first].detail == Op::When as u8;
        let head = if is_guarded { first + 1 } else { first };
        if let Some(node) = self.nodes.get_mut(head)
            && node.kind == Kind::Call
        {
            node.kind = Kind::Head;
        }
    }
}
