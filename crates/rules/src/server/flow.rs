//! What becomes of the state: expressions evaluated as far as they have to do with it.
//!
//! An expression has one value for each way through its branches. The state carries the changes made to it since the
//! callback began, and so does what is taken out of it, so that `ids = MapSet.put(state.ids, id)` followed by
//! `%{state | ids: ids}` is known to let the key `ids` grow. Variables are looked up where they are bound, own
//! functions are evaluated with what they are given.
use std::{
    cell::{Cell, RefCell},
    sync::Arc,
};

use exlint_syntax::Bindings;
use rustc_hash::FxHashMap;

use super::{
    Behaviour,
    outcome::may_reach,
    value::{Change, Effect, Seed, Value, Values, collect_changes, distinct},
};
use crate::prelude::*;

/// One function clause with what it is given.
pub(super) struct Frame<'t> {
    pub bindings: Arc<Bindings>,
    pub parameters: Vec<Values<'t>>,
    /// What the functions in it are given, by their node.
    pub closures: RefCell<FxHashMap<u32, Vec<Values<'t>>>>,
    /// What the captures around the expression are given, innermost last.
    pub captures: RefCell<Vec<Vec<Values<'t>>>>,
    pub variables: RefCell<FxHashMap<u32, Values<'t>>>,
}

impl<'t> Frame<'t> {
    /// The right side of the match that binds a variable as a whole.
    pub fn matched_value(&self, variable: Node<'t>) -> Option<Node<'t>> {
        let bound = variable.file().node(self.bindings.binding(variable)?.node);
        let matched = bound.parent().and_then(Match::cast)?;
        (bound.role() == Role::Left).then(|| matched.value())?
    }
}

/// Expressions evaluated for one server before giving up on the rest.
const MAX_STEPS: u32 = 200_000;
const MAX_DEPTH: u32 = 60;

/// The evaluator of one server.
pub(super) struct Flow<'t> {
    pub module: Module<'t>,
    pub behaviour: Behaviour,
    summaries: RefCell<FxHashMap<(u32, Vec<Seed>), Values<'t>>>,
    steps: Cell<u32>,
    depth: Cell<u32>,
}

impl<'t> Flow<'t> {
    pub fn new(module: Module<'t>, behaviour: Behaviour) -> Self {
        Self {
            module,
            behaviour,
            summaries: RefCell::default(),
            steps: Cell::new(0),
            depth: Cell::new(0),
        }
    }

