use rustc_hash::FxHashSet;

use crate::{
    prelude::*,
    server::{function_tails, may_reach, own_call},
};

/// A callback of a Broadway pipeline returns something that is no message.
///
/// `handle_message/3` returns the message, `handle_batch/4`, `handle_failed/2` and `prepare_messages/2` a list of messages.
/// Anything else raises once the work is done: the message counts as failed, is not acknowledged, and comes again, and its
/// work is done again. What has failed is told with `Broadway.Message.failed/2`.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Pipeline do
///   use Broadway
///
///   def handle_message(_processor, message, _context) do
///     case Shop.import(message.data) do
///       {:ok, _order} -> message
///       {:error, reason} -> {:error, reason}
///     end
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Pipeline do
///   use Broadway
///
///   def handle_message(_processor, message, _context) do
///     case Shop.import(message.data) do
///       {:ok, _order} -> message
///       {:error, reason} -> Broadway.Message.failed(message, reason)
///     end
///   end
/// end
/// ```
///
/// Only values that are written out are judged, in the callback or in a function of the same module that it ends with,
/// and functions of the standard library that give no message.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Module)]
pub struct BroadwayBadReturn {}

impl Rule for BroadwayBadReturn {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

/// The callbacks that return messages, and whether they return a list of them.
const CALLBACKS: &[(&str, usize, bool)] = &[
    ("handle_message", 3, false),
    ("handle_batch", 4, true),
    ("handle_failed", 2, true),
    ("prepare_messages", 2, true),
];

impl BroadwayBadReturn {
    fn check(&self, module: Module, cx: &mut Cx) {
        if !module.implements("Broadway") {
            return;
        }
        let mut reported = FxHashSet::default();
        for &(name, arity, gives_list) in CALLBACKS {
            for def in module.clauses(name, arity) {
                let mut ends = Vec::new();
                collect_ends(module, def, &mut Vec::new(), &mut ends);
                for end in ends.iter().filter(|it| is_wrong(it.tail, gives_list)) {
                    if reported.insert(end.tail.node.id()) {
                        report(def, end, gives_list, cx);
                    }
                }
            }
        }
    }
}

/// An expression that gives a callback its value, and the calls of own functions that lead to it.
struct End<'t> {
    tail: Tail<'t>,
    through: Vec<Call<'t>>,
}

/// How many own functions are followed, one in the other.
const MAX_DEPTH: usize = 3;

fn collect_ends<'t>(
    module: Module<'t>,
    def: Def<'t>,
    through: &mut Vec<Call<'t>>,
    ends: &mut Vec<End<'t>>,
) {
    for tail in function_tails(def) {
        let call = own_call(tail.node).filter(|_| tail.kind == TailKind::Value);
        let seen = |it: &Call| through.iter().any(|seen| seen.symbol() == it.symbol());
        match call.filter(|it| through.len() < MAX_DEPTH && !seen(it)) {
            Some(call) => {
                through.push(call);
                for called in module.clauses(call.name(), call.arity()) {
                    if called.body().is_some() && may_reach(called, call) {
                        collect_ends(module, called, through, ends);
                    }
                }
                through.pop();
            }
            None => ends.push(End {
                tail,
                through: through.clone(),
            }),
        }
    }
}

fn is_wrong(tail: Tail, gives_list: bool) -> bool {
    let node = tail.node;
    match (tail.kind, node.kind()) {
        (TailKind::Nil, _) => true,
        (TailKind::FallThrough, _) => false,
        (_, Kind::Call | Kind::Pipe) => gives_no_message(node),
        (_, Kind::List) => !gives_list,
        (_, Kind::Struct) => gives_list,
        // `%{message | data: data}`
        (_, Kind::Map) => gives_list || Map::cast(node).is_some_and(|it| it.base().is_none()),
        (_, Kind::Atom | Kind::Tuple | Kind::String | Kind::Integer) => true,
        _ => false,
    }
}

fn gives_no_message(node: Node) -> bool {
    let call = match Pipe::cast(node) {
        Some(pipe) => pipe.right().and_then(Call::cast),
        None => Call::cast(node),
    };
    let Some((module, name)) = call.and_then(|it| Some((it.module()?, it.name()))) else {
        return false;
    };
    matches!(
        (module.as_ref(), name),
        ("Enum", "each" | "count" | "join")
            | ("Logger", _)
            | ("GenServer", "cast")
            | (
                "Task" | "Task.Supervisor",
                "start" | "start_child" | "async"
            )
            | ("Phoenix.PubSub", "broadcast" | "broadcast!")
    )
}

fn report(def: Def, end: &End, gives_list: bool, cx: &mut Cx) {
    let tail = end.tail;
    let callback = format!("{}/{}", def.function_name(), def.arity().1);
    let message = match tail.kind {
        TailKind::Nil => format!("`{callback}` returns `nil` where this has no value"),
        _ => {
            let text = tail.node.text();
            let text = text.lines().next().unwrap_or(text);
            format!("`{text}` is no result of `{callback}`")
        }
    };
    let help = match gives_list {
        true => "return the messages; those that failed through `Broadway.Message.failed/2`",
        false => "return the message, through `Broadway.Message.failed/2` where it has failed",
    };
    let finding = cx.report(tail.node, message);
    for call in &end.through {
        finding.label(*call, format!("`{callback}` ends with what this returns"));
    }
    finding.help(help);
}
