//! Who sends what to whom: the messages that servers send while they handle others.
use std::ops::Range;

use exlint_facts::Shape;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    Behaviour, CallId, ClauseId, Message, ModuleId, Project, Runs, Server, ServerCall, Start,
    Witnesses, resolve::shapes_match,
};

/// How many clauses of a server are looked at that may receive one message.
const MAX_HANDLERS: usize = 200;

/// Through how many functions a closure is followed on its way to an agent, and from how many places.
const MAX_WRAPPERS: usize = 3;
const MAX_CLOSURES: usize = 1_000;

/// What a server runs on its own: a callback, or a closure that it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Entry {
    pub server: ModuleId,
    pub clause: ClauseId,
    /// For agents: the closure of the clause that the agent runs.
    pub closure: Option<u32>,
}

/// A message that an entry sends to another server, or its own.
#[derive(Clone, Debug)]
pub struct Edge {
    pub from: Entry,
    pub call: CallId,
    pub kind: ServerCall,
    pub to: ModuleId,
    /// Whether there is one process of each server, so that it is known who talks to whom.
    pub is_certain: bool,
    /// What the other server runs when it gets the message.
    pub handlers: Vec<Entry>,
    /// Whether a failing call is caught.
    pub is_guarded: bool,
}

/// The messages between the servers of a project, which are the nodes ([`Project::servers`]).
pub struct ServerGraph {
    /// In the order of the servers and their callbacks.
    pub edges: Vec<Edge>,
    /// What they start meanwhile.
    pub starts: Vec<Start>,
    /// Where the edges of each entry are.
    by_entry: FxHashMap<Entry, Range<usize>>,
}

impl Project {
    /// The messages that servers send while they handle others.
    pub fn server_graph(&self) -> ServerGraph {
        let servers = self.servers().iter();
        self.graph_from(servers.flat_map(|it| self.entries(it)), &|_| true)
    }

    /// The same for servers that others may wait for, as far as they wait themselves.
    pub fn waiting_graph(&self) -> ServerGraph {
        let waits = |it: &&Message| matches!(it.kind, ServerCall::Call | ServerCall::Stop);
        let calls = self.messages().iter().filter(waits).map(|it| it.call);
        let starts = self.server_starts().map(|(id, _)| id);
        let waiting = Witnesses::to(self, calls.chain(starts));
        let servers = self.servers().iter();
        let entries = servers
            .filter(|it| it.behaviour.serves_calls())
            .flat_map(|it| self.entries(it));
        let leads = |clause| waiting.reaches(clause);
        let entries = entries.filter(|it| it.closure.is_some() || leads(it.clause));
        self.graph_from(entries, &leads)
    }

    fn graph_from(
        &self,
        entries: impl Iterator<Item = Entry>,
        leads: &dyn Fn(ClauseId) -> bool,
    ) -> ServerGraph {
        let mut graph = ServerGraph {
            edges: Vec::new(),
            starts: Vec::new(),
            by_entry: FxHashMap::default(),
        };
        for entry in entries {
            let runs = self.follow(entry.clause, entry.closure, false, leads);
            let first = graph.edges.len();
            for call in runs.calls(self) {
                graph.edges.extend(self.edge(entry, &runs, call));
                graph.starts.extend(self.start(entry, &runs, call));
            }
            graph.by_entry.insert(entry, first..graph.edges.len());
        }
        graph
    }

    /// What a server runs on its own.
    pub fn entries(&self, server: &Server) -> Vec<Entry> {
        let callbacks = server.callbacks.iter().map(|(_, _, clause)| Entry {
            server: server.module,
            clause: *clause,
            closure: None,
        });
        let mut entries: Vec<Entry> = callbacks.collect();
        if server.behaviour == Behaviour::Agent {
            for message in self
                .messages()
                .iter()
                .filter(|it| it.to == Some(server.module))
            {
                entries.extend(self.closures_given(server.module, message.call));
            }
            let mut seen = FxHashSet::default();
            entries.retain(|it| seen.insert(*it));
        }
        entries
    }

    /// What an entry runs.
    pub fn runs_of(&self, entry: Entry) -> Runs {
        match entry.closure {
            Some(closure) => self.runs_of_closure(entry.clause, closure),
            None => self.runs(entry.clause),
        }
    }

    /// The closures that a call of `Agent` gives to the agent: its own, or those that it is given by whoever calls the
    /// function it stands in.
    fn closures_given(&self, server: ModuleId, call: CallId) -> Vec<Entry> {
        let mut found: Vec<Entry> = self.closure_given(server, call).into_iter().collect();
        let mut wrappers = match found.is_empty() {
            true => self.passed_on(call),
            false => Vec::new(),
        };
        for _ in 0..MAX_WRAPPERS {
            let mut next = Vec::new();
            for (clause, parameter) in wrappers {
                for &caller in self.callers(clause) {
                    let Some(given) = self.call(caller).arguments.get(parameter as usize) else {
                        continue;
                    };
                    match self.value(caller.clause, given) {
                        Shape::Closure(closure) => found.push(Entry {
                            server,
                            clause: caller.clause,
                            closure: Some(*closure),
                        }),
                        Shape::Parameter(nth) => next.push((caller.clause, *nth)),
                        _ => {}
                    }
                }
            }
            wrappers = next;
            if found.len() > MAX_CLOSURES || wrappers.len() > MAX_CLOSURES {
                break;
            }
        }
        found
    }

