use exlint_facts::CallFacts;
use exlint_project::{CallId, Witnesses};

use crate::{
    app::{is_worker, production, tell},
    prelude::*,
};

/// A job hands its work to another process and reports success.
///
/// Oban sees `perform/1` return and marks the job completed. What the task does is lost when it crashes or the node
/// stops, and nothing retries it; the queue's limit on concurrent jobs does not hold for it either.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.ImportWorker do
///   use Oban.Worker
///
///   @impl Oban.Worker
///   def perform(%Oban.Job{args: %{"file" => file}}) do
///     Task.start(fn -> Shop.Import.run(file) end)
///     :ok
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.ImportWorker do
///   use Oban.Worker
///
///   @impl Oban.Worker
///   def perform(%Oban.Job{args: %{"file" => file}}), do: Shop.Import.run(file)
/// end
/// ```
///
/// Tasks that are awaited are left alone, and so are processes started further away than the functions that
/// `perform/1` calls.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Jobs, confidence = High, scope = Project)]
pub struct ObanDetachedWork {}

impl Rule for ObanDetachedWork {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl ObanDetachedWork {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let spawns = Witnesses::of(project, &["spawn", "start", "start_child"], |id, call| {
            detaches(project, id, call)
        });
        for clause in production(project) {
            let module = project.module_of_clause(clause);
            let function = project.function(project.function_of(clause));
            if !project.is(function.name, "perform")
                || function.max_arity != 1
                || !is_worker(project, module)
            {
                continue;
            }
            let path = spawns.path_from(clause).filter(|it| it.len() <= 2);
            let Some(path) = path else { continue };
            let Some((first, last)) = path.first().zip(path.last()) else {
                continue;
            };
            let at = project.at(*first);
            let finding = cx.report(
                at.file,
                at.span,
                format!(
                    "the job hands its work to `{}` and counts as done at once",
                    project.callee_text(*last)
                ),
            );
            tell(
                finding,
                project,
                &path,
                "nothing retries what this process does",
            );
            finding.help("do the work in `perform/1`, or insert a job for it");
        }
    }
}

fn detaches(project: &Project, id: CallId, call: &CallFacts) -> bool {
    if call.is_capture {
        return false;
    }
    matches!(
        (project.external_module(id), project.text(call.name)),
        (Some("Task"), "start")
            | (Some("Task.Supervisor"), "start_child")
            | (Some("Kernel"), "spawn")
    )
}