    pub fn frame(&self, def: Def<'t>, parameters: Vec<Values<'t>>) -> Frame<'t> {
        Frame {
            bindings: Bindings::of(def.node()),
            parameters,
            closures: RefCell::default(),
            captures: RefCell::default(),
            variables: RefCell::default(),
        }
    }

    /// The frame of `def` when `call` in `frame` calls it.
    pub fn frame_of_call(&self, def: Def<'t>, call: Call<'t>, frame: &Frame<'t>) -> Frame<'t> {
        let arguments: Vec<_> = call.arguments().map(|it| self.value(it, frame)).collect();
        self.frame(def, align(def, arguments))
    }

    /// What `node` evaluates to, as far as it has to do with the state.
    pub fn value(&self, node: Node<'t>, frame: &Frame<'t>) -> Values<'t> {
        if self.steps.get() > MAX_STEPS || self.depth.get() > MAX_DEPTH {
            return vec![Value::Other];
        }
        self.steps.set(self.steps.get() + 1);
        self.depth.set(self.depth.get() + 1);
        let values = distinct(self.evaluate(node, frame));
        self.depth.set(self.depth.get() - 1);
        values
    }

    fn evaluate(&self, node: Node<'t>, frame: &Frame<'t>) -> Values<'t> {
        match node.kind() {
            Kind::Var => self.variable(node, frame),
            Kind::Atom => vec![Value::Atom(node)],
            Kind::Tuple => {
                let elements = node.children().map(|it| self.value(it, frame));
                vec![Value::Tuple(elements.collect())]
            }
            Kind::Block => node
                .children()
                .last()
                .map_or_else(|| vec![Value::Other], |it| self.value(it, frame)),
            Kind::Match => node
                .child(Role::Right)
                .map_or_else(Vec::new, |it| self.value(it, frame)),
            Kind::Map | Kind::Struct => match node.child(Role::Left) {
                Some(base) => self.map_update(node, base, frame),
                None => vec![Value::Fresh],
            },
            Kind::Field => self.field(node, frame),
            Kind::Access => self.access(node, frame),
            Kind::List => self.list(node, frame),
            Kind::Binary => self.binary(node, frame),
            Kind::Pipe => match node.child(Role::Right) {
                Some(right) => self.value(right, frame),
                None => vec![Value::Other],
            },
            // `"#{state.text}#{line}"`
            Kind::String => {
                let inside = node.children().filter(|it| it.is(Kind::Interpolation));
                let values = inside.flat_map(Node::children);
                let mut values = values.flat_map(|it| self.value(it, frame));
                let part = values.find(|it| matches!(it, Value::Part(..)));
                self.changed(vec![part.unwrap_or(Value::Other)], Effect::Grow, node, None)
            }
            Kind::CaptureArgument => self.capture_argument(node, frame),
            Kind::Call if node.is_control() => self.control(node, frame),
            Kind::Call => match Call::cast(node) {
                Some(call) => self.call(call, frame),
                None => vec![Value::Other],
            },
            _ => vec![Value::Other],
        }
    }

    fn field(&self, node: Node<'t>, frame: &Frame<'t>) -> Values<'t> {
        let Some(receiver) = node.child(Role::Receiver) else {
            return vec![Value::Other];
        };
        let is_assigns = self.behaviour.has_socket() && node.name() == "assigns";
        let part = |it: Value<'t>| match it {
            Value::State(_) if is_assigns => it,
            _ => it.part(node.symbol()),
        };
        self.value(receiver, frame).into_iter().map(part).collect()
    }

    fn access(&self, node: Node<'t>, frame: &Frame<'t>) -> Values<'t> {
        let (Some(receiver), Some(key)) = (node.child(Role::Receiver), node.child(Role::Key))
        else {
            return vec![Value::Other];
        };
        match key.is(Kind::Atom) {
            true => self
                .value(receiver, frame)
                .iter()
                .map(|it| it.part(key.symbol()))
                .collect(),
            false => vec![Value::Other],
        }
    }

    /// `%{state | key: value}`.
    fn map_update(&self, node: Node<'t>, base: Node<'t>, frame: &Frame<'t>) -> Values<'t> {
        let mut states = self.value(base, frame);
        for (key, value) in node.pairs() {
            let values = self.value(value, frame);
            states = self.put(states, key, &values, Effect::Touch, value);
        }
        states
    }

    /// What a collection is after `value` is put under `key`, where a key that is not written out has `effect`.
    pub fn put(
        &self,
        collections: Values<'t>,
        key: Node<'t>,
        value: &[Value<'t>],
        effect: Effect,
        at: Node<'t>,
    ) -> Values<'t> {
        let is_literal = key.is_literal();
        let mut result = Vec::new();
        for collection in collections {
            match &collection {
                Value::State(_) if is_literal => {
                    result.extend(self.commit(collection, key.constant().symbol(), value, at));
                }
                Value::State(_) => result.push(collection.with(Change {
                    key: Symbol::NONE,
                    effect,
                    at,
                    with: Some(key),
                })),
                Value::Part(part, _) => {
                    let effect = if is_literal { Effect::Touch } else { effect };
                    let change = Change {
                        key: *part,
                        effect,
                        at,
                        with: Some(key),
                    };
                    result.push(collection.with(change));
                }
                _ => result.push(collection),
            }
        }
        distinct(result)
    }

    /// What the state is after one of `values` is put under `key`.
    pub fn commit(
        &self,
        state: Value<'t>,
        key: Symbol,
        values: &[Value<'t>],
        at: Node<'t>,
    ) -> Values<'t> {
        let one = |value: &Value<'t>| match value {
            Value::Part(part, changes) if *part == key => changes
                .iter()
                .fold(state.clone(), |it, change| it.with(*change)),
            _ => state.clone().with(Change {
                key,
                effect: Effect::Reset,
                at,
                with: Some(at),
            }),
        };
        values.iter().map(one).collect()
    }

    /// Every value with `effect` on what it is a part of.
    pub fn changed(
        &self,
        values: Values<'t>,
        effect: Effect,
        at: Node<'t>,
        with: Option<Node<'t>>,
    ) -> Values<'t> {
        let change = |value: Value<'t>| {
            let key = match &value {
                Value::State(_) => Symbol::NONE,
                Value::Part(key, _) => *key,
                _ => return Value::Other,
            };
            value.with(Change {
                key,
                effect,
                at,
                with,
            })
        };
        values.into_iter().map(change).collect()
    }

    /// `[element | list]`.
    fn list(&self, node: Node<'t>, frame: &Frame<'t>) -> Values<'t> {
        let Some(bar) = node.children().last().filter(|it| it.op() == Op::Bar) else {
            return vec![Value::Other];
        };
        let Some(tail) = bar.child(Role::Right) else {
            return vec![Value::Other];
        };
        let tail = self.value(tail, frame);
        self.changed(tail, Effect::Grow, node, bar.child(Role::Left))
    }

    fn binary(&self, node: Node<'t>, frame: &Frame<'t>) -> Values<'t> {
        let (Some(left), Some(right)) = (node.child(Role::Left), node.child(Role::Right)) else {
            return vec![Value::Other];
        };
        match node.op() {
            Op::Append | Op::Concat => {
                let values = self.value(left, frame);
                match values
                    .iter()
                    .any(|it| matches!(it, Value::State(_) | Value::Part(..)))
                {
                    true => self.changed(values, Effect::Grow, node, Some(right)),
                    false => {
                        let values = self.value(right, frame);
                        self.changed(values, Effect::Grow, node, Some(left))
                    }
                }
            }
            Op::Subtract => {
                let values = self.value(left, frame);
                self.changed(values, Effect::Shrink, node, Some(right))
            }
            Op::OrOr => {
                let mut values = self.value(left, frame);
                values.extend(self.value(right, frame));
                values
            }
            _ => vec![Value::Other],
        }
    }

    fn capture_argument(&self, node: Node<'t>, frame: &Frame<'t>) -> Values<'t> {
        let index = node.text().trim_start_matches('&').parse::<usize>();
        let index = index.ok().and_then(|it| it.checked_sub(1));
        let captures = frame.captures.borrow();
        let given = captures
            .last()
            .zip(index)
            .and_then(|(it, index)| it.get(index));
        given.cloned().unwrap_or_else(|| vec![Value::Other])
    }

    /// `case` and its like: a way for each branch.
    fn control(&self, node: Node<'t>, frame: &Frame<'t>) -> Values<'t> {
        let mut values = Vec::new();
        let has_else = node.section(SectionKind::Else).is_some();
        for (kind, body) in node.sections() {
            match (node.name(), kind) {
                ("try", SectionKind::After) => {}
                ("try", SectionKind::Do) if has_else => {}
                _ => values.extend(self.body(body, frame)),
            }
        }
        if matches!(node.name(), "if" | "unless") && !has_else {
            values.push(Value::Other);
        }
        values
    }

    pub fn body(&self, body: Body<'t>, frame: &Frame<'t>) -> Values<'t> {
        let mut clauses = body.clauses().peekable();
        if clauses.peek().is_some() {
            return clauses.flat_map(|it| self.body(it.body(), frame)).collect();
        }
        match body.last() {
            Some(last) if never_returns(last) => Vec::new(),
            Some(last) => self.value(last, frame),
            None => vec![Value::Other],
        }
    }

    // Functions.

    /// What an own function gives for these arguments.
    pub fn invoke(
        &self,
        clauses: &[Def<'t>],
        call: Option<Call<'t>>,
        arguments: &[Values<'t>],
    ) -> Values<'t> {
        let seeds: Vec<_> = arguments.iter().map(|it| Seed::of(it)).collect();
        if !seeds.iter().any(Seed::is_interesting) {
            return vec![Value::Other];
        }
        let clauses: Vec<_> = clauses
            .iter()
            .copied()
            .filter(|it| it.body().is_some())
            .filter(|it| call.is_none_or(|call| may_reach(*it, call)))
            .collect();
        let mut results = Vec::new();
        for clause in clauses {
            results.extend(self.summary(clause, &seeds));
        }
        let mut given = FxHashMap::default();
        arguments
            .iter()
            .for_each(|it| collect_changes(it, &mut given));
        distinct(results)
            .into_iter()
            .map(|it| it.after(&given))
            .collect()
    }

    /// What one clause gives, for a state and parts that nothing has been done to.
    fn summary(&self, def: Def<'t>, seeds: &[Seed]) -> Values<'t> {
        let key = (def.id(), seeds.to_vec());
        if let Some(values) = self.summaries.borrow().get(&key) {
            return values.clone();
        }
        // A function that calls itself adds nothing to what its other branches give.
        self.summaries.borrow_mut().insert(key.clone(), Vec::new());
        let parameters = align(def, seeds.iter().map(Seed::values).collect());
        let frame = self.frame(def, parameters);
        let has_else = def.section(SectionKind::Else).is_some();
        let mut values = Vec::new();
        for (kind, body) in def.sections() {
            match kind {
                SectionKind::After => {}
                SectionKind::Do if has_else => {}
                _ => values.extend(self.body(body, &frame)),
            }
        }
        let values = distinct(values);
        self.summaries.borrow_mut().insert(key, values.clone());
        values
    }

    /// What a function written out, or a capture, gives for these arguments.
    pub fn apply(
        &self,
        function: Node<'t>,
        arguments: Vec<Values<'t>>,
        frame: &Frame<'t>,
    ) -> Values<'t> {
        match function.kind() {
            Kind::Fn => {
                // What its variables held the last time counts no more.
                let own = function.id()..function.limit();
                let mut variables = frame.variables.borrow_mut();
                variables.retain(|it, _| !own.contains(it));
                drop(variables);
                frame.closures.borrow_mut().insert(function.id(), arguments);
                let clauses = function.children().filter_map(Clause::cast);
                clauses.flat_map(|it| self.body(it.body(), frame)).collect()
            }
            Kind::Capture => {
                let capture = Capture::cast(function);
                if let Some((name, arity)) = capture.and_then(Capture::function) {
                    let clauses: Vec<_> = match name.child(Role::Receiver) {
                        None => self.module.clauses(name.name(), arity).collect(),
                        Some(_) => Vec::new(),
                    };
                    return match clauses.is_empty() {
                        true => vec![Value::Other],
                        false => self.invoke(&clauses, None, &arguments),
                    };
                }
                let Some(operand) = capture.and_then(Capture::operand) else {
                    return vec![Value::Other];
                };
                frame.captures.borrow_mut().push(arguments);
                let values = self.value(operand, frame);
                frame.captures.borrow_mut().pop();
                values
            }
            _ => vec![Value::Other],
        }
    }
}

/// The arguments by parameter: parameters with defaults are filled from the left, as far as there are arguments.
fn align<'t>(def: Def<'t>, arguments: Vec<Values<'t>>) -> Vec<Values<'t>> {
    let (fewest, _) = def.arity();
    let mut spare = arguments.len().saturating_sub(fewest);
    let mut arguments = arguments.into_iter();
    let parameter = |it: Node<'t>| {
        let is_given = it.op() != Op::Default || spare > 0;
        if it.op() == Op::Default {
            spare = spare.saturating_sub(1);
        }
        let given = if is_given { arguments.next() } else { None };
        given.unwrap_or_else(|| vec![Value::Other])
    };
    def.parameters().map(parameter).collect()
}

fn never_returns(node: Node) -> bool {
    Call::cast(node).is_some_and(|it| {
        !it.is_remote() && matches!(it.name(), "raise" | "reraise" | "throw" | "exit")
    })
}
