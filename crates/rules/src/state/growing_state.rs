use rustc_hash::FxHashSet;

use super::grown_elsewhere;
use crate::{
    liveview::liveview_large_assign::growing_assigns,
    prelude::*,
    server::{
        Behaviour, Callback, CallbackKind, Change, Effect, Outcome, Server, Shape, Value, agent,
    },
};

/// A key of a server's state only ever grows.
///
/// Each message adds an element, and no code of the module takes one out or starts afresh. A process that lives as long
/// as the node then holds all that ever went through it: each garbage collection copies more, and in the end the node
/// runs out of memory. Entries for processes that are gone, ids that nobody asks for any more, and lists kept for
/// debugging are the usual ones.
///
/// # Bad
///
/// ```elixir
/// defmodule Seen do
///   use GenServer
///
///   def init(_opts), do: {:ok, %{seen: %{}}}
///
///   def handle_info({:seen, id}, state) do
///     {:noreply, put_in(state.seen[id], true)}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Seen do
///   use GenServer
///
///   def init(_opts), do: {:ok, %{seen: %{}}}
///
///   def handle_info({:seen, id}, state) do
///     {:noreply, put_in(state.seen[id], true)}
///   end
///
///   def handle_info({:gone, id}, state) do
///     {:noreply, %{state | seen: Map.delete(state.seen, id)}}
///   end
/// end
/// ```
///
/// Not reported: keys that are checked for their size, sets of keys that the source shows to be small (a guard with
/// `in`, modules, nodes), and servers that stop by themselves when their work is done. Functions of other files that are
/// given the state and return it are followed where they return `%{state | key: ...}` or use `put_in`; of a key that anything in the
/// project sets anew, takes something out of, or looks at the size of, nothing is said then.
/// Of a list in the assigns of a LiveView `liveview-large-assign` speaks.
/// Whether the elements would in fact be few for another reason is not known here.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = State, confidence = Medium, scope = Project)]
pub struct GrowingState {}

impl Rule for GrowingState {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
        on.project(|_, project, cx| grown_elsewhere::check(project, cx));
    }
}

impl GrowingState {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module) else {
            return;
        };
        if server.behaviour == Behaviour::Agent {
            return check_agent(module, cx);
        }
        if is_short_lived(&server) {
            return;
        }
        let changes: Vec<_> = changes(&server).collect();
        if changes.iter().any(|it| is_unknown(it)) {
            return;
        }
        let (shrunk, measured) = (shrunk(&changes), measured_or_shrunk(module));
        let records = records(module);
        let (mut seen, mut reported) = (FxHashSet::default(), FxHashSet::default());
        for found in &changes {
            let Some(change) = &found.change else {
                continue;
            };
            if seen.insert(change.at.id())
                && change.effect == Effect::Grow
                && found.outcome.callback.is_repeatable()
                && !reported.contains(&change.key)
                && !is_bounded(change, &found.outcome.callback)
                && (!server.behaviour.has_socket() || is_pushed(change, found.outcome))
                && !(change.key == Symbol::NONE && is_record(&found.outcome.callback, &records))
                && !shrunk.contains(&change.key)
                && !measured.contains(&change.key)
            {
                reported.insert(change.key);
                if is_large_assign(change, server.behaviour, cx) {
                    continue;
                }
                report(change, found.outcome, one_reason(change.key, &changes), cx);
            }
        }
    }
}

/// An agent whose functions only ever put into its state.
fn check_agent<'t>(module: Module<'t>, cx: &mut Cx<'t>) {
    let updates = agent::updates(module);
    let stops = module
        .descendants()
        .filter_map(Call::cast)
        .any(|it| it.name() == "stop" && it.module().is_some_and(|it| it == "Agent"));
    if stops || updates.iter().any(|it| agent::may_shrink(*it)) {
        return;
    }
    let mut growths = updates.iter().filter_map(|it| agent::growth(*it));
    if let Some((at, _)) = growths.find(|(_, key)| !key.is_some_and(is_of_the_code)) {
        cx.report(
            at,
            "the agent's state gains an entry with each of these and never loses one",
        )
        .help("remove entries that are no longer needed, or bound their number");
    }
}

/// A change in one of the ways a callback may end; `None`: the state is replaced by something unknown.
struct Found<'t, 's> {
    outcome: &'s Outcome<'t>,
    change: Option<Change<'t>>,
}

