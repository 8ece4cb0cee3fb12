//! What branches, protects, waits or repeats: `if`, `case`, `cond`, `with`, `try`, `receive`, `for`.
use exlint_findings::Spanned;
use exlint_syntax::{Body, Call, Clause, Kind, Node, Op, Role, SectionKind};
use thin_vec::{ThinVec, thin_vec};

use super::{Walk, flatten};
use crate::{collect::is_handler, model::*};

impl Walk<'_> {
    pub(super) fn control(&mut self, call: Call) -> Shape {
        match call.name() {
            "try" => self.attempt(call),
            "receive" => self.receive(call),
            "for" | "with" => self.comprehension(call),
            _ => self.branches(call),
        }
    }

    pub(super) fn branches(&mut self, call: Call) -> Shape {
        let subject = self.arguments(call).into_iter().next().unwrap_or_default();
        let outer = self.at;
        if call.name() == "case" {
            let found = call.section(SectionKind::Do).and_then(fallback);
            if let Some((clause, value)) = found {
                self.fallback(clause, value, &subject);
            }
        }
        self.at.is_conditional = true;
        let mut shapes = ThinVec::new();
        let mut has_else = false;
        for (kind, body) in call.sections() {
            has_else |= kind == SectionKind::Else;
            let shape = self.branch(body, outer.flow, &subject);
            flatten(shape, &mut shapes);
        }
        self.at = outer;
        if !has_else && matches!(call.name(), "if" | "unless") {
            shapes.push(Shape::Atom(self.names.name("nil")));
        }
        Shape::Choice(shapes)
    }

    fn fallback(&mut self, clause: Clause, value: Node, subject: &Shape) {
        let fallback = Fallback {
            span: clause.head_span(),
            value: self.names.name(value.text()),
            subject: self.names.copy(subject),
        };
        self.code.fallbacks.push(fallback);
    }

    /// `pattern <- value` of a `with`: what the value is.
    pub(super) fn arrow(&mut self, arrow: Node) -> Shape {
        let pattern = arrow.child(Role::Left);
        // `_ <- value`
        let is_ignored = pattern.is_some_and(|it| it.is(Kind::Var) && self.uses_nothing_of(it));
        let flow = match is_ignored {
            true => Flow::Ignored,
            false => Flow::Used,
        };
        let value = arrow.child(Role::Right).map_or(Shape::Unknown, |it| {
            self.with_flow(flow, |walk| walk.value(it))
        });
        if let Some(pattern) = pattern {
            self.pattern(pattern, &value);
        }
        value
    }

    pub(super) fn branch(&mut self, body: Body, flow: Flow, subject: &Shape) -> Shape {
        if body.clauses().next().is_some() {
            self.clauses(body, flow, subject)
        } else {
            self.body(body, flow)
        }
    }

    pub(super) fn attempt(&mut self, call: Call) -> Shape {
        let outer = self.at;
        let sections: Vec<_> = call.sections().collect();
        let protects = sections.iter().any(|(kind, _)| is_handler(*kind));
        let has_else = sections.iter().any(|(kind, _)| *kind == SectionKind::Else);
        let mut shapes = ThinVec::new();
        let start = self.code.calls.len() as u32;
        let mut protected = start..start;
        for (kind, body) in sections {
            self.at.in_try = outer.in_try || (protects && kind == SectionKind::Do);
            self.at.in_handler = outer.in_handler || is_handler(kind);
            let gives = kind != SectionKind::After && !(kind == SectionKind::Do && has_else);
            let flow = match (kind, gives) {
                (SectionKind::After, _) => Flow::Discarded,
                (_, true) => outer.flow,
                (_, false) => Flow::Used,
            };
            let shape = if is_handler(kind) {
                self.handlers(kind, body, flow, &protected)
            } else {
                self.branch(body, flow, &Shape::Unknown)
            };
            if kind == SectionKind::Do {
                protected = start..self.code.calls.len() as u32;
            }
            if gives {
                flatten(shape, &mut shapes);
            }
        }
        self.at = outer;
        Shape::Choice(shapes)
    }

    /// The clauses of a `rescue` or `catch`; those that take every exception are kept.
    pub(super) fn handlers(
        &mut self,
        kind: SectionKind,
        body: Body,
        flow: Flow,
        protected: &std::ops::Range<u32>,
    ) -> Shape {
        let mut shapes = ThinVec::new();
        for clause in body.clauses() {
            for head in clause.heads() {
                self.pattern(head, &Shape::Unknown);
            }
            let start = self.code.calls.len() as u32;
            let shape = self.body(clause.body(), flow);
            if takes_everything(kind, clause) {
                self.code.handlers.push(Handler {
                    span: clause.head_span(),
                    value: self.names.copy(&shape),
                    protects: protected.clone(),
                    calls: start..self.code.calls.len() as u32,
                });
            }
            flatten(shape, &mut shapes);
        }
        Shape::Choice(shapes)
    }

    /// Waiting for a message is a call that may block: `receive/1` with the timeout of `after`, or `:infinity`.
    pub(super) fn receive(&mut self, call: Call) -> Shape {
        let after = call
            .section(SectionKind::After)
            .and_then(|it| it.clauses().next())
            .and_then(|it| it.head(0));
        let timeout = match after {
            Some(timeout) => self.used(timeout),
            None => Shape::Atom(self.names.name("infinity")),
        };
        let kernel = Callee::Remote(self.names.name("Kernel"));
        self.push(kernel, "receive", 1, call.span(), thin_vec![timeout]);
        let outer = self.at;
        self.at.is_conditional = true;
        let mut shapes = ThinVec::new();
        for (_, body) in call.sections() {
            let shape = self.branch(body, outer.flow, &Shape::Unknown);
            flatten(shape, &mut shapes);
        }
        self.at = outer;
        Shape::Choice(shapes)
    }

    pub(super) fn comprehension(&mut self, call: Call) -> Shape {
        let outer = self.at;
        let is_loop = call.name() == "for" && !draws_from_few(call);
        let is_for = call.name() == "for";
        let fallback = call.section(SectionKind::Else).and_then(fallback);
        for (argument, nth) in call.written_arguments().zip(0..) {
            // What the first generator draws from is evaluated once.
            self.at.in_loop = outer.in_loop || (is_loop && nth > 0 && !argument.is(Kind::Keywords));
            self.at.is_conditional = outer.is_conditional || (!is_for && nth > 0);
            if argument.is(Kind::Keywords) {
                self.options(argument);
            } else if is_loop && argument.op() == Op::LeftArrow {
                self.generator(argument);
            } else if argument.op() == Op::LeftArrow {
                let subject = self.arrow(argument);
                let is_ok = argument.child(Role::Left).is_some_and(is_ok);
                if let Some((clause, value)) = fallback.filter(|_| is_ok) {
                    self.fallback(clause, value, &subject);
                }
            } else {
                self.used(argument);
            }
        }
        let mut shapes = ThinVec::new();
        for (kind, body) in call.sections() {
            self.at.in_loop = outer.in_loop || (is_loop && kind == SectionKind::Do);
            self.at.is_conditional = true;
            let flow = match is_for && !gives_list(call) && outer.flow == Flow::Returned {
                true => Flow::Used,
                false => outer.flow,
            };
            let shape = self.branch(body, flow, &Shape::Unknown);
            flatten(shape, &mut shapes);
        }
        self.at = outer;
        if is_for {
            return Shape::Unknown;
        }
        if call.section(SectionKind::Else).is_none() {
            let sources = call
                .written_arguments()
                .filter(|it| it.op() == Op::LeftArrow)
                .count();
            shapes.extend(std::iter::repeat_n(Shape::Unknown, sources));
        }
        Shape::Choice(shapes)
    }

    /// Drawing from `value` in `for pattern <- value` is a call that runs through it: `for/1`.
    pub(crate) fn generator(&mut self, generator: Node) {
        let value = generator.child(Role::Right);
        let value = value.map_or(Shape::Unknown, |it| self.used(it));
        let kernel = Callee::Remote(self.names.name("Kernel"));
        let arguments = thin_vec![self.names.copy(&value)];
        self.with_flow(Flow::Used, |it| {
            it.push(kernel, "for", 1, generator.span(), arguments)
        });
        if let Some(pattern) = generator.child(Role::Left) {
            let within = match value {
                Shape::Unknown => value,
                _ => Shape::Within(Box::new(value)),
            };
            self.pattern(pattern, &within);
        }
    }
}

