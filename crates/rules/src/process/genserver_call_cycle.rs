use exlint_findings::Confidence;
use exlint_project::{Edge, Entry, ModuleId, Server, ServerCall, ServerGraph, Start};
use rustc_hash::{FxHashMap, FxHashSet};

use super::story;
use crate::prelude::*;

/// Two or more servers wait for each other.
///
/// While a server waits for the answer to a call it answers nobody. When the server it calls needs an answer from it
/// in turn, both wait until one of them runs into its timeout (five seconds by default, for ever with `:infinity` and
/// in `GenServer.stop/1`), and the other one goes down with it.
///
/// # Bad
///
/// ```elixir
/// defmodule Stock do
///   use GenServer
///
///   def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)
///   def reserve(item), do: GenServer.call(__MODULE__, {:reserve, item})
///   def count(item), do: GenServer.call(__MODULE__, {:count, item})
///
///   def handle_call({:reserve, item}, _from, state), do: {:reply, Price.of(item), state}
///   def handle_call({:count, item}, _from, state), do: {:reply, state[item], state}
/// end
///
/// defmodule Price do
///   use GenServer
///
///   def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)
///   def of(item), do: GenServer.call(__MODULE__, {:of, item})
///
///   def handle_call({:of, item}, _from, state), do: {:reply, 100 / Stock.count(item), state}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Stock do
///   use GenServer
///
///   def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)
///   def reserve(item), do: GenServer.call(__MODULE__, {:reserve, item})
///
///   def handle_call({:reserve, item}, _from, state) do
///     {:reply, Price.of(item, state[item]), state}
///   end
/// end
///
/// defmodule Price do
///   use GenServer
///
///   def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)
///   def of(item, count), do: GenServer.call(__MODULE__, {:of, item, count})
///
///   def handle_call({:of, _item, count}, _from, state), do: {:reply, 100 / count, state}
/// end
/// ```
///
/// Of servers registered under one known name it is certain which process is meant; of others only where one starts the
/// other, gives it its own pid, and keeps the pid that it gets. A server also waits while it starts another one, whose
/// `init/1` must not call it. A cycle in which one message leads to the next is certain; one that needs two messages to
/// cross is reported with less confidence. Calls whose failure is caught are left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Project)]
pub struct GenserverCallCycle {}

impl Rule for GenserverCallCycle {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// Longer chains of servers are not followed.
const MAX_SERVERS: usize = 5;

/// How many messages are followed in all.
const MAX_STEPS: usize = 1_000_000;

impl GenserverCallCycle {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let graph = project.waiting_graph();
        let starts = &graph.starts;
        let mut told: FxHashSet<Vec<ModuleId>> = FxHashSet::default();
        let certain: Vec<&Edge> = graph
            .edges
            .iter()
            .filter(|it| it.is_certain && may_wait(it) && it.from.server != it.to)
            .collect();
        let mut steps = MAX_STEPS;
        for edge in &certain {
            if let Some(cycle) = flow(&graph, edge, &mut steps) {
                report(project, &cycle, Sure::OneFlow, &mut told, cx);
            }
        }
        for start in starts {
            check_start(project, &graph, start, &mut told, cx);
        }
        for edge in graph
            .edges
            .iter()
            .filter(|it| !it.is_certain && may_wait(it))
        {
            let answers = edge.handlers.iter().flat_map(|it| graph.calls_from(*it));
            let back = answers.filter(|it| may_wait(it)).find(|back| {
                project.is_to_own_child_and_back(starts, edge, back)
                    || project.is_to_own_child_and_back(starts, back, edge)
            });
            if let Some(back) = back {
                report(project, &[edge, back], Sure::SamePids, &mut told, cx);
            }
        }
        cross(project, &graph, &mut told, cx);
        let mut between: FxHashMap<(ModuleId, ModuleId), &Edge> = FxHashMap::default();
        for edge in &certain {
            between.entry((edge.from.server, edge.to)).or_insert(edge);
        }
        for edge in &certain {
            if let Some(back) = between.get(&(edge.to, edge.from.server)) {
                report(project, &[edge, back], Sure::TwoMessages, &mut told, cx);
            }
        }
    }
}

/// Reports servers that call the processes they started while those, in callbacks of their own, call them.
fn cross(
    project: &Project,
    graph: &ServerGraph,
    told: &mut FxHashSet<Vec<ModuleId>>,
    cx: &mut ProjectCx,
) {
    let mut between: FxHashMap<(ModuleId, ModuleId), Vec<&Edge>> = FxHashMap::default();
    for edge in graph
        .edges
        .iter()
        .filter(|it| !it.is_certain && may_wait(it))
    {
        let pair = (edge.from.server, edge.to);
        between.entry(pair).or_default().push(edge);
    }
    let mut seen = FxHashSet::default();
    for start in graph.starts.iter().filter(|it| it.gives_self) {
        let (parent, child) = (start.from.server, start.to);
        let (Some(down), Some(up)) = (between.get(&(parent, child)), between.get(&(child, parent)))
        else {
            continue;
        };
        if !seen.insert((parent, child)) {
            continue;
        }
        let crossing = down.iter().find_map(|edge| {
            let mut back = up.iter();
            let is_back =
                |back: &&&Edge| project.is_to_own_child_and_back(&graph.starts, edge, back);
            Some((*edge, *back.find(is_back)?))
        });
        if let Some((edge, back)) = crossing {
            report(project, &[edge, back], Sure::TwoMessages, told, cx);
        }
    }
}

