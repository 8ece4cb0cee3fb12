use exlint_syntax::stdlib;

use crate::{
    prelude::*,
    server::{CallbackKind, Reached, is_to_any},
};

/// `terminate/2` cleans up, but the server does not trap exits, so that its supervisor ends it without running it.
///
/// When a supervisor shuts a child down (at a deploy, on restart of its siblings), it sends an exit signal. A process
/// that does not trap exits dies at once, and `terminate/2` never runs: files stay, rows stay locked, others are not told.
/// It runs only when the server stops by itself or when a callback raises.
///
/// # Bad
///
/// ```elixir
/// defmodule Workspace do
///   use GenServer
///
///   def init(dir), do: {:ok, dir}
///
///   def terminate(_reason, dir), do: File.rm_rf!(dir)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Workspace do
///   use GenServer
///
///   def init(dir) do
///     Process.flag(:trap_exit, true)
///     {:ok, dir}
///   end
///
///   def terminate(_reason, dir), do: File.rm_rf!(dir)
/// end
/// ```
///
/// Only what has effects that outlive the process is reported: files, databases, messages, other processes, telemetry
/// handlers. Ports, sockets and ETS tables are closed with their owner anyway. A brutal kill or a node that goes down
/// skips `terminate/2` in any case; for cleaning that must happen, another process should monitor this one.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Medium, scope = Module)]
pub struct TerminateWithoutTrapExit {}

impl Rule for TerminateWithoutTrapExit {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl TerminateWithoutTrapExit {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module).filter(|it| it.behaviour.is_server()) else {
            return;
        };
        let traps = module.descendants().any(|it| it.is_atom("trap_exit"));
        let Some(terminate) = server.clauses(CallbackKind::Terminate).next() else {
            return;
        };
        if traps || server.may_have_more_callbacks {
            return;
        }
        let reached = server.reached(cx.tables);
        let cleanup = reached
            .iter()
            .filter(|it| it.in_terminate && !is_for_own_end(it.def))
            .find_map(cleanup);
        if let Some(cleanup) = cleanup {
            let head = terminate.def.head().unwrap_or(terminate.def.node());
            cx.report(head, "`terminate/2` does not run when the supervisor stops this server")
                .label(cleanup, "skipped then")
                .help("call `Process.flag(:trap_exit, true)` in `init/1`, or leave the cleaning to a process that monitors this one");
        }
    }
}

/// `terminate(:normal, state)`: the server has ended by itself.
fn is_for_own_end(def: Def) -> bool {
    def.function_name() == "terminate" && def.parameter(0).is_some_and(|it| it.is_atom("normal"))
}

fn cleanup<'t>(reached: &Reached<'t>) -> Option<Call<'t>> {
    let calls = reached.def.descendants().filter_map(Call::cast);
    calls
        .filter(|it| it.mode() == Mode::Code)
        .find(|it| is_to_any(*it, EFFECTS) || is_effect(*it))
}

/// Calls whose effect outlives the process.
const EFFECTS: &[(&str, &str)] = &[
    ("File", "rm"),
    ("File", "rm!"),
    ("File", "rm_rf"),
    ("File", "rm_rf!"),
    ("File", "write"),
    ("File", "write!"),
    ("File", "rename"),
    ("Kernel", "send"),
    ("GenServer", "call"),
    ("GenServer", "cast"),
    ("GenServer", "stop"),
    ("Process", "exit"),
    ("DynamicSupervisor", "terminate_child"),
    ("System", "cmd"),
    ("Phoenix.PubSub", "broadcast"),
    ("Phoenix.PubSub", "broadcast!"),
    (":telemetry", "detach"),
    (":persistent_term", "erase"),
    (":ets", "tab2file"),
    (":dets", "close"),
    (":dets", "sync"),
];

const CLEANING: &[&str] = &[
    "remove",
    "delete",
    "cleanup",
    "clean_up",
    "flush",
    "persist",
    "save",
    "release",
    "unlock",
    "unregister",
];

fn is_effect(call: Call) -> bool {
    let Callee::Remote(module) = call.callee() else {
        return false;
    };
    // What other modules of the project do shows in their names only.
    let is_cleaning = CLEANING.iter().any(|it| call.name().starts_with(it));
    if is_cleaning && !stdlib::knows(&module) {
        return true;
    }
    let is_repo = module == "Repo" || module.ends_with(".Repo");
    is_repo
        && (call.name().starts_with("insert")
            || call.name().starts_with("update")
            || call.name().starts_with("delete"))
}
