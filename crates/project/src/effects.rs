//! What running a clause may come to wait for.
//!
//! Computed bottom-up over the strongly connected components of the clause graph, with one shortest witness for each
//! kind of waiting: so whole-program rules are linear in the size of the program.
use exlint_facts::{CallFacts, Callee, Name, Shape};
use petgraph::{algo::tarjan_scc, graph::DiGraph};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    CallId, ClauseId, Severity, SinkKind, Tables,
    index::Index,
    leads::{Lead, Leads},
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
    sinks: FxHashMap<CallId, (SinkKind, Severity)>,
}

impl Effects {
    pub fn of(
        index: &Index,
        traits: &[Traits],
        placements: &Placements,
        targets: &Targets,
        leads: &Leads,
        tables: &Tables,
    ) -> Self {
        let mut builder = Builder {
            index,
            traits,
            placements,
            targets,
            leads,
            tables,
            rows: FxHashMap::default(),
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
            sinks: builder.sinks,
        }
    }

    /// What a call waits for by itself.
    pub fn of_call(&self, id: CallId) -> Option<&Reach> {
        self.by_call.get(&id)
    }

    /// The calls that wait by themselves, whether or not anything runs through the stream that they give.
    pub fn sinks(&self) -> &FxHashMap<CallId, (SinkKind, Severity)> {
        &self.sinks
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
    leads: &'i Leads,
    tables: &'i Tables,
    rows: FxHashMap<(Name, Name, u8), Option<Waiting>>,
    sinks: FxHashMap<CallId, (SinkKind, Severity)>,
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
        let module = match self.targets.get(id) {
            Target::External(module) => *module,
            // A function that the module has from what it uses: `get/1` after `use Tesla`.
            Target::Unknown if call.callee == Callee::Local => {
                let own = self.index.module_of_clause(id.clause);
                self.index.module(own).name
            }
            _ => return None,
        };
        let waiting = self.row(module, id.clause, call)?;
        let code = &self.index.clause(id.clause).code;
        let arguments = call.arguments.iter().map(|it| value(code, it));
        let severity = adjusted(
            waiting.kind,
            waiting.severity,
            arguments.collect(),
            self.index,
        )?;
        if matches!(self.targets.get(id), Target::External(_)) {
            self.sinks.insert(id, (waiting.kind, severity));
        }
        if waiting.lazy && !self.is_consumed(id.clause, id.index) {
            return None;
        }
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

    fn row(&mut self, module: Name, from: ClauseId, call: &CallFacts) -> Option<Waiting> {
        let key = (module, call.name, call.arity);
        if let Some(known) = self.rows.get(&key) {
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
                    .or_else(|| {
                        let module = self.index.text(module);
                        self.tables.sink_of_repository(module, name, arity)
                    })
            }
            None => self.tables.sink(self.index.text(module), name, arity),
        };
        let found = found.map(|it| Waiting {
            kind: it.kind,
            severity: it.severity,
            unbounded: it.unbounded,
            lazy: it.lazy,
        });
        self.rows.insert(key, found);
        found
    }

    /// Hands what clauses come to on to their callers, callees first.
    fn transitive(&mut self) {
        for component in self.components() {
            let rounds = match component.len() {
                1 => 1,
                many => many.min(16),
            };
            for _ in 0..rounds {
                let mut changed = false;
                for id in &component {
                    changed |= self.gather(*id);
                }
                if !changed {
                    break;
                }
            }
        }
    }

    /// The clauses that come to wait for something, by strongly connected components, callees first.
    fn components(&self) -> Vec<Vec<ClauseId>> {
        let waiting = self.waiting();
        let mut graph: DiGraph<ClauseId, ()> = DiGraph::new();
        let mut nodes = FxHashMap::default();
        for id in waiting.iter().copied() {
            nodes.insert(id, graph.add_node(id));
        }
        for id in waiting {
            for lead in self.leads.from(id) {
                if let Some(to) = nodes.get(&lead.to) {
                    graph.add_edge(nodes[&id], *to, ());
                }
            }
        }
        let components = tarjan_scc(&graph).into_iter();
        components
            .map(|it| it.into_iter().map(|node| graph[node]).collect())
            .collect()
    }

    /// The clauses that wait for something themselves, and those that come to run one of them.
    fn waiting(&self) -> Vec<ClauseId> {
        let clauses = (0..self.by_clause.len() as u32).map(ClauseId);
        let is_direct = |it: &ClauseId| !self.by_clause[it.0 as usize].is_empty();
        let mut found: Vec<ClauseId> = clauses.filter(is_direct).collect();
        let mut seen: FxHashSet<ClauseId> = found.iter().copied().collect();
        let mut next = 0;
        while let Some(&clause) = found.get(next) {
            next += 1;
            let callers = self.targets.callers(clause).iter();
            for caller in callers.chain(self.targets.assumed_callers(clause)) {
                if seen.insert(caller.clause) {
                    found.push(caller.clause);
                }
            }
        }
        found.sort_unstable();
        found
    }

    fn gather(&mut self, id: ClauseId) -> bool {
        let mut changed = false;
        for Lead { call, to, certain } in self.leads.from(id) {
            if *to == id {
                continue;
            }
            for nth in 0..self.by_clause[to.0 as usize].len() {
                let reach = self.by_clause[to.0 as usize][nth].behind(*call, *to, *certain);
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
