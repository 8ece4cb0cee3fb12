//! `head -> body`, and the sections of `do` blocks.
use exlint_findings::Span;

use super::{At, Lowering};
use crate::{
    Kind, Mode, Op, Role, SectionKind,
    mirror::{Field, Syntax},
};

impl Lowering<'_> {
    pub(super) fn clauses(&mut self, at: At, heads: Mode) {
        for child in self.children(at) {
            if self.syntax(child) == Syntax::Stab {
                self.clause(child, heads);
            } else {
                self.expression(child, Role::Element);
            }
        }
    }

    pub(super) fn clause(&mut self, at: At, heads: Mode) {
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

    pub(super) fn clause_left(&mut self, at: At) {
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
    pub(super) fn heads(&mut self, at: At) {
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

    pub(super) fn guard(&mut self, at: At, when: u32) {
        let span = Span::new(when, self.entries[at].end);
        let id = self.open(Kind::Guard, Role::Guard, span);
        self.in_mode(Mode::Guard, |it| it.expression(at, Role::Element));
        self.close(id);
    }

    pub(super) fn do_block(&mut self, at: At, call: &str) {
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

    pub(super) fn section_item(&mut self, at: At, heads: Mode) {
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

    pub(super) fn code_mode(&self) -> Mode {
        if matches!(self.mode, Mode::Quoted | Mode::Type) {
            self.mode
        } else {
            self.code
        }
    }

    pub(super) fn open_section(&mut self, kind: SectionKind, span: Span) -> u32 {
        let id = self.open(Kind::Section, Role::Section, span);
        self.nodes[id as usize].detail = kind as u8;
        id
    }
}
