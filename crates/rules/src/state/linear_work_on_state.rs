use crate::{
    prelude::*,
    server::{CallbackKind, Effect, Value},
};

/// A callback appends to the end of a list in the state.
///
/// `list ++ [x]` copies the whole list. When it happens for every message, the time to handle one grows with all that came
/// before, while callers wait.
///
/// # Bad
///
/// ```elixir
/// defmodule Queue do
///   use GenServer
///
///   def handle_call({:push, job}, _from, state) do
///     {:reply, :ok, %{state | jobs: state.jobs ++ [job]}}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Queue do
///   use GenServer
///
///   def handle_call({:push, job}, _from, state) do
///     {:reply, :ok, %{state | jobs: :queue.in(job, state.jobs)}}
///   end
/// end
/// ```
///
/// Lists that stay short do not suffer; how long they get is not known here.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = State, confidence = Low, scope = Module)]
pub struct LinearWorkOnState {}

impl Rule for LinearWorkOnState {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl LinearWorkOnState {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx
            .server(module)
            .filter(|it| it.behaviour.is_server() && it.has(CallbackKind::Call))
        else {
            return;
        };
        let mut seen = Vec::new();
        for outcome in server
            .outcomes()
            .iter()
            .filter(|it| it.callback.is_repeatable())
        {
            for change in outcome.states.iter().flat_map(Value::changes) {
                let is_append = change.effect == Effect::Grow
                    && change.at.op() == Op::Append
                    && change.with.is_some_and(|it| it.is(Kind::List))
                    && change.at.child(Role::Right) == change.with;
                if is_append && !seen.contains(&change.at.id()) {
                    seen.push(change.at.id());
                    let name = cx.file.symbol_text(change.key);
                    cx.report(change.at, format!("copies all of `{name}` to append to it"))
                        .help(
                            "put new elements in front and reverse when reading, or use `:queue`",
                        );
                }
            }
        }
    }
}
