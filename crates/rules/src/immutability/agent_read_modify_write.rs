use exlint_syntax::Bindings;

use super::{
    flow::{Flow, is_decided_by},
    stores::Access,
};
use crate::prelude::*;

/// Reads the state of an agent or server, computes from it, and writes the result back in a second request.
///
/// Between the two requests other processes have theirs served: two callers that both read 5 and write 6 have counted
/// one. The state of an agent is safe only inside the function that the agent runs.
///
/// # Bad
///
/// ```elixir
/// def take(pid) do
///   count = Agent.get(pid, & &1)
///   Agent.update(pid, fn _ -> count - 1 end)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def take(pid) do
///   Agent.get_and_update(pid, fn count -> {count, count - 1} end)
/// end
/// ```
///
/// Functions of the same file that only wrap `Agent` or `GenServer.call/2` are seen through; those of other files are
/// not.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Immutability, confidence = High, scope = Module)]
pub struct AgentReadModifyWrite {}

/// How many reads and writes of one function are looked at: each read is followed through the whole function.
const MAX_ACCESSES: usize = 30;

impl Rule for AgentReadModifyWrite {
    fn listen(on: &mut On<Self>) {
        on.files(Self::check);
    }
}

impl AgentReadModifyWrite {
    fn check(&self, cx: &mut Cx) {
        let mut names = cx.file.symbols();
        if !names.any(|(_, name)| matches!(name, "Agent" | "GenServer")) {
            return;
        }
        for def in cx.file.nodes().filter_map(Def::cast) {
            let calls = def.body().into_iter().flat_map(Body::descendants);
            let calls = calls
                .filter(|it| it.mode() == Mode::Code)
                .filter_map(Call::cast);
            let accesses: Vec<_> = calls.filter_map(Access::of).take(MAX_ACCESSES).collect();
            if accesses.iter().any(|it| it.is_write) && accesses.iter().any(|it| !it.is_write) {
                self.check_function(def, &accesses, cx);
            }
        }
    }

    fn check_function(&self, def: Def, accesses: &[Access], cx: &mut Cx) {
        let bindings = Bindings::of(def.node());
        for write in accesses.iter().filter(|it| it.is_write) {
            let mut reads = accesses.iter().filter(|it| !it.is_write);
            let read = reads.find(|read| {
                read.store.is(&write.store, &bindings) && depends(write, read, def, &bindings)
            });
            let Some(read) = read else {
                continue;
            };
            let message = format!(
                "`{}` writes what was computed from an earlier read: changes made in between are lost",
                write.call.mfa()
            );
            cx.report(write.call, message)
                .label(read.call, "the state is read here, in a request of its own")
                .label(write.call, "and written here, in another")
                .help(match write.function {
                    Some(_) => "read and write in one step: `Agent.get_and_update/2`",
                    None => "let the process that keeps the state do both in one request",
                });
        }
    }
}

fn depends(write: &Access, read: &Access, def: Def, bindings: &Bindings) -> bool {
    let (write_node, read_node) = (write.call.node(), read.call.node());
    let is_before = read_node.id() < write_node.id() || write_node.contains(read_node);
    if !is_before {
        return false;
    }
    let flow = Flow::of(read_node, def.node(), bindings);
    if write.call.arguments().any(|it| flow.reaches(it)) {
        return true;
    }
    let keys = read
        .function
        .and_then(key)
        .zip(write.function.and_then(key));
    let only_marks = write.function.is_some_and(marks);
    (keys.is_some_and(|(one, other)| one == other) || read.function.is_some_and(is_identity))
        && is_decided_by(write_node, |it| flow.reaches(it))
        && (!only_marks || refuses(def))
}

/// `&Map.put(&1, key, true)`: to do it twice is to do it once.
fn marks(function: Node) -> bool {
    let value = match function.kind() {
        Kind::Capture => Capture::cast(function).and_then(Capture::operand),
        _ => exlint_syntax::Fn::cast(function)
            .and_then(|it| it.clauses().next())
            .and_then(|it| it.body().last()),
    };
    let Some(call) = value.and_then(Call::cast) else {
        return false;
    };
    match (call.module().as_deref(), call.name(), call.arity()) {
        (Some("Map" | "Keyword"), "put", 3) => {
            call.argument(2).is_some_and(|it| it.is_atom("true"))
        }
        (Some("Map" | "Keyword" | "MapSet"), "delete", 2) | (Some("MapSet"), "put", 2) => true,
        _ => false,
    }
}

/// Whether the caller is told that somebody else came first.
fn refuses(def: Def) -> bool {
    let tails = def.body().map(|it| it.tails()).unwrap_or_default();
    tails.iter().any(|it| {
        it.node.tag() == Some("error") || it.node.is_atom("error") || it.node.is_boolean()
    })
}

/// `& &1`: the state as it is.
fn is_identity(function: Node) -> bool {
    let operand = Capture::cast(function).and_then(Capture::operand);
    operand.is_some_and(|it| it.is(Kind::CaptureArgument))
}

/// The part of the state that the function of a request is about: `item` of `&Map.get(&1, item)`.
fn key<'t>(function: Node<'t>) -> Option<&'t str> {
    let is_state = |it: &Node| matches!(it.kind(), Kind::Var | Kind::CaptureArgument);
    function.descendants().find_map(|it| match it.kind() {
        Kind::Call => {
            let call = Call::cast(it)?;
            call.argument(0).filter(is_state)?;
            Some(call.argument(1)?.text())
        }
        Kind::Access => Some(it.child(Role::Key)?.text()),
        _ => None,
    })
}