fn changes<'t, 's>(server: &'s Server<'t>) -> impl Iterator<Item = Found<'t, 's>> {
    let lives_on = |it: &&Outcome| {
        !matches!(it.shape, Shape::Stop(..)) && it.callback.kind != CallbackKind::Terminate
    };
    server
        .outcomes()
        .iter()
        .filter(lives_on)
        .flat_map(|outcome| {
            outcome.states.iter().flat_map(move |state| {
                let changes = match state {
                    Value::State(changes) => changes.iter().copied().map(Some).collect(),
                    Value::Tuple(elements) if is_tuple(outcome, elements.len()) => {
                        places(outcome, elements).into_iter().map(Some).collect()
                    }
                    _ => vec![None],
                };
                changes
                    .into_iter()
                    .map(move |change| Found { outcome, change })
            })
        })
}

/// Whether the callback takes a state that is a tuple of this size.
fn is_tuple(outcome: &Outcome, size: usize) -> bool {
    let callback = outcome.callback;
    let state = callback.state.and_then(|it| callback.def.parameter(it));
    let patterns = state.map(Node::matched_patterns).unwrap_or_default();
    patterns
        .iter()
        .any(|it| it.is(Kind::Tuple) && it.tuple().len() == size)
}

/// What happens to the places of a state that is a tuple.
fn places<'t>(outcome: &Outcome<'t>, elements: &[Vec<Value<'t>>]) -> Vec<Change<'t>> {
    let mut changes = Vec::new();
    for (values, nth) in elements.iter().zip(0..=u8::MAX) {
        let key = Symbol::place(nth);
        for value in values {
            match value {
                Value::Part(part, own) if *part == key => changes.extend(own.iter().copied()),
                _ => changes.push(Change {
                    key,
                    effect: Effect::Reset,
                    at: outcome.tail.node,
                    with: None,
                }),
            }
        }
    }
    changes
}

/// The state may lose any of its keys.
fn is_unknown(found: &Found) -> bool {
    match &found.change {
        None => found.outcome.shape != Shape::Unknown || found.outcome.callback.is_repeatable(),
        Some(change) => change.key == Symbol::NONE && change.effect == Effect::Reset,
    }
}

fn report(change: &Change, outcome: &Outcome, one_reason: Option<Node>, cx: &mut Cx) {
    let name = cx.file.symbol_text(change.key);
    let message = match (name, one_reason) {
        ("", _) => "the state gains an entry with each message and never loses one".to_owned(),
        (name, Some(reason)) => format!(
            "`{name}` of the state loses an entry only where a process ends for the reason `{}`",
            reason.text()
        ),
        (name, None) => format!(
            "`{name}` of the state only grows: nothing in this module takes anything out of it"
        ),
    };
    let finding = cx.report(change.at, message);
    if let Some(message) = outcome.callback.message() {
        finding.label(message, "each of these messages adds to it");
    }
    finding.help("remove entries when what they stand for is gone, bound their number, or keep them in an ETS table with a sweeper");
}

/// Stops by itself when its work is done.
fn is_short_lived(server: &Server) -> bool {
    // A formatter of ExUnit lives for one run of the tests.
    let is_formatter = server
        .clauses(CallbackKind::Cast)
        .any(|it| it.message().and_then(Node::tag) == Some("suite_finished"));
    is_formatter
        || server.outcomes().iter().any(|it| {
            let is_own_decision = matches!(
                it.callback.kind,
                CallbackKind::Call
                    | CallbackKind::Cast
                    | CallbackKind::Info
                    | CallbackKind::Continue
            );
            let reason = it.tail.node.tuple().get(1).copied();
            is_own_decision
                && matches!(it.shape, Shape::Stop(..))
                && reason.is_some_and(|it| it.is_atom("normal"))
                && !it.callback.message().is_some_and(is_signal)
        })
}

/// `{:DOWN, ...}` and `{:EXIT, ...}`: another process has ended.
fn is_signal(message: Node) -> bool {
    matches!(message.tag(), Some("DOWN" | "EXIT"))
}

/// Whether what is added is one of a few things, or not from the message at all.
fn is_bounded(change: &Change, callback: &Callback) -> bool {
    let Some(with) = change.with else {
        return false;
    };
    let is_map_key = !matches!(change.at.kind(), Kind::List | Kind::Binary);
    if is_map_key && (with.is_literal() || is_of_the_code(with)) {
        return true;
    }
    let of_cluster = callback
        .message()
        .is_some_and(|it| matches!(it.tag(), Some("nodeup" | "nodedown")));
    let is_call_to_node =
        Call::cast(with).is_some_and(|it| it.name() == "node" || it.name() == "self");
    let guard = change.at.enclosing::<Def>().and_then(Def::guard);
    let is_one_of = |it: Node| {
        let is_member = Call::cast(it).is_some_and(|it| it.name() == "member?");
        (it.op() == Op::In || is_member)
            && it.children().any(|it| with.is_var(it.name()))
            && !it.children().any(|it| is_grown(it, change))
    };
    of_cluster
        || is_call_to_node
        || guard
            .into_iter()
            .chain(conditions(change.at))
            .any(|it| it.subtree().any(is_one_of))
}

/// Whether a collection is the one that grows: that an element is not yet in it does not bound it.
fn is_grown(collection: Node, change: &Change) -> bool {
    let call = Call::cast(change.at);
    let mut given = call.into_iter().flat_map(Call::arguments);
    collection.is(Kind::Field) && collection.symbol() == change.key
        || given.any(|it| it.text() == collection.text() && change.with != Some(it))
}

/// There are as many modules, nodes and applications as the system has.
fn is_of_the_code(key: Node) -> bool {
    key.is(Kind::Var)
        && matches!(
            key.name(),
            "module" | "module_name" | "mod" | "node" | "app" | "application"
        )
}

/// Whether a page shows more and more without its user doing anything. What a user adds by hand ends with the page, and so
/// do elements that are added once each.
fn is_pushed(change: &Change, outcome: &Outcome) -> bool {
    let carries_data = outcome
        .callback
        .message()
        .is_some_and(|it| it.subtree().any(Node::is_binding));
    let is_checked = conditions(change.at).any(|it| {
        it.subtree()
            .any(|it| it.is(Kind::Field) && it.symbol() == change.key)
    });
    outcome.callback.kind == CallbackKind::Info && carries_data && !is_checked
}

/// Whether `liveview-large-assign` reports this list.
fn is_large_assign(change: &Change, behaviour: Behaviour, cx: &Cx) -> bool {
    let has_page = matches!(behaviour, Behaviour::LiveView | Behaviour::LiveComponent);
    let def = change.at.enclosing::<Def>().filter(|_| has_page);
    let growing = def.map(growing_assigns).unwrap_or_default();
    let key = cx.file.symbol_text(change.key);
    growing.iter().any(|(assign, _)| *assign == key)
}

/// Whether the state has fields: a key that is put into it is one of these.
fn is_record(callback: &Callback, records: &FxHashSet<Symbol>) -> bool {
    let state = callback.state.and_then(|it| callback.def.parameter(it));
    state.is_some_and(|it| records.contains(&it.symbol()))
}

/// The variables of which fields are read.
fn records(module: Module) -> FxHashSet<Symbol> {
    let fields = module.descendants().filter(|it| it.is(Kind::Field));
    let receivers = fields.filter_map(|it| it.child(Role::Receiver));
    let variables = receivers.filter(|it| it.is(Kind::Var));
    variables.map(Node::symbol).collect()
}

/// What is decided on the way to `node`: the conditions of the branches that it stands in.
fn conditions(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let controls = node
        .ancestors()
        .take_while(|it| !it.is(Kind::Def))
        .filter(|it| it.is_control());
    controls.flat_map(|it| it.piped().into_iter().chain(it.written_arguments()))
}

/// The keys that some callback takes elements out of. One that does so only for one reason of a process's end leaves the
/// others'.
fn shrunk(changes: &[Found]) -> FxHashSet<Symbol> {
    let shrinks = |it: &&Found| {
        let effect = it.change.map(|it| it.effect);
        matches!(effect, Some(Effect::Shrink | Effect::Reset))
            && it.outcome.callback.is_repeatable()
            && it.outcome.callback.message().and_then(reason).is_none()
    };
    let shrinking = changes.iter().filter(shrinks);
    shrinking.filter_map(|it| Some(it.change?.key)).collect()
}

/// The only reason for which the end of a process takes its entry away.
fn one_reason<'t>(key: Symbol, changes: &[Found<'t, '_>]) -> Option<Node<'t>> {
    changes.iter().find_map(|it| {
        let change = it.change.filter(|it| it.key == key)?;
        let shrinks = matches!(change.effect, Effect::Shrink | Effect::Reset);
        it.outcome
            .callback
            .message()
            .filter(|_| shrinks)
            .and_then(reason)
    })
}

/// The `:normal` of `{:DOWN, ref, :process, pid, :normal}`.
fn reason(message: Node) -> Option<Node> {
    let reason = message.tuple().get(4).copied()?;
    (message.tag() == Some("DOWN") && reason.is_literal()).then_some(reason)
}

/// The keys whose size code anywhere in the module looks at, or that it makes smaller in a way that the changes of the
/// callbacks do not show.
fn measured_or_shrunk(module: Module) -> FxHashSet<Symbol> {
    let names = module
        .descendants()
        .filter(|it| matches!(it.kind(), Kind::Field | Kind::Atom));
    let measured = names.filter(|it| {
        let mut calls = it.ancestors().take(4).filter_map(Call::cast);
        calls.any(|call| MEASURES.contains(&call.name()))
    });
    measured.map(Node::symbol).collect()
}

const MEASURES: &[&str] = &[
    "length",
    "map_size",
    "size",
    "count",
    "len",
    "byte_size",
    "count_until",
];
