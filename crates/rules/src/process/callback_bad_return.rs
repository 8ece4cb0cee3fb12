use exlint_findings::Level;
use exlint_syntax::Bindings;

use crate::{
    prelude::*,
    server::{Behaviour, Callback, CallbackKind, Outcome, Server, Shape},
};

/// A callback ends with a value that its behaviour does not understand.
///
/// The process stops with `{:bad_return_value, value}`, and after a `handle_call/3` the caller exits along with it. The
/// compiler does not see it, because a callback may return anything.
///
/// `{:error, reason}` from `init/1` is milder: before OTP 26 it is a bad return value; from 26 on `start_link/3` returns it,
/// but the process ends without a report, and Elixir's documentation does not promise it. It is at most a warning. So are
/// events that a `GenStage` consumer returns: each time an error is logged, and they are dropped.
///
/// # Bad
///
/// ```elixir
/// defmodule Door do
///   use GenServer
///
///   def init(opts) do
///     case Keyword.fetch(opts, :key) do
///       {:ok, key} -> {:ok, key}
///       :error -> {:error, :no_key}
///     end
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Door do
///   use GenServer
///
///   def init(opts) do
///     case Keyword.fetch(opts, :key) do
///       {:ok, key} -> {:ok, key}
///       :error -> {:stop, :no_key}
///     end
///   end
/// end
/// ```
///
/// Only values that are written out are judged, in the callback or in a function of the same module that it ends with;
/// what another module's function returns is not known here. Besides `GenServer`, the callbacks of `GenStage`,
/// `:gen_statem`, LiveViews, live components and channels are checked.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Module)]
pub struct CallbackBadReturn {}

impl Rule for CallbackBadReturn {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl CallbackBadReturn {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module) else {
            return;
        };
        let mut seen = Vec::new();
        for outcome in server.outcomes() {
            let id = outcome.tail.node.id();
            if outcome.shape == Shape::Illegal && !seen.contains(&id) {
                seen.push(id);
                report(server.behaviour, outcome, cx);
            }
        }
        let Some(consumer) = consumer(&server) else {
            return;
        };
        for outcome in server.outcomes() {
            let events = emitted(outcome).filter(|it| !seen.contains(&it.id()));
            if let Some(events) = events.filter(|it| is_never_empty(*it, outcome.callback)) {
                seen.push(events.id());
                report_emitted(consumer, events, cx);
            }
        }
    }
}

/// Where the `init/1` of a stage says that it is a consumer, and never anything else.
fn consumer<'t>(server: &Server<'t>) -> Option<Node<'t>> {
    let is_stage = server.behaviour == Behaviour::GenStage;
    let inits = server.outcomes().iter();
    let inits = inits.filter(|it| is_stage && it.callback.kind == CallbackKind::Init);
    let mut kind = None;
    for outcome in inits {
        match (outcome.shape, outcome.tail.node.tag()) {
            (Shape::Ok(_), Some("consumer")) => kind = Some(outcome.tail.node),
            (Shape::Legal | Shape::Illegal | Shape::Never, _) => {}
            _ => return None,
        }
    }
    kind
}

/// The events in `{:noreply, events, state}` and `{:reply, reply, events, state}`.
fn emitted<'t>(outcome: &Outcome<'t>) -> Option<Node<'t>> {
    let (Shape::NoReply(state) | Shape::Reply(state)) = outcome.shape else {
        return None;
    };
    let is_event = outcome.callback.kind != CallbackKind::Subscribe;
    outcome
        .tail
        .node
        .tuple()
        .get(state - 1)
        .copied()
        .filter(|_| is_event)
}

/// Whether a list has elements for certain: it is written out, or is made of the events that the callback is given.
fn is_never_empty(list: Node, callback: Callback) -> bool {
    let given = callback
        .message()
        .filter(|_| callback.def.is_named("handle_events", 3));
    let list = list.assigned();
    if given.is_some_and(|it| Bindings::of(callback.def.node()).same(it, list)) {
        return true;
    }
    let call = match Pipe::cast(list) {
        Some(pipe) => pipe.right().and_then(Call::cast),
        None => Call::cast(list),
    };
    match call {
        Some(call) => {
            let keeps = matches!(call.name(), "map" | "reverse" | "sort" | "with_index");
            let is_enum = call.module().is_some_and(|it| it == "Enum");
            let from = call.argument(0).filter(|_| keeps && is_enum);
            from.is_some_and(|it| is_never_empty(it, callback))
        }
        None => list.is(Kind::List) && list.children().next().is_some(),
    }
}

