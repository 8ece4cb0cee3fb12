//! What `growing-state` finds in functions of other files that take the state and give it back: `State.add(state, x)`.
//!
//! Facts show the values that a function returns. A key counts as growing where it is set to itself and one element more,
//! and as kept small as soon as anything in the project sets it to something else, takes something out of such a key,
//! or looks at its size.
use exlint_facts::{CallFacts, FileRole, Name, Shape};
use exlint_project::{Behaviour, CallId, ClauseId, NameSet, Server};
use rustc_hash::FxHashSet;

use crate::prelude::*;

/// Through how many functions the state is followed.
const MAX_DEPTH: usize = 4;

/// How many values are looked at on the way to one: what is made of another value twice doubles them.
const MAX_VALUES: usize = 500;

/// Functions that put one element more into a collection: which argument is the collection, and which the key.
const PUTS: &[(&str, usize, usize)] = &[
    ("Map.put", 0, 1),
    ("Map.put_new", 0, 1),
    ("Map.update", 0, 1),
    ("MapSet.put", 0, 1),
    (":queue.in", 1, 0),
];

/// Functions that leave something out of a collection, set a key anew, or say how large it is.
const BOUNDS: &[&str] = &[
    "count",
    "delete",
    "delete_at",
    "difference",
    "drop",
    "drop_while",
    "drop_r",
    "empty",
    "filter",
    "get_and_update",
    "length",
    "len",
    "map_size",
    "new",
    "out",
    "out_r",
    "pop",
    "pop!",
    "pop_at",
    "pop_in",
    "put_in",
    "reject",
    "replace",
    "replace!",
    "reset",
    "size",
    "slice",
    "split",
    "split_with",
    "take",
    "take_while",
    "tl",
    "update!",
    "update_in",
];

const CALLBACKS: &[(&str, u8)] = &[
    ("handle_call", 3),
    ("handle_cast", 2),
    ("handle_info", 2),
    ("handle_continue", 2),
];

/// One element more under a key of the state.
struct Growth {
    key: Name,
    /// The calls from the callback to the function that adds it.
    way: Vec<CallId>,
    /// The function that does.
    clause: ClauseId,
}

pub(super) fn check(project: &Project, cx: &mut ProjectCx) {
    let mut bounded: Option<NameSet> = None;
    for server in project.servers() {
        let is_server = matches!(server.behaviour, Behaviour::GenServer | Behaviour::GenStage);
        if !is_server || project.role_of_module(server.module) != FileRole::Production {
            continue;
        }
        let growths = growths(project, server);
        if growths.is_empty() || ends_itself(project, server) {
            continue;
        }
        let bounded = bounded.get_or_insert_with(|| bounded_keys(project));
        let mut told = FxHashSet::default();
        for growth in growths {
            if !bounded.contains(growth.key) && told.insert(growth.key) {
                report(project, server, &growth, cx);
            }
        }
    }
}

/// What the callbacks add to the state through functions of other files.
fn growths(project: &Project, server: &Server) -> Vec<Growth> {
    let mut found = Vec::new();
    for (name, arity) in CALLBACKS {
        for clause in server.clauses(project, name, *arity) {
            for tail in &project.code(clause).tails {
                if let Shape::Tuple(parts) = project.value(clause, &tail.shape) {
                    for part in parts {
                        let mut search = Search {
                            project,
                            way: Vec::new(),
                            found: Vec::new(),
                            left: MAX_VALUES,
                        };
                        search.follow(clause, part, arity - 1);
                        found.extend(search.found);
                    }
                }
            }
        }
    }
    let file = project.file_of_module(server.module);
    found.retain(|it| project.file_of(it.clause) != file);
    found
}

/// A search for what is done to a state on the way to one value.
struct Search<'p> {
    project: &'p Project,
    way: Vec<CallId>,
    found: Vec<Growth>,
    /// How many more values are looked at.
    left: usize,
}

impl Search<'_> {
    /// Adds what is done to `state`, a parameter of the clause, on the way to `value`.
    fn follow(&mut self, clause: ClauseId, value: &Shape, state: u8) {
        let Some(left) = self.left.checked_sub(1) else {
            return;
        };
        self.left = left;
        match self.project.value(clause, value) {
            Shape::Map(pairs, true) => {
                let parameter = Shape::Parameter(state);
                let grown = pairs
                    .iter()
                    .filter(|(key, value)| grows(self.project, clause, value, *key, &parameter));
                self.found.extend(grown.map(|(key, _)| Growth {
                    key: *key,
                    way: self.way.clone(),
                    clause,
                }));
            }
            Shape::Choice(shapes) => {
                for shape in shapes {
                    self.follow(clause, shape, state);
                }
            }
            Shape::Call(index) if self.way.len() < MAX_DEPTH => {
                let index = *index;
                self.follow_call(CallId { clause, index }, state);
            }
            _ => {}
        }
    }

    /// The same for a call that is given the state, or what another such call gives.
    fn follow_call(&mut self, call: CallId, state: u8) {
        let (project, clause) = (self.project, call.clause);
        if let Some(key) = grown_by(project, call, state) {
            self.found.push(Growth {
                key,
                way: self.way.clone(),
                clause,
            });
        }
        let arguments = &project.call(call).arguments;
        for (argument, nth) in arguments.iter().zip(0..=u8::MAX) {
            let value = project.value(clause, argument);
            if matches!(value, Shape::Call(index) if *index != call.index) {
                self.follow(clause, value, state);
            }
            let (clauses, is_certain) = project.target(call).clauses();
            if *value != Shape::Parameter(state) || !is_certain {
                continue;
            }
            for to in clauses {
                let is_whole = project.clause(*to).parameters.len() == arguments.len();
                if is_whole && !self.way.iter().any(|it| it.clause == *to) && *to != clause {
                    self.way.push(call);
                    for tail in &project.code(*to).tails {
                        self.follow(*to, &tail.shape, nth);
                    }
                    self.way.pop();
                }
            }
        }
    }
}

