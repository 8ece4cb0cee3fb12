//! What a process comes to run once it runs a clause.
use exlint_facts::{CallFacts, Shape};
use rustc_hash::FxHashMap;

use crate::{CallId, ClauseId, Placement, Project, Step, Target, Witnesses};

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
        self.follow(root, None, &|_| true)
    }

    /// What the process that runs `root` runs on its ways to wanted calls.
    pub fn runs_toward(&self, root: ClauseId, wanted: &Witnesses) -> Runs {
        self.follow(root, None, &|it| wanted.reaches(it))
    }

    /// What the process that runs a closure of `clause` runs.
    pub fn runs_of_closure(&self, clause: ClauseId, closure: u32) -> Runs {
        self.follow(clause, Some(closure), &|_| true)
    }

    /// What the process runs, without functions that `leads` finds to lead nowhere.
    pub(crate) fn follow(
        &self,
        root: ClauseId,
        closure: Option<u32>,
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
            for id in runs.calls_of(self, clause) {
                let Target::Function {
                    clauses, certain, ..
                } = self.target(id)
                else {
                    continue;
                };
                for called in clauses.iter().filter(|_| *certain) {
                    if *called != root && !runs.came_by.contains_key(called) && leads(*called) {
                        runs.came_by.insert(*called, (id, depth + 1));
                        runs.clauses.push(*called);
                    }
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
    /// The calls that are made, nearest first.
    pub fn calls(&self, project: &Project) -> Vec<CallId> {
        let clauses = self.clauses.iter();
        clauses.flat_map(|it| self.calls_of(project, *it)).collect()
    }

    fn calls_of(&self, project: &Project, clause: ClauseId) -> Vec<CallId> {
        let calls = project.calls_of(clause);
        let is_run = |(id, call): &(CallId, &CallFacts)| match self.closure {
            Some(closure) if clause == self.root => {
                project.runs_within(id.clause, call.scope, closure)
            }
            _ => project.placement(clause, call.scope) == Placement::Inline,
        };
        calls.filter(is_run).map(|(id, _)| id).collect()
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
            let Some(given) = project.call(*call).arguments.get(*nth as usize) else {
                break;
            };
            clause = call.clause;
            shape = project.value(clause, given);
        }
        (clause, shape)
    }
}
