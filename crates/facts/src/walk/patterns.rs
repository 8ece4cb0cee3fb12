//! Patterns and guards: which part of a value each variable takes.
use exlint_syntax::{Kind, Match, Node, Op, Role, View};
use thin_vec::ThinVec;

use super::{Walk, literal::shape_of_literal, parts};
use crate::model::*;

impl Walk<'_> {
    /// `is_pid(x)` and its like, also joined by `and`.
    pub(super) fn guards(&mut self, guard: Node) -> ThinVec<(Variable, Name)> {
        let calls = guard
            .subtree()
            .filter(|it| it.is(Kind::Call) && it.child(Role::Receiver).is_none());
        let mut guards = ThinVec::new();
        for call in calls {
            let negated = call
                .ancestors()
                .any(|it| it.op() == Op::Not || it.op() == Op::Or);
            let variable = call
                .written_arguments()
                .next()
                .and_then(|it| self.bindings.index(it));
            if let Some(variable) = variable.filter(|_| !negated) {
                guards.push((Variable(variable as u32), self.names.name(call.name())));
            }
        }
        guards
    }

    /// The shape of a pattern; its variables take parts of `value`.
    pub(super) fn pattern(&mut self, pattern: Node, value: &Shape) -> Shape {
        if pattern.is(Kind::Var) {
            if pattern.is_binding()
                && let Some(index) = self.bindings.index(pattern)
                && let Some(variable) = self.code.variables.get_mut(index)
            {
                *variable = self.names.copy(value);
                return Shape::Variable(Variable(index as u32));
            }
            return Shape::Unknown;
        }
        if let Some(both) = Match::cast(pattern) {
            let (left, right) = (both.pattern(), both.value());
            let left = left.map_or(Shape::Unknown, |it| self.pattern(it, value));
            let right = right.map_or(Shape::Unknown, |it| self.pattern(it, value));
            return if matches!(left, Shape::Variable(_) | Shape::Unknown) {
                right
            } else {
                left
            };
        }
        if let (Kind::Tuple, Shape::Tuple(values)) = (pattern.kind(), value)
            && pattern.children().count() == values.len()
        {
            let mut values = values.iter();
            return Shape::Tuple(parts(pattern, |it| {
                self.pattern(it, values.next().unwrap_or(&Shape::Unknown))
            }));
        }
        let within = match value {
            Shape::Unknown => Shape::Unknown,
            Shape::Within(_) => self.names.copy(value),
            _ => Shape::Within(Box::new(self.names.copy(value))),
        };
        self.pattern_parts(pattern, &within)
    }

    /// The shape of a pattern whose variables take some part of a value.
    pub(super) fn pattern_parts(&mut self, pattern: Node, within: &Shape) -> Shape {
        match pattern.kind() {
            Kind::Tuple => Shape::Tuple(parts(pattern, |it| self.pattern(it, within))),
            Kind::List | Kind::Keywords | Kind::Map | Kind::Struct => {
                self.collection(pattern, |it, node| it.pattern(node, within))
            }
            Kind::Binary if pattern.op() == Op::Bar => {
                pattern
                    .children()
                    .for_each(|it| _ = self.pattern(it, within));
                Shape::Unknown
            }
            Kind::Binary | Kind::Bitstring => {
                let mut parts = pattern.children().map(|it| self.pattern(it, within));
                let first = parts.next();
                parts.for_each(drop);
                match first {
                    Some(Shape::String(text)) if pattern.op() == Op::Concat => Shape::Prefix(text),
                    _ => Shape::Binary,
                }
            }
            Kind::Unary => Shape::Unknown,
            _ if pattern.is_literal() => shape_of_literal(pattern, self.names),
            _ => Shape::Unknown,
        }
    }
}
