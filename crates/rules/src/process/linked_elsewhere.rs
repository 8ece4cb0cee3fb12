//! The links of `trap-exit-without-exit-clause` that functions of other modules make.
use exlint_facts::Shape;
use exlint_project::{CallId, ClauseId, Runs, Server};

use super::{story, unhandled_elsewhere::is_open};
use crate::prelude::*;

/// Functions that link what they start to the caller.
pub(super) const LINKS: &[(&str, &str)] = &[
    ("Kernel", "spawn_link"),
    ("Task", "async"),
    ("Task", "start_link"),
    ("Task.Supervisor", "async"),
    ("GenServer", "start_link"),
    ("Agent", "start_link"),
    ("Supervisor", "start_link"),
    ("DynamicSupervisor", "start_link"),
    ("Port", "open"),
    ("Process", "link"),
];

pub(super) fn check(project: &Project, cx: &mut ProjectCx) {
    for server in project.servers() {
        if !is_open(project, server) || !lacks_clause(project, server) {
            continue;
        }
        let Some(trap) = trap(project, server) else {
            continue;
        };
        let runs = server.callbacks.iter().map(|(_, _, it)| project.runs(*it));
        let runs: Vec<Runs> = runs.collect();
        let calls = || {
            let runs = runs.iter();
            runs.flat_map(|runs| runs.calls(project).into_iter().map(move |it| (runs, it)))
        };
        let is_own = |it: CallId| project.module_of_clause(it.clause) == server.module;
        // What the module itself links is seen in its own file.
        if calls().any(|(_, it)| is_own(it) && is_named_start(project, it)) {
            continue;
        }
        let link = calls().find(|(_, it)| !is_own(*it) && links(project, *it));
        if let Some((runs, link)) = link {
            report(project, trap, runs, link, cx);
        }
    }
}

/// Whether `handle_info/2` has clauses, and none for the end of a linked process.
fn lacks_clause(project: &Project, server: &Server) -> bool {
    let mut clauses = server.clauses(project, "handle_info", 2).peekable();
    clauses.peek().is_some() && !clauses.any(|it| may_take_exit(project, it))
}

fn may_take_exit(project: &Project, clause: ClauseId) -> bool {
    match project.clause(clause).parameters.first() {
        Some(Shape::Tuple(parts)) => match parts.as_slice() {
            [tag, _, reason] => {
                let is_exit = tag.atom().is_none_or(|it| project.is(it, "EXIT"));
                is_exit && reason.atom().is_none_or(|it| !project.is(it, "normal"))
            }
            _ => false,
        },
        Some(Shape::Atom(_) | Shape::Struct(..) | Shape::Map(..) | Shape::String(_)) => false,
        _ => true,
    }
}

/// Where `init/1` begins to trap exits.
fn trap(project: &Project, server: &Server) -> Option<CallId> {
    let mut inits = server.clauses(project, "init", 1);
    inits.find_map(|it| {
        let mut calls = project.runs(it).calls(project).into_iter();
        calls.find(|it| traps_exits(project, *it))
    })
}

/// `Process.flag(:trap_exit, true)`.
fn traps_exits(project: &Project, id: CallId) -> bool {
    let is_atom = |nth: usize, text| {
        let argument = project.call(id).arguments.get(nth);
        argument
            .and_then(Shape::atom)
            .is_some_and(|it| project.is(it, text))
    };
    let is_flag =
        project.is_to(id, "Process", "flag", 2) || project.is_to(id, ":erlang", "process_flag", 2);
    is_flag && is_atom(0, "trap_exit") && is_atom(1, "true")
}

fn links(project: &Project, id: CallId) -> bool {
    let name = project.text(project.call(id).name);
    project
        .external_module(id)
        .is_some_and(|it| LINKS.contains(&(it, name)))
}

fn is_named_start(project: &Project, id: CallId) -> bool {
    links(project, id) || project.is(project.call(id).name, "start_link")
}

fn report(project: &Project, trap: CallId, runs: &Runs, link: CallId, cx: &mut ProjectCx) {
    let at = project.at(trap);
    let message = "exits become messages here, and no clause of `handle_info/2` takes them";
    let finding = cx.report(at.file, at.span, message);
    let text = "when this ends, the server gets `{:EXIT, pid, reason}`".to_owned();
    story::tell(project, finding, &runs.path_to(link), text);
    finding.help("add `handle_info({:EXIT, pid, reason}, state)`");
}
