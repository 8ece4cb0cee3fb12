use exlint_facts::FileRole;
use exlint_project::{Behaviour, CallId, ClauseId, ModuleId};

use super::story;
use crate::prelude::*;

/// A request, or a server, waits for ever.
///
/// When the process that is called is stuck or overloaded, every caller hangs with it, and no error says so: the page
/// does not come, and the server answers nobody. A timeout turns that into an exit that names who did not answer.
///
/// # Bad
///
/// ```elixir
/// defmodule ReportController do
///   use Phoenix.Controller
///
///   def show(conn, _params) do
///     json(conn, GenServer.call(Reports, :build, :infinity))
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule ReportController do
///   use Phoenix.Controller
///
///   def show(conn, _params) do
///     json(conn, GenServer.call(Reports, :build, 30_000))
///   end
/// end
/// ```
///
/// Only what a callback of a server, a LiveView or a channel, or an action of a controller comes to run is looked at:
/// tools, compilers and scripts may wait as long as it takes.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Low, scope = Project)]
pub struct InfiniteCallTimeout {}

impl Rule for InfiniteCallTimeout {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// What waits, and the argument that says how long.
const WAITS: &[(&str, &str, u8)] = &[
    ("GenServer", "call", 3),
    ("GenStage", "call", 3),
    (":gen_statem", "call", 3),
    ("Task", "await", 2),
    ("Task", "await_many", 2),
];

impl InfiniteCallTimeout {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let names: Vec<&str> = WAITS.iter().map(|(_, name, _)| *name).collect();
        for (id, call) in project.calls_named(&names) {
            if call.is_capture
                || project.role_of(id.clause) != FileRole::Production
                || !waits_for_ever(project, id)
                || !project.is_inline(id)
                || story::is_for_developers(module_of(project, id.clause))
            {
                continue;
            }
            let callers = project.inline_callers(id.clause);
            if let Some(entry) = callers.into_iter().find(|it| is_entry(project, *it)) {
                report(project, id, entry, cx);
            }
        }
    }
}

fn module_of(project: &Project, clause: ClauseId) -> &str {
    project.module_name(project.module_of_clause(clause))
}

fn waits_for_ever(project: &Project, id: CallId) -> bool {
    let call = project.call(id);
    let name = project.text(call.name);
    let mut waits = WAITS.iter();
    let is_known = waits.any(|(module, function, arity)| {
        *function == name && *arity == call.arity && project.external_module(id) == Some(module)
    });
    let timeout = call.arguments.last().filter(|_| is_known);
    timeout
        .and_then(|it| project.value(id.clause, it).atom())
        .is_some_and(|it| project.is(it, "infinity"))
}

/// Whether somebody waits until a clause has run: a callback, or an action of a controller.
fn is_entry(project: &Project, clause: ClauseId) -> bool {
    let module = project.module_of_clause(clause);
    match project.server(module) {
        Some(server) => {
            let is_callback = server.callbacks.iter().any(|it| it.2 == clause);
            is_callback
                && !matches!(
                    server.behaviour,
                    Behaviour::Application | Behaviour::Worker | Behaviour::Broadway
                )
        }
        None => is_action(project, module, clause),
    }
}

fn is_action(project: &Project, module: ModuleId, clause: ClauseId) -> bool {
    let function = project.function_of_clause(clause);
    !function.is_private
        && function.max_arity == 2
        && project.module_name(module).ends_with("Controller")
}

fn report(project: &Project, id: CallId, entry: ClauseId, cx: &mut ProjectCx) {
    let at = project.at(id);
    let callee = project.callee_text(id);
    let finding = cx.report(at.file, at.span, format!("`{callee}` waits here for ever"));
    let at = project.at_clause(entry);
    let module = module_of(project, entry);
    let text = format!(
        "`{}` of `{module}` comes to wait for it",
        project.function_text(entry)
    );
    finding
        .label_in(at.file, at.span, text)
        .help("give a timeout, or hand the work to a job and answer at once");
}
