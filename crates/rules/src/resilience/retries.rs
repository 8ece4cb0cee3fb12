//! Functions that call themselves again when something outside has failed.
use exlint_project::{SinkKind, Tables};
use exlint_syntax::{Call, Clause, Def, Kind, Node, SectionKind, View};

/// A call by which a function starts over after a failure.
pub(super) struct Retry<'t> {
    /// What has failed.
    pub outside: Call<'t>,
    /// The call of the function itself.
    pub again: Call<'t>,
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
        let calls = clause.body().descendants().filter_map(Call::cast);
        let mut again = calls.filter(|it| is_again(def, *it));
        Some((again.next()?, clause))
    })?;
    let waits = branch
        .body()
        .descendants()
        .filter_map(Call::cast)
        .any(|it| takes_time(it));
    let counts = again
        .arguments()
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
