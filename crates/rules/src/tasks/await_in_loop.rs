use crate::prelude::*;

/// Awaits a task right where it is started.
///
/// Nothing happens between start and await, so the work runs just as it would have run without a task, one element
/// after the other in a loop, and everything it needs and returns is copied between two processes on top. Start all
/// tasks first, or let `Task.async_stream/3` do it.
///
/// # Bad
///
/// ```elixir
/// defmodule Rates do
///   def all(currencies) do
///     Enum.map(currencies, fn currency ->
///       Task.async(fn -> Rates.Api.fetch(currency) end) |> Task.await()
///     end)
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Rates do
///   def all(currencies) do
///     currencies
///     |> Task.async_stream(&Rates.Api.fetch/1)
///     |> Enum.map(fn {:ok, rate} -> rate end)
///   end
/// end
/// ```
///
/// Two good reasons for it are respected: a timeout of its own, and a task that sets something in its process
/// dictionary, flags or group leader, which is then gone with it.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Tasks, confidence = High, scope = File)]
#[serde(default)]
pub struct AwaitInLoop {}

impl Rule for AwaitInLoop {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&["Task.await/1", "Task.await/2"], Self::check);
    }
}

impl AwaitInLoop {
    fn check(&self, call: Call, cx: &mut Cx) {
        if call.argument(1).is_some_and(|it| !it.is_atom("infinity")) {
            return;
        }
        let Some(start) = call.argument(0).and_then(started_by) else {
            return;
        };
        if is_isolated(start) {
            return;
        }
        let around = loop_around(call);
        let message = match around {
            Some(_) => {
                "each task is awaited before the next one starts, so that they run one after the other"
            }
            None => {
                "this task is awaited right where it is started, so that it runs nothing at the same time"
            }
        };
        let finding = cx.report(call.whole_pipe(), message);
        if let Some(around) = around {
            finding.label(around, "for each element");
        }
        finding.help(match around {
            Some(_) => "use `Task.async_stream/3`, or start all tasks before the first is awaited",
            None => "call the function itself",
        });
    }
}

/// The call that starts a task: the value itself, or the expression before that gave it a name.
fn started_by(task: Node) -> Option<Call> {
    let last = match task.kind() {
        Kind::Pipe => task.child(Role::Right)?,
        Kind::Var => {
            let statement = task
                .ancestors()
                .find(|it| it.previous_sibling().is_some())?;
            let bound = Match::cast(statement.previous_sibling()?)?;
            if !bound.pattern()?.is_var(task.name()) || bound.pattern()?.symbol() != task.symbol() {
                return None;
            }
            let value = bound.value()?;
            match value.kind() {
                Kind::Pipe => value.child(Role::Right)?,
                _ => value,
            }
        }
        _ => task,
    };
    let call = Call::cast(last)?;
    let is_start = ["Task", "Task.Supervisor"]
        .iter()
        .any(|it| call.module().is_some_and(|module| module == *it))
        && call.name() == "async";
    is_start.then_some(call)
}

/// Whether the task changes something of its process that must not stay.
fn is_isolated(start: Call) -> bool {
    start.whole_pipe().subtree().any(|it| {
        it.is(Kind::Call)
            && Call::cast(it).is_some_and(|call| {
                call.module()
                    .is_some_and(|it| it == "Process" || it == "Logger")
                    || call.name().starts_with("put_")
                    || matches!(call.name(), "exit" | "throw")
            })
    })
}

/// The loop whose body is around a call, unless a function is made there first.
fn loop_around(call: Call) -> Option<Span> {
    for node in call.node().ancestors() {
        match node.kind() {
            Kind::Fn | Kind::Capture => {
                let taker = node.parent().and_then(Call::cast)?;
                let is_loop = taker
                    .module()
                    .is_some_and(|it| it == "Enum" || it == "Stream");
                return is_loop.then(|| taker.name_span());
            }
            Kind::Call if node.name() == "for" && node.child(Role::Receiver).is_none() => {
                return Some(node.name_span());
            }
            Kind::Def | Kind::Module => return None,
            _ => {}
        }
    }
    None
}
