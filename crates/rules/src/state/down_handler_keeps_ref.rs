use exlint_syntax::Bindings;

use crate::{
    prelude::*,
    server::{Callback, CallbackKind, Change, Effect, Outcome, Server, Shape, Value},
};

/// A `:DOWN` message is handled without forgetting the monitor's reference.
///
/// The server keeps an entry for each monitored process or task under its reference. When the process ends, the
/// reference is never used again; a clause that leaves the entry where it is leaks one entry for each process that ends
/// in that way. Crashes are the usual case: the clause for `:normal` forgets, the one for other reasons only logs.
///
/// # Bad
///
/// ```elixir
/// defmodule Crew do
///   use GenServer
///
///   def handle_cast({:run, job}, state) do
///     task = Task.Supervisor.async_nolink(Crew.Tasks, job)
///     {:noreply, %{state | tasks: Map.put(state.tasks, task.ref, job)}}
///   end
///
///   def handle_info({:DOWN, ref, :process, _pid, :normal}, state) do
///     {:noreply, %{state | tasks: Map.delete(state.tasks, ref)}}
///   end
///
///   def handle_info({:DOWN, _ref, :process, _pid, _reason}, state) do
///     {:noreply, state}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Crew do
///   use GenServer
///
///   def handle_cast({:run, job}, state) do
///     task = Task.Supervisor.async_nolink(Crew.Tasks, job)
///     {:noreply, %{state | tasks: Map.put(state.tasks, task.ref, job)}}
///   end
///
///   def handle_info({:DOWN, ref, :process, _pid, _reason}, state) do
///     {:noreply, %{state | tasks: Map.delete(state.tasks, ref)}}
///   end
/// end
/// ```
///
/// A collection counts as keyed by references where a reference of a monitor or task is visibly put into it, or where
/// another `:DOWN` clause takes one out. It counts as keyed by processes where a callback monitors a process and puts it
/// in, and another callback takes it out: what is removed when a process leaves has to be removed when it crashes.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = State, confidence = High, scope = Module)]
pub struct DownHandlerKeepsRef {}

impl Rule for DownHandlerKeepsRef {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl DownHandlerKeepsRef {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module) else {
            return;
        };
        let handlers = down_handlers(&server);
        if handlers.is_empty() {
            return;
        }
        let mut keys = keys_of_references(&server);
        for kept in keys_of_processes(&server) {
            if !keys.iter().any(|it| it.key == kept.key) {
                keys.push(kept);
            }
        }
        for handler in handlers {
            let is_of_one = asks_for_one(handler);
            for kept in keys
                .iter()
                .filter(|it| !(is_of_one && it.what == "process"))
            {
                if let Some(outcome) = keeping(&server, handler, kept.key) {
                    report(handler, outcome, kept, cx);
                    break;
                }
            }
        }
    }
}

/// A key of the state that holds a collection with something in it for each process.
struct Kept<'t> {
    key: Symbol,
    /// Where one is put in or taken out.
    at: Node<'t>,
    /// `reference`, `process`.
    what: &'static str,
}

fn report<'t>(handler: Callback<'t>, outcome: &Outcome<'t>, kept: &Kept<'t>, cx: &mut Cx<'t>) {
    let name = cx.file.symbol_text(kept.key);
    let what = match kept.what {
        "process" => "the ended process",
        _ => "the reference of the ended process",
    };
    let whose = if name.is_empty() {
        "the state".to_owned()
    } else {
        format!("`{name}`")
    };
    let message = handler.message().unwrap_or(handler.def.node());
    cx.report(message, format!("this clause leaves {what} in {whose}"))
        .label(
            kept.at,
            match kept.what {
                "process" => "processes are kept here",
                _ => "references are kept here",
            },
        )
        .label(
            outcome.tail.node,
            "here the callback ends without having removed it",
        )
        .help(format!(
            "delete the {} from {whose}, whatever the reason",
            kept.what
        ));
}

