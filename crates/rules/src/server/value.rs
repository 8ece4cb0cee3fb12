//! The state and its parts as values that remember what was done to them.
use rustc_hash::FxHashMap;

use crate::prelude::*;

/// What happens to one key of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Effect {
    /// It holds one element more.
    Grow,
    /// It holds fewer elements.
    Shrink,
    /// It is set to something new.
    Reset,
    /// It is changed in place, with as many elements as before.
    Touch,
}

/// Something that happens to one key of the state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Change<'t> {
    /// [`Symbol::NONE`]: the state itself is the collection, or it is not known which key.
    pub key: Symbol,
    pub effect: Effect,
    pub at: Node<'t>,
    /// What is added or removed, where the source shows it: the key of a map, the element of a set or list.
    pub with: Option<Node<'t>>,
}

impl Change<'_> {
    fn same(&self, other: &Change) -> bool {
        self.key == other.key && self.effect == other.effect && self.at.id() == other.at.id()
    }
}

/// What an expression evaluates to, on one way through the branches.
#[derive(Clone, Debug)]
pub(crate) enum Value<'t> {
    /// The state that the callback was given, with what was done to it since.
    State(Vec<Change<'t>>),
    /// What the state holds under a key, with what was done to that since.
    Part(Symbol, Vec<Change<'t>>),
    Tuple(Vec<Values<'t>>),
    Atom(Node<'t>),
    /// A map or struct built anew.
    Fresh,
    Other,
}

/// One value for each way.
pub(crate) type Values<'t> = Vec<Value<'t>>;

impl<'t> Value<'t> {
    pub fn state() -> Self {
        Value::State(Vec::new())
    }

    pub fn is_state(&self) -> bool {
        matches!(self, Value::State(_))
    }

    /// What was done to the state, or to what is taken out of it.
    pub fn changes(&self) -> &[Change<'t>] {
        match self {
            Value::State(changes) | Value::Part(_, changes) => changes,
            _ => &[],
        }
    }

    pub fn with(mut self, change: Change<'t>) -> Self {
        if let Value::State(changes) | Value::Part(_, changes) = &mut self
            && !changes.iter().any(|it| it.same(&change))
        {
            changes.push(change);
        }
        self
    }

    /// What the state holds under `key`.
    pub fn part(&self, key: Symbol) -> Value<'t> {
        match self {
            Value::State(changes) => {
                let own = changes.iter().filter(|it| it.key == key).copied();
                Value::Part(key, own.collect())
            }
            _ => Value::Other,
        }
    }

    /// The same without the tuples in it, where it has too many parts: what is made of another value twice doubles them.
    fn bounded(self) -> Self {
        let without = |ways: Values<'t>| {
            let ways = ways.into_iter().map(|it| match it {
                Value::Tuple(_) => Value::Other,
                other => other,
            });
            ways.collect()
        };
        match self {
            Value::Tuple(elements) if parts_left(&elements, MAX_PARTS).is_none() => {
                Value::Tuple(elements.into_iter().map(without).collect())
            }
            other => other,
        }
    }

    fn same(&self, other: &Value) -> bool {
        let same = |one: &[Change], other: &[Change]| {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.same(other))
        };
        match (self, other) {
            (Value::State(one), Value::State(other)) => same(one, other),
            (Value::Part(key, one), Value::Part(other_key, other)) => {
                key == other_key && same(one, other)
            }
            (Value::Atom(one), Value::Atom(other)) => one.symbol() == other.symbol(),
            (Value::Fresh, Value::Fresh) | (Value::Other, Value::Other) => true,
            (Value::Tuple(one), Value::Tuple(other)) => {
                one.len() == other.len()
                    && one.iter().zip(other).all(|(one, other)| {
                        one.len() == other.len()
                            && one.iter().zip(other).all(|(one, other)| one.same(other))
                    })
            }
            _ => false,
        }
    }
}

