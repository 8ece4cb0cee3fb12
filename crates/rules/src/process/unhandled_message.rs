use rustc_hash::FxHashMap;

use super::unhandled_elsewhere;
use crate::{
    prelude::*,
    server::{CallbackKind, Server},
};

/// A server is sent a message that none of its clauses takes.
///
/// For a call the server crashes and the caller with it; for a cast and for `{:continue, _}` the server crashes; a plain
/// message crashes it where `handle_info/2` has other clauses, and is logged as unexpected where it has none. It is
/// usually a tag that was renamed on one side only.
///
/// # Bad
///
/// ```elixir
/// defmodule Cart do
///   use GenServer
///
///   def add(item), do: GenServer.cast(__MODULE__, {:ad, item})
///
///   def handle_cast({:add, item}, items), do: {:noreply, [item | items]}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Cart do
///   use GenServer
///
///   def add(item), do: GenServer.cast(__MODULE__, {:add, item})
///
///   def handle_cast({:add, item}, items), do: {:noreply, [item | items]}
/// end
/// ```
///
/// Looked at is what goes to `self()` in callbacks, to a server by its name, and what a client function sends to the
/// process it is given where the tag is one of its own server's. A function that sends what it is given is seen through:
/// its callers make the message, three functions away at most. Messages whose tag is written out nowhere, and modules
/// that may get clauses from elsewhere, are left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Project)]
pub struct UnhandledMessage {}

impl Rule for UnhandledMessage {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
        on.project(|_, project, cx| unhandled_elsewhere::check(project, cx));
    }
}

impl UnhandledMessage {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let server = cx.server(module);
        let Some(server) =
            server.filter(|it| it.behaviour.is_server() || it.behaviour.has_socket())
        else {
            return;
        };
        if server.may_have_more_callbacks || has_guessed_clauses(&server) {
            return;
        }
        let mut sent = to_self(&server, cx);
        if server.behaviour.is_server() {
            sent.extend(to_module(module));
            sent.extend(continued(&server));
        }
        let clauses = Clauses::of(&server);
        for (at, message, kind) in sent {
            if is_known(message) && !clauses.take(kind, message) {
                report(&server, at, message, kind, cx);
            }
        }
    }
}

fn report<'t>(
    server: &Server<'t>,
    at: Node<'t>,
    message: Node<'t>,
    kind: CallbackKind,
    cx: &mut Cx<'t>,
) {
    let callback = match kind {
        CallbackKind::Call => "handle_call/3",
        CallbackKind::Cast => "handle_cast/2",
        CallbackKind::Continue => "handle_continue/2",
        _ => "handle_info/2",
    };
    let text = format!("no clause of `{callback}` takes `{}`", message.text());
    let finding = cx.report(at, text);
    if let Some(clause) = server.clauses(kind).next() {
        finding.label(
            clause.def.head().unwrap_or(clause.def.node()),
            "the clauses begin here",
        );
    }
    finding.help(format!(
        "add a clause to `{callback}`, or correct the message"
    ));
}

/// Clauses made by macros, whose patterns the source does not show.
fn has_guessed_clauses(server: &Server) -> bool {
    server.callbacks.iter().any(|it| {
        it.message().is_some_and(|it| {
            it.subtree()
                .any(|it| matches!(it.kind(), Kind::Call | Kind::Invoke))
        })
    })
}

type Sent<'t> = (Node<'t>, Node<'t>, CallbackKind);

const SENDS: &[(&str, &str)] = &[
    ("Kernel", "send"),
    ("Process", "send"),
    ("Process", "send_after"),
    (":erlang", "send_after"),
    (":timer", "send_after"),
    (":timer", "send_interval"),
];

/// What callbacks send to their own process.
fn to_self<'t>(server: &Server<'t>, cx: &Cx<'t>) -> Vec<Sent<'t>> {
    let mut sent = Vec::new();
    for (_, call) in server.calls_to(SENDS, cx.tables) {
        let arguments: Vec<_> = call.arguments().collect();
        let (target, message) = match (call.module().as_deref(), &arguments[..]) {
            (Some(":timer"), [_, message]) => (None, *message),
            (Some(":timer"), [_, target, message]) => (Some(*target), *message),
            (Some(":erlang"), [_, target, message, ..]) => (Some(*target), *message),
            (_, [target, message, ..]) => (Some(*target), *message),
            _ => continue,
        };
        let is_self =
            target.is_none_or(|it| Call::cast(it).is_some_and(|it| it.is_to("Kernel", "self", 0)));
        if is_self {
            sent.push((call.node().whole_pipe(), message, CallbackKind::Info));
        }
    }
    sent
}

/// What the module calls and casts to the process of its own name.
fn to_module(module: Module<'_>) -> Vec<Sent<'_>> {
    let calls = module.descendants().filter_map(Call::cast);
    let calls =
        calls.filter(|it| it.mode() == Mode::Code && it.module().as_deref() == Some("GenServer"));
    let sent = calls.filter_map(|call| {
        let kind = match call.name() {
            "call" => CallbackKind::Call,
            "cast" => CallbackKind::Cast,
            _ => return None,
        };
        let target = call.argument(0)?.module_name()?;
        let is_own = target == module.name();
        is_own.then_some((call.node().whole_pipe(), call.argument(1)?, kind))
    });
    sent.collect()
}

/// What callbacks continue with.
fn continued<'t>(server: &Server<'t>) -> Vec<Sent<'t>> {
    let mut sent: Vec<Sent> = Vec::new();
    for outcome in server.outcomes() {
        let elements = outcome.tail.node.tuple();
        let last = elements
            .last()
            .filter(|it| it.is(Kind::Tuple) && it.tag() == Some("continue"));
        let Some(last) = last.filter(|_| outcome.shape.state_index().is_some()) else {
            continue;
        };
        if let [_, message] = last.tuple()[..]
            && !sent.iter().any(|(it, ..)| it == last)
        {
            sent.push((*last, message, CallbackKind::Continue));
        }
    }
    sent
}

/// Whether the tag of the message is written out.
fn is_known(message: Node) -> bool {
    message.constant().tag().is_some()
}

/// The patterns of messages, by the tag that is written out in them, if one is.
#[derive(Default)]
struct Clauses<'t>(FxHashMap<(CallbackKind, Option<&'t str>), Vec<Option<Node<'t>>>>);

impl<'t> Clauses<'t> {
    fn of(server: &Server<'t>) -> Self {
        let mut clauses = Self::default();
        for callback in &server.callbacks {
            let message = callback.message();
            let tag = message.and_then(|it| it.constant().tag());
            let with_tag = clauses.0.entry((callback.kind, tag)).or_default();
            with_tag.push(message);
        }
        clauses
    }

    fn take(&self, kind: CallbackKind, message: Node<'t>) -> bool {
        let tag = message.constant().tag();
        [tag, None].into_iter().any(|tag| {
            let clauses = self.0.get(&(kind, tag)).into_iter().flatten();
            clauses
                .copied()
                .any(|it| it.is_none_or(|it| it.may_match(message)))
        })
    }
}
