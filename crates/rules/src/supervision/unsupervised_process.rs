use exlint_facts::CallFacts;
use exlint_findings::Confidence;
use exlint_project::{CallId, Fate};

use super::{
    starts::{Care, Start, started_module, starts},
    work::{Known, is_command},
};
use crate::prelude::*;

/// Starts a long-lived process outside the supervision tree.
///
/// A process that a request, a LiveView event or a task starts with `start_link` lives and dies with whoever happened
/// to start it: it is not restarted after a crash, not stopped in order at shutdown, and a crash takes its starter
/// along. Started with `start`, or with its pid thrown away, it is an orphan that nobody can find.
///
/// # Bad
///
/// ```elixir
/// defmodule GameController do
///   def create(conn, params) do
///     {:ok, pid} = GenServer.start_link(Game, params)
///     render(conn, :created, id: GenServer.call(pid, :id))
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule GameController do
///   def create(conn, params) do
///     {:ok, pid} = DynamicSupervisor.start_child(App.Games, {Game, params})
///     render(conn, :created, id: GenServer.call(pid, :id))
///   end
/// end
/// ```
///
/// Start functions hand the process on to their callers, which are judged instead. Left alone is what a server starts
/// and keeps, what is monitored or stopped by the function that starts it, and what Mix tasks, release commands and
/// scripts start. Functions that nobody in the project calls are judged as if a request did.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = High, scope = Project)]
#[serde(default)]
pub struct UnsupervisedProcess {}

impl Rule for UnsupervisedProcess {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl UnsupervisedProcess {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for start in starts(project) {
            if cx.covers(project.role_of(start.call.clause)) {
                report(project, &start, cx);
            }
        }
        self.check_loops(project, cx);
    }

    fn check_loops(&self, project: &Project, cx: &mut ProjectCx) {
        let mut known = Known::default();
        for (id, call) in project.calls_named(&["spawn", "spawn_link", "start", "start_link"]) {
            if !call.is_capture
                && starts_loose(project, id, call)
                && cx.covers(project.role_of(id.clause))
                && !is_command(project, id.clause)
                && !is_start_function(project, id, call)
                && let Some(around) = known.message_loop(project, &project.bodies(id))
            {
                let at = project.at(id);
                let again = project.at_clause(around);
                cx.report(
                    at.file,
                    at.span,
                    format!(
                        "`{}` starts a process that loops for ever, and no supervisor knows of it",
                        name_of(project, id)
                    ),
                )
                .label_in(
                    again.file,
                    again.span,
                    "it receives a message and starts over",
                )
                .help("make it a `GenServer` and start it under a supervisor");
            }
        }
    }
}

/// Whether a call starts a process that is not linked to one that looks after it.
fn starts_loose(project: &Project, id: CallId, call: &CallFacts) -> bool {
    let module = || project.external_module(id);
    match project.text(call.name) {
        "spawn" => matches!(module(), Some("Kernel" | ":erlang")),
        "spawn_link" => {
            matches!(module(), Some("Kernel" | ":erlang")) && project.fate(id) != Fate::Used
        }
        "start" => module() == Some("Task"),
        // A server that links a task to itself looks after it.
        "start_link" => {
            module() == Some("Task")
                && project.fate(id) == Fate::Dropped
                && project
                    .server(project.module_of_clause(id.clause))
                    .is_none()
        }
        _ => false,
    }
}

fn name_of(project: &Project, id: CallId) -> String {
    let call = project.call(id);
    match project.external_module(id) {
        Some(":erlang") => format!("{}/{}", project.text(call.name), call.arity),
        _ => project.callee_text(id),
    }
}

/// `start_link/1` of a process written by hand: its supervisor calls it. One that is not linked cannot be supervised,
/// whatever the function is called.
fn is_start_function(project: &Project, id: CallId, call: &CallFacts) -> bool {
    let name = project.text(project.function_of_clause(id.clause).name);
    match project.text(call.name) {
        "spawn" | "start" => name.starts_with("start_link"),
        _ => name.starts_with("start") || name == "init",
    }
}

fn report(project: &Project, start: &Start, cx: &mut ProjectCx) {
    let why = match start.care {
        Care::Taken | Care::Unlinked => return,
        Care::Dropped => "and its pid is thrown away",
        Care::Caller => "so that it lives and dies with whoever runs this",
        Care::Task => "in a task, with which it dies",
    };
    let at = project.at(start.call);
    let callee = project.callee_text(start.call);
    let what = started_module(project, start)
        .filter(|it| !callee.starts_with(&format!("{it}.")))
        .map_or("a process".to_owned(), |it| format!("`{it}`"));
    let finding = cx.report(
        at.file,
        at.span,
        format!("`{callee}` starts {what} outside the supervision tree, {why}"),
    );
    if start.origin != start.call {
        let at = project.at(start.origin);
        let origin = project.callee_text(start.origin);
        finding.label_in(at.file, at.span, format!("`{origin}` starts it"));
    }
    if start.care == Care::Caller {
        finding.confidence(Confidence::Medium);
    }
    finding.help("start it with `DynamicSupervisor.start_child/2`, or as a child of a supervisor");
}
