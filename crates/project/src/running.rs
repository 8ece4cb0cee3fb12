//! What becomes of the value of a call, and what runs where a function is handed over.
//!
//! The value of `Enum.each(list, fn x -> f(x) end)`'s `f(x)` is thrown away, although it is the last of its closure.
//! What `Task.start(fn -> ... end)` runs is a [`Body`]: one closure of a clause, or, for `spawn(Mod, :fun, args)`, a
//! clause of a function.
use exlint_facts::{CallFacts, FileRole, Flow, FunctionFacts, Scope, Shape};
use rustc_hash::FxHashSet;

use crate::{CallId, ClauseId, Placement, Project, Reach, Target, effects::keep};

/// How far callers are followed.
const MAX_DEPTH: usize = 8;

/// How many functions, and how many calls, are looked at below a body.
const MAX_BODIES: usize = 200;
const MAX_CALLS: usize = 5_000;

/// What becomes of the value of a call, seen through the closures around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing of it is used.
    Dropped,
    /// It is the value of the clause.
    Returned,
    /// Something is done with it, or it is not known what.
    Used,
}

/// Code that a function value runs: a closure of a clause, or a whole clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Body {
    pub clause: ClauseId,
    pub scope: Scope,
}

/// Functions that call a function for each element and throw away, or hand on, what it gives.
const DROPS: &[&str] = &["Enum.each", "Kernel.tap", "Map.each"];
const HANDS_ON: &[&str] = &[
    "Enum.map",
    "Enum.flat_map",
    "Enum.with_index",
    "Enum.into",
    "Map.new",
    "Kernel.then",
];

impl Project {
    /// What becomes of the value of a call.
    pub fn fate(&self, id: CallId) -> Fate {
        let code = self.code(id.clause);
        let mut call = self.call(id);
        loop {
            match call.flow {
                Flow::Discarded | Flow::Ignored => return Fate::Dropped,
                Flow::Used => return Fate::Used,
                Flow::Returned => {}
            }
            let Some(closure) = call.scope.closure() else {
                return Fate::Returned;
            };
            let given = code.closures.get(closure).and_then(|it| it.given_to);
            let Some((index, _)) = given else {
                return Fate::Used;
            };
            let taker = CallId { index, ..id };
            let name = self.external_name(taker);
            let (Some(next), Some(name)) = (code.calls.get(index as usize), name) else {
                return Fate::Used;
            };
            match name.as_str() {
                name if DROPS.contains(&name) => return Fate::Dropped,
                name if HANDS_ON.contains(&name) => call = next,
                name if starts_alone(name) => return Fate::Dropped,
                _ => return Fate::Used,
            }
        }
    }

    /// Where the value of a call is thrown away on every way that it takes: the call itself, or the calls of the
    /// functions that return it. `None` where some use of it is seen, or where it is not known who gets it.
    pub fn dropped(&self, id: CallId) -> Option<Vec<CallId>> {
        let mut places = Vec::new();
        self.drop_places(id, 0, &mut places).then_some(places)
    }

    fn drop_places(&self, id: CallId, depth: usize, places: &mut Vec<CallId>) -> bool {
        match self.fate(id) {
            Fate::Used => false,
            Fate::Dropped => {
                places.push(id);
                true
            }
            Fate::Returned => {
                let mut callers = self.production_callers(id.clause).peekable();
                depth < MAX_DEPTH
                    && !self.clause(id.clause).is_impl
                    && callers.peek().is_some()
                    && callers.all(|it| self.drop_places(it, depth + 1, places))
            }
        }
    }

    /// Whether the value of a call is the value of its clause, or an element of a tuple that is.
    pub fn is_given_back(&self, id: CallId) -> bool {
        let is_it = |it: &Shape| *it == Shape::Call(id.index);
        let in_tuple = |shape: &Shape| match shape {
            Shape::Tuple(parts) => parts.iter().any(is_it),
            _ => false,
        };
        self.fate(id) == Fate::Returned
            || self.call(id).scope == Scope::CLAUSE
                && self
                    .code(id.clause)
                    .tails
                    .iter()
                    .any(|it| in_tuple(&it.shape))
    }

