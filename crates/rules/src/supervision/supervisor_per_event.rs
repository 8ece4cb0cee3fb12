use exlint_facts::Shape;
use exlint_project::ClauseId;

use super::starts::{Care, starts};
use crate::prelude::*;

/// A server starts a supervisor of its own on every event, and does not stop the one before.
///
/// Each event leaves one more supervisor behind, linked to the server and doing nothing. One that is registered under
/// a name fails from the second event on with `{:error, {:already_started, pid}}`.
///
/// # Bad
///
/// ```elixir
/// defmodule Feed do
///   use GenServer
///
///   def handle_info(:connected, state) do
///     {:ok, workers} = Task.Supervisor.start_link()
///     {:noreply, %{state | workers: workers}}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Feed do
///   use GenServer
///
///   def init(_) do
///     {:ok, workers} = Task.Supervisor.start_link()
///     {:ok, %{workers: workers}}
///   end
/// end
/// ```
///
/// Left alone is a start that depends on a condition, one beside which something is stopped, and an event that raises
/// when it comes twice.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = High, scope = Project)]
#[serde(default)]
pub struct SupervisorPerEvent {}

impl Rule for SupervisorPerEvent {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// Callbacks that run once for each event. Calls are made by clients, who may well make one only.
const EVENTS: &[&str] = &[
    "handle_info",
    "handle_cast",
    "handle_event",
    "handle_in",
    "handle_params",
    "handle_message",
];

impl SupervisorPerEvent {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for start in starts(project) {
            let clause = start.call.clause;
            let function = project.text(project.function_of_clause(clause).name);
            let module = project.external_module(start.origin);
            let is_supervisor = matches!(
                module,
                Some("Supervisor" | "DynamicSupervisor" | "Task.Supervisor" | "Registry")
            );
            if !is_supervisor
                || !matches!(start.care, Care::Taken | Care::Unlinked)
                || !EVENTS.contains(&function)
                || project.server(project.module_of_clause(clause)).is_none()
                || project.call(start.call).is_conditional
                || project.clause(clause).is_guarded
                || depends_on_state(project, clause)
                || !cx.covers(project.role_of(clause))
                || stops(project, start.call.clause)
            {
                continue;
            }
            let at = project.at(start.call);
            let callee = project.callee_text(start.call);
            cx.report(
                at.file,
                at.span,
                format!("`{callee}` starts one more supervisor on every `{function}`"),
            )
            .help("start it once in `init/1`, or as a child of the server's supervisor");
        }
    }
}

/// Whether the clause is for states with a certain value in them: `%{workers: nil}`.
fn depends_on_state(project: &Project, clause: ClauseId) -> bool {
    let is_value = |it: &Shape| matches!(it, Shape::Atom(_) | Shape::Module(_) | Shape::Int(_));
    let state = project.clause(clause).parameters.last();
    state.is_some_and(|state| {
        let state = project.value(clause, state);
        is_value(state) || state.pairs().iter().any(|(_, it)| is_value(it))
    })
}

/// Whether a clause stops something, or refuses to be run twice.
fn stops(project: &Project, clause: ClauseId) -> bool {
    project.calls_of(clause).any(|(_, call)| {
        let name = project.text(call.name);
        name.contains("stop") || name.contains("terminate") || matches!(name, "exit" | "raise")
    })
}