/// The key of the state that gains an element by a call of `put_in` or `Map.put`: `put_in(state.seen[id], true)`,
/// `put_in(state, [:seen, id], true)`, `Map.put(state, :seen, [id | state.seen])`.
fn grown_by(project: &Project, call: CallId, state: u8) -> Option<Name> {
    let clause = call.clause;
    let arguments = &project.call(call).arguments;
    let value = |nth: usize| arguments.get(nth).map(|it| project.value(clause, it));
    let is_state = |it: &Shape| is_state(project, clause, it, state, MAX_DEPTH);
    match (project.external_name(call)?.as_str(), arguments.len()) {
        ("Kernel.put_in", 2) => match value(0)? {
            Shape::Within(entries) => match project.value(clause, entries) {
                Shape::Field(base, key) if is_state(base) => Some(*key),
                _ => None,
            },
            _ => None,
        },
        ("Kernel.put_in", 3) => {
            let [key, id] = path(value(1)?)? else {
                return None;
            };
            let is_open =
                is_open_key(project, clause, id) && accessed(project, clause, id).is_none();
            (is_open && is_state(&arguments[0])).then(|| accessed(project, clause, key))?
        }
        ("Map.put" | "Map.replace!", 3) => {
            let key = value(1)?.atom()?;
            let grows = grows(project, clause, value(2)?, key, &Shape::Parameter(state));
            (grows && is_state(&arguments[0])).then_some(key)
        }
        _ => None,
    }
}

/// Whether a value is the state, perhaps with something put into it before.
fn is_state(project: &Project, clause: ClauseId, value: &Shape, state: u8, depth: usize) -> bool {
    match project.value(clause, value) {
        Shape::Parameter(nth) => *nth == state,
        Shape::Call(index) if depth > 0 => {
            let call = CallId {
                clause,
                index: *index,
            };
            let first = project.call(call).arguments.first();
            first.is_some_and(|it| is_state(project, clause, it, state, depth - 1))
        }
        _ => false,
    }
}

/// The keys of `[:seen, id]`.
fn path(keys: &Shape) -> Option<&[Shape]> {
    match keys {
        Shape::List(keys) => Some(keys),
        _ => None,
    }
}

/// The name in `:seen` and `Access.key(:seen)`.
fn accessed(project: &Project, clause: ClauseId, key: &Shape) -> Option<Name> {
    match project.value(clause, key) {
        Shape::Atom(key) => Some(*key),
        Shape::Call(index) => {
            let call = CallId {
                clause,
                index: *index,
            };
            let is_access = project.external_module(call) == Some("Access");
            let first = project.call(call).arguments.first();
            first.filter(|_| is_access)?.atom()
        }
        _ => None,
    }
}

/// Whether a key is not one that the source names.
fn is_open_key(project: &Project, clause: ClauseId, key: &Shape) -> bool {
    let key = project.value(clause, key);
    !key.is_literal() && !matches!(key, Shape::Prefix(_))
}

/// Whether a value is what the state holds under the key, and one element more that the source does not name.
fn grows(project: &Project, clause: ClauseId, value: &Shape, key: Name, state: &Shape) -> bool {
    let is_old = |shape: &Shape| match project.value(clause, shape) {
        Shape::Field(base, of) => *of == key && project.value(clause, base) == state,
        _ => false,
    };
    match project.value(clause, value) {
        Shape::Concat(left, right) => is_old(left) || is_old(right),
        Shape::Call(index) => {
            let call = CallId {
                clause,
                index: *index,
            };
            let arguments = &project.call(call).arguments;
            let name = project.external_name(call);
            let has_put = PUTS.iter().any(|(put, collection, key)| {
                name.as_deref() == Some(put)
                    && arguments.get(*collection).is_some_and(is_old)
                    && arguments
                        .get(*key)
                        .is_some_and(|it| is_open_key(project, clause, it))
            });
            // `Map.merge(state.seen, %{id => true})`; what else is merged may have the same keys each time.
            let has_merged = name.as_deref() == Some("Map.merge")
                && arguments.first().is_some_and(is_old)
                && arguments
                    .get(1)
                    .is_some_and(|it| is_open_map(project, clause, it));
            has_put || has_merged
        }
        _ => false,
    }
}

