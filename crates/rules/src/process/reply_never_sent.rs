use crate::{
    prelude::*,
    server::{CallbackKind, Outcome, Shape},
};

/// `handle_call/3` neither replies nor keeps `from` to reply later.
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
            let is_call = outcome.callback.kind == CallbackKind::Call;
            if !is_call || !matches!(outcome.shape, Shape::NoReply(_)) || keeps_from(outcome) {
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
    finding
        .help("return `{:reply, reply, state}`, or keep `from` and call `GenServer.reply/2` later");
}
