//! Functions that call themselves again when something outside has failed, and servers that send themselves the same
//! message again.
use exlint_project::{SinkKind, Tables};
use exlint_syntax::{Call, Clause, Def, Kind, Node, SectionKind, View};

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

/// The first retry in a clause.
pub(super) fn retry<'t>(def: Def<'t>, tables: &Tables) -> Option<Retry<'t>> {
    let body = def.body()?;
    let outside = body
        .descendants()
        .filter_map(Call::cast)
        .find(|it| goes_outside(*it, tables))?;
    let failures = failures(def);
    let (again, branch) = failures.into_iter().find_map(|clause| {
        let mut inside = clause.body().descendants();
        let again = inside.find(|it| starts_over(def, *it))?;
        Some((again, clause))
    })?;
    let waits = branch
        .body()
        .descendants()
        .filter_map(Call::cast)
        .any(|it| takes_time(it));
    // To come back is the work of a server.
    let is_own = |it: Call| is_again(def, it);
    let counts = !Call::cast(again).is_some_and(is_own)
        || again
            .written_arguments()
            .any(|it| !matches!(it.kind(), Kind::Var | Kind::Keywords) && !it.is_literal())
        || def.guard().is_some();
    Some(Retry {
        outside,
        again,
        waits,
        counts,
    })
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

/// The branches for a failure: `{:error, _} ->`, `:error ->`, those of a `rescue` or `catch`.
fn failures(def: Def<'_>) -> Vec<Clause<'_>> {
    let clauses = def.descendants().filter_map(Clause::cast);
    clauses
        .filter(|it| {
            let is_handler = it
                .parent()
                .and_then(Node::section_kind)
                .is_some_and(|it| matches!(it, SectionKind::Rescue | SectionKind::Catch));
            is_handler || it.head(0).is_some_and(|it| it.tag() == Some("error"))
        })
        .collect()
}

/// Whether this runs the same clause again, at once.
fn starts_over(def: Def, node: Node) -> bool {
    match node.kind() {
        Kind::Call => Call::cast(node).is_some_and(|it| is_again(def, it) || is_resent(def, it)),
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

/// Whether a call is one of the function around it.
fn is_again(def: Def, call: Call) -> bool {
    !call.is_remote()
        && call.name() == def.function_name()
        && call.arity() <= def.arity().1
        && call.arity() >= def.arity().0
        && call.closure_within(def.node()).is_none()
}

/// Sleeping, or anything that is called a pause.
fn takes_time(call: Call) -> bool {
    let name = call.name();
    matches!(name, "sleep" | "send_after" | "receive")
        || ["backoff", "delay", "wait", "pause", "sleep"]
            .iter()
            .any(|it| name.contains(it))
}
