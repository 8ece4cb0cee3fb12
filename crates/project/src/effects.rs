//! What running a clause may come to wait for.
//!
//! Computed bottom-up over the strongly connected components of the clause graph, with one shortest witness for each
//! kind of waiting: so whole-program rules are linear in the size of the program.
use exlint_facts::{CallFacts, Name, Shape};
use petgraph::{algo::tarjan_scc, graph::DiGraph};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    CallId, ClauseId, Severity, SinkKind, Tables,
    index::Index,
    placement::{Placement, Placements},
    resolve::{Target, Targets, value},
    traits::Traits,
};

/// Sleeps shorter than this, in milliseconds, are no waiting worth a word.
const SHORT_SLEEP: i64 = 50;

/// One kind of waiting that a clause may come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    pub kind: SinkKind,
    pub severity: Severity,
    /// Whether it waits for ever unless told otherwise.
    pub unbounded: bool,
    /// Whether no step on the way had to be assumed.
    pub certain: bool,
    /// How many calls away: 0 where the clause itself makes the blocking call.
    pub depth: u32,
    /// The call of the clause that leads there.
    pub call: u32,
    /// The clause it leads to, unless the call itself blocks.
    pub next: Option<ClauseId>,
}

/// One call on a path to a blocking call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub call: CallId,
}

impl Reach {
    /// The same, seen from a clause whose call of this number leads to `next`.
    pub(crate) fn behind(self, call: u32, next: ClauseId, certain: bool) -> Reach {
        Reach {
            certain: self.certain && certain,
            depth: self.depth + 1,
            call,
            next: Some(next),
            ..self
        }
    }
}

pub(crate) struct Effects {
    by_clause: Vec<Vec<Reach>>,
    /// The calls that block by themselves, in whatever process.
    by_call: FxHashMap<CallId, Reach>,
}

impl Effects {
    pub fn of(
        index: &Index,
        traits: &[Traits],
        placements: &Placements,
        targets: &Targets,
        tables: &Tables,
    ) -> Self {
        let mut builder = Builder {
            index,
            traits,
            placements,
            targets,
            tables,
            sinks: FxHashMap::default(),
            by_clause: vec![Vec::new(); index.clauses.len()],
            by_call: FxHashMap::default(),
            consumed: Default::default(),
        };
        builder.direct();
        builder.transitive();
        Self {
            by_clause: builder.by_clause,
            by_call: builder.by_call,
        }
    }

    /// What a call waits for by itself.
    pub fn of_call(&self, id: CallId) -> Option<&Reach> {
        self.by_call.get(&id)
    }

    pub fn of_clause(&self, id: ClauseId) -> &[Reach] {
        &self.by_clause[id.0 as usize]
    }

    pub fn path(&self, from: ClauseId, reach: &Reach) -> Vec<Step> {
        let mut steps = vec![Step {
            call: CallId {
                clause: from,
                index: reach.call,
            },
        }];
        let mut seen = FxHashSet::from_iter([from]);
        let mut next = reach.next;
        while let Some(clause) = next.filter(|it| seen.insert(*it)) {
            let Some(reach) = self
                .of_clause(clause)
                .iter()
                .find(|it| it.kind == reach.kind)
            else {
                break;
            };
            steps.push(Step {
                call: CallId {
                    clause,
                    index: reach.call,
                },
            });
            next = reach.next;
        }
        steps
    }
}

/// What a row of `[[sink]]` says.
#[derive(Clone, Copy)]
struct Waiting {
    kind: SinkKind,
    severity: Severity,
    unbounded: bool,
    lazy: bool,
}

struct Builder<'i> {
    index: &'i Index,
    traits: &'i [Traits],
    placements: &'i Placements,
    targets: &'i Targets,
    tables: &'i Tables,
    sinks: FxHashMap<(Name, Name, u8), Option<Waiting>>,
    by_clause: Vec<Vec<Reach>>,
    by_call: FxHashMap<CallId, Reach>,
    /// What was found of the last clause in which there are streams.
    consumed: (Option<ClauseId>, FxHashSet<u32>),
}

