use crate::{
    prelude::*,
    server::{Discarded, Outcome, Shape, Value},
};

/// A helper returns the new state, and the callback throws it away and goes on with the old one.
///
/// Data cannot be changed in place: what the helper did to the state is lost.
///
/// # Bad
///
/// ```elixir
/// defmodule Counter do
///   use GenServer
///
///   def handle_cast(:hit, state) do
///     count(state)
///     {:noreply, state}
///   end
///
///   defp count(state), do: %{state | hits: state.hits + 1}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Counter do
///   use GenServer
///
///   def handle_cast(:hit, state) do
///     {:noreply, count(state)}
///   end
///
///   defp count(state), do: %{state | hits: state.hits + 1}
/// end
/// ```
///
/// Only own functions whose every result is the state, changed in at least one way, are reported.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = State, confidence = High, scope = Module)]
pub struct DroppedState {}

impl Rule for DroppedState {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl DroppedState {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module) else {
            return;
        };
        let mut seen = Vec::new();
        for outcome in server.outcomes() {
            let goes_on = outcome.states.iter().all(Value::is_state) && !outcome.states.is_empty();
            if !goes_on || matches!(outcome.shape, Shape::Stop(..)) {
                continue;
            }
            for discarded in outcome.discarded.iter() {
                let call = discarded.call;
                if !seen.contains(&call.id())
                    && discarded.values.iter().all(Value::is_state)
                    && !discarded.changes.is_empty()
                    && leads_to(call, outcome)
                {
                    seen.push(call.id());
                    report(discarded, outcome, cx);
                }
            }
        }
    }
}

fn report(discarded: &Discarded, outcome: &Outcome, cx: &mut Cx) {
    let call = discarded.call;
    let finding = cx.report(
        call.node().whole_pipe(),
        format!("the state that `{}` returns is thrown away", call.mfa()),
    );
    if let Some(change) = discarded.changes.first() {
        finding.label(change.at, "this change is lost");
    }
    finding
        .label(outcome.tail.node, "goes on with the state as it was")
        .help("bind the result: `state = ...`");
}

/// Whether the call stands on the way to this end.
fn leads_to(call: Call, outcome: &Outcome) -> bool {
    call.precedes_or_is_in(outcome.tail.node)
}
