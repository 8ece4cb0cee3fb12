use rustc_hash::FxHashMap;

use crate::{
    prelude::*,
    server::{Callback, CallbackKind, Change, Effect, Server, Value},
};

/// An entry for a monitored process is removed on request, but the monitor stays.
///
/// Each subscription sets another monitor, and unsubscribing does not take it away: monitors pile up, and when the
/// process ends the server gets one `:DOWN` message for each of them, for entries that are gone.
///
/// # Bad
///
/// ```elixir
/// defmodule Topic do
///   use GenServer
///
///   def handle_call({:subscribe, pid}, _from, state) do
///     ref = Process.monitor(pid)
///     {:reply, :ok, %{state | members: Map.put(state.members, pid, ref)}}
///   end
///
///   def handle_call({:unsubscribe, pid}, _from, state) do
///     {:reply, :ok, %{state | members: Map.delete(state.members, pid)}}
///   end
///
///   def handle_info({:DOWN, _ref, :process, pid, _reason}, state) do
///     {:noreply, %{state | members: Map.delete(state.members, pid)}}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Topic do
///   use GenServer
///
///   def handle_call({:subscribe, pid}, _from, state) do
///     ref = Process.monitor(pid)
///     {:reply, :ok, %{state | members: Map.put(state.members, pid, ref)}}
///   end
///
///   def handle_call({:unsubscribe, pid}, _from, state) do
///     {ref, members} = Map.pop(state.members, pid)
///     Process.demonitor(ref, [:flush])
///     {:reply, :ok, %{state | members: members}}
///   end
///
///   def handle_info({:DOWN, _ref, :process, pid, _reason}, state) do
///     {:noreply, %{state | members: Map.delete(state.members, pid)}}
///   end
/// end
/// ```
///
/// Only modules without any call of `demonitor` are reported, and only where the same collection visibly gains and loses
/// entries by messages.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Medium, scope = Module)]
pub struct MonitorLeak {}

impl Rule for MonitorLeak {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl MonitorLeak {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module).filter(|it| it.behaviour.is_server()) else {
            return;
        };
        let monitors = server.calls_to(&[("Process", "monitor")], cx.tables);
        let demonitors = module
            .descendants()
            .any(|it| it.is(Kind::Call) && it.name() == "demonitor");
        if demonitors {
            return;
        }
        let entries = Entries::of(&server);
        for (reached, monitor) in monitors.into_iter().filter(|(it, _)| it.in_loop) {
            let Some(removed) = entries.removal(reached.def) else {
                continue;
            };
            cx.report(
                monitor.node().whole_pipe(),
                "nothing takes this monitor away when its entry is removed",
            )
            .label(removed, "the entry is removed here, the monitor stays")
            .help("keep the reference and call `Process.demonitor(ref, [:flush])`");
            break;
        }
    }
}

/// What becomes of the entries of the state's collections.
#[derive(Default)]
struct Entries<'t> {
    /// By the clause of a callback, the keys of the collections that it adds to.
    grown: FxHashMap<u32, Vec<Symbol>>,
    /// By the key of a collection, the clauses that remove an entry on request, and where.
    removed: FxHashMap<Symbol, Vec<(u32, Node<'t>)>>,
}

impl<'t> Entries<'t> {
    fn of(server: &Server<'t>) -> Self {
        let mut entries = Entries::default();
        let outcomes = server.outcomes().iter();
        for outcome in outcomes.filter(|it| it.callback.is_repeatable()) {
            let callback = outcome.callback;
            let clause = callback.def.node().id();
            for state in &outcome.states {
                let Value::State(changes) = state else {
                    continue;
                };
                for change in changes {
                    if change.effect == Effect::Grow {
                        entries.grown.entry(clause).or_default().push(change.key);
                    } else if is_removal(change, callback) {
                        let removed = entries.removed.entry(change.key).or_default();
                        // One of two is not the clause that is asked about.
                        if removed.len() < 2 && removed.iter().all(|(it, _)| *it != clause) {
                            removed.push((clause, change.at));
                        }
                    }
                }
            }
        }
        entries
    }

    /// Where a request removes an entry of a collection that grows in the callback that monitors.
    fn removal(&self, monitoring: Def) -> Option<Node<'t>> {
        let clause = monitoring.node().id();
        let keys = self.grown.get(&clause)?.iter();
        let mut removed = keys.filter_map(|it| self.removed.get(it)).flatten();
        removed.find(|(it, _)| *it != clause).map(|(_, at)| *at)
    }
}

/// Whether one entry is removed, and not because its process has ended. Whatever is sent by the server itself may follow
/// that end.
fn is_removal(change: &Change, callback: Callback) -> bool {
    let is_end = || {
        let tag = callback.message().and_then(Node::tag);
        matches!(tag, Some("DOWN" | "EXIT"))
    };
    change.effect == Effect::Shrink
        && change.with.is_some_and(|it| !it.is_literal())
        && callback.kind != CallbackKind::Info
        && !is_end()
}
