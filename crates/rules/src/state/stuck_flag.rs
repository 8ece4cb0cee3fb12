use crate::{
    prelude::*,
    server::{Callback, CallbackKind, Change, Effect, Server, Value},
};

/// A flag says that work is in progress, and only the work's success clears it.
///
/// The work runs in another process. When that crashes, no result comes, the flag stays set, and the server refuses to
/// start the work ever again, without any error to be seen.
///
/// # Bad
///
/// ```elixir
/// defmodule Sync do
///   use GenServer
///
///   def init(_opts), do: {:ok, %{running: false}}
///
///   def handle_cast(:sync, %{running: true} = state), do: {:noreply, state}
///
///   def handle_cast(:sync, state) do
///     Task.Supervisor.async_nolink(Sync.Tasks, &Remote.sync/0)
///     {:noreply, %{state | running: true}}
///   end
///
///   def handle_info({_ref, :done}, state), do: {:noreply, %{state | running: false}}
///   def handle_info(_message, state), do: {:noreply, state}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Sync do
///   use GenServer
///
///   def init(_opts), do: {:ok, %{running: false}}
///
///   def handle_cast(:sync, %{running: true} = state), do: {:noreply, state}
///
///   def handle_cast(:sync, state) do
///     Task.Supervisor.async_nolink(Sync.Tasks, &Remote.sync/0)
///     {:noreply, %{state | running: true}}
///   end
///
///   def handle_info({_ref, :done}, state), do: {:noreply, %{state | running: false}}
///   def handle_info({:DOWN, _, _, _, _}, state), do: {:noreply, %{state | running: false}}
/// end
/// ```
///
/// Only flags with the value `true` that `async_nolink`, `start_child` or a spawned process goes with are looked at. A flag
/// that a timer, a call or a cast can clear is not reported.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = State, confidence = Medium, scope = Module)]
pub struct StuckFlag {}

impl Rule for StuckFlag {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl StuckFlag {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module).filter(|it| it.behaviour.is_server()) else {
            return;
        };
        if server.may_have_more_callbacks {
            return;
        }
        let starts = server.calls_to(STARTS, cx.tables);
        let changes: Vec<_> = changes(&server).collect();
        let mut reported = Vec::new();
        for (setter, set) in changes.iter().filter(|(_, it)| is_set_to(it, "true")) {
            let Some((_, start)) = starts.iter().find(|(it, _)| it.def == setter.def) else {
                continue;
            };
            let mut clears = changes
                .iter()
                .filter(|(_, it)| it.key == set.key && !is_set_to(it, "true"))
                .peekable();
            let Some((_, clear)) = clears.peek() else {
                continue;
            };
            if !reported.contains(&set.key) && clears.clone().all(|(it, _)| is_success(*it, module))
            {
                reported.push(set.key);
                let name = cx.file.symbol_text(set.key);
                cx.report(set.at, format!("`{name}` stays `true` when the work crashes"))
                    .label(*start, "the work runs in another process")
                    .label(clear.at, "only its success clears the flag")
                    .help("monitor the process and clear the flag on `{:DOWN, ref, :process, pid, reason}` too");
            }
        }
    }
}

const STARTS: &[(&str, &str)] = &[
    ("Task.Supervisor", "async_nolink"),
    ("Task.Supervisor", "start_child"),
    ("Task", "start"),
    ("Kernel", "spawn"),
    ("Kernel", "spawn_monitor"),
];

fn changes<'t, 's>(
    server: &'s Server<'t>,
) -> impl Iterator<Item = (Callback<'t>, Change<'t>)> + 's {
    let outcomes = server
        .outcomes()
        .iter()
        .filter(|it| it.callback.is_repeatable());
    outcomes.flat_map(|it| {
        let changes = it.states.iter().flat_map(Value::changes);
        changes
            .filter(|it| it.effect == Effect::Reset && it.key != Symbol::NONE)
            .map(|change| (it.callback, *change))
    })
}

fn is_set_to(change: &Change, value: &str) -> bool {
    change.at.is_atom(value)
        || Call::cast(change.at)
            .and_then(|it| it.argument(2))
            .is_some_and(|it| it.is_atom(value))
}

/// A message that neither a crash nor a timer nor a caller sends.
fn is_success(callback: Callback, module: Module) -> bool {
    let Some(message) = callback
        .message()
        .filter(|_| callback.kind == CallbackKind::Info)
    else {
        return false;
    };
    let is_end = message.is_irrefutable() || matches!(message.tag(), Some("DOWN" | "EXIT"));
    let tag = message.tag();
    let is_timed = module.descendants().filter_map(Call::cast).any(|it| {
        let sends = matches!(it.name(), "send_after" | "send_interval");
        sends && it.arguments().any(|it| tag.is_some() && it.tag() == tag)
    });
    !is_end && !is_timed
}
