//! Calls, and the forms that are calls: definitions, templates, tests.
use super::{At, Lowering};
use crate::{
    Kind, Mode, Op, Role,
    file::flag,
    mirror::{Field, Syntax},
};

impl Lowering<'_> {
    pub(super) fn call(&mut self, at: At, role: Role) {
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

    pub(super) fn local_call(&mut self, at: At, target: At, role: Role) {
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
    pub(super) fn dot_call(&mut self, at: At, target: At, role: Role) {
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

    pub(super) fn is_module(&self, at: At) -> bool {
        match self.syntax(at) {
            Syntax::Alias | Syntax::Atom | Syntax::QuotedAtom => true,
            Syntax::Identifier => self.text(at) == "__MODULE__",
            Syntax::Dot => self
                .child(at, Field::Right)
                .is_some_and(|it| self.syntax(it) == Syntax::Alias),
            _ => false,
        }
    }

    pub(super) fn parens(&self, at: At) -> u8 {
        let arguments = self.child_of(at, Syntax::Arguments);
        let has = arguments
            .is_some_and(|it| self.text(it).starts_with('(') && self.text(it).ends_with(')'));
        let immediate = arguments.is_some_and(|it| {
            let before = self.entries[it].start as usize;
            before > 0 && !self.source.as_bytes()[before - 1].is_ascii_whitespace()
        });
        if has && immediate { flag::PARENS } else { 0 }
    }

    pub(super) fn arguments(&mut self, at: At, name: &str) {
        if name == "unquote" || name == "unquote_splicing" {
            return self.in_mode(Mode::Code, |it| it.plain_arguments(at, ""));
        }
        match name {
            "def" | "defp" | "defmacro" | "defmacrop" | "defguard" | "defguardp"
            | "defdelegate" => self.definition(at, name),
            "quote" => self.quote(at),
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
    pub(super) fn test_case(&mut self, at: At, name: &str) {
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

    pub(super) fn plain_arguments(&mut self, at: At, name: &str) {
        for child in self.children(at) {
            if self.syntax(child) == Syntax::Arguments {
                self.elements(child, Role::Argument);
            }
        }
        self.blocks(at, name);
    }

    pub(super) fn blocks(&mut self, at: At, name: &str) {
        if let Some(block) = self.child_of(at, Syntax::DoBlock) {
            self.as_code(|it| it.do_block(block, name));
        }
    }

    /// `quote`: its options are code, its body is a template.
    pub(super) fn quote(&mut self, at: At) {
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
    pub(super) fn definition(&mut self, at: At, name: &str) {
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
    pub(super) fn mark_head(&mut self, first: usize) {
        let is_guarded =
            self.nodes[first].kind == Kind::Binary && self.nodes[first].detail == Op::When as u8;
        let head = if is_guarded { first + 1 } else { first };
        // `def import(conn, params)` defines a function, whatever the name means elsewhere.
        if let Some(node) = self.nodes.get_mut(head)
            && matches!(
                node.kind,
                Kind::Call | Kind::Directive | Kind::Module | Kind::Def
            )
        {
            node.kind = Kind::Head;
        }
    }
}
