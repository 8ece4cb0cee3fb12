use crate::prelude::*;

/// A timer is cancelled and set again, but its message may be in the mailbox already.
///
/// `Process.cancel_timer/1` returns `false` when the timer has fired. Its message is then handled as if it came from the
/// new timer: a timeout strikes too early, a tick comes twice.
///
/// # Bad
///
/// ```elixir
/// defmodule Idle do
///   use GenServer
///
///   def handle_cast(:touch, state) do
///     Process.cancel_timer(state.timer)
///     {:noreply, %{state | timer: Process.send_after(self(), :timeout, 5_000)}}
///   end
///
///   def handle_info(:timeout, state), do: {:stop, :normal, state}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Idle do
///   use GenServer
///
///   def handle_cast(:touch, state) do
///     Process.cancel_timer(state.timer)
///     id = make_ref()
///     {:noreply, %{state | id: id, timer: Process.send_after(self(), {:timeout, id}, 5_000)}}
///   end
///
///   def handle_info({:timeout, id}, %{id: id} = state), do: {:stop, :normal, state}
///   def handle_info({:timeout, _old}, state), do: {:noreply, state}
/// end
/// ```
///
/// Only timers whose message is the same each time are reported, where the result of the cancelling is thrown away and the
/// timer is set again in the same function.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Medium, scope = Module)]
pub struct CancelledTimerNotFlushed {}

impl Rule for CancelledTimerNotFlushed {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl CancelledTimerNotFlushed {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module).filter(|it| it.behaviour.is_server()) else {
            return;
        };
        let cancels = [("Process", "cancel_timer"), (":erlang", "cancel_timer")];
        for (reached, cancel) in server.calls_to(&cancels, cx.tables) {
            let def = reached.def;
            let flushes = def
                .descendants()
                .any(|it| it.is(Kind::Call) && it.name() == "receive");
            if flushes || !reached.in_loop || !is_unused(cancel) {
                continue;
            }
            let mut sends = def.descendants().filter_map(Call::cast).filter(|it| {
                it.is_to("Process", "send_after", 3)
                    && it.argument(1).is_some_and(Node::is_literal)
                    && cancel.precedes_or_is_in(it.node())
            });
            if let Some(again) = sends.next() {
                cx.report(cancel.node().whole_pipe(), "the message of this timer may have been sent already")
                    .label(again, "and looks the same as that of the next one")
                    .help("put a reference into the message and ignore old ones, or take the message out with `receive ... after 0`");
            }
        }
    }
}

/// Thrown away, or only done on a condition: `ref && Process.cancel_timer(ref)`.
fn is_unused(cancel: Call) -> bool {
    let whole = cancel.node().whole_pipe();
    let around = whole
        .parent()
        .filter(|it| matches!(it.op(), Op::AndAnd | Op::And));
    around.unwrap_or(whole).is_discarded()
}