/// A map whose keys are data: `%{id => true}`, `Map.new(users, ...)`.
fn is_open_map(project: &Project, clause: ClauseId, map: &Shape) -> bool {
    match project.value(clause, map) {
        Shape::Map(pairs, is_open) => pairs.is_empty() && *is_open,
        Shape::Call(index) => {
            let call = CallId {
                clause,
                index: *index,
            };
            let name = project.external_name(call);
            matches!(
                name.as_deref(),
                Some("Map.new" | "Enum.into" | "Enum.group_by" | "Enum.frequencies")
            )
        }
        _ => false,
    }
}

/// Whether the server stops by itself when its work is done.
fn ends_itself(project: &Project, server: &Server) -> bool {
    server.callbacks.iter().any(|(_, _, clause)| {
        project.code(*clause).tails.iter().any(|tail| {
            let tag = project.value(*clause, &tail.shape).tag();
            tag.is_some_and(|(tag, _)| project.is(tag, "stop"))
        })
    })
}

/// The keys that something keeps small, as far as their names tell.
fn bounded_keys(project: &Project) -> NameSet {
    let mut bounded = NameSet::default();
    for clause in project.clauses() {
        let name = project.text(project.function_of_clause(clause).name);
        let makes = ["new", "init", "build", "start", "default"];
        let is_maker = makes.iter().any(|it| name.starts_with(it));
        for value in project.code(clause).values() {
            value.walk(&mut |shape| {
                let pairs = match shape {
                    Shape::Map(pairs, true) => pairs.as_slice(),
                    Shape::Struct(_, pairs) if !is_maker => pairs,
                    _ => &[],
                };
                let set = pairs
                    .iter()
                    .filter(|(_, value)| !is_growth(project, clause, value));
                bounded.extend(set.map(|(key, _)| *key));
                true
            });
        }
    }
    for (id, call) in project.calls_named(&["put", "update"]) {
        let value = call.arguments.get(2);
        if !value.is_some_and(|it| is_growth(project, id.clause, it)) {
            bounded.extend(bounded_by(project, id, call));
        }
    }
    for (id, call) in project.calls_named(BOUNDS) {
        bounded.extend(bounded_by(project, id, call));
    }
    bounded
}

/// The keys of the state that a call sets anew or makes smaller.
fn bounded_by<'p>(
    project: &'p Project,
    id: CallId,
    call: &'p CallFacts,
) -> impl Iterator<Item = Name> + use<'p> {
    let name = project.text(call.name);
    let bounds = BOUNDS.contains(&name);
    let puts_inside = matches!(name, "put_in" | "update_in");
    let value = move |it| project.value(id.clause, it);
    let arguments = call.arguments.iter();
    arguments.filter_map(move |it| match value(it) {
        Shape::Atom(key) => Some(*key),
        Shape::Field(_, key) if bounds => Some(*key),
        // `pop_in(state.seen[id])`
        Shape::Within(entries) if bounds && !puts_inside => match value(entries) {
            Shape::Field(_, key) => Some(*key),
            _ => None,
        },
        // `pop_in(state, [:seen, id])`, `put_in(state, [:seen], %{})`
        Shape::List(keys) if bounds && (!puts_inside || keys.len() == 1) => {
            accessed(project, id.clause, keys.first()?)
        }
        _ => None,
    })
}

/// Whether a value is a collection with something added.
fn is_growth(project: &Project, clause: ClauseId, value: &Shape) -> bool {
    matches!(project.value(clause, value), Shape::Concat(..)) || puts(project, clause, value)
}

fn puts(project: &Project, clause: ClauseId, value: &Shape) -> bool {
    let Shape::Call(index) = project.value(clause, value) else {
        return false;
    };
    let call = CallId {
        clause,
        index: *index,
    };
    let name = project.external_name(call);
    let merged = || project.call(call).arguments.get(1);
    let merges = name.as_deref() == Some("Map.merge")
        && merged().is_some_and(|it| is_open_map(project, clause, it));
    merges || PUTS.iter().any(|(put, ..)| name.as_deref() == Some(put))
}

fn report(project: &Project, server: &Server, growth: &Growth, cx: &mut ProjectCx) {
    let (key, module) = (project.text(growth.key), project.module_name(server.module));
    let at = project.at_clause(growth.clause);
    let message =
        format!("`{key}` of the state of `{module}` only grows: nothing takes anything out of it");
    let finding = cx.report(at.file, at.span, message);
    let callback = growth.way.first().map(|it| project.at_clause(it.clause));
    if let Some(at) = callback {
        finding.label_in(at.file, at.span, "each of these messages adds to it");
    }
    for call in &growth.way {
        let at = project.at(*call);
        let text = format!("through `{}`", project.callee_text(*call));
        finding.label_in(at.file, at.span, text);
    }
    finding.help("remove entries when what they stand for is gone, bound their number, or keep them in an ETS table with a sweeper");
}
