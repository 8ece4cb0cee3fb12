//! Where processes are started by hand, and who looks after them there.
use exlint_facts::{CallFacts, FileRole, Scope, Shape};
use exlint_project::{Behaviour, CallId, ClauseId, Fate, Placement, Target};
use rustc_hash::FxHashSet;

use super::work::is_command;
use crate::prelude::*;

/// How many functions that hand on a start are followed.
const MAX_DEPTH: usize = 6;

/// How many starts of one clause are looked at: for each, what the rest of the clause does.
const MAX_STARTS: usize = 200;

/// A call that starts a process, and who looks after it.
pub(crate) struct Start {
    pub call: CallId,
    /// The call of `GenServer.start_link/3` or its like that it comes to.
    pub origin: CallId,
    pub care: Care,
}

/// Who looks after a process that is started by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// Somebody, or it is not known who.
    Taken,
    /// A server keeps it, but neither links nor monitors it.
    Unlinked,
    /// Nobody: the process is thrown away.
    Dropped,
    /// Whoever happens to run the code, and only as long as that lives.
    Caller,
    /// A task that ends before it.
    Task,
}

/// Every start of the project's production code.
pub(crate) fn starts(project: &Project) -> Vec<Start> {
    let mut seen = FxHashSet::default();
    let mut starts = Vec::new();
    let calls = project.calls_named(&["start", "start_link", "start_monitor"]);
    let origins = calls.filter(|(id, call)| {
        !call.is_capture
            && starts_server(project, *id, call)
            && project.role_of(id.clause) == FileRole::Production
    });
    let mut in_clause: (Option<ClauseId>, usize) = (None, 0);
    for (origin, _) in origins {
        let before = match in_clause {
            (Some(clause), count) if clause == origin.clause => count,
            _ => 0,
        };
        if before == MAX_STARTS {
            continue;
        }
        in_clause = (Some(origin.clause), before + 1);
        let mut queue = vec![(origin, 0)];
        while let Some((call, depth)) = queue.pop() {
            if !seen.insert(call) {
                continue;
            }
            if !is_handed_on(project, call, origin) {
                let care = care(project, call, origin);
                starts.push(Start { call, origin, care });
            } else if is_stopped_or_watched(project, call) {
                let care = Care::Taken;
                starts.push(Start { call, origin, care });
            } else if depth < MAX_DEPTH {
                let callers = project.production_callers(call.clause);
                queue.extend(callers.map(|it| (it, depth + 1)));
            }
        }
    }
    starts.sort_by_key(|it| (it.call.clause, it.call.index));
    starts
}

/// `GenServer.start_link/3` and its like.
fn starts_server(project: &Project, id: CallId, call: &CallFacts) -> bool {
    matches!(
        project.text(call.name),
        "start" | "start_link" | "start_monitor"
    ) && matches!(
        project.external_module(id),
        Some(
            "GenServer"
                | "Agent"
                | "GenStage"
                | "Supervisor"
                | "DynamicSupervisor"
                | "Task.Supervisor"
                | "PartitionSupervisor"
                | "Registry"
                | ":gen_server"
                | ":gen_statem"
                | ":supervisor"
                | "GenStateMachine"
        )
    )
}

/// Whether the function around a start gives the process to its caller, so that the caller is the one to judge: a start
/// function, or another function of the server that is started.
fn is_handed_on(project: &Project, id: CallId, origin: CallId) -> bool {
    let name = project.text(project.function_of_clause(id.clause).name);
    match project.fate(id) {
        Fate::Returned => true,
        Fate::Used => {
            let is_own = project.module_of_clause(id.clause)
                == project.module_of_clause(origin.clause)
                && project
                    .server(project.module_of_clause(origin.clause))
                    .is_some();
            project.call(id).scope == Scope::CLAUSE
                && (name.starts_with("start_link") || name.starts_with("do_start_link") || is_own)
                && !is_callback(project, id.clause)
        }
        Fate::Dropped => false,
    }
}

/// Whether a clause is a callback of the process that its module is.
fn is_callback(project: &Project, clause: ClauseId) -> bool {
    let server = project.server(project.module_of_clause(clause));
    server.is_some_and(|it| {
        // A job is over with its `perform/1`, and what it has linked stays: it ends normally.
        it.behaviour != Behaviour::Worker && it.callbacks.iter().any(|(_, _, it)| *it == clause)
    })
}