/// The clauses that `:DOWN` messages reach: up to the first that takes them all.
fn down_handlers<'t>(server: &Server<'t>) -> Vec<Callback<'t>> {
    let mut handlers = Vec::new();
    for clause in server.clauses(CallbackKind::Info) {
        let Some(message) = clause.message() else {
            continue;
        };
        let parts = down_parts(message);
        if message.is_irrefutable() || !parts.is_empty() {
            handlers.push(clause);
        }
        let takes_known = parts.get(1).is_some_and(|it| is_looked_up(*it, clause.def));
        let takes_all = takes_known
            || parts.is_empty() && clause.is_catch_all()
            || !parts.is_empty()
                && clause.def.guard().is_none()
                && parts[1..]
                    .iter()
                    .all(|it| it.is_irrefutable() || it.is_atom("process"));
        if takes_all {
            break;
        }
    }
    if handlers
        .iter()
        .all(|it| it.message().is_some_and(|it| down_parts(it).is_empty()))
    {
        handlers.clear();
    }
    handlers
}

/// Whether the head of the clause asks for the reference in the state: the clauses below get only unknown ones.
fn is_looked_up(reference: Node, def: Def) -> bool {
    let head = def.written_arguments().next();
    let uses = head
        .into_iter()
        .flat_map(Node::subtree)
        .filter(|it| it.is_var(reference.name()));
    reference.is(Kind::Var) && reference.name() != "_" && uses.count() > 1
}

/// Whether the head of the clause takes the end of processes only that the state knows by name.
fn asks_for_one(handler: Callback) -> bool {
    let parts = handler.message().map(down_parts).unwrap_or_default();
    let mut known = parts.into_iter().skip(1).step_by(2);
    known.any(|it| is_looked_up(it, handler.def))
}

/// The elements of `{:DOWN, ref, type, pid, reason}`.
fn down_parts(message: Node) -> Vec<Node> {
    let tuple = message.matched_patterns().into_iter();
    let tuple = tuple.map(|it| it.tuple()).find(|it| it.len() == 5);
    tuple.filter(|it| it[0].is_atom("DOWN")).unwrap_or_default()
}

/// The keys of the state that hold a collection with references in it.
fn keys_of_references<'t>(server: &Server<'t>) -> Vec<Kept<'t>> {
    let mut keys: Vec<Kept> = Vec::new();
    for outcome in server.outcomes() {
        let reference = outcome
            .callback
            .message()
            .and_then(|it| down_parts(it).get(1).copied());
        for change in all_changes(&outcome.states) {
            let Some(with) = change.with else {
                continue;
            };
            let is_reference = match change.effect {
                Effect::Grow => is_monitor_reference(with),
                Effect::Shrink => {
                    outcome.through.is_empty()
                        && reference.is_some_and(|it| it.is_binding() && with.is_var(it.name()))
                }
                _ => false,
            };
            if is_reference && !keys.iter().any(|it| it.key == change.key) {
                keys.push(Kept {
                    key: change.key,
                    at: change.at,
                    what: "reference",
                });
            }
        }
    }
    keys
}

/// The keys of the state into which a callback puts a process that it monitors, and from which another takes one out.
fn keys_of_processes<'t>(server: &Server<'t>) -> Vec<Kept<'t>> {
    let is_down = |it: &Outcome| {
        it.callback
            .message()
            .is_some_and(|it| !down_parts(it).is_empty())
    };
    let living = || server.outcomes().iter().filter(|it| !is_down(it));
    let is_shrunk = |key| {
        living()
            .filter(|it| it.callback.is_repeatable())
            .flat_map(|it| all_changes(&it.states))
            .any(|it| it.key == key && it.effect == Effect::Shrink)
    };
    let mut keys: Vec<Kept> = Vec::new();
    for outcome in living() {
        for change in all_changes(&outcome.states) {
            let is_monitored = change.effect == Effect::Grow
                && change.key != Symbol::NONE
                && change.with.is_some_and(|it| is_monitored(it, change.at));
            if is_monitored && !keys.iter().any(|it| it.key == change.key) && is_shrunk(change.key)
            {
                keys.push(Kept {
                    key: change.key,
                    at: change.at,
                    what: "process",
                });
            }
        }
    }
    keys
}

