use crate::{
    prelude::*,
    server::{CallbackKind, Server},
};

/// A server monitors a process and has no clause for the `:DOWN` message.
///
/// A monitor does one thing: it sends `{:DOWN, ref, :process, pid, reason}` when the process ends. A server without a
/// clause for it crashes on the message when it has other clauses of `handle_info/2`, and logs it as unexpected when it
/// has none. Either way what it keeps for the process stays.
///
/// # Bad
///
/// ```elixir
/// defmodule Room do
///   use GenServer
///
///   def handle_call({:join, pid}, _from, members) do
///     Process.monitor(pid)
///     {:reply, :ok, [pid | members]}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Room do
///   use GenServer
///
///   def handle_call({:join, pid}, _from, members) do
///     Process.monitor(pid)
///     {:reply, :ok, [pid | members]}
///   end
///
///   def handle_info({:DOWN, _ref, :process, pid, _reason}, members) do
///     {:noreply, List.delete(members, pid)}
///   end
/// end
/// ```
///
/// Only monitors that the server's own process sets are reported: in callbacks, and in functions that they call. Modules
/// that wait for the message with `receive`, or that use code that may add clauses, are left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Module)]
pub struct MonitorWithoutDown {}

impl Rule for MonitorWithoutDown {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl MonitorWithoutDown {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module).filter(|it| it.behaviour.is_server()) else {
            return;
        };
        if server.may_have_more_callbacks
            || server.may_receive("DOWN", 5)
            || module.descendants().any(|it| {
                it.is_atom("DOWN") && !misplaced(&server).any(|clause| clause.contains(it))
            })
        {
            return;
        }
        let monitors = [("Process", "monitor"), (":erlang", "monitor")];
        for (reached, call) in server.calls_to(&monitors, cx.tables) {
            let is_tagged = call.option("tag").is_some();
            let is_dropped = reached
                .def
                .descendants()
                .any(|it| it.is(Kind::Call) && it.name() == "demonitor");
            if is_tagged || is_dropped || reached.in_terminate && !reached.in_loop {
                continue;
            }
            let finding = cx.report(
                call.node().whole_pipe(),
                "nothing handles the `:DOWN` message of this monitor",
            );
            if let Some(message) = misplaced(&server).find(|it| it.tag() == Some("DOWN")) {
                finding.label(message, "it comes to `handle_info/2`, not here");
            } else if let Some(clause) = server.clauses(CallbackKind::Info).last() {
                finding.label(
                    clause.def.head().unwrap_or(clause.def.node()),
                    "no clause of `handle_info/2` takes it",
                );
            }
            finding.help(
                "add `handle_info({:DOWN, ref, :process, pid, reason}, state)`, or do not monitor",
            );
        }
    }
}

/// The messages of callbacks that receive none of a monitor.
fn misplaced<'t>(server: &Server<'t>) -> impl Iterator<Item = Node<'t>> {
    let calls = server.clauses(CallbackKind::Call);
    let clauses = calls.chain(server.clauses(CallbackKind::Cast));
    clauses.filter_map(|it| it.message())
}
