use exlint_facts::{Flow, Name, Shape};
use exlint_project::{Behaviour, CallId, ClauseId, Runs, Server};

use super::story;
use crate::prelude::*;

/// A server starts a task that will answer, and neither awaits it nor handles the answer.
///
/// `Task.async/1` and its like send `{ref, result}` to the process that called them, and a `:DOWN` message if the task
/// dies. A server whose `handle_info/2` has no clause for them exits with a `FunctionClauseError` as soon as the task
/// is done. The task may be started in any function that the callback calls, in other modules too.
///
/// # Bad
///
/// ```elixir
/// defmodule Feed do
///   use GenServer
///
///   def handle_cast({:publish, item}, state) do
///     Task.async(fn -> Feed.Http.post(item) end)
///     {:noreply, state}
///   end
///
///   def handle_info(:tick, state), do: {:noreply, state}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Feed do
///   use GenServer
///
///   def handle_cast({:publish, item}, state) do
///     Task.Supervisor.start_child(Feed.Tasks, fn -> Feed.Http.post(item) end)
///     {:noreply, state}
///   end
///
///   def handle_info(:tick, state), do: {:noreply, state}
/// end
/// ```
///
/// Servers without any `handle_info/2`, which log such messages, and tasks whose value is used are left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Project)]
pub struct TaskReplyLeak {}

impl Rule for TaskReplyLeak {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl TaskReplyLeak {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for server in project.servers() {
            if !matches!(
                server.behaviour,
                Behaviour::GenServer | Behaviour::GenStage | Behaviour::LiveView
            ) || !lacks_clause(project, server)
            {
                continue;
            }
            let mut told: Vec<CallId> = Vec::new();
            for (_, _, callback) in &server.callbacks {
                let runs = project.runs(*callback);
                for call in runs.calls(project) {
                    let lost = starts_task(project, call).then(|| lost_at(project, &runs, call));
                    if let Some(at) = lost.flatten()
                        && !told.contains(&at)
                    {
                        told.push(at);
                        report(project, server, &runs, (call, at), cx);
                    }
                }
            }
        }
    }
}

/// Whether `handle_info/2` has clauses, all of them to be read here, and none for `{ref, result}`.
fn lacks_clause(project: &Project, server: &Server) -> bool {
    let injected = &project.traits(server.module).injected;
    let is_callback = |(name, arity): &(Name, u8)| *arity == 2 && project.is(*name, "handle_info");
    let mut clauses = server.clauses(project, "handle_info", 2).peekable();
    clauses.peek().is_some()
        && !injected.iter().any(is_callback)
        && !clauses.any(|it| takes_reply(project, it))
}

/// Whether a clause may match a reference and anything.
fn takes_reply(project: &Project, clause: ClauseId) -> bool {
    match project.clause(clause).parameters.first() {
        None | Some(Shape::Unknown | Shape::Variable(_) | Shape::Parameter(_)) => true,
        Some(Shape::Tuple(parts)) => match parts.as_slice() {
            [first, _] => matches!(first, Shape::Unknown | Shape::Variable(_)),
            _ => false,
        },
        _ => false,
    }
}

fn starts_task(project: &Project, id: CallId) -> bool {
    let name = project.text(project.call(id).name);
    match project.external_module(id) {
        Some("Task") => name == "async",
        Some("Task.Supervisor") => matches!(name, "async" | "async_nolink"),
        _ => false,
    }
}

/// Where on the way from the callback to a call its value is thrown away: there, or where a function that gives it back
/// is called.
fn lost_at(project: &Project, runs: &Runs, call: CallId) -> Option<CallId> {
    for step in runs.path_to(call).iter().rev() {
        if matches!(
            project.call(step.call).flow,
            Flow::Discarded | Flow::Ignored
        ) {
            return Some(step.call);
        }
        if !project.is_given_back(step.call) {
            return None;
        }
    }
    None
}

/// Reports the call that starts a task, where its value is lost.
fn report(
    project: &Project,
    server: &Server,
    runs: &Runs,
    (call, lost): (CallId, CallId),
    cx: &mut ProjectCx,
) {
    let module = project.module_name(server.module);
    let callee = project.callee_text(call);
    let at = project.at(lost);
    let message =
        format!("`handle_info/2` of `{module}` has no clause for the answer of `{callee}`");
    let finding = cx.report(at.file, at.span, message);
    let callback = project.at_clause(runs.root);
    finding.label_in(
        callback.file,
        callback.span,
        "the server handles this message",
    );
    let text = "and is sent `{ref, result}` when this task is done".to_owned();
    story::tell(project, finding, &runs.path_to(call), text);
    finding.help("start the task with `Task.Supervisor.start_child/2`, or handle `{ref, result}` and `:DOWN`");
}
