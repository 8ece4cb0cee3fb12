use crate::prelude::*;

/// A server is ticked by `:timer.send_interval` and never cancels it.
///
/// The interval does not wait for the handler: when handling takes longer than the interval, messages pile up. A timer
/// that is set again at the end of the handler cannot do that.
///
/// # Bad
///
/// ```elixir
/// defmodule Clock do
///   use GenServer
///
///   def init(opts) do
///     :timer.send_interval(1_000, :tick)
///     {:ok, opts}
///   end
///
///   def handle_info(:tick, state), do: {:noreply, Ticks.run(state)}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Clock do
///   use GenServer
///
///   def init(opts) do
///     Process.send_after(self(), :tick, 1_000)
///     {:ok, opts}
///   end
///
///   def handle_info(:tick, state) do
///     state = Ticks.run(state)
///     Process.send_after(self(), :tick, 1_000)
///     {:noreply, state}
///   end
/// end
/// ```
///
/// A handler that is always faster than the interval is in no danger; that is not known here.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Low, scope = Module)]
pub struct PeriodicTimerWithoutRearmSafety {}

impl Rule for PeriodicTimerWithoutRearmSafety {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl PeriodicTimerWithoutRearmSafety {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module).filter(|it| it.behaviour.is_server()) else {
            return;
        };
        let cancels = module
            .descendants()
            .any(|it| it.is(Kind::Call) && it.name() == "cancel");
        if cancels {
            return;
        }
        for (_, call) in server.calls_to(&[(":timer", "send_interval")], cx.tables) {
            cx.report(
                call,
                "ticks pile up when handling one takes longer than the interval",
            )
            .help("set the next timer with `Process.send_after/3` at the end of the handler");
        }
    }
}