/// How sure a cycle is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sure {
    /// Each message is sent while the one before is handled.
    OneFlow,
    /// So is this, between processes known by their pids.
    SamePids,
    /// Two messages have to cross.
    TwoMessages,
}

fn may_wait(edge: &Edge) -> bool {
    matches!(edge.kind, ServerCall::Call | ServerCall::Stop) && !edge.is_guarded
}

/// A server that is being started calls the one that waits for it to start.
fn check_start(
    project: &Project,
    graph: &ServerGraph,
    start: &Start,
    told: &mut FxHashSet<Vec<ModuleId>>,
    cx: &mut ProjectCx,
) {
    let Some(server) = project.server(start.to) else {
        return;
    };
    let is_singleton = project
        .server(start.from.server)
        .is_some_and(Server::is_singleton);
    for clause in server.clauses(project, "init", 1) {
        let init = Entry {
            server: start.to,
            clause,
            closure: None,
        };
        let mut back = graph
            .calls_from(init)
            .filter(|it| it.to == start.from.server && may_wait(it));
        let back = back.find_map(|it| {
            let message = project.message(it.call)?;
            let is_certain = message.to_singleton && is_singleton;
            let is_meant = is_certain || start.gives_self && project.is_to_given(it);
            is_meant.then_some((it, is_certain))
        });
        if let Some((back, is_certain)) = back {
            report_start(project, start, back, is_certain, told, cx);
        }
    }
}

fn report_start(
    project: &Project,
    start: &Start,
    back: &Edge,
    is_certain: bool,
    told: &mut FxHashSet<Vec<ModuleId>>,
    cx: &mut ProjectCx,
) {
    let mut servers = vec![start.from.server, start.to];
    servers.sort();
    if !told.insert(servers) {
        return;
    }
    let steps = project.runs_of(back.from).path_to(back.call);
    let Some(at) = steps.first().map(|it| project.at(it.call)) else {
        return;
    };
    let name = |id| project.module_name(id);
    let (parent, child) = (name(start.from.server), name(start.to));
    let message = format!("`init/1` of `{child}` calls `{parent}`, which waits for it to start");
    let finding = cx.report(at.file, at.span, message);
    if !is_certain {
        finding.confidence(Confidence::Medium);
    }
    let at = project.at_clause(start.from.clause);
    finding.label_in(at.file, at.span, format!("`{parent}` runs this"));
    let way = project.runs_of(start.from).path_to(start.call);
    let text = format!("and waits for `init/1` of `{child}`");
    story::tell(project, finding, &way, text);
    let text = format!("which waits for `{parent}`");
    story::tell(project, finding, &steps, text);
    finding.help(
        "return `{:ok, state, {:continue, ...}}` and call the other server in `handle_continue/2`",
    );
}

/// The messages that follow from the first one and come back to the server that sent it.
fn flow<'g>(graph: &'g ServerGraph, first: &'g Edge, steps: &mut usize) -> Option<Vec<&'g Edge>> {
    let mut ways = vec![vec![first]];
    let mut seen: FxHashSet<Entry> = FxHashSet::default();
    while let Some(way) = ways.pop() {
        let Some(last) = way.last() else { continue };
        for handler in &last.handlers {
            if way.len() >= MAX_SERVERS || !seen.insert(*handler) {
                continue;
            }
            let calls = graph.calls_from(*handler);
            for edge in calls.filter(|it| it.is_certain && may_wait(it)) {
                *steps = steps.checked_sub(1)?;
                let mut longer = way.clone();
                longer.push(edge);
                if edge.to == first.from.server {
                    return Some(longer);
                }
                ways.push(longer);
            }
        }
    }
    None
}

fn report(
    project: &Project,
    cycle: &[&Edge],
    sure: Sure,
    told: &mut FxHashSet<Vec<ModuleId>>,
    cx: &mut ProjectCx,
) {
    let mut servers: Vec<ModuleId> = cycle.iter().map(|it| it.from.server).collect();
    servers.sort();
    let (Some(first), Some(last)) = (cycle.first(), cycle.last()) else {
        return;
    };
    if !told.insert(servers) {
        return;
    }
    let name = |id| project.module_name(id);
    let (one, other) = (name(first.from.server), name(last.from.server));
    let message = match sure {
        Sure::OneFlow => format!("`{other}` calls `{one}`, which waits for it at this moment"),
        Sure::SamePids => {
            format!("`{other}` calls the very `{one}` that waits for it at this moment")
        }
        Sure::TwoMessages => format!(
            "`{other}` calls `{one}`, which calls it in turn: when both do, each waits for the other"
        ),
    };
    let steps = |edge: &Edge| project.runs_of(edge.from).path_to(edge.call);
    let inner = steps(last);
    let Some(at) = inner.first().map(|it| project.at(it.call)) else {
        return;
    };
    let finding = cx.report(at.file, at.span, message);
    if sure != Sure::OneFlow {
        finding.confidence(Confidence::Medium);
    }
    for edge in cycle {
        let (from, to) = (name(edge.from.server), name(edge.to));
        let at = project.at_clause(edge.from.clause);
        finding.label_in(at.file, at.span, format!("`{from}` runs this"));
        let text = format!("and waits for `{to}`");
        story::tell(project, finding, &steps(edge), text);
    }
    finding.help("pass what the other server needs along in the call, or let one of them cast");
}
