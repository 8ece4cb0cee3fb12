use crate::{
    prelude::*,
    server::{Behaviour, CallbackKind, Outcome, Shape},
};

/// A callback ends with a value that its behaviour does not understand.
///
/// The process stops with `{:bad_return_value, value}`. From `init/1` the reason that the code wanted to give is lost
/// in that; from `handle_call/3` the caller exits along with the server. The compiler does not see it, because a
/// callback may return anything.
///
/// # Bad
///
/// ```elixir
/// defmodule Door do
///   use GenServer
///
///   def init(opts) do
///     case Keyword.fetch(opts, :key) do
///       {:ok, key} -> {:ok, key}
///       :error -> {:error, :no_key}
///     end
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Door do
///   use GenServer
///
///   def init(opts) do
///     case Keyword.fetch(opts, :key) do
///       {:ok, key} -> {:ok, key}
///       :error -> {:stop, :no_key}
///     end
///   end
/// end
/// ```
///
/// Only values that are written out are judged, in the callback or in a function of the same module that it ends with;
/// what another module's function returns is not known here. Besides `GenServer`, the callbacks of `GenStage`,
/// `:gen_statem`, LiveViews, live components and channels are checked.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Module)]
pub struct CallbackBadReturn {}

impl Rule for CallbackBadReturn {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl CallbackBadReturn {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module) else {
            return;
        };
        let mut seen = Vec::new();
        for outcome in server.outcomes() {
            let id = outcome.tail.node.id();
            if outcome.shape == Shape::Illegal && !seen.contains(&id) {
                seen.push(id);
                report(server.behaviour, outcome, cx);
            }
        }
    }
}

fn report(behaviour: Behaviour, outcome: &Outcome, cx: &mut Cx) {
    let node = outcome.tail.node;
    let callback = outcome.callback.title();
    let message = match outcome.tail.kind {
        TailKind::Nil => {
            let what = if node.is(Kind::Call) {
                node.name()
            } else {
                "body"
            };
            format!("`{callback}` returns `nil` where this `{what}` has no value")
        }
        _ => format!("`{}` is no result of `{callback}`", shortened(node)),
    };
    let finding = cx.report(node, message);
    for call in &outcome.through {
        finding.label(*call, format!("`{callback}` ends with what this returns"));
    }
    finding.help(advice(behaviour, outcome));
}

fn advice(behaviour: Behaviour, outcome: &Outcome) -> String {
    let node = outcome.tail.node;
    let kind = outcome.callback.kind;
    if kind == CallbackKind::Init
        && node.tag() == Some("error")
        && let [_, reason] = node.tuple()[..]
        && matches!(behaviour, Behaviour::GenServer | Behaviour::GenStage)
    {
        return format!("return `{{:stop, {}}}`", reason.text());
    }
    let results = match (behaviour, kind) {
        (Behaviour::GenServer, CallbackKind::Init) => {
            "`{:ok, state}`, `:ignore` or `{:stop, reason}`"
        }
        (Behaviour::GenServer, CallbackKind::Call) => {
            "`{:reply, reply, state}`, `{:noreply, state}` or `{:stop, reason, reply, state}`"
        }
        (Behaviour::GenServer, _) => "`{:noreply, state}` or `{:stop, reason, state}`",
        (Behaviour::GenStage, CallbackKind::Init) => {
            "`{:producer, state}`, `{:consumer, state}`, `:ignore` or `{:stop, reason}`"
        }
        (Behaviour::GenStage, _) => "`{:noreply, events, state}` or `{:stop, reason, state}`",
        (Behaviour::StateMachine, CallbackKind::Init) => {
            "`{:ok, state, data}`, `:ignore` or `{:stop, reason}`"
        }
        (Behaviour::StateMachine, _) => {
            "`{:next_state, state, data}`, `{:keep_state, data}`, `:keep_state_and_data` or `{:stop, reason}`"
        }
        (Behaviour::Channel, CallbackKind::Init) => "`{:ok, socket}` or `{:error, reason}`",
        (_, CallbackKind::Init) => "`{:ok, socket}`",
        _ => "`{:noreply, socket}`",
    };
    format!("return {results}")
}

/// The first line of the code, where it is long.
fn shortened(node: Node) -> String {
    let text = node.text();
    match text.split_once('\n') {
        Some((first, _)) => format!("{first} ..."),
        None => text.to_owned(),
    }
}
