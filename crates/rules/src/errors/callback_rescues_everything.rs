use exlint_findings::Level;

use super::{handler::Handler, swallow::raises_again};
use crate::prelude::*;

/// Rescues everything in a callback and goes on with the old state.
///
/// A server that cannot handle a message is meant to crash: its supervisor starts it again with a state that is known
/// to be good. With a rescue around the whole callback, the message is lost, the state stays as it was when the failure
/// arose, half-done work included, and the next message meets the same failure, for ever.
///
/// # Bad
///
/// ```elixir
/// defmodule Sync do
///   use GenServer
///
///   def handle_info(:sync, state) do
///     {:noreply, %{state | rows: Source.fetch!(state.url)}}
///   rescue
///     _ -> {:noreply, state}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Sync do
///   use GenServer
///
///   def handle_info(:sync, state) do
///     {:noreply, %{state | rows: Source.fetch!(state.url)}}
///   end
/// end
/// ```
///
/// Who asked by a call and gets the error for an answer knows, and decides. An information only where the handler logs the stacktrace and the callback arms its timer again: that is a decision.
/// Exits of other processes (`catch :exit, _`) are left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = Medium, scope = Module)]
pub struct CallbackRescuesEverything {}

impl Rule for CallbackRescuesEverything {
    fn listen(on: &mut On<Self>) {
        on.kind(Kind::Section, Self::check);
    }
}

impl CallbackRescuesEverything {
    fn check(&self, section: Node, cx: &mut Cx) {
        let handlers = Handler::of(section);
        let Some(handler) = handlers.iter().find(|it| it.takes_every_exception()) else {
            return;
        };
        let Some(def) = handler
            .def()
            .filter(|it| is_callback(*it) && is_whole(handler, *it))
        else {
            return;
        };
        let Some(value) = old_state(handler, def).filter(|_| !raises_again(handler)) else {
            return;
        };
        let body = def.body();
        let in_def = |name: &str| {
            body.into_iter()
                .flat_map(Body::descendants)
                .chain(handler.clause.body().descendants())
                .any(|it| it.name() == name)
        };
        let is_decided = in_def("__STACKTRACE__") && (in_def("send_after") || in_def("schedule"));
        let message = format!(
            "`{}` goes on with the old state whatever happened",
            handler.written()
        );
        let finding = cx.report(handler.clause.head_span(), message);
        finding
            .label(value, "the message is lost, and the next one may meet the same failure")
            .help("let the server crash and its supervisor start it again, or rescue what you expect by name");
        if is_decided {
            finding.level(Level::Info);
        }
    }
}

fn is_callback(def: Def) -> bool {
    let named = [
        ("handle_call", 3),
        ("handle_cast", 2),
        ("handle_info", 2),
        ("handle_continue", 2),
        ("handle_event", 3),
    ];
    let uses = def.module().is_some_and(|it| it.uses().next().is_some());
    (uses || def.attribute("impl").is_some())
        && named.iter().any(|(name, arity)| def.is_named(name, *arity))
}

/// Whether nothing of the callback is outside.
fn is_whole(handler: &Handler, def: Def) -> bool {
    handler.owner == def.node()
        || def
            .body()
            .is_some_and(|it| it.expressions().next() == Some(handler.owner))
}

/// The value that holds the state as the callback received it.
fn old_state<'t>(handler: &Handler<'t>, def: Def<'t>) -> Option<Node<'t>> {
    let state = def.parameters().last()?;
    let state = state.subtree().filter(|it| it.is_binding()).last()?;
    let tails = handler.clause.body().tails();
    let mut values = tails.iter().map(|it| it.node);
    values.find(|it| {
        matches!(it.tag(), Some("noreply" | "reply"))
            && it.children().any(|it| it.is_var(state.name()))
            && !tells_caller(*it, handler)
    })
}

/// `{:reply, {:error, error}, state}`: who asked learns of it.
fn tells_caller(value: Node, handler: &Handler) -> bool {
    let parts = value.tuple();
    let reply = parts.get(1).filter(|_| value.tag() == Some("reply"));
    reply.is_some_and(|reply| {
        let exception = handler.exception();
        let holds = |it: Node| exception.is_some_and(|exception| it.is_var(exception.name()));
        reply.is_atom("error") || reply.tag() == Some("error") || reply.subtree().any(holds)
    })
}
