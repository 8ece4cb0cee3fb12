//! What a process comes to run once it runs a clause.
use std::collections::hash_map::Entry;

use exlint_facts::{CallFacts, Scope, Shape};
use rustc_hash::FxHashMap;

use crate::{Body, CallId, ClauseId, Message, Placement, Project, Step, Target, Witnesses};

/// Longer ways than this are not followed.
const MAX_DEPTH: u32 = 8;

/// The clauses that the process running `root` may come to run, nearest first, without what it leaves to other
/// processes, or keeps for later, or calls only as far as somebody assumes.
pub struct Runs {
    pub root: ClauseId,
    /// The closure of the root that is run, instead of the clause.
    closure: Option<u32>,
    pub clauses: Vec<ClauseId>,
    /// The call that leads to each clause, and how far that is.
    came_by: FxHashMap<ClauseId, (CallId, u32)>,
}

impl Project {
    /// What the process that runs `root` runs.
    pub fn runs(&self, root: ClauseId) -> Runs {
        self.follow(root, None, false, &|_| true)
    }

    /// What the process that runs `root` runs on its ways to wanted calls.
    pub fn runs_toward(&self, root: ClauseId, wanted: &Witnesses) -> Runs {
        self.follow(root, None, false, &|it| wanted.reaches(it))
    }

    /// What the process that runs a closure of `clause` runs.
    pub fn runs_of_closure(&self, clause: ClauseId, closure: u32) -> Runs {
        self.follow(clause, Some(closure), false, &|_| true)
    }

    /// What the process runs, without functions that `leads` finds to lead nowhere; with those of modules that the
    /// configuration names, if it `assumes` that these are called.
    pub(crate) fn follow(
        &self,
        root: ClauseId,
        closure: Option<u32>,
        assumes: bool,
        leads: &dyn Fn(ClauseId) -> bool,
    ) -> Runs {
        let mut runs = Runs {
            root,
            closure,
            clauses: vec![root],
            came_by: FxHashMap::default(),
        };
        let mut next = 0;
        while let Some(&clause) = runs.clauses.get(next) {
            next += 1;
            let depth = runs.came_by.get(&clause).map_or(0, |(_, depth)| *depth);
            if depth == MAX_DEPTH {
                continue;
            }
            if closure.is_some() && clause == root {
                for (call, to) in runs.certain_leads(self) {
                    if leads(to) {
                        runs.add(call, to, depth + 1);
                    }
                }
            } else {
                let followed = self.leads.from(clause).iter();
                let followed = followed.filter(|it| assumes || it.certain);
                for lead in followed.filter(|it| leads(it.to)) {
                    let index = lead.call;
                    runs.add(CallId { clause, index }, lead.to, depth + 1);
                }
            }
        }
        runs
    }

    /// The calls of a clause that the process running it makes itself.
    pub fn inline_calls(&self, clause: ClauseId) -> impl Iterator<Item = (CallId, &CallFacts)> {
        self.calls_of(clause)
            .filter(move |(_, call)| self.placement(clause, call.scope) == Placement::Inline)
    }
}

impl Runs {
    fn add(&mut self, call: CallId, to: ClauseId, depth: u32) {
        if to != self.root
            && let Entry::Vacant(first) = self.came_by.entry(to)
        {
            first.insert((call, depth));
            self.clauses.push(to);
        }
    }

    /// What the closure of the root leads to.
    fn certain_leads(&self, project: &Project) -> Vec<(CallId, ClauseId)> {
        let mut leads = Vec::new();
        for (id, _) in self.calls_of(project, self.root) {
            if let Target::Function {
                clauses,
                certain: true,
                ..
            } = project.target(id)
            {
                leads.extend(clauses.iter().map(|it| (id, *it)));
            }
        }
        leads
    }

    /// The calls that are made, nearest first.
    pub fn calls(&self, project: &Project) -> Vec<CallId> {
        let clauses = self.clauses.iter();
        let calls = clauses.flat_map(|it| self.calls_of(project, *it));
        calls.map(|(id, _)| id).collect()
    }

    /// The calls of a clause that the process itself makes.
    fn calls_of<'p>(
        &self,
        project: &'p Project,
        clause: ClauseId,
    ) -> impl Iterator<Item = (CallId, &'p CallFacts)> + use<'p> {
        let closure = self.closure.filter(|_| clause == self.root);
        let scope = closure.map_or(Scope::CLAUSE, Scope::of_closure);
        project.calls_in(Body { clause, scope })
    }

    /// The messages that are sent, nearest first.
    pub fn messages<'p>(&'p self, project: &'p Project) -> impl Iterator<Item = &'p Message> {
        let clauses = self.clauses.iter();
        let sent = clauses.flat_map(|it| project.messages_of(*it));
        sent.filter(|it| self.makes(project, it.call))
    }

    /// Whether a call of one of the clauses is made by the process itself.
    fn makes(&self, project: &Project, id: CallId) -> bool {
        let scope = project.call(id).scope;
        match self.closure {
            Some(closure) if id.clause == self.root => {
                project.runs_within(id.clause, scope, closure)
            }
            _ => project.placement(id.clause, scope) == Placement::Inline,
        }
    }

    /// The calls from the root to `call`, which stands in one of the clauses; `call` is the last.
    pub fn path_to(&self, call: CallId) -> Vec<Step> {
        let mut steps = vec![Step { call }];
        let mut clause = call.clause;
        while let Some((call, _)) = self.came_by.get(&clause) {
            steps.push(Step { call: *call });
            clause = call.clause;
        }
        steps.reverse();
        steps
    }

    /// What a value of one of the clauses is where it comes from: a parameter is what the way there passes for it.
    /// Gives the clause in whose terms the shape is.
    pub fn origin<'p>(
        &self,
        project: &'p Project,
        clause: ClauseId,
        shape: &'p Shape,
    ) -> (ClauseId, &'p Shape) {
        let (mut clause, mut shape) = (clause, project.value(clause, shape));
        while let Shape::Parameter(nth) = shape {
            let Some((call, _)) = self.came_by.get(&clause) else {
                break;
            };
            let Some(given) = project.argument_for(*call, clause, *nth) else {
                break;
            };
            clause = call.clause;
            shape = project.value(clause, given);
        }
        (clause, shape)
    }
}