    /// The calls of a clause outside tests.
    pub fn production_callers(&self, id: ClauseId) -> impl Iterator<Item = CallId> + '_ {
        let callers = self.callers(id).iter().copied();
        callers.filter(|it| self.role_of(it.clause) != FileRole::Test)
    }

    /// The clauses that come to run a clause in their own process, itself first, then its callers outside tests, the
    /// nearest first.
    pub fn inline_callers(&self, id: ClauseId) -> Vec<ClauseId> {
        let mut found = vec![id];
        let mut seen = FxHashSet::from_iter([id]);
        let mut first = 0;
        for _ in 0..MAX_DEPTH {
            let last = found.len();
            for at in first..last {
                for call in self.production_callers(found[at]) {
                    let scope = self.call(call).scope;
                    if self.placement(call.clause, scope) == Placement::Inline
                        && seen.insert(call.clause)
                    {
                        found.push(call.clause);
                    }
                }
            }
            first = last;
        }
        found
    }

    /// `Module.name` of a call to a function that the project does not define.
    pub fn external_name(&self, id: CallId) -> Option<String> {
        let module = self.external_module(id)?;
        Some(format!("{module}.{}", self.text(self.call(id).name)))
    }

    /// The function that a clause belongs to.
    pub fn function_of_clause(&self, id: ClauseId) -> &FunctionFacts {
        self.function(self.function_of(id))
    }

    /// The closures among the arguments of a call, by their numbers in its clause.
    pub fn closures_in(&self, id: CallId) -> impl Iterator<Item = u32> {
        let arguments = self.call(id).arguments.iter();
        arguments.filter_map(move |it| match self.value(id.clause, it) {
            Shape::Closure(index) => Some(*index),
            _ => None,
        })
    }

    /// The code of the functions that a call is given: closures, captures, and `Mod, :fun, args`.
    pub fn bodies(&self, id: CallId) -> Vec<Body> {
        let clause = id.clause;
        let body = |index| Body {
            clause,
            scope: Scope::of_closure(index),
        };
        let bodies: Vec<Body> = self.closures_in(id).map(body).collect();
        match bodies.is_empty() {
            true => self.named_bodies(id, &self.call(id).arguments),
            false => bodies,
        }
    }

    /// `..., Mod, :fun, [a, b]` and what may follow it.
    fn named_bodies(&self, id: CallId, arguments: &[Shape]) -> Vec<Body> {
        let file = self.file_of(id.clause);
        let find = |parts: &[Shape]| {
            let [module, name, arguments] = parts else {
                return None;
            };
            let module = self.find_module(self.module_value(id.clause, module)?, file)?;
            let name = self.value(id.clause, name).atom()?;
            let Shape::List(arguments) = self.value(id.clause, arguments) else {
                return None;
            };
            self.find_function(module, name, u8::try_from(arguments.len()).ok()?)
        };
        let function = arguments.windows(3).find_map(find);
        let clauses = function.into_iter().flat_map(|it| self.clauses_of(it));
        let body = |clause| Body {
            clause,
            scope: Scope::CLAUSE,
        };
        clauses.map(body).collect()
    }

    /// The calls that a body makes in its own process.
    pub fn calls_in(&self, body: Body) -> impl Iterator<Item = (CallId, &CallFacts)> {
        let code = self.code(body.clause);
        let closure = body.scope.closure().and_then(|it| code.closures.get(it));
        let calls = closure.map_or(0..code.calls.len() as u32, |it| it.calls.clone());
        let calls = calls.map(move |index| {
            let clause = body.clause;
            (CallId { clause, index }, &code.calls[index as usize])
        });
        calls.filter(move |(_, call)| {
            self.placements
                .is_within(code, body.clause, call.scope, body.scope)
        })
    }

    /// What running a body may come to wait for: the worst of each kind. [`Project::path`] leads there from its clause.
    pub fn reaches_in(&self, body: Body) -> Vec<Reach> {
        let mut reaches = Vec::new();
        for (id, _) in self.calls_in(body) {
            if let Some(reach) = self.effects.of_call(id) {
                keep(&mut reaches, *reach);
            }
            let (clauses, certain) = self.target(id).clauses();
            for clause in clauses {
                for reach in self.reaches(*clause) {
                    let reach = reach.behind(id.index, *clause, certain);
                    keep(&mut reaches, reach);
                }
            }
        }
        reaches
    }

    /// A body and those of the functions of the project it calls, `depth` calls away at most; of very many, the first.
    pub fn bodies_below(&self, body: Body, depth: usize) -> Vec<Body> {
        let mut found = vec![body];
        let mut seen = FxHashSet::from_iter([body]);
        let mut first = 0;
        let mut calls = 0;
        for _ in 0..depth {
            let last = found.len();
            for at in first..last {
                for (id, _) in self.calls_in(found[at]) {
                    calls += 1;
                    if calls > MAX_CALLS || found.len() > MAX_BODIES {
                        return found;
                    }
                    let Target::Function { clauses, .. } = self.target(id) else {
                        continue;
                    };
                    let next = clauses.iter().map(|clause| Body {
                        clause: *clause,
                        scope: Scope::CLAUSE,
                    });
                    found.extend(next.filter(|it| seen.insert(*it)));
                }
            }
            first = last;
        }
        found
    }
}

/// Functions that run a function in another process whose value nobody receives.
fn starts_alone(name: &str) -> bool {
    matches!(
        name,
        "Task.start"
            | "Task.start_link"
            | "Task.Supervisor.start_child"
            | "Kernel.spawn"
            | "Kernel.spawn_link"
            | "Kernel.spawn_monitor"
    )
}
