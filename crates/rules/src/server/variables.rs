//! Where variables get their values from.
use super::{
    flow::{Flow, Frame},
    value::{Value, Values},
};
use crate::prelude::*;

impl<'t> Flow<'t> {
    pub(super) fn variable(&self, node: Node<'t>, frame: &Frame<'t>) -> Values<'t> {
        let Some(binding) = frame.bindings.binding(node) else {
            return vec![Value::Other];
        };
        if let Some(values) = frame.variables.borrow().get(&binding.node) {
            return values.clone();
        }
        // What is being looked up has no value of its own yet.
        frame
            .variables
            .borrow_mut()
            .insert(binding.node, Vec::new());
        let values = self.bound(node.file().node(binding.node), frame);
        frame
            .variables
            .borrow_mut()
            .insert(binding.node, values.clone());
        values
    }

    /// What a pattern binds to the variable at `node`.
    fn bound(&self, node: Node<'t>, frame: &Frame<'t>) -> Values<'t> {
        let mut path = Vec::new();
        let mut pattern = node;
        loop {
            let Some(parent) = pattern.parent() else {
                return vec![Value::Other];
            };
            match parent.kind() {
                Kind::Tuple => {
                    path.push(parent);
                    path.push(pattern);
                }
                Kind::Pair if pattern.role() == Role::Value => path.push(parent),
                Kind::Map | Kind::Struct | Kind::Block => {}
                Kind::Match if parent.mode() == Mode::Pattern => {}
                Kind::Binary if parent.op() == Op::Default => {}
                Kind::Match | Kind::Head | Kind::Clause => {
                    let source = self.source(pattern, parent, frame);
                    return self.destructured(source, &path);
                }
                Kind::Binary if parent.op() == Op::LeftArrow => {
                    let source = self.source(pattern, parent, frame);
                    return self.destructured(source, &path);
                }
                _ => return vec![Value::Other],
            }
            pattern = parent;
        }
    }

    /// What is matched against the whole of `pattern`.
    fn source(&self, pattern: Node<'t>, owner: Node<'t>, frame: &Frame<'t>) -> Values<'t> {
        match owner.kind() {
            Kind::Match => owner
                .child(Role::Right)
                .map_or_else(Vec::new, |it| self.value(it, frame)),
            Kind::Head => {
                let index = owner.written_arguments().position(|it| it == pattern);
                let given = index.and_then(|it| frame.parameters.get(it));
                given.cloned().unwrap_or_else(|| vec![Value::Other])
            }
            Kind::Clause => self.clause_source(pattern, owner, frame),
            // `pattern <- value` of `with`; an element in `for`.
            _ => match owner.parent().is_some_and(|it| it.name() == "with") {
                true => owner
                    .child(Role::Right)
                    .map_or_else(Vec::new, |it| self.value(it, frame)),
                false => vec![Value::Other],
            },
        }
    }

    fn clause_source(&self, pattern: Node<'t>, clause: Node<'t>, frame: &Frame<'t>) -> Values<'t> {
        let other = || vec![Value::Other];
        let Some(owner) = clause.parent() else {
            return other();
        };
        let index = clause
            .children_with(Role::Head)
            .position(|it| it == pattern);
        if owner.is(Kind::Fn) {
            let closures = frame.closures.borrow();
            let given = closures.get(&owner.id());
            let given = given.zip(index).and_then(|(it, index)| it.get(index));
            return given.cloned().unwrap_or_else(other);
        }
        let Some(call) = owner.parent().and_then(Call::cast) else {
            return other();
        };
        match (call.name(), owner.section_kind()) {
            ("case", Some(SectionKind::Do)) => call
                .argument(0)
                .map_or_else(other, |it| self.value(it, frame)),
            ("for", Some(SectionKind::Do)) => call
                .option("reduce")
                .map_or_else(other, |it| self.value(it, frame)),
            _ => other(),
        }
    }

    /// What is left of `values` after the steps of `path`, which lead from a variable outwards.
    fn destructured(&self, mut values: Values<'t>, path: &[Node<'t>]) -> Values<'t> {
        let mut steps = path.iter().rev();
        while let Some(step) = steps.next() {
            values = match step.kind() {
                Kind::Pair => match step.child(Role::Key).filter(|it| it.is(Kind::Atom)) {
                    Some(key) => self.parts(values, key),
                    None => vec![Value::Other],
                },
                _ => match steps.next() {
                    Some(tuple) => elements(values, *tuple, *step),
                    None => vec![Value::Other],
                },
            };
        }
        values
    }

    fn parts(&self, values: Values<'t>, key: Node<'t>) -> Values<'t> {
        let is_assigns = self.behaviour.has_socket() && key.name() == "assigns";
        values
            .into_iter()
            .map(|it| match it {
                Value::State(_) if is_assigns => it,
                _ => it.part(key.symbol()),
            })
            .collect()
    }
}

/// The element of each tuple that `pattern`, an element of the pattern `tuple`, matches.
fn elements<'t>(values: Values<'t>, tuple: Node<'t>, pattern: Node<'t>) -> Values<'t> {
    let patterns = tuple.tuple();
    let Some(index) = patterns.iter().position(|it| *it == pattern) else {
        return vec![Value::Other];
    };
    let mut result = Vec::new();
    for value in values {
        match value {
            Value::Tuple(mut elements) if elements.len() == patterns.len() => {
                let fits = patterns.iter().zip(&elements).all(|(pattern, element)| {
                    !pattern.is(Kind::Atom)
                        || element.is_empty()
                        || element.iter().any(|it| match it {
                            Value::Atom(atom) => atom.symbol() == pattern.symbol(),
                            _ => true,
                        })
                });
                if fits {
                    result.extend(elements.swap_remove(index));
                }
            }
            Value::Tuple(_) | Value::Atom(_) => {}
            Value::State(_) => result.push(match u8::try_from(index) {
                Ok(nth) => value.part(Symbol::place(nth)),
                Err(_) => Value::Other,
            }),
            _ => result.push(Value::Other),
        }
    }
    result
}
