//! Names, strings, lists, maps and structs.
use exlint_findings::Span;

use super::{At, Lowering};
use crate::{
    Kind, Mode, Op, Role, Symbol,
    file::flag,
    mirror::{Field, Syntax},
    text,
};

impl<'s> Lowering<'s> {
    /// `Foo.Bar`, which may be written with space around its dots.
    pub(super) fn alias(&mut self, at: At, role: Role) {
        let (span, text) = (self.span(at), self.text(at));
        let id = self.leaf(Kind::Alias, role, span, None);
        self.nodes[id as usize].symbol = self.alias_symbol(text);
    }

    pub(super) fn alias_symbol(&mut self, text: &'s str) -> Symbol {
        if text.contains(char::is_whitespace) {
            let name: String = text.split_whitespace().collect();
            return self.intern_elsewhere(&name);
        }
        self.intern(text)
    }

    /// `:"a b"` and `"a b":`; `quote` is where the quotes begin.
    pub(super) fn quoted_atom(&mut self, at: At, role: Role, quote: u32) {
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

    pub(super) fn quoted(&mut self, kind: Kind, at: At, role: Role, quote: u32) {
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
    pub(super) fn parts(&mut self, at: At) {
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

    pub(super) fn text_run(&mut self, run: Option<Span>) {
        if let Some(span) = run {
            self.leaf(Kind::Text, Role::Element, span, None);
        }
    }

    pub(super) fn sigil(&mut self, at: At, role: Role) {
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
        if let Some(template) = self.child_of(at, Syntax::Template) {
            self.expression(template, Role::Element);
        }
        self.close(id);
    }

    /// The expressions of a template. In a `quote` they are a part of it.
    pub(super) fn template(&mut self, at: At, role: Role) {
        let span = self.span(at);
        let (mode, code) = (self.mode, self.code);
        self.code = Mode::Template;
        self.mode = self.code_mode();
        let id = self.open(Kind::Template, role, span);
        self.elements(at, Role::Element);
        self.close(id);
        (self.mode, self.code) = (mode, code);
        let markup = self.unread.binary_search_by_key(&span.start, |(it, _)| *it);
        if let Some(markup) = markup.ok().and_then(|it| self.unread[it].1.take()) {
            self.markup.push((id, markup));
        }
    }

    /// Lists, tuples, bitstrings. The pairs of a list are its elements; elsewhere keywords are one element.
    pub(super) fn collection(&mut self, kind: Kind, at: At, role: Role) {
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

    pub(super) fn map(&mut self, at: At, role: Role) {
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

    pub(super) fn map_content(&mut self, at: At, map: u32) {
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
    pub(super) fn map_item(&mut self, at: At) {
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
    pub(super) fn arrow_of(&self, at: At) -> Option<At> {
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
    pub(super) fn substituted(&mut self, from: At, to: At, write: impl FnOnce(&mut Self)) {
        let outer = self.substitution.replace((from, to));
        write(self);
        self.substitution = outer;
    }

    pub(super) fn pair(&mut self, at: At, role: Role) {
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
}
