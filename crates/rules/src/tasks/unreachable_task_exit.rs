use crate::prelude::*;

/// Waits for the crash of a task that would take the waiting process along.
///
/// `Task.async/1` links the task to its caller. When it crashes, the exit signal kills the caller before
/// `Task.yield/2` can return `{:exit, reason}`: the clause for it never runs, and what it was meant to handle is not
/// handled. `Task.Supervisor.async_nolink/2` starts a task whose crash is a value.
///
/// # Bad
///
/// ```elixir
/// defmodule Fetch do
///   def one(url) do
///     task = Task.async(fn -> Fetch.Api.get(url) end)
///
///     case Task.yield(task, 1_000) || Task.shutdown(task) do
///       {:ok, body} -> body
///       {:exit, _reason} -> nil
///       nil -> nil
///     end
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Fetch do
///   def one(url) do
///     task = Task.Supervisor.async_nolink(Fetch.Tasks, fn -> Fetch.Api.get(url) end)
///
///     case Task.yield(task, 1_000) || Task.shutdown(task) do
///       {:ok, body} -> body
///       {:exit, _reason} -> nil
///       nil -> nil
///     end
///   end
/// end
/// ```
///
/// Only tasks that the function itself starts are looked at. A module that traps exits anywhere is left alone, and so
/// is a task whose own code catches everything or exits on purpose with `exit(:normal)`.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Tasks, confidence = High, scope = Module)]
#[serde(default)]
pub struct UnreachableTaskExit {}

impl Rule for UnreachableTaskExit {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[
                "Task.yield/1",
                "Task.yield/2",
                "Task.yield_many/1",
                "Task.yield_many/2",
            ],
            Self::check,
        );
    }
}

impl UnreachableTaskExit {
    fn check(&self, call: Call, cx: &mut Cx) {
        let Some(def) = call.node().enclosing::<Def>() else {
            return;
        };
        let Some(start) = linked_start(def) else {
            return;
        };
        let exit = def.node().descendants().find(|it| {
            it.mode() == Mode::Pattern && it.is(Kind::Tuple) && is_exit(*it) && it.id() > call.id()
        });
        let Some(exit) = exit else { return };
        let traps = def.module().is_some_and(|it| {
            it.node()
                .descendants()
                .any(|it| it.is_atom("trap_exit") || it.is(Kind::Call) && it.name() == "exit")
        });
        if traps || handles_otherwise(exit) {
            return;
        }
        cx.report(
            exit,
            "this clause never runs: the task is linked, and its crash kills the process that waits here",
        )
        .label(start, "this links the task to the process that starts it")
        .label(call, "waits for the task's result or crash")
        .help("start the task with `Task.Supervisor.async_nolink/2`");
    }
}

/// `{:exit, reason}`.
fn is_exit(tuple: Node) -> bool {
    let mut parts = tuple.children();
    let (first, second, third) = (parts.next(), parts.next(), parts.next());
    first.is_some_and(|it| it.is_atom("exit")) && second.is_some() && third.is_none()
}

/// The call that starts a linked task, where none starts another kind.
fn linked_start(def: Def) -> Option<Call> {
    let calls = def.node().descendants().filter_map(Call::cast);
    let mut linked = None;
    for call in calls {
        match (call.module().as_deref(), call.name()) {
            (_, "async_nolink" | "async_stream" | "async_stream_nolink") => return None,
            (Some("Task" | "Task.Supervisor"), "async") => linked = linked.or(Some(call)),
            _ => {}
        }
    }
    linked
}

/// `catch :exit, reason` and clauses of callbacks have the same look.
fn handles_otherwise(exit: Node) -> bool {
    exit.ancestors()
        .find_map(Node::section_kind)
        .is_some_and(|it| matches!(it, SectionKind::Catch | SectionKind::Rescue))
}
