//! Which clauses come to make a call of some kind, each with one shortest way there.
//!
//! [`Project::reaches`] answers this for what keeps a process waiting; here a rule says itself which calls it means.
use std::collections::VecDeque;

use exlint_facts::CallFacts;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{CallId, ClauseId, Placement, Project, Severity, SinkKind, Target};

/// The ways to the calls that a rule asked for.
pub struct Witnesses {
    wanted: FxHashSet<CallId>,
    ways: FxHashMap<ClauseId, Way>,
}

/// The first call on the way.
#[derive(Clone, Copy)]
struct Way {
    call: CallId,
    /// How many calls away: 0 where the clause itself makes the wanted call.
    depth: u32,
    next: Option<ClauseId>,
}

impl Witnesses {
    /// Ways to the calls that `wanted` picks of those to functions of these names. Each step is certain, and runs in
    /// the process of the one before.
    pub fn of(
        project: &Project,
        names: &[&str],
        wanted: impl Fn(CallId, &CallFacts) -> bool,
    ) -> Self {
        let calls = project.calls_named(names);
        let calls = calls.filter(|(id, call)| wanted(*id, call));
        Self::to(project, calls.map(|(id, _)| id))
    }

    /// Ways to the calls that wait for something that `wanted` picks.
    pub fn to_sinks(
        project: &Project,
        wanted: impl Fn(CallId, SinkKind, Severity) -> bool,
    ) -> Self {
        let sinks = project.effects.sinks().iter();
        let wanted = sinks.filter(|(id, (kind, severity))| wanted(**id, *kind, *severity));
        Self::to(project, wanted.map(|(id, _)| *id))
    }

    /// Ways to these calls.
    pub fn to(project: &Project, wanted: impl Iterator<Item = CallId>) -> Self {
        let wanted: FxHashSet<CallId> = wanted.collect();
        let mut direct: Vec<_> = wanted
            .iter()
            .copied()
            .filter(|it| project.is_inline(*it))
            .collect();
        direct.sort();
        let mut ways = FxHashMap::default();
        let mut queue = VecDeque::new();
        for call in direct {
            ways.entry(call.clause).or_insert_with(|| {
                queue.push_back(call.clause);
                Way {
                    call,
                    depth: 0,
                    next: None,
                }
            });
        }
        while let Some(clause) = queue.pop_front() {
            let depth = ways.get(&clause).map_or(0, |it| it.depth + 1);
            for &call in project.callers(clause) {
                if ways.contains_key(&call.clause) || !project.is_certain(call) {
                    continue;
                }
                ways.insert(
                    call.clause,
                    Way {
                        call,
                        depth,
                        next: Some(clause),
                    },
                );
                queue.push_back(call.clause);
            }
        }
        Self { wanted, ways }
    }

    /// The calls from `call` to the wanted one, both included; `None` where it does not lead to any.
    pub fn path(&self, project: &Project, call: CallId) -> Option<Vec<CallId>> {
        if self.wanted.contains(&call) {
            return Some(vec![call]);
        }
        let Target::Function {
            clauses,
            certain: true,
            ..
        } = project.target(call)
        else {
            return None;
        };
        let nearest = clauses.iter().filter_map(|it| self.ways.get(it));
        let mut way = *nearest.min_by_key(|it| it.depth)?;
        let mut path = vec![call, way.call];
        // Each step is nearer than the one before, so this ends.
        while let Some(next) = way.next.and_then(|it| self.ways.get(&it)) {
            path.push(next.call);
            way = *next;
        }
        Some(path)
    }

    /// Whether a clause comes to make a wanted call.
    pub fn reaches(&self, clause: ClauseId) -> bool {
        self.ways.contains_key(&clause)
    }

    /// The calls from a clause to the wanted one.
    pub fn path_from(&self, clause: ClauseId) -> Option<Vec<CallId>> {
        let mut way = *self.ways.get(&clause)?;
        let mut path = vec![way.call];
        while let Some(next) = way.next.and_then(|it| self.ways.get(&it)) {
            path.push(next.call);
            way = *next;
        }
        Some(path)
    }

    /// The wanted calls.
    pub fn wanted(&self) -> impl Iterator<Item = CallId> {
        self.wanted.iter().copied()
    }
}

/// A closure around a call.
#[derive(Clone, Copy, Debug)]
pub struct Around {
    /// What it is an argument of.
    pub given_to: Option<CallId>,
    /// Where it runs, seen from the code around it.
    pub placement: Placement,
}

impl Project {
    /// Whether a call is made by the process that runs its clause.
    pub fn is_inline(&self, id: CallId) -> bool {
        self.placement(id.clause, self.call(id).scope) == Placement::Inline
    }

    /// Whether a call is made by the process that runs its clause, and nothing was assumed about what it calls.
    fn is_certain(&self, id: CallId) -> bool {
        let certain = matches!(self.target(id), Target::Function { certain: true, .. });
        certain && self.is_inline(id)
    }

    /// The closures around a call, innermost first.
    pub fn closures_around(&self, id: CallId) -> Vec<Around> {
        let code = self.code(id.clause);
        let mut around = Vec::new();
        let mut scope = self.call(id).scope;
        while let Some(index) = scope.closure()
            && let Some(closure) = code.closures.get(index)
        {
            let given_to = closure.given_to.map(|(index, _)| CallId {
                clause: id.clause,
                index,
            });
            around.push(Around {
                given_to,
                placement: self.placements.of_closure(id.clause, index),
            });
            scope = closure.outer;
        }
        around
    }

    /// What a call itself keeps its caller waiting for, by the `[[sink]]` rows: wherever the call stands.
    pub fn sink(&self, id: CallId) -> Option<(SinkKind, Severity)> {
        self.effects.sinks().get(&id).copied()
    }
}
