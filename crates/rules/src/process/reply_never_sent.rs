use crate::{
    prelude::*,
    server::{Behaviour, CallbackKind, Outcome, Shape},
};

/// A call is neither replied to nor is `from` kept to reply later.
///
/// `{:noreply, state}` says that the reply is sent by other means, and only `from` can do that. Where `from` goes
/// nowhere, the caller waits until its timeout (five seconds unless it says otherwise) and then exits.
///
/// # Bad
///
/// ```elixir
/// defmodule Desk do
///   use GenServer
///
///   def handle_call({:note, text}, _from, state) do
///     {:noreply, Map.put(state, :note, text)}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Desk do
///   use GenServer
///
///   def handle_call({:note, text}, _from, state) do
///     {:reply, :ok, Map.put(state, :note, text)}
///   end
/// end
/// ```
///
/// The clauses of a `:gen_statem` for `{:call, from}` are held to the same.
/// Any use of `from` on the way to the result counts as keeping it.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Module)]
pub struct ReplyNeverSent {}

impl Rule for ReplyNeverSent {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl ReplyNeverSent {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module) else {
            return;
        };
        let mut seen = Vec::new();
        for outcome in server.outcomes() {
            if !goes_on(server.behaviour, outcome) || keeps_from(outcome) {
                continue;
            }
            let end = end(outcome);
            if !seen.contains(&end.id()) {
                seen.push(end.id());
                report(outcome, end, cx);
            }
        }
    }
}

/// Whether the caller goes on waiting after this end.
fn goes_on(behaviour: Behaviour, outcome: &Outcome) -> bool {
    if behaviour != Behaviour::StateMachine {
        let is_call = outcome.callback.kind == CallbackKind::Call;
        return is_call && matches!(outcome.shape, Shape::NoReply(_));
    }
    let end = outcome.tail.node;
    // A postponed event comes again in the next state.
    let is_postponed = end.subtree().any(|it| it.is_atom("postpone"));
    matches!(outcome.shape, Shape::NoReply(_) | Shape::Legal)
        && !is_postponed
        && !matches!(end.tag(), Some("stop" | "stop_and_reply"))
}

/// Where the callback itself ends.
fn end<'t>(outcome: &Outcome<'t>) -> Node<'t> {
    match outcome.through.first() {
        Some(call) => call.node().whole_pipe(),
        None => outcome.tail.node,
    }
}

fn keeps_from(outcome: &Outcome) -> bool {
    let callback = outcome.callback;
    let Some(from) = callback.from() else {
        return true;
    };
    let names: Vec<_> = from.subtree().filter(|it| it.is_binding()).collect();
    let end = end(outcome);
    let is_use = |it: &Node| {
        it.is(Kind::Var)
            && it.id() > from.id()
            && names.iter().any(|name| name.symbol() == it.symbol())
    };
    callback
        .def
        .descendants()
        .filter(|it| !from.contains(*it))
        .filter(is_use)
        .any(|it| it.precedes_or_is_in(end))
}

fn report(outcome: &Outcome, end: Node, cx: &mut Cx) {
    let finding = cx.report(end, "the caller never gets a reply");
    if let Some(from) = outcome.callback.from() {
        finding.label(from, "who waits for it is not kept");
    }
    if !outcome.through.is_empty() {
        finding.label(outcome.tail.node, "the result");
    }
    finding.help(match outcome.callback.kind {
        CallbackKind::Call => {
            "return `{:reply, reply, state}`, or keep `from` and call `GenServer.reply/2` later"
        }
        _ => "add `{:reply, from, reply}` to the actions, or keep `from` and reply later",
    });
}