fn care(project: &Project, id: CallId, origin: CallId) -> Care {
    let call = project.call(id);
    let fate = project.fate(id);
    let callers = project.inline_callers(id.clause);
    if callers.iter().any(|it| is_command(project, *it)) || is_for_tests(project, id.clause) {
        return Care::Taken;
    }
    match project.placement(id.clause, call.scope) {
        Placement::Inline => {}
        Placement::OtherProcess => return care_in_task(project, id),
        Placement::Deferred => return Care::Taken,
    }
    let links = project.is(project.call(origin).name, "start_link");
    let owner = callers
        .iter()
        .find(|it| is_callback(project, **it) || is_process(project, **it));
    match (fate, owner) {
        _ if is_stopped_or_watched(project, id) => Care::Taken,
        (Fate::Dropped, Some(owner))
            if is_boot(project, *owner) && is_tree(project, id, origin) =>
        {
            Care::Taken
        }
        (Fate::Dropped, _) => Care::Dropped,
        (_, Some(_)) if links => Care::Taken,
        (_, Some(_)) => Care::Unlinked,
        (_, None) => Care::Caller,
    }
}

/// Whether nothing but tests calls a clause.
fn is_for_tests(project: &Project, clause: ClauseId) -> bool {
    let mut callers = project.callers(clause).iter().peekable();
    callers.peek().is_some() && callers.all(|it| project.role_of(it.clause) == FileRole::Test)
}

/// A process of another kind than those whose callbacks are known: it says what it does with its messages.
fn is_process(project: &Project, clause: ClauseId) -> bool {
    let server = project.server(project.module_of_clause(clause));
    server.is_some_and(|it| it.behaviour != Behaviour::Worker) && project.clause(clause).is_impl
}

/// `Application.start/2`.
fn is_boot(project: &Project, clause: ClauseId) -> bool {
    let server = project.server(project.module_of_clause(clause));
    server.is_some_and(|it| it.behaviour == Behaviour::Application)
}

/// Whether a start is that of a supervisor: the root of the tree, or a second one.
fn is_tree(project: &Project, id: CallId, origin: CallId) -> bool {
    let is_supervisor = |id| {
        matches!(
            project.external_module(id),
            Some("Supervisor" | "DynamicSupervisor" | ":supervisor")
        )
    };
    is_supervisor(id) || is_supervisor(origin)
}

/// In a task or spawned process, which owns what it starts if it stays.
fn care_in_task(project: &Project, id: CallId) -> Care {
    let own = project.call(id).scope;
    let stays = project.calls_of(id.clause).any(|(other, call)| {
        call.scope == own
            && match project.external_name(other).unwrap_or_default().as_str() {
                "Kernel.receive" | "Process.monitor" | "Process.sleep" | ":timer.sleep" => true,
                _ => matches!(project.text(call.name), "stop" | "loop" | "exit"),
            }
    });
    if stays || project.fate(id) == Fate::Used && has_project_call_after(project, id) {
        Care::Taken
    } else {
        Care::Task
    }
}

fn has_project_call_after(project: &Project, id: CallId) -> bool {
    project.calls_of(id.clause).any(|(other, call)| {
        other.index > id.index
            && call.scope == project.call(id).scope
            && matches!(
                project.target(other),
                Target::Function { .. } | Target::Configured(_) | Target::Unknown
            )
    })
}

/// Whether the clause goes on to stop the process, or watches it.
fn is_stopped_or_watched(project: &Project, id: CallId) -> bool {
    let mut others = project.calls_of(id.clause);
    others.any(
        |(other, call)| match project.external_name(other).unwrap_or_default().as_str() {
            "Process.monitor" | ":erlang.monitor" | "Process.exit" | "Process.link" => true,
            _ => project.text(call.name) == "stop" && other.index > id.index,
        },
    )
}

/// The module whose process a start starts, as far as the source tells.
pub(crate) fn started_module(project: &Project, start: &Start) -> Option<String> {
    let call = project.call(start.origin);
    match project.value(start.origin.clause, call.arguments.first()?) {
        Shape::Module(name) => Some(project.text(*name).to_owned()),
        _ => None,
    }
}
