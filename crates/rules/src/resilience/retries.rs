//! Functions that call themselves again when something outside has failed, and servers that send themselves the same
//! message again.
use exlint_project::{SinkKind, Tables};
use exlint_syntax::{Bindings, Body, Call, Clause, Def, Kind, Node, Op, Role, SectionKind, View};

/// A call by which a function starts over after a failure.
pub(super) struct Retry<'t> {
    /// What has failed.
    pub outside: Call<'t>,
    /// The call of the function itself, or what brings the same message.
    pub again: Node<'t>,
    /// Whether anything between the two takes time.
    pub waits: bool,
    /// Whether an argument changes from one attempt to the next.
    pub counts: bool,
}

/// The first retry in a clause, or in the helper that it hands the result to.
pub(super) fn retry<'t>(def: Def<'t>, tables: &Tables) -> Option<Retry<'t>> {
    let body = def.body()?;
    let outside = calls_in(body).find(|it| goes_outside(*it, tables))?;
    let own = failures(def).into_iter().map(|it| (def, it.body()));
    let (again, within, branch) =
        own.chain(failing_helpers(def))
            .find_map(|(within, branch)| {
                let again = branch.descendants().find(|it| starts_over(def, *it))?;
                Some((again, within, branch))
            })?;
    // To come back is the work of a server.
    let arguments = match Call::cast(again).filter(|it| is_again(def, *it)) {
        Some(_) => again.written_arguments().collect(),
        None => Vec::new(),
    };
    let attempts: Vec<_> = arguments.iter().map(|it| attempt(*it, within)).collect();
    if attempts.contains(&Attempt::AtAnother) {
        return None;
    }
    let counts = arguments.is_empty() && !is_again_call(def, again)
        || attempts.contains(&Attempt::Changed)
        || def.guard().is_some()
        || within.guard().is_some();
    let waits = pauses_itself(outside)
        || calls_in(body)
            .chain(calls_in(branch))
            .any(|it| takes_time(it));
    Some(Retry {
        outside,
        again,
        waits,
        counts,
    })
}

fn calls_in<'t>(body: Body<'t>) -> impl Iterator<Item = Call<'t>> {
    body.descendants().filter_map(Call::cast)
}

fn goes_outside(call: Call, tables: &Tables) -> bool {
    let Some(module) = call.module() else {
        return false;
    };
    let sink = tables.sink(&module, call.name(), call.arity());
    sink.is_some_and(|it| {
        matches!(
            it.kind,
            SinkKind::Http | SinkKind::Network | SinkKind::Queue | SinkKind::Redis
        )
    })
}

/// Req tries reads again by itself, and waits longer each time.
fn pauses_itself(call: Call) -> bool {
    call.module().is_some_and(|it| it == "Req")
        && matches!(call.name(), "get" | "get!" | "head" | "head!")
        && call.option("retry").is_none()
}

/// The branches for a failure: `{:error, _} ->`, `:error ->`, `{:ok, %{status: 503}} ->`, those of a `rescue` or `catch`.
fn failures(def: Def<'_>) -> Vec<Clause<'_>> {
    let clauses = def.descendants().filter_map(Clause::cast);
    clauses
        .filter(|it| {
            let is_handler = it
                .parent()
                .and_then(Node::section_kind)
                .is_some_and(|it| matches!(it, SectionKind::Rescue | SectionKind::Catch));
            is_handler
                || it
                    .head(0)
                    .is_some_and(|head| head.tag() == Some("error") || is_refusal(head, it.guard()))
        })
        .collect()
}

/// A response that says that the service is overloaded or broken.
fn is_refusal(head: Node, guard: Option<Node>) -> bool {
    let mut statuses = head.subtree().filter(|it| it.is(Kind::Pair)).filter(|it| {
        it.child(Role::Key)
            .is_some_and(|it| it.is_atom("status") || it.is_atom("status_code"))
    });
    let is_failure = |it: Node| it.integer().is_some_and(|it| it == 429 || it >= 500);
    statuses.any(|pair| {
        let Some(value) = pair.child(Role::Value) else {
            return false;
        };
        let in_guard = |guard: Node| {
            let is_upper_limit = |it: Node| matches!(it.op(), Op::Less | Op::LessEqual);
            guard.subtree().any(|it| it.is_var(value.name()))
                && guard.subtree().any(is_failure)
                && !guard.subtree().any(is_upper_limit)
        };
        is_failure(value) || value.is(Kind::Var) && guard.is_some_and(in_guard)
    })
}

/// The clauses for an error of the functions of the same module that `def` gives a result to:
/// `Req.get(url) |> handle(url, attempts)`.
fn failing_helpers<'t>(def: Def<'t>) -> impl Iterator<Item = (Def<'t>, Body<'t>)> {
    let calls = def.body().into_iter().flat_map(calls_in);
    let helped = calls.filter(move |it| {
        !it.is_remote()
            && it.name() != def.function_name()
            && it.argument(0).is_some_and(|it| !it.is_literal())
    });
    let module = def.module();
    let clauses = helped.flat_map(move |it| {
        let clauses = module.into_iter();
        clauses.flat_map(move |module| module.clauses(it.name(), it.arity()))
    });
    clauses.filter_map(|it| {
        let is_for_error = it.parameter(0)?.tag() == Some("error");
        Some((it, it.body().filter(|_| is_for_error)?))
    })
}

