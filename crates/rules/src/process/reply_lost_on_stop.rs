use crate::{
    prelude::*,
    server::{Behaviour, CallbackKind},
};

/// A state machine stops with replies in a place where they are not sent.
///
/// `{:stop, reason, data}` has no place for replies: what stands third becomes the data. The caller is not answered; it
/// exits when the process does, or waits until its timeout. Only `{:stop_and_reply, reason, replies}` sends them.
///
/// # Bad
///
/// ```elixir
/// defmodule Door do
///   @behaviour :gen_statem
///
///   def callback_mode, do: :handle_event_function
///
///   def handle_event({:call, from}, :remove, _state, _data) do
///     {:stop, :normal, [{:reply, from, :ok}]}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Door do
///   @behaviour :gen_statem
///
///   def callback_mode, do: :handle_event_function
///
///   def handle_event({:call, from}, :remove, _state, _data) do
///     {:stop_and_reply, :normal, [{:reply, from, :ok}]}
///   end
/// end
/// ```
///
/// In a `GenServer` the same is reported for a reply that is itself written as `{:reply, ...}`:
/// `{:stop, reason, {:reply, value}, state}` sends the tuple.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Module)]
pub struct ReplyLostOnStop {}

impl Rule for ReplyLostOnStop {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl ReplyLostOnStop {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module) else {
            return;
        };
        let is_machine = server.behaviour == Behaviour::StateMachine;
        if !is_machine && !server.behaviour.is_server() {
            return;
        }
        let mut seen = Vec::new();
        for outcome in server.outcomes() {
            let node = outcome.tail.node;
            let is_stop = node.tag() == Some("stop") && node.is(Kind::Tuple);
            let is_candidate = is_machine || outcome.callback.kind == CallbackKind::Call;
            let mut others = node.tuple().into_iter().skip(2);
            let lost = others.find(|it| has_reply(it.assigned()));
            if let Some(lost) =
                lost.filter(|_| is_stop && is_candidate && !seen.contains(&node.id()))
            {
                seen.push(node.id());
                let finding = cx.report(node, "this reply is not sent as one");
                match is_machine {
                    true => finding
                        .label(lost, "becomes the data of the state machine")
                        .help("return `{:stop_and_reply, reason, replies}`"),
                    false => finding
                        .label(lost, "the caller gets the tuple itself")
                        .help("return `{:stop, reason, reply, state}`"),
                };
            }
        }
    }
}

/// `{:reply, ...}` or a list with one.
fn has_reply(node: Node) -> bool {
    let is_reply = |it: Node| it.is(Kind::Tuple) && it.tag() == Some("reply");
    is_reply(node) || node.is(Kind::List) && node.children().any(is_reply)
}
