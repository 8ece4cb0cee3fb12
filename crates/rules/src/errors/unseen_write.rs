//! Functions of the project that return what went wrong with a write to the database, and the calls that throw it away
//! although others look at it.
use exlint_facts::{FileRole, Flow, Shape};
use exlint_project::{CallId, ClauseId, FunctionId, Placement, SinkKind, Target};
use rustc_hash::FxHashMap;

use crate::prelude::*;

/// Functions that only hand on what a function like them returns.
const MAX_DEPTH: usize = 3;

/// A call that throws away whether a write failed.
pub(super) struct Unseen {
    pub call: CallId,
    /// The write.
    pub write: CallId,
    /// A call whose result is looked at.
    pub seen: CallId,
}

/// The calls of production code that throw away the result of a write which another function of the project makes, where
/// most calls of that function do not. Where nobody ever looks, it is meant to be so.
pub(super) fn unseen_writes(project: &Project) -> Vec<Unseen> {
    let mut writes: FxHashMap<FunctionId, Option<(CallId, CallId)>> = FxHashMap::default();
    let mut unseen = Vec::new();
    for (id, call) in project.calls() {
        let is_thrown_away = call.flow == Flow::Discarded && !call.is_capture && !call.in_handler;
        if !is_thrown_away || is_excused(project, id.clause) {
            continue;
        }
        let Target::Function {
            function,
            certain: true,
            ..
        } = project.target(id)
        else {
            continue;
        };
        let found = *writes.entry(*function).or_insert_with(|| {
            let write = returned_write(project, *function, 0)?;
            Some((write, usually_seen(project, *function)?))
        });
        if let Some((write, seen)) = found {
            unseen.push(Unseen {
                call: id,
                write,
                seen,
            });
        }
    }
    unseen
}

/// A call that looks at the result of a function, if there are more of them than of those that throw it away.
fn usually_seen(project: &Project, function: FunctionId) -> Option<CallId> {
    let clauses = project.clauses_of(function);
    let mut calls: Vec<_> = clauses
        .flat_map(|it| project.production_callers(it))
        .collect();
    calls.sort_unstable();
    calls.dedup();
    let of = |flow: Flow| {
        calls
            .iter()
            .filter(move |it| project.call(**it).flow == flow)
    };
    let (seen, unseen) = (of(Flow::Used).count(), of(Flow::Discarded).count());
    (seen > unseen).then(|| of(Flow::Used).next().copied())?
}

/// Where nobody expects more, or a person watches.
fn is_excused(project: &Project, clause: ClauseId) -> bool {
    let function = project.function(project.function_of(clause));
    let module = project.module_name(project.module_of_clause(clause));
    project.role_of(clause) != FileRole::Production
        || project.is(function.name, "terminate")
        || module.starts_with("Mix.")
        || module.contains(".Release")
}

/// The write whose result a function returns as it is, or as an error of its own.
fn returned_write(project: &Project, function: FunctionId, depth: usize) -> Option<CallId> {
    let mut clauses = project.clauses_of(function);
    clauses.find_map(|clause| write_of_clause(project, clause, depth))
}

fn write_of_clause(project: &Project, clause: ClauseId, depth: usize) -> Option<CallId> {
    let code = project.code(clause);
    let is_log = |(id, _): &(CallId, _)| project.external_module(*id) == Some("Logger");
    if project.calls_of(clause).any(|it| is_log(&it)) {
        return None;
    }
    let given: Vec<&Shape> = code
        .tails
        .iter()
        .flat_map(|it| alternatives(&it.shape))
        .collect();
    let returned = given.iter().find_map(|it| match project.value(clause, it) {
        Shape::Call(index) => returned_by(
            project,
            CallId {
                clause,
                index: *index,
            },
            depth,
        ),
        _ => None,
    });
    returned.or_else(|| {
        let tells = given.iter().any(|it| {
            let tag = it.tag();
            tag.is_some_and(|(tag, _)| project.is(tag, "error"))
        });
        let mut calls = project.calls_of(clause).filter(|_| tells);
        calls.find_map(|(id, call)| {
            let is_inline = project.placement(clause, call.scope) == Placement::Inline;
            (is_inline && call.flow == Flow::Used && is_write(project, id)).then_some(id)
        })
    })
}

fn alternatives(shape: &Shape) -> Vec<&Shape> {
    match shape {
        Shape::Choice(shapes) => shapes.iter().flat_map(alternatives).collect(),
        shape => vec![shape],
    }
}

fn returned_by(project: &Project, id: CallId, depth: usize) -> Option<CallId> {
    if is_write(project, id) {
        return Some(id);
    }
    match project.target(id) {
        Target::Function {
            function,
            certain: true,
            ..
        } if depth < MAX_DEPTH => returned_write(project, *function, depth + 1),
        _ => None,
    }
}

/// `Repo.insert(changeset)` and its like: invalid data comes back as `{:error, changeset}`.
fn is_write(project: &Project, id: CallId) -> bool {
    let name = project.text(project.call(id).name);
    matches!(name, "insert" | "update" | "insert_or_update")
        && project
            .waits_at(id)
            .is_some_and(|it| it.kind == SinkKind::Db)
}
