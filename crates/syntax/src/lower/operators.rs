//! Unary and binary operators, dots, access, parentheses.
use exlint_findings::Span;

use super::{At, Lowering};
use crate::{
    Kind, Mode, Op, Role,
    file::flag,
    mirror::{Field, Syntax},
};

impl Lowering<'_> {
    pub(super) fn unary(&mut self, at: At, role: Role) {
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
    pub(super) fn capture_operand(&mut self, ampersand: u32, operand: At) {
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
    pub(super) fn attribute(&mut self, at: At, operand: At, role: Role) {
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
        let kind = match self.code {
            Mode::Template => Kind::Assign,
            _ => Kind::Attribute,
        };
        let id = self.leaf(kind, role, span, Some(self.text(name)));
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

    pub(super) fn binary(&mut self, at: At, role: Role) {
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
    pub(super) fn captured(&self, at: At) -> Option<At> {
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

    pub(super) fn capture_of_operator(&mut self, at: At, capture: At, role: Role) {
        let Some(operand) = self.child(capture, Field::Operand) else {
            return;
        };
        let id = self.open(Kind::Capture, role, self.span(at));
        self.substituted(capture, operand, |it| it.expression(at, Role::Operand));
        self.close(id);
    }

    /// Elixir reads `not a in b` as `not (a in b)`.
    pub(super) fn negated_in(&mut self, at: At, left: At, operand: At, right: At, role: Role) {
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
    pub(super) fn dot(&mut self, at: At, role: Role) {
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

    pub(super) fn access(&mut self, at: At, role: Role) {
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
    pub(super) fn block(&mut self, at: At, role: Role) {
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
    pub(super) fn is_negated_in(&self, at: At) -> bool {
        let left = self.child(at, Field::Left).map(|it| self.entries[it]);
        self.entries[at].op == Op::In
            && left
                .is_some_and(|it| it.syntax == Syntax::Unary && matches!(it.op, Op::Not | Op::Bang))
    }

    pub(super) fn is_empty_block(&self, at: At) -> bool {
        self.syntax(at) == Syntax::Block && self.children(at).next().is_none()
    }

    pub(super) fn stays_a_block(&self, at: At) -> bool {
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
}
