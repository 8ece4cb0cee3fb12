use crate::prelude::*;

/// Gives up waiting for a task, and lets it run on.
///
/// `Task.yield/2` returns `nil` when the time is over, and the task goes on: it keeps its connection and its memory,
/// and its result arrives later as a message that nobody expects. Who gives up says so with `Task.shutdown/2` or
/// `Task.ignore/1`.
///
/// # Bad
///
/// ```elixir
/// defmodule Search do
///   def run(query) do
///     task = Task.async(fn -> Search.Index.find(query) end)
///
///     case Task.yield(task, 500) do
///       {:ok, found} -> found
///       nil -> []
///     end
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Search do
///   def run(query) do
///     task = Task.async(fn -> Search.Index.find(query) end)
///
///     case Task.yield(task, 500) || Task.shutdown(task) do
///       {:ok, found} -> found
///       nil -> []
///     end
///   end
/// end
/// ```
///
/// Left alone: polling (`Task.yield(task, 0)`), functions that ask again, that hand the task on or get it from their
/// caller, and modules that shut tasks down in another function.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Tasks, confidence = Medium, scope = Module)]
#[serde(default)]
pub struct YieldWithoutShutdown {}

impl Rule for YieldWithoutShutdown {
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

impl YieldWithoutShutdown {
    fn check(&self, call: Call, cx: &mut Cx) {
        let time = call.argument(1);
        let is_poll = time.is_some_and(|it| it.integer() == Some(0) || it.is_atom("infinity"));
        let is_timed = call.option("on_timeout").is_some()
            || call
                .option("timeout")
                .is_some_and(|it| it.is_atom("infinity"));
        let Some(def) = call.node().enclosing::<Def>() else {
            return;
        };
        if is_poll || is_timed || !starts_task(def) || asks_again(def) || ends_tasks(def) {
            return;
        }
        cx.report(
            call,
            format!(
                "the task runs on when `{}` gives up waiting for it",
                call.mfa()
            ),
        )
        .help("add `|| Task.shutdown(task)`, or `on_timeout: :kill_task` for `Task.yield_many/2`");
    }
}

fn calls_of<'t>(node: Node<'t>) -> impl Iterator<Item = Call<'t>> {
    node.descendants().filter_map(Call::cast)
}

fn starts_task(def: Def) -> bool {
    calls_of(def.node()).any(|it| {
        it.name().starts_with("async")
            && it
                .module()
                .is_some_and(|it| it == "Task" || it == "Task.Supervisor")
    })
}

/// Whether the function calls itself.
fn asks_again(def: Def) -> bool {
    calls_of(def.node()).any(|it| !it.is_remote() && it.name() == def.function_name())
}

/// Whether anything in the module ends, ignores or awaits tasks, or receives what they send.
fn ends_tasks(def: Def) -> bool {
    let Some(module) = def.module() else {
        return true;
    };
    module.node().descendants().any(|it| {
        let is_end = match it.kind() {
            Kind::Call | Kind::Capture => matches!(it.name(), "shutdown" | "ignore" | "exit"),
            _ => false,
        };
        is_end || it.is(Kind::Capture) && it.text().contains("shutdown")
    }) || module.clauses("handle_info", 2).next().is_some()
}