/// Whether the function around `at` monitors the process in this variable.
fn is_monitored(process: Node, at: Node) -> bool {
    let Some(def) = at.enclosing::<Def>().filter(|_| process.is(Kind::Var)) else {
        return false;
    };
    let mut calls = def.node().descendants().filter_map(Call::cast);
    calls.any(|it| {
        let target = it.argument(0);
        it.is_to("Process", "monitor", 1) && target.is_some_and(|it| it.is_var(process.name()))
    })
}

fn all_changes<'t>(states: &[Value<'t>]) -> impl Iterator<Item = Change<'t>> {
    states.iter().flat_map(|it| match it {
        Value::State(changes) => changes.clone(),
        _ => Vec::new(),
    })
}

/// `Process.monitor(pid)`, `task.ref`, or a variable that holds one of these.
fn is_monitor_reference(node: Node) -> bool {
    match node.kind() {
        Kind::Call => Call::cast(node).is_some_and(|it| it.is_to("Process", "monitor", 1)),
        Kind::Field if node.name() == "ref" => node
            .child(Role::Receiver)
            .and_then(origin)
            .is_some_and(|(_, value)| starts_task(value)),
        Kind::Var => origin(node).is_some_and(|(bound, value)| {
            let of_task = bound.parent().is_some_and(|it| {
                it.is(Kind::Pair) && it.child(Role::Key).is_some_and(|it| it.is_atom("ref"))
            });
            is_monitor(value) && bound.role() == Role::Left || of_task && starts_task(value)
        }),
        _ => false,
    }
}

fn is_monitor(value: Node) -> bool {
    Call::cast(last_of_pipe(value)).is_some_and(|it| it.is_to("Process", "monitor", 1))
}

fn starts_task(value: Node) -> bool {
    Call::cast(last_of_pipe(value)).is_some_and(|it| {
        let is_async = matches!(it.name(), "async" | "async_nolink");
        is_async
            && it
                .module()
                .is_some_and(|it| it == "Task" || it == "Task.Supervisor")
    })
}

fn last_of_pipe(value: Node) -> Node {
    Pipe::cast(value).and_then(Pipe::right).unwrap_or(value)
}

/// For a variable: the node that binds it, and the right side of the match it stands in.
fn origin(variable: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
    if !variable.is(Kind::Var) {
        return None;
    }
    let def = variable.enclosing::<Def>()?;
    let bindings = Bindings::of(def.node());
    let bound = variable.file().node(bindings.binding(variable)?.node);
    let matched = bound
        .ancestors()
        .find(|it| it.is(Kind::Match) && it.mode() == Mode::Code)?;
    let is_bound_there = matched.child(Role::Left)?.contains(bound);
    is_bound_there.then(|| matched.child(Role::Right).map(|it| (bound, it)))?
}

/// A way through the handler that goes on with `key` as it was.
fn keeping<'t, 's>(
    server: &'s Server<'t>,
    handler: Callback<'t>,
    key: Symbol,
) -> Option<&'s Outcome<'t>> {
    let removes = |state: &Value| match state {
        Value::State(changes) => changes
            .iter()
            .any(|it| it.key == key || it.key == Symbol::NONE && it.effect == Effect::Reset),
        _ => true,
    };
    server.outcomes().iter().find(|it| {
        it.callback.def == handler.def
            && matches!(it.shape, Shape::NoReply(_))
            && it.action().is_none_or(|it| it.tag() != Some("continue"))
            && !depends_on_reference(it)
            && !it.states.iter().all(removes)
    })
}

/// Whether the way to this end was chosen by looking the reference up: it may not be there.
fn depends_on_reference(outcome: &Outcome) -> bool {
    let parts = outcome.callback.message().map(down_parts);
    // The reference and the process.
    let known = parts.unwrap_or_default().into_iter().skip(1).step_by(2);
    let known: Vec<_> = known.filter(|it| it.is_binding()).collect();
    let end = match outcome.through.first() {
        Some(call) => call.node(),
        None => outcome.tail.node,
    };
    let mut controls = end
        .ancestors()
        .take_while(|it| !it.is(Kind::Def))
        .filter(|it| it.is_control());
    controls.any(|it| {
        let mut conditions = it.piped().into_iter().chain(it.written_arguments());
        let is_known = |it: Node| known.iter().any(|known| it.is_var(known.name()));
        conditions.any(|it| it.subtree().any(is_known))
    })
}
