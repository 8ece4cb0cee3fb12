use crate::{
    prelude::*,
    server::{Behaviour, Callback, CallbackKind},
};

/// A server keeps nothing: its calls are functions of their arguments.
///
/// A process is for state, for concurrency, or for failing apart from others. Used to group functions it only makes all
/// callers wait for each other.
///
/// # Bad
///
/// ```elixir
/// defmodule Calculator do
///   use GenServer
///
///   def init(_opts), do: {:ok, nil}
///
///   def handle_call({:add, a, b}, _from, state), do: {:reply, a + b, state}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Calculator do
///   def add(a, b), do: a + b
/// end
/// ```
///
/// A server may be there to let only one caller at a time do something; that is not known here, and calls of other modules
/// are taken for such a reason.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Medium, scope = Module)]
pub struct CodeOrganizationByProcess {}

impl Rule for CodeOrganizationByProcess {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl CodeOrganizationByProcess {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let server = cx.server(module);
        let Some(server) = server.filter(|it| it.behaviour == Behaviour::GenServer) else {
            return;
        };
        let only_calls = server
            .callbacks
            .iter()
            .all(|it| matches!(it.kind, CallbackKind::Init | CallbackKind::Call));
        let init_is_idle = server
            .clauses(CallbackKind::Init)
            .all(|it| !has_calls(it.def));
        let mut calls = server.clauses(CallbackKind::Call).peekable();
        let first = calls.peek().copied();
        if only_calls
            && init_is_idle
            && !server.may_have_more_callbacks
            && calls.all(is_a_function)
            && let Some(first) = first
        {
            cx.report(
                first.def.head().unwrap_or(first.def.node()),
                "this server keeps nothing: its calls are plain functions",
            )
            .help("make them functions of a module, without a process");
        }
    }
}

fn has_calls(def: Def) -> bool {
    def.body().is_some_and(|it| {
        it.descendants()
            .any(|it| matches!(it.kind(), Kind::Call | Kind::Apply))
    })
}

/// Whether the clause replies with something made of its message alone, by pure functions.
fn is_a_function(callback: Callback) -> bool {
    let def = callback.def;
    let state = callback.state.and_then(|it| def.parameter(it));
    let Some((state, body)) = state.filter(|it| it.is(Kind::Var)).zip(def.body()) else {
        return false;
    };
    let keeps_state = body.descendants().all(|it| {
        let is_use = it.is(Kind::Var) && it.symbol() == state.symbol();
        let parent = it.parent();
        !is_use || parent.is_some_and(|it| it.tag() == Some("reply"))
    });
    let is_pure = body
        .descendants()
        .filter_map(Call::cast)
        .all(|it| match it.callee() {
            Callee::Remote(module) => {
                exlint_syntax::stdlib::knows(&module)
                    && !matches!(
                        it.name(),
                        "send" | "spawn" | "receive" | "apply" | "exit" | "raise"
                    )
                    && !IMPURE.contains(&module.as_ref())
            }
            _ => false,
        });
    let replies = body.tails().iter().all(|it| {
        let elements = it.node.tuple();
        let reply = elements.get(1).filter(|_| it.node.tag() == Some("reply"));
        reply.is_some_and(|it| it.symbol() != state.symbol() && !it.is_literal())
    });
    keeps_state && is_pure && replies
}

const IMPURE: &[&str] = &[
    "File",
    "System",
    "Port",
    "Process",
    "GenServer",
    "Agent",
    "Task",
    "IO",
    "Node",
    "Application",
    ":ets",
    ":dets",
    ":gen_tcp",
    ":httpc",
    ":persistent_term",
    ":os",
    ":code",
    "Code",
    "Registry",
    "Supervisor",
    "DynamicSupervisor",
    ":rand",
    ":crypto",
    ":counters",
    ":atomics",
    ":timer",
];