impl<'i> Builder<'i> {
    /// The calls of a clause that its own process makes.
    fn inline_calls(&self, id: ClauseId) -> impl Iterator<Item = (u32, &'i CallFacts)> + use<'i> {
        let code = &self.index.clause(id).code;
        let placements = self.placements;
        let calls = code.calls.iter().zip(0..).map(|(call, nth)| (nth, call));
        calls
            .filter(move |(_, call)| placements.of_scope(code, id, call.scope) == Placement::Inline)
    }

    fn direct(&mut self) {
        for id in (0..self.index.clauses.len() as u32).map(ClauseId) {
            let code = &self.index.clause(id).code;
            for (call, index) in code.calls.iter().zip(0..) {
                let id = CallId { clause: id, index };
                let Some(reach) = self.blocking(id, call) else {
                    continue;
                };
                if self.placements.of_scope(code, id.clause, call.scope) == Placement::Inline {
                    keep(&mut self.by_clause[id.clause.0 as usize], reach);
                }
                self.by_call.insert(id, reach);
            }
        }
    }

    /// What a call waits for by itself.
    fn blocking(&mut self, id: CallId, call: &CallFacts) -> Option<Reach> {
        let Target::External(module) = self.targets.get(id) else {
            return None;
        };
        let waiting = self.sink(*module, id.clause, call)?;
        if waiting.lazy && !self.is_consumed(id.clause, id.index) {
            return None;
        }
        let code = &self.index.clause(id.clause).code;
        let arguments = call.arguments.iter().map(|it| value(code, it));
        let severity = adjusted(
            waiting.kind,
            waiting.severity,
            arguments.collect(),
            self.index,
        )?;
        Some(Reach {
            kind: waiting.kind,
            severity,
            unbounded: waiting.unbounded,
            certain: true,
            depth: 0,
            call: id.index,
            next: None,
        })
    }

    /// Whether the clause runs through the stream that a call of its gives.
    fn is_consumed(&mut self, id: ClauseId, stream: u32) -> bool {
        if self.consumed.0 != Some(id) {
            self.consumed = (Some(id), self.consumed_in(id));
        }
        self.consumed.1.contains(&stream)
    }

    /// The calls of a clause whose streams it runs through.
    fn consumed_in(&self, id: ClauseId) -> FxHashSet<u32> {
        let code = &self.index.clause(id).code;
        let calls: Vec<_> = self.inline_calls(id).collect();
        let mut consumed = FxHashSet::default();
        // What a stream is given to comes after it.
        for (nth, call) in calls.into_iter().rev() {
            let Target::External(module) = self.targets.get(CallId {
                clause: id,
                index: nth,
            }) else {
                continue;
            };
            let name = self.index.text(call.name);
            let is_consumed = match self.index.text(*module) {
                "Stream" if name != "run" => consumed.contains(&nth),
                "Kernel" if name != "for" => false,
                "Stream" | "Enum" | "Kernel" | "Map" | "MapSet" | "Keyword" => true,
                "Task" | "Task.Supervisor" => consumed.contains(&nth),
                _ => false,
            };
            if is_consumed {
                let given = call.arguments.iter().map(|it| value(code, it));
                consumed.extend(given.filter_map(|it| match it {
                    Shape::Call(source) => Some(*source),
                    _ => None,
                }));
            }
        }
        consumed
    }

    fn sink(&mut self, module: Name, from: ClauseId, call: &CallFacts) -> Option<Waiting> {
        let key = (module, call.name, call.arity);
        if let Some(known) = self.sinks.get(&key) {
            return *known;
        }
        let (name, arity) = (self.index.text(call.name), call.arity as usize);
        let file = self.index.file_of_module(self.index.module_of_clause(from));
        let found = match self.index.find_module(module, file) {
            // A module of the project blocks where what it uses gave it the function.
            Some(id) => {
                let mut uses: Vec<_> = self.traits[id.0 as usize].uses.iter().collect();
                uses.sort();
                uses.into_iter()
                    .find_map(|it| self.tables.sink_of_user(self.index.text(*it), name, arity))
            }
            None => self.tables.sink(self.index.text(module), name, arity),
        };
        let found = found.map(|it| Waiting {
            kind: it.kind,
            severity: it.severity,
            unbounded: it.unbounded,
            lazy: it.lazy,
        });
        self.sinks.insert(key, found);
        found
    }

    fn transitive(&mut self) {
        let mut graph: DiGraph<ClauseId, ()> = DiGraph::new();
        let nodes: Vec<_> = (0..self.index.clauses.len() as u32)
            .map(|it| graph.add_node(ClauseId(it)))
            .collect();
        let mut edges: Vec<Vec<(u32, ClauseId, bool)>> = Vec::with_capacity(nodes.len());
        for id in (0..self.index.clauses.len() as u32).map(ClauseId) {
            let mut own = Vec::new();
            for (nth, _) in self.inline_calls(id) {
                if let Target::Function {
                    clauses, certain, ..
                } = self.targets.get(CallId {
                    clause: id,
                    index: nth,
                }) {
                    own.extend(clauses.iter().map(|it| (nth, *it, *certain)));
                }
            }
            for (_, to, _) in &own {
                graph.add_edge(nodes[id.0 as usize], nodes[to.0 as usize], ());
            }
            edges.push(own);
        }
        // Callees first.
        for component in tarjan_scc(&graph) {
            let clauses: Vec<ClauseId> = component.iter().map(|it| graph[*it]).collect();
            let rounds = if clauses.len() == 1 {
                1
            } else {
                clauses.len().min(16)
            };
            for _ in 0..rounds {
                let mut changed = false;
                for id in &clauses {
                    changed |= self.gather(*id, &edges[id.0 as usize]);
                }
                if !changed {
                    break;
                }
            }
        }
    }

    fn gather(&mut self, id: ClauseId, edges: &[(u32, ClauseId, bool)]) -> bool {
        let mut changed = false;
        for (call, to, certain) in edges.iter().filter(|(_, to, _)| *to != id) {
            let reached = self.by_clause[to.0 as usize].clone();
            for reach in reached {
                let reach = reach.behind(*call, *to, *certain);
                changed |= keep(&mut self.by_clause[id.0 as usize], reach);
            }
        }
        changed
    }
}

/// Keeps the worst of each kind: certain before assumed, severe before mild, near before far.
pub(crate) fn keep(reaches: &mut Vec<Reach>, new: Reach) -> bool {
    let rank = |it: &Reach| (it.certain, it.severity, std::cmp::Reverse(it.depth));
    match reaches.iter_mut().find(|it| it.kind == new.kind) {
        Some(old) if rank(&new) > rank(old) => {
            *old = new;
            true
        }
        Some(_) => false,
        None => {
            reaches.push(new);
            true
        }
    }
}

/// The severity of one call, by its arguments; `None` where it hardly waits.
pub(crate) fn adjusted(
    kind: SinkKind,
    severity: Severity,
    arguments: Vec<&Shape>,
    index: &Index,
) -> Option<Severity> {
    match (kind, arguments.as_slice()) {
        (SinkKind::Sleep, [Shape::Int(time), ..]) if *time < SHORT_SLEEP => Some(Severity::Low),
        (SinkKind::Receive, [Shape::Int(0)]) => None,
        (SinkKind::Receive, [Shape::Int(time)]) if *time <= 1_000 => Some(Severity::Low),
        // `Repo.query(sql, [], timeout: :infinity)` and its like wait for ever.
        (_, [.., Shape::Keywords(options)]) => {
            let infinite = options.iter().any(|(key, value)| {
                index.text(*key) == "timeout"
                    && value.atom().is_some_and(|it| index.text(it) == "infinity")
            });
            Some(if infinite { Severity::High } else { severity })
        }
        _ => Some(severity),
    }
}
