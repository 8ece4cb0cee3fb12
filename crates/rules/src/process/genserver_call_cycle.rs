use exlint_findings::Confidence;
use exlint_project::{Edge, Entry, ModuleId, ServerGraph};
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
/// Only servers registered under one known name are looked at. A cycle in which one message leads to the next is
/// certain; one that needs two messages to cross is reported with less confidence. Calls whose failure is caught are
/// left alone.
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
        let graph = project.server_graph();
        let mut told: FxHashSet<Vec<ModuleId>> = FxHashSet::default();
        let starts: Vec<&Edge> = graph
            .edges
            .iter()
            .filter(|it| may_wait(it) && it.from.server != it.to)
            .collect();
        let mut steps = MAX_STEPS;
        for edge in &starts {
            if let Some(cycle) = flow(&graph, edge, &mut steps) {
                report(project, &cycle, true, &mut told, cx);
            }
        }
        let mut between: FxHashMap<(ModuleId, ModuleId), &Edge> = FxHashMap::default();
        for edge in &starts {
            between.entry((edge.from.server, edge.to)).or_insert(edge);
        }
        for edge in &starts {
            if let Some(back) = between.get(&(edge.to, edge.from.server)) {
                report(project, &[edge, back], false, &mut told, cx);
            }
        }
    }
}

fn may_wait(edge: &Edge) -> bool {
    use exlint_project::ServerCall::{Call, Stop};
    matches!(edge.kind, Call | Stop) && edge.is_certain && !edge.is_guarded
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
            for edge in graph.calls_from(*handler).filter(|it| may_wait(it)) {
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
    is_one_flow: bool,
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
    let message = if is_one_flow {
        format!("`{other}` calls `{one}`, which waits for it at this moment")
    } else {
        format!(
            "`{other}` calls `{one}`, which calls it in turn: when both do, each waits for the other"
        )
    };
    let steps = |edge: &Edge| project.runs_of(edge.from).path_to(edge.call);
    let inner = steps(last);
    let Some(at) = inner.first().map(|it| project.at(it.call)) else {
        return;
    };
    let finding = cx.report(at.file, at.span, message);
    if !is_one_flow {
        finding.confidence = Confidence::Medium;
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
