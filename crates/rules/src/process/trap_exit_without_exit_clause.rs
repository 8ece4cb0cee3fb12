use super::linked_elsewhere::{self, LINKS};
use crate::{
    prelude::*,
    server::{CallbackKind, Server, runs_elsewhere},
};

/// A server traps exits and starts linked processes, but has no clause for `{:EXIT, pid, reason}`.
///
/// Trapping exits turns the end of every linked process, its normal end included, into a message. Where `handle_info/2`
/// has clauses and none takes it, the first one that ends crashes the server with a `FunctionClauseError`.
///
/// # Bad
///
/// ```elixir
/// defmodule Runner do
///   use GenServer
///
///   def init(opts) do
///     Process.flag(:trap_exit, true)
///     {:ok, %{port: Port.open({:spawn, opts[:command]}, [:binary])}}
///   end
///
///   def handle_info({_port, {:data, data}}, state), do: {:noreply, Map.put(state, :last, data)}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Runner do
///   use GenServer
///
///   def init(opts) do
///     Process.flag(:trap_exit, true)
///     {:ok, %{port: Port.open({:spawn, opts[:command]}, [:binary])}}
///   end
///
///   def handle_info({_port, {:data, data}}, state), do: {:noreply, Map.put(state, :last, data)}
///   def handle_info({:EXIT, _port, reason}, state), do: {:stop, reason, state}
/// end
/// ```
///
/// A module without `handle_info/2` has the default clause, which logs. A clause for `{:EXIT, _, :normal}` alone does not
/// cover the rest. What functions of other modules link counts, too, where `init/1` traps exits.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Medium, scope = Project)]
pub struct TrapExitWithoutExitClause {}

impl Rule for TrapExitWithoutExitClause {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
        on.project(|_, project, cx| linked_elsewhere::check(project, cx));
    }
}

impl TrapExitWithoutExitClause {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module).filter(|it| it.behaviour.is_server()) else {
            return;
        };
        let Some(trap) = traps_exits(&server, cx) else {
            return;
        };
        if server.may_have_more_callbacks
            || !server.has(CallbackKind::Info)
            || takes_every_exit(&server)
        {
            return;
        }
        let links = server.calls_to(LINKS, cx.tables);
        let link = links.first().map(|(_, call)| *call);
        let Some(link) = link.or_else(|| starts_linked(&server, cx)) else {
            return;
        };
        let finding = cx.report(
            trap,
            "exits become messages here, and no clause of `handle_info/2` takes them",
        );
        finding.label(
            link,
            "when this ends, the server gets `{:EXIT, pid, reason}`",
        );
        for clause in server.clauses(CallbackKind::Info) {
            if let Some(message) = clause.message().filter(|it| it.tag() == Some("EXIT")) {
                finding.label(message, "takes only some of them");
            }
        }
        finding.help("add `handle_info({:EXIT, pid, reason}, state)`");
    }
}

/// `Worker.start_link(...)` in the process of the server.
fn starts_linked<'t>(server: &Server<'t>, cx: &Cx<'t>) -> Option<Call<'t>> {
    let reached = server.reached(cx.tables).iter();
    let mut calls = reached.flat_map(|it| it.def.descendants().filter_map(Call::cast));
    calls.find(|it| {
        it.name() == "start_link"
            && it.mode() == Mode::Code
            && it.is_remote()
            && it.module().is_some()
            && !runs_elsewhere(it.node(), cx.tables)
    })
}

/// `Process.flag(:trap_exit, true)`, where the server runs it.
pub(super) fn traps_exits<'t>(server: &Server<'t>, cx: &Cx<'t>) -> Option<Call<'t>> {
    let flags = server.calls_to(
        &[("Process", "flag"), (":erlang", "process_flag")],
        cx.tables,
    );
    let mut flags = flags.into_iter().map(|(_, call)| call);
    flags.find(|it| {
        it.argument(0).is_some_and(|it| it.is_atom("trap_exit"))
            && it.argument(1).is_some_and(|it| it.is_atom("true"))
    })
}

/// Whether some clauses take `{:EXIT, pid, reason}` whatever the reason.
fn takes_every_exit(server: &Server) -> bool {
    server.clauses(CallbackKind::Info).any(|clause| {
        let Some(message) = clause.message() else {
            return true;
        };
        let patterns = message.matched_patterns();
        patterns.iter().all(|it| match it.kind() {
            Kind::Tuple => {
                let elements = it.tuple();
                elements.len() == 3
                    && (elements[0].is_atom("EXIT") || !elements[0].is_literal())
                    && !elements[2].is_atom("normal")
            }
            Kind::Var | Kind::Call | Kind::Attribute => true,
            _ => false,
        })
    })
}
