use rustc_hash::FxHashMap;

use crate::{
    prelude::*,
    server::{CallbackKind, Change, Effect, Server, Value},
};

/// Casts are collected in the state until a timer or a flush empties it, and nothing limits how many.
///
/// Nobody who casts learns that the server is behind. When messages come faster than they are flushed, or when a flush
/// fails for a while, the buffer grows until the node runs out of memory.
///
/// # Bad
///
/// ```elixir
/// defmodule Events do
///   use GenServer
///
///   def handle_cast({:event, event}, state) do
///     {:noreply, %{state | buffer: [event | state.buffer]}}
///   end
///
///   def handle_info(:flush, state) do
///     Store.insert_all(state.buffer)
///     {:noreply, %{state | buffer: []}}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Events do
///   use GenServer
///
///   def handle_call({:event, event}, _from, state) do
///     if length(state.buffer) < 1_000 do
///       {:reply, :ok, %{state | buffer: [event | state.buffer]}}
///     else
///       {:reply, {:error, :full}, state}
///     end
///   end
///
///   def handle_info(:flush, state) do
///     Store.insert_all(state.buffer)
///     {:noreply, %{state | buffer: []}}
///   end
/// end
/// ```
///
/// A module that asks for the size of the buffer anywhere is not reported.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = State, confidence = Medium, scope = Module)]
pub struct UnboundedCastBuffer {}

impl Rule for UnboundedCastBuffer {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl UnboundedCastBuffer {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module).filter(|it| it.behaviour.is_server()) else {
            return;
        };
        let mut flushes: FxHashMap<Symbol, Change> = FxHashMap::default();
        for (kind, change) in changes(&server) {
            if kind == CallbackKind::Info && change.effect == Effect::Reset {
                flushes.entry(change.key).or_insert(change);
            }
        }
        for (kind, change) in changes(&server) {
            let is_buffered = kind == CallbackKind::Cast
                && change.effect == Effect::Grow
                && is_list_or_queue(&change);
            // Each key is judged once.
            if is_buffered
                && let Some(flush) = flushes.remove(&change.key)
                && !is_measured(module, change.key)
            {
                let name = cx.file.symbol_text(change.key);
                cx.report(change.at, format!("`{name}` takes any number of casts"))
                    .label(flush.at, "emptied only here")
                    .help("take them with `call` so that senders wait, drop above a limit, or use GenStage");
            }
        }
    }
}

fn changes<'t, 's>(
    server: &'s Server<'t>,
) -> impl Iterator<Item = (CallbackKind, Change<'t>)> + 's {
    server.outcomes().iter().flat_map(|it| {
        let changes = it.states.iter().flat_map(Value::changes);
        changes.map(|change| (it.callback.kind, *change))
    })
}

fn is_list_or_queue(change: &Change) -> bool {
    matches!(change.at.kind(), Kind::List | Kind::Binary)
        || Call::cast(change.at).is_some_and(|it| it.module().as_deref() == Some(":queue"))
}

/// Whether the module asks how large the key is.
fn is_measured(module: Module, key: Symbol) -> bool {
    module.descendants().filter_map(Call::cast).any(|it| {
        matches!(it.name(), "length" | "len" | "count" | "size" | "byte_size")
            && it
                .arguments()
                .any(|it| it.subtree().any(|it| it.symbol() == key))
    })
}
