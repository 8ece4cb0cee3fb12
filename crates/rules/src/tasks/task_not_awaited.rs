use exlint_facts::{FileRole, Shape};
use exlint_findings::Confidence;
use exlint_project::{CallId, ClauseId, ModuleId};

use crate::{prelude::*, supervision::work::is_command};

/// Starts a task with `Task.async/1` and never asks for its result.
///
/// `Task.async/1` links the task to its caller and sends the caller its result. Thrown away, the task takes the caller
/// down when it crashes, is itself killed when the caller ends, and leaves a message that no one expects: a server
/// without a clause for it logs an error or crashes.
///
/// # Bad
///
/// ```elixir
/// defmodule Orders do
///   def ship(order) do
///     Task.async(fn -> Orders.Mail.deliver(order) end)
///     {:ok, order}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Orders do
///   def ship(order) do
///     Task.Supervisor.start_child(Orders.Tasks, fn -> Orders.Mail.deliver(order) end)
///     {:ok, order}
///   end
/// end
/// ```
///
/// The task is followed through the functions that return it: it is reported where every caller in the project throws
/// it away. Servers that handle `{ref, result}` receive the result as a message and are left alone,
/// and so are Mix tasks, which end with their command.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Tasks, confidence = High, scope = Project)]
#[serde(default)]
pub struct TaskNotAwaited {}

impl Rule for TaskNotAwaited {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl TaskNotAwaited {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for (id, call) in project.calls_named(&["async", "async_nolink"]) {
            if call.is_capture || !cx.covers(project.role_of(id.clause)) || !is_async(project, id) {
                continue;
            }
            if let Some(places) = project.dropped(id)
                && !is_command(project, id.clause)
                && !receives_reply(project, id.clause)
                && !places.iter().any(|it| receives_reply(project, it.clause))
            {
                report(project, id, &places, cx);
            }
        }
    }
}

/// Whether a call starts a task whose result comes as a message.
pub(super) fn is_async(project: &Project, id: CallId) -> bool {
    match project.text(project.call(id).name) {
        "async" => matches!(
            project.external_module(id),
            Some("Task" | "Task.Supervisor")
        ),
        "async_nolink" => project.external_module(id) == Some("Task.Supervisor"),
        _ => false,
    }
}

/// Whether the process that runs a clause may be one that handles the results of tasks as messages.
pub(super) fn receives_reply(project: &Project, clause: ClauseId) -> bool {
    let callers = project.inline_callers(clause);
    let modules = callers.iter().map(|it| project.module_of_clause(*it));
    modules
        .filter(|it| project.role_of_module(*it) != FileRole::Test)
        .any(|it| handles_reply(project, it))
}

/// Whether a module has a clause `handle_info({ref, result}, state)`, or receives such messages by hand.
fn handles_reply(project: &Project, module: ModuleId) -> bool {
    let Some(name) = project.name("handle_info") else {
        return false;
    };
    let Some(function) = project.find_function(module, name, 2) else {
        return false;
    };
    project.clauses_of(function).any(|it| {
        matches!(
            project.clause(it).parameters.first(),
            Some(Shape::Tuple(parts))
                if parts.len() == 2 && parts[0].atom().is_none()
        )
    })
}

fn report(project: &Project, id: CallId, places: &[CallId], cx: &mut ProjectCx) {
    let at = project.at(id);
    let callee = project.callee_text(id);
    let finding = cx.report(
        at.file,
        at.span,
        format!("the task that `{callee}` starts is never awaited"),
    );
    let elsewhere = places.iter().filter(|it| **it != id);
    for place in elsewhere {
        let at = project.at(*place);
        let text = format!(
            "`{}` gives the task back, and it is thrown away",
            project.callee_text(*place)
        );
        finding.label_in(at.file, at.span, text);
        finding.confidence(Confidence::Medium);
    }
    finding.help("await it, or start it with `Task.Supervisor.start_child/2`, which neither links nor replies");
}
