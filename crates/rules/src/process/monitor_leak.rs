use crate::{
    prelude::*,
    server::{Effect, Server, Value},
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
        for (reached, monitor) in monitors.into_iter().filter(|(it, _)| it.in_loop) {
            let Some(removed) = removal(&server, reached.def) else {
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

/// Where a request removes an entry of a collection that grows in the callback that monitors.
fn removal<'t>(server: &Server<'t>, monitoring: Def<'t>) -> Option<Node<'t>> {
    let changes = |state: &Value<'t>| match state {
        Value::State(changes) => changes.clone(),
        _ => Vec::new(),
    };
    let outcomes = server
        .outcomes()
        .iter()
        .filter(|it| it.callback.is_repeatable());
    let all: Vec<_> = outcomes
        .flat_map(|it| {
            it.states
                .iter()
                .flat_map(changes)
                .map(move |change| (it, change))
        })
        .collect();
    let grown: Vec<_> = all
        .iter()
        .filter(|(it, change)| it.callback.def == monitoring && change.effect == Effect::Grow)
        .map(|(_, change)| change.key)
        .collect();
    let mut removed = all.iter().filter(|(it, change)| {
        let is_end = matches!(
            it.callback.message().and_then(Node::tag),
            Some("DOWN" | "EXIT")
        );
        let is_one = change.with.is_some_and(|it| !it.is_literal());
        change.effect == Effect::Shrink && is_one && !is_end && grown.contains(&change.key)
            // Whatever is sent by the server itself may follow the end of the process.
            && it.callback.def != monitoring
            && it.callback.kind != crate::server::CallbackKind::Info
    });
    removed.next().map(|(_, change)| change.at)
}
