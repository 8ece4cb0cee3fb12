use exlint_facts::Scope;
use exlint_findings::Confidence;
use exlint_project::{Behaviour, Body, CallId, ClauseId, Reach};

use super::work::{Known, is_command, is_only_logging, label_path, lasting_work};
use crate::prelude::*;

/// Starts work in a process that no supervisor knows of, and throws the process away.
///
/// When the node stops, for instance at every deploy, nobody waits for such work: it is cut off in the middle. When it
/// fails, nobody hears of it and nothing tries again. An e-mail that is not sent, or a webhook that is not delivered,
/// is lost without a trace.
///
/// # Bad
///
/// ```elixir
/// defmodule Orders do
///   def ship(order) do
///     Task.start(fn -> Req.post!(order.webhook, json: %{id: order.id}) end)
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
///     Task.Supervisor.start_child(Orders.Tasks, fn ->
///       Req.post!(order.webhook, json: %{id: order.id})
///     end)
///
///     {:ok, order}
///   end
/// end
/// ```
///
/// Where the project runs Oban, work that must not get lost belongs in a job, which is stored, and tried again when
/// it fails. `spawn/1` is reported here where the work reaches a database, a web service or a mail server; `bare-spawn`
/// speaks of the rest. Work that only writes to the log is left alone, and so is what a Mix task starts, what is
/// monitored, and what is started just before the system stops.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = High, scope = Project)]
#[serde(default)]
pub struct UnsupervisedFireAndForget {}

impl Rule for UnsupervisedFireAndForget {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl UnsupervisedFireAndForget {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let mut known = Known::default();
        let mut last_stop = (None, None);
        for (id, call) in project.calls_named(&["spawn", "spawn_link", "start", "start_link"]) {
            if call.is_capture
                || !cx.covers(project.role_of(id.clause))
                || !starts_process(project, id)
                || is_command(project, id.clause)
                || is_start_function(project, id.clause)
            {
                continue;
            }
            if last_stop.0 != Some(id.clause) {
                last_stop = (Some(id.clause), stop(project, id.clause));
            }
            let stops_afterwards = last_stop.1 > Some(id);
            if stops_afterwards || project.dropped(id).is_none() {
                continue;
            }
            let bodies = project.bodies(id);
            let work = lasting_work(project, &bodies);
            let is_spawn = project.text(call.name).starts_with("spawn");
            if is_spawn && work.is_none()
                || known.is_watching(project, &bodies)
                || is_only_logging(project, &bodies)
                || known.message_loop(project, &bodies).is_some()
            {
                continue;
            }
            report(project, id, work, cx);
        }
    }
}

fn starts_process(project: &Project, id: CallId) -> bool {
    let call = project.call(id);
    matches!(call.arity, 1 | 3)
        && match project.text(call.name) {
            "start" | "start_link" => project.external_module(id) == Some("Task"),
            "spawn" | "spawn_link" => {
                matches!(project.external_module(id), Some("Kernel" | ":erlang"))
            }
            _ => false,
        }
}

fn is_start_function(project: &Project, clause: ClauseId) -> bool {
    let name = project.text(project.function_of_clause(clause).name);
    name.starts_with("start_link")
}

/// The last call of a clause that stops the system, or an application.
fn stop(project: &Project, clause: ClauseId) -> Option<CallId> {
    let stops = project.calls_of(clause).filter(|(id, call)| {
        call.scope == Scope::CLAUSE
            && matches!(
                project.external_name(*id).unwrap_or_default().as_str(),
                "System.halt" | "System.stop" | "Application.stop" | ":init.stop" | ":erlang.halt"
            )
    });
    stops.map(|(id, _)| id).last()
}

fn report(project: &Project, id: CallId, work: Option<(Body, Reach)>, cx: &mut ProjectCx) {
    let at = project.at(id);
    let callee = project.callee_text(id);
    let message = match &work {
        Some((body, reach)) => {
            let path = project.path(body.clause, reach);
            let last = path.last().map(|it| project.callee_text(it.call));
            format!(
                "`{callee}` runs `{}` where no supervisor knows of it, and nobody learns whether it worked",
                last.unwrap_or_default()
            )
        }
        None => format!("`{callee}` starts work that no supervisor knows of"),
    };
    let has_jobs = project
        .servers()
        .iter()
        .any(|it| it.behaviour == Behaviour::Worker);
    let finding = cx.report(at.file, at.span, message);
    match &work {
        Some((body, reach)) => label_path(
            project,
            finding,
            *body,
            reach,
            "is cut off when the node stops, and not tried again when it fails",
        ),
        None => {
            finding.confidence(Confidence::Medium);
        }
    }
    finding.help(if has_jobs && work.is_some() {
        "enqueue an Oban job: it is stored, and tried again when it fails"
    } else {
        "use `Task.Supervisor.start_child/2`: the work is known to a supervisor, which waits for it when the application stops"
    });
}