fn report_emitted(consumer: Node, events: Node, cx: &mut Cx) {
    let message = format!(
        "`{}` reaches nobody: a consumer cannot emit events",
        shortened(events)
    );
    let finding = cx.report(events, message);
    finding
        .label(events, "GenStage logs an error each time, and drops them")
        .label(consumer, "the stage is a consumer")
        .help("return an empty list, or make the stage a `:producer_consumer`");
    finding.level = finding.level.min(Level::Warning);
}

fn report(behaviour: Behaviour, outcome: &Outcome, cx: &mut Cx) {
    let node = outcome.tail.node;
    let callback = outcome.callback.title();
    let message = match outcome.tail.kind {
        TailKind::Nil => {
            let what = if node.is(Kind::Call) {
                node.name()
            } else {
                "body"
            };
            format!("`{callback}` returns `nil` where this `{what}` has no value")
        }
        _ => format!("`{}` is no result of `{callback}`", shortened(node)),
    };
    let finding = cx.report(node, message);
    for call in &outcome.through {
        finding.label(*call, format!("`{callback}` ends with what this returns"));
    }
    if is_init_error(behaviour, outcome) {
        finding.label(
            node,
            "crashes with `:bad_return_value` before OTP 26, ends without a report from then on",
        );
        finding.level = finding.level.min(Level::Warning);
    }
    finding.help(advice(behaviour, outcome));
}

/// `{:error, reason}` from the `init/1` of a server.
fn is_init_error(behaviour: Behaviour, outcome: &Outcome) -> bool {
    let node = outcome.tail.node;
    outcome.callback.kind == CallbackKind::Init
        && behaviour.is_server()
        && node.is(Kind::Tuple)
        && node.tag() == Some("error")
}

fn advice(behaviour: Behaviour, outcome: &Outcome) -> String {
    let node = outcome.tail.node;
    let kind = outcome.callback.kind;
    if is_init_error(behaviour, outcome)
        && let [_, reason] = node.tuple()[..]
    {
        return format!("return `{{:stop, {}}}`", reason.text());
    }
    let results = match (behaviour, kind) {
        (Behaviour::GenServer, CallbackKind::Init) => {
            "`{:ok, state}`, `:ignore` or `{:stop, reason}`"
        }
        (Behaviour::GenServer, CallbackKind::Call) => {
            "`{:reply, reply, state}`, `{:noreply, state}` or `{:stop, reason, reply, state}`"
        }
        (Behaviour::GenServer, _) => "`{:noreply, state}` or `{:stop, reason, state}`",
        (Behaviour::GenStage, CallbackKind::Subscribe) => {
            "`{:automatic, state}`, `{:manual, state}` or `{:stop, reason, state}`"
        }
        (Behaviour::GenStage, CallbackKind::Call) => {
            "`{:reply, reply, events, state}`, `{:noreply, events, state}` or `{:stop, reason, reply, state}`"
        }
        (Behaviour::GenStage, CallbackKind::Init) => {
            "`{:producer, state}`, `{:consumer, state}`, `:ignore` or `{:stop, reason}`"
        }
        (Behaviour::GenStage, _) => "`{:noreply, events, state}` or `{:stop, reason, state}`",
        (Behaviour::StateMachine, CallbackKind::Init) => {
            "`{:ok, state, data}`, `:ignore` or `{:stop, reason}`"
        }
        (Behaviour::StateMachine, _) => {
            "`{:next_state, state, data}`, `{:keep_state, data}`, `:keep_state_and_data` or `{:stop, reason}`"
        }
        (Behaviour::Channel, CallbackKind::Init) => "`{:ok, socket}` or `{:error, reason}`",
        (_, CallbackKind::Init) => "`{:ok, socket}`",
        _ => "`{:noreply, socket}`",
    };
    format!("return {results}")
}

/// The first line of the code, where it is long.
fn shortened(node: Node) -> String {
    let text = node.text();
    match text.split_once('\n') {
        Some((first, _)) => format!("{first} ..."),
        None => text.to_owned(),
    }
}