/// Whether the values of a comprehension's body become a list: nothing else is done with them.
fn gives_list(comprehension: Call) -> bool {
    ["into", "reduce", "uniq"]
        .iter()
        .all(|it| comprehension.option(it).is_none())
}

/// The last clause, which takes everything and gives a literal, where all others take `{:ok, _}`.
fn fallback<'t>(body: Body<'t>) -> Option<(Clause<'t>, Node<'t>)> {
    let clauses: Vec<_> = body.clauses().collect();
    let (last, others) = clauses.split_last()?;
    let takes_all = last.guard().is_none()
        && last
            .head(0)
            .is_some_and(|it| it.is(Kind::Var) && it.name().starts_with('_'));
    let mut steps = last.body().expressions();
    let value = steps.next().filter(|_| steps.next().is_none())?;
    let is_open = takes_all && is_default(value);
    let others_are_ok = others.iter().all(|it| it.head(0).is_some_and(is_ok));
    (is_open && others_are_ok).then_some((*last, value))
}

/// `nil`, `:ok`, `false`, 0, or something empty.
fn is_default(value: Node) -> bool {
    match value.kind() {
        Kind::Atom => value.is_nil() || value.is_boolean() || value.is_atom("ok"),
        Kind::Integer => value.integer() == Some(0),
        Kind::String => value.text() == "\"\"",
        Kind::List | Kind::Map => value.children().next().is_none(),
        _ => false,
    }
}

/// `{:ok, _}` as a pattern.
fn is_ok(pattern: Node) -> bool {
    pattern.is(Kind::Tuple) && pattern.tag() == Some("ok")
}

/// Whether a comprehension goes over values that are written out, or over few chunks of many.
fn draws_from_few(comprehension: Call) -> bool {
    let mut sources = comprehension
        .written_arguments()
        .filter(|it| it.op() == Op::LeftArrow)
        .filter_map(|it| it.child(Role::Right));
    let is_few = |source: Node| {
        let is_written_out = |it: Node| it.constant().is_literal();
        is_written_out(source)
            || source.is(Kind::Call)
                && source.written_arguments().next().is_some()
                && source.written_arguments().all(is_written_out)
                && source.piped().is_none()
            || source
                .subtree()
                .any(|it| it.is(Kind::Call) && it.name().contains("chunk"))
    };
    sources.all(is_few)
}

/// `rescue e`, `catch kind, reason`, `catch :error, reason`.
fn takes_everything(kind: SectionKind, clause: Clause) -> bool {
    let heads: Vec<_> = clause.heads().collect();
    let is_open = |it: &Node| it.is(Kind::Var) && clause.guard().is_none();
    match (kind, heads.as_slice()) {
        (SectionKind::Rescue, [exception]) => is_open(exception),
        (SectionKind::Catch, [class, reason]) => {
            is_open(reason) && (is_open(class) || class.is_atom("error"))
        }
        _ => false,
    }
}