/// How many of so many parts are left when those of a tuple are taken off; `None` if it has more.
fn parts_left(elements: &[Values], left: usize) -> Option<usize> {
    let mut ways = elements.iter().flatten();
    ways.try_fold(left, |left, value| match value {
        Value::Tuple(elements) => parts_left(elements, left.checked_sub(1)?),
        _ => left.checked_sub(1),
    })
}

/// What a function is given, as far as it matters to its summary.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Seed {
    State,
    Part(Symbol),
    Tuple(Vec<Seed>),
    Other,
}

impl Seed {
    pub fn of(values: &[Value]) -> Self {
        let interesting = values
            .iter()
            .find(|it| !matches!(it, Value::Other | Value::Atom(_) | Value::Fresh));
        match interesting {
            Some(Value::State(_)) => Seed::State,
            Some(Value::Part(key, _)) => Seed::Part(*key),
            Some(Value::Tuple(elements)) => {
                Seed::Tuple(elements.iter().map(|it| Seed::of(it)).collect())
            }
            _ => Seed::Other,
        }
    }

    pub fn is_interesting(&self) -> bool {
        match self {
            Seed::State | Seed::Part(_) => true,
            Seed::Tuple(elements) => elements.iter().any(Seed::is_interesting),
            Seed::Other => false,
        }
    }

    pub fn values<'t>(&self) -> Values<'t> {
        vec![match self {
            Seed::State => Value::state(),
            Seed::Part(key) => Value::Part(*key, Vec::new()),
            Seed::Tuple(elements) => Value::Tuple(elements.iter().map(Seed::values).collect()),
            Seed::Other => Value::Other,
        }]
    }
}

/// More ways than that through one function are not told apart.
const MAX_WAYS: usize = 24;

/// A tuple with more parts than this, those of tuples in it included, keeps only what is no tuple.
const MAX_PARTS: usize = 200;

impl<'t> Value<'t> {
    /// The value with what had been done to the arguments before the call put in front.
    pub(super) fn after(self, given: &FxHashMap<Option<Symbol>, Vec<Change<'t>>>) -> Value<'t> {
        let before = |key: Option<Symbol>| given.get(&key).cloned().unwrap_or_default();
        match self {
            Value::State(changes) => changes
                .into_iter()
                .fold(Value::State(before(None)), Value::with),
            Value::Part(key, changes) => {
                let mut start = before(Some(key));
                start.extend(before(None).into_iter().filter(|it| it.key == key));
                changes
                    .into_iter()
                    .fold(Value::Part(key, start), Value::with)
            }
            Value::Tuple(elements) => Value::Tuple(
                elements
                    .into_iter()
                    .map(|it| it.into_iter().map(|it| it.after(given)).collect())
                    .collect(),
            ),
            other => other,
        }
    }
}

/// What had been done to the state (`None`) and to its parts, in any of the ways.
pub(super) fn collect_changes<'t>(
    values: &[Value<'t>],
    given: &mut FxHashMap<Option<Symbol>, Vec<Change<'t>>>,
) {
    for value in values {
        let (key, changes) = match value {
            Value::State(changes) => (None, changes),
            Value::Part(key, changes) => (Some(*key), changes),
            Value::Tuple(elements) => {
                elements.iter().for_each(|it| collect_changes(it, given));
                continue;
            }
            _ => continue,
        };
        let all = given.entry(key).or_default();
        for change in changes {
            if !all.iter().any(|it| it.same(change)) {
                all.push(*change);
            }
        }
    }
}

pub(super) fn distinct<'t>(values: Values<'t>) -> Values<'t> {
    let mut distinct: Values<'t> = Vec::with_capacity(values.len().min(MAX_WAYS));
    for value in values {
        let value = value.bounded();
        if distinct.iter().any(|it| it.same(&value)) {
            continue;
        }
        if distinct.len() == MAX_WAYS {
            distinct.pop();
            distinct.push(Value::Other);
            break;
        }
        distinct.push(value);
    }
    distinct
}
