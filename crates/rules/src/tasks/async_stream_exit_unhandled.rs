use crate::prelude::*;

/// Goes through a `Task.async_stream/3` as if every task ended in time.
///
/// A task that takes longer than `timeout`, five seconds unless told otherwise, makes the *caller* exit, together with
/// all tasks that are still running. With `on_timeout: :kill_task` the stream yields `{:exit, :timeout}` for that
/// element, which a pattern for `{:ok, value}` alone then has to be extended by.
///
/// # Bad
///
/// ```elixir
/// defmodule Rates do
///   def all(currencies) do
///     currencies
///     |> Task.async_stream(fn currency -> Req.get!("https://rates.example/#{currency}") end)
///     |> Enum.map(fn {:ok, response} -> response.body end)
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
///     |> Task.async_stream(
///       fn currency -> Req.get!("https://rates.example/#{currency}") end,
///       on_timeout: :kill_task
///     )
///     |> Enum.flat_map(fn
///       {:ok, response} -> [response.body]
///       {:exit, :timeout} -> []
///     end)
///   end
/// end
/// ```
///
/// Opt-in: whether a caller should die with a slow task is a decision. Any `timeout:` of its own is taken as one.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Tasks, confidence = Low, scope = File)]
#[serde(default)]
pub struct AsyncStreamExitUnhandled {}

impl Rule for AsyncStreamExitUnhandled {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[
                "Task.async_stream/2",
                "Task.async_stream/3",
                "Task.Supervisor.async_stream/3",
                "Task.Supervisor.async_stream/4",
                "Task.Supervisor.async_stream_nolink/3",
                "Task.Supervisor.async_stream_nolink/4",
            ],
            Self::check,
        );
    }
}

impl AsyncStreamExitUnhandled {
    fn check(&self, call: Call, cx: &mut Cx) {
        let has_say = ["timeout", "on_timeout"]
            .iter()
            .any(|it| call.option(it).is_some());
        let options = call
            .arguments()
            .last()
            .is_some_and(|it| it.is(Kind::Var) || it.is(Kind::Attribute));
        if has_say || options || !reaches_out(call, cx) {
            return;
        }
        let Some(pattern) = consumer(call) else {
            return;
        };
        cx.report(
            call,
            format!(
                "a task of `{}` that takes longer than five seconds takes its caller along",
                call.mfa()
            ),
        )
        .label(pattern, "expects every task to end in time")
        .help("say `on_timeout: :kill_task` and handle `{:exit, :timeout}`, or set a `timeout:`");
    }
}

/// Whether the task itself calls a function that waits for something outside.
fn reaches_out(call: Call, cx: &Cx) -> bool {
    let closure = call
        .arguments()
        .find(|it| matches!(it.kind(), Kind::Fn | Kind::Capture));
    closure.is_some_and(|it| {
        it.subtree().filter_map(Call::cast).any(|inner| {
            inner.module().is_some_and(|module| {
                cx.tables
                    .sink(&module, inner.name(), inner.arity())
                    .is_some()
            })
        })
    })
}

/// The only pattern, `{:ok, value}`, of the function that the stream is piped into.
fn consumer(call: Call) -> Option<Node> {
    let pipe = call.node().parent().filter(|it| it.is(Kind::Pipe))?;
    let above = pipe.parent().filter(|it| it.is(Kind::Pipe))?;
    let next = Call::cast(above.child(Role::Right)?)?;
    let function = next.arguments().find_map(exlint_syntax::Fn::cast)?;
    let mut clauses = function.clauses();
    let (only, more) = (clauses.next()?, clauses.next());
    let head = only.head(0)?;
    (more.is_none() && head.tag() == Some("ok")).then_some(head)
}
