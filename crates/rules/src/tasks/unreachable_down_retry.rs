use exlint_facts::{Code, Handler, Shape};
use exlint_project::{Body, CallId, ClauseId, Server, Target};

use crate::prelude::*;

/// A server starts a task anew when it has crashed, but the task catches what it could crash with.
///
/// The `:DOWN` message has an abnormal reason only if the task dies of something. Where its function rescues every
/// exception, a failure is an ordinary result: the retry in `handle_info/2` is left for kills and exits, and what it was
/// written for is handled nowhere.
///
/// # Bad
///
/// ```elixir
/// defmodule Upload do
///   use GenServer
///
///   def handle_cast({:upload, file}, files), do: {:noreply, Map.put(files, start(file).ref, file)}
///
///   def handle_info({ref, _result}, files), do: {:noreply, Map.delete(files, ref)}
///
///   def handle_info({:DOWN, ref, :process, _pid, _reason}, files) do
///     {file, files} = Map.pop(files, ref)
///     {:noreply, Map.put(files, start(file).ref, file)}
///   end
///
///   defp start(file) do
///     Task.Supervisor.async_nolink(Upload.Tasks, fn -> upload(file) end)
///   end
///
///   defp upload(file) do
///     Storage.put!(file)
///   rescue
///     error -> {:error, error}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Upload do
///   use GenServer
///
///   def handle_cast({:upload, file}, files), do: {:noreply, Map.put(files, start(file).ref, file)}
///
///   def handle_info({ref, _result}, files), do: {:noreply, Map.delete(files, ref)}
///
///   def handle_info({:DOWN, ref, :process, _pid, _reason}, files) do
///     {file, files} = Map.pop(files, ref)
///     {:noreply, Map.put(files, start(file).ref, file)}
///   end
///
///   defp start(file) do
///     Task.Supervisor.async_nolink(Upload.Tasks, fn -> Storage.put!(file) end)
///   end
/// end
/// ```
///
/// Reported where all that the task calls is protected, and the handler neither raises nor exits itself.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Tasks, confidence = Medium, scope = Project)]
#[serde(default)]
pub struct UnreachableDownRetry {}

impl Rule for UnreachableDownRetry {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl UnreachableDownRetry {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for server in project.servers() {
            for clause in crash_clauses(project, server) {
                let runs = project.runs(clause);
                let calls = runs.calls(project);
                let mut starts = calls.into_iter().filter(|it| starts_task(project, *it));
                let found = starts.find_map(|it| Some((it, all_caught(project, it)?)));
                if let Some((start, (of, handler))) = found {
                    report(project, clause, start, (of, handler.span), cx);
                }
            }
        }
    }
}

/// The clauses of `handle_info/2` for a `:DOWN` that is not a normal end.
fn crash_clauses(project: &Project, server: &Server) -> Vec<ClauseId> {
    let clauses = server.clauses(project, "handle_info", 2);
    let is_crash = |it: &ClauseId| match project.clause(*it).parameters.first() {
        Some(Shape::Tuple(parts)) => match parts.as_slice() {
            [tag, _, _, _, reason] => {
                tag.atom().is_some_and(|it| project.is(it, "DOWN"))
                    && !reason.atom().is_some_and(|it| project.is(it, "normal"))
            }
            _ => false,
        },
        _ => false,
    };
    clauses.filter(is_crash).collect()
}

fn starts_task(project: &Project, id: CallId) -> bool {
    let name = project.text(project.call(id).name);
    match project.external_module(id) {
        Some("Task.Supervisor") => matches!(name, "async" | "async_nolink" | "start_child"),
        Some("Task") => matches!(name, "async" | "start"),
        _ => false,
    }
}

/// The handler that takes all a task may crash with: around its function's body, or in the one function that it calls.
fn all_caught(project: &Project, start: CallId) -> Option<(ClauseId, &Handler)> {
    let bodies = project.bodies(start);
    let [body] = bodies.as_slice() else {
        return None;
    };
    if let Some(handler) = covering(project, *body) {
        return Some((body.clause, handler));
    }
    let calls: Vec<_> = project.calls_in(*body).map(|(id, _)| id).collect();
    let [only] = calls.as_slice() else {
        return None;
    };
    let Target::Function { clauses, .. } = project.target(*only) else {
        return None;
    };
    let mut handlers = clauses.iter().map(|it| {
        let body = Body {
            clause: *it,
            scope: exlint_facts::Scope::CLAUSE,
        };
        Some((*it, covering(project, body)?))
    });
    let first = handlers.next()??;
    handlers.all(|it| it.is_some()).then_some(first)
}

/// The handler whose protection covers every call of a body.
fn covering(project: &Project, body: Body) -> Option<&Handler> {
    let code: &Code = project.code(body.clause);
    let calls: Vec<u32> = project.calls_in(body).map(|(id, _)| id.index).collect();
    let dies = |handler: &Handler| {
        let mut own = handler.calls.clone();
        own.any(|it| {
            let name = code.calls.get(it as usize).map(|it| project.text(it.name));
            matches!(name, Some("raise" | "reraise" | "exit" | "throw"))
        })
    };
    code.handlers.iter().find(|handler| {
        let is_inside = |it: &u32| handler.protects.contains(it) || handler.calls.contains(it);
        !handler.protects.is_empty()
            && calls.iter().any(|it| handler.protects.contains(it))
            && calls.iter().all(is_inside)
            && !dies(handler)
    })
}

fn report(
    project: &Project,
    clause: ClauseId,
    start: CallId,
    (of, handler): (ClauseId, Span),
    cx: &mut ProjectCx,
) {
    let at = project.at_clause(clause);
    let finding = cx.report(
        at.file,
        at.span,
        "this starts the task again when it has crashed, but it catches what it could crash with",
    );
    let at = project.at(start);
    finding.label_in(at.file, at.span, "the task that is started again");
    finding.label_in(
        project.file_of(of),
        handler,
        "its failure is a value from here on",
    );
    finding.help("let the task crash, or look at its result to decide");
}