/// Whether this runs the same clause again, at once.
fn starts_over(def: Def, node: Node) -> bool {
    match node.kind() {
        Kind::Call => {
            is_again_call(def, node) || Call::cast(node).is_some_and(|it| is_resent(def, it))
        }
        // `{:noreply, state, {:continue, :connect}}`
        Kind::Tuple if def.is_named("handle_continue", 2) => match node.tuple().as_slice() {
            [tag, message] => tag.is_atom("continue") && is_own_message(def, *message),
            _ => false,
        },
        _ => false,
    }
}

/// `send(self(), message)` of the message that is handled.
fn is_resent(def: Def, call: Call) -> bool {
    let to_itself = |it: Node| it.text() == "self()";
    def.is_named("handle_info", 2)
        && call.name() == "send"
        && call.argument(0).is_some_and(to_itself)
        && call.argument(1).is_some_and(|it| is_own_message(def, it))
}

/// Whether a message is the one that a callback handles: the same atom, or as it is written there.
fn is_own_message(def: Def, message: Node) -> bool {
    let pattern = def.parameter(0);
    pattern.is_some_and(|it| !it.is(Kind::Var) && it.text() == message.text())
}

fn is_again_call(def: Def, node: Node) -> bool {
    Call::cast(node).is_some_and(|it| is_again(def, it))
}

/// Whether a call is one of the function around it.
fn is_again(def: Def, call: Call) -> bool {
    !call.is_remote()
        && call.name() == def.function_name()
        && call.arity() <= def.arity().1
        && call.arity() >= def.arity().0
        && call.closure_within(def.node()).is_none()
}

/// What an argument of the next attempt is, next to what it was before.
#[derive(PartialEq)]
enum Attempt {
    Same,
    /// `attempts - 1`, or a variable that was bound to such a thing.
    Changed,
    /// The rest of a list, what a clause has found: this is no second attempt at the same thing.
    AtAnother,
}

fn attempt(argument: Node, within: Def) -> Attempt {
    if argument.is(Kind::Keywords) || argument.is_literal() {
        return Attempt::Same;
    }
    if !argument.is(Kind::Var) {
        return Attempt::Changed;
    }
    let bindings = Bindings::of(within.node());
    let Some(binding) = bindings.binding(argument) else {
        return Attempt::Same;
    };
    let bound = within.node().file().node(binding.node);
    if within.parameters().any(|it| it.contains(bound)) {
        let is_part = bound
            .ancestors()
            .take_while(|it| !it.is(Kind::Def))
            .any(|it| {
                matches!(
                    it.kind(),
                    Kind::List | Kind::Tuple | Kind::Map | Kind::Struct
                )
            });
        return if is_part {
            Attempt::AtAnother
        } else {
            Attempt::Same
        };
    }
    let is_assigned = bound
        .parent()
        .is_some_and(|it| it.is(Kind::Match) && it.child(Role::Left) == Some(bound));
    if is_assigned {
        Attempt::Changed
    } else {
        Attempt::AtAnother
    }
}

/// Sleeping, or anything that is called a pause.
fn takes_time(call: Call) -> bool {
    let name = call.name();
    matches!(name, "sleep" | "send_after" | "receive")
        || ["backoff", "delay", "wait", "pause", "sleep", "throttle"]
            .iter()
            .any(|it| name.contains(it))
}