    /// The parameter that a call passes on as its second argument, which is what an agent runs.
    fn passed_on(&self, call: CallId) -> Vec<(ClauseId, u8)> {
        let given = self.call(call).arguments.get(1);
        match given.map(|it| self.value(call.clause, it)) {
            Some(Shape::Parameter(nth)) => vec![(call.clause, *nth)],
            _ => Vec::new(),
        }
    }

    /// The closure that a call of `Agent` gives to the agent.
    fn closure_given(&self, server: ModuleId, call: CallId) -> Option<Entry> {
        let closures = &self.code(call.clause).closures;
        let is_given = |it: &u32| {
            let given_to = closures.get(*it as usize).and_then(|it| it.given_to);
            given_to.is_some_and(|it| it.0 == call.index)
        };
        let closure = self.closures_in(call).find(is_given)?;
        Some(Entry {
            server,
            clause: call.clause,
            closure: Some(closure),
        })
    }

    /// The message that a call of what an entry runs sends to a server.
    pub(crate) fn edge(&self, from: Entry, runs: &Runs, call: CallId) -> Option<Edge> {
        let message = self.message(call)?;
        let named = self.addressed(runs, message);
        let to = self.server(named.or(message.to)?)?;
        let is_singleton = |module| self.server(module).is_some_and(Server::is_singleton);
        Some(Edge {
            from,
            call,
            kind: message.kind,
            to: to.module,
            is_certain: named.is_some() && is_singleton(to.module) && is_singleton(from.server),
            handlers: self.handlers(runs, call, to),
            is_guarded: self.call(call).in_try,
        })
    }

    fn handlers(&self, runs: &Runs, call: CallId, to: &Server) -> Vec<Entry> {
        if to.behaviour == Behaviour::Agent {
            let own = self.closure_given(to.module, call);
            return own
                .or_else(|| self.closure_brought(runs, to.module, call))
                .into_iter()
                .collect();
        }
        let handler = |clause| Entry {
            server: to.module,
            clause,
            closure: None,
        };
        let receivers = self.receivers(call, to, Some(runs));
        receivers.into_iter().map(handler).collect()
    }

    /// The closure that comes to an agent along the way that leads to a call.
    fn closure_brought(&self, runs: &Runs, server: ModuleId, call: CallId) -> Option<Entry> {
        let given = self.call(call).arguments.get(1)?;
        let (clause, shape) = runs.origin(self, call.clause, given);
        let Shape::Closure(closure) = shape else {
            return None;
        };
        Some(Entry {
            server,
            clause,
            closure: Some(*closure),
        })
    }

    /// The clauses of `to` that may receive what a call sends, as seen from where the call is run.
    pub fn receivers<'p>(
        &'p self,
        call: CallId,
        to: &'p Server,
        runs: Option<&Runs>,
    ) -> Vec<ClauseId> {
        let Some(message) = self.message(call) else {
            return Vec::new();
        };
        let sent = message
            .argument
            .and_then(|it| self.call(call).arguments.get(it as usize))
            .filter(|_| message.kind != ServerCall::Stop);
        let sent = match (sent, runs) {
            (Some(sent), Some(runs)) => runs.origin(self, call.clause, sent).1,
            (Some(sent), None) => self.value(call.clause, sent),
            (None, _) => &Shape::Unknown,
        };
        self.taking(to, message.kind, sent)
    }

    /// The clauses of a server that may take a message.
    pub fn taking(&self, to: &Server, kind: ServerCall, sent: &Shape) -> Vec<ClauseId> {
        let callback = kind.callback();
        let clauses = callback
            .into_iter()
            .flat_map(|it| to.clauses_for(self, it, sent));
        let takes = clauses.filter(|it| {
            let pattern = self.clause(*it).parameters.first();
            pattern.is_none_or(|it| shapes_match(sent, it))
        });
        takes.take(MAX_HANDLERS).collect()
    }
}

impl ServerGraph {
    /// The calls that an entry waits for.
    pub fn calls_from(&self, entry: Entry) -> impl Iterator<Item = &Edge> {
        let own = self.by_entry.get(&entry).cloned().unwrap_or_default();
        let own = self.edges[own].iter();
        own.filter(|it| matches!(it.kind, ServerCall::Call | ServerCall::Stop))
    }
}
