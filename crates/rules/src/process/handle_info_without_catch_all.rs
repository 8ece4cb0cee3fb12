use crate::{
    prelude::*,
    server::{CallbackKind, runs_elsewhere},
};

/// A server gets messages from elsewhere, and its `handle_info/2` takes only those that it expects.
///
/// Code that runs in the server leaves messages behind: a task that was not awaited replies, a port prints, a call that
/// exited and was caught may still be answered by an old node. One message without a clause crashes the server.
///
/// # Bad
///
/// ```elixir
/// defmodule Runner do
///   use GenServer
///
///   def handle_cast({:run, command}, state) do
///     Port.open({:spawn, command}, [:binary])
///     {:noreply, state}
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
///   require Logger
///
///   def handle_cast({:run, command}, state) do
///     Port.open({:spawn, command}, [:binary])
///     {:noreply, state}
///   end
///
///   def handle_info({_port, {:data, data}}, state), do: {:noreply, Map.put(state, :last, data)}
///
///   def handle_info(message, state) do
///     Logger.warning("unexpected: #{inspect(message)}")
///     {:noreply, state}
///   end
/// end
/// ```
///
/// Crashing on a message that should not be there may be what you want. Only servers that open ports, or start tasks
/// without awaiting them, are reported.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Low, scope = Module)]
pub struct HandleInfoWithoutCatchAll {}

impl Rule for HandleInfoWithoutCatchAll {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

const SOURCES: &[(&str, &str)] = &[
    ("Port", "open"),
    ("Task", "async"),
    ("Task.Supervisor", "async"),
    ("Task.Supervisor", "async_nolink"),
];

impl HandleInfoWithoutCatchAll {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module).filter(|it| it.behaviour.is_server()) else {
            return;
        };
        let takes_all = server
            .clauses(CallbackKind::Info)
            .any(|it| it.message().is_none_or(Node::is_irrefutable) && it.def.guard().is_none());
        let awaits = module.descendants().any(|it| {
            it.is(Kind::Call)
                && matches!(it.name(), "await" | "await_many" | "yield" | "yield_many")
                && !runs_elsewhere(it, cx.tables)
        });
        if takes_all || server.may_have_more_callbacks {
            return;
        }
        let Some(last) = server.clauses(CallbackKind::Info).last() else {
            return;
        };
        let sources = server.calls_to(SOURCES, cx.tables);
        let source = sources
            .iter()
            .find(|(_, it)| it.name() == "open" || !awaits);
        if let Some((_, source)) = source {
            cx.report(
                last.def.head().unwrap_or(last.def.node()),
                "a message that no clause takes crashes the server",
            )
            .label(*source, "messages come from here")
            .help("add a last clause that logs the message");
        }
    }
}
