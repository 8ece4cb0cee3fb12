use crate::{
    prelude::*,
    server::{Outcome, Shape, Value},
};

/// `handle_call/3` replies with the whole state.
///
/// All of it is copied into the caller's heap, and callers come to depend on how the server keeps its data, which then
/// cannot change.
///
/// # Bad
///
/// ```elixir
/// defmodule Desk do
///   use GenServer
///
///   def handle_call(:state, _from, state), do: {:reply, state, state}
///   def handle_cast({:paper, paper}, state), do: {:noreply, %{state | last: paper}}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Desk do
///   use GenServer
///
///   def handle_call(:last, _from, state), do: {:reply, state.last, state}
///   def handle_cast({:paper, paper}, state), do: {:noreply, %{state | last: paper}}
/// end
/// ```
///
/// Servers whose only call this is hold settings, or are read by design, and are left alone. For debugging there is
/// `:sys.get_state/1`.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = State, confidence = Low, scope = Module)]
pub struct StateReturnedWhole {}

impl Rule for StateReturnedWhole {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl StateReturnedWhole {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module).filter(|it| it.behaviour.is_server()) else {
            return;
        };
        let keeps_more = server.outcomes().iter().any(|it| {
            it.callback.is_repeatable() && it.states.iter().any(|it| !it.changes().is_empty())
        });
        if !keeps_more {
            return;
        }
        let mut seen = Vec::new();
        for outcome in server.outcomes() {
            let Some(reply) = whole(outcome).filter(|it| !seen.contains(&it.id())) else {
                continue;
            };
            seen.push(reply.id());
            cx.report(reply, "the whole state is copied to the caller")
                .help("reply with what the caller needs");
        }
    }
}

/// The reply, where it is the state itself.
fn whole<'t>(outcome: &Outcome<'t>) -> Option<Node<'t>> {
    let index = match outcome.shape {
        Shape::Reply(state) => state - 1,
        Shape::Stop(Some(reply), _) => reply,
        _ => return None,
    };
    let elements = outcome.tail.node.tuple();
    let (reply, state) = (*elements.get(index)?, *elements.last()?);
    let is_state = outcome.states.iter().any(Value::is_state);
    (is_state && reply.is(Kind::Var) && state.is(Kind::Var) && reply.symbol() == state.symbol())
        .then_some(reply)
}
