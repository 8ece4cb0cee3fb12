use super::trap_exit_without_exit_clause::traps_exits;
use crate::{prelude::*, server::CallbackKind};

/// A server traps exits and does nothing with them.
///
/// There is no `terminate/2` that would then run at shutdown, and no clause for `{:EXIT, pid, reason}`: the only effect is
/// that the ends of linked processes are ignored.
///
/// # Bad
///
/// ```elixir
/// defmodule Runner do
///   use GenServer
///
///   def init(job) do
///     Process.flag(:trap_exit, true)
///     {:ok, spawn_link(job)}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Runner do
///   use GenServer
///
///   def init(job), do: {:ok, spawn_link(job)}
/// end
/// ```
///
/// Modules that may get clauses from elsewhere are left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Medium, scope = Module)]
pub struct TrapExitWithoutTerminate {}

impl Rule for TrapExitWithoutTerminate {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl TrapExitWithoutTerminate {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module).filter(|it| it.behaviour.is_server()) else {
            return;
        };
        let Some(trap) = traps_exits(&server, cx) else {
            return;
        };
        if server.may_have_more_callbacks || server.has(CallbackKind::Terminate) {
            return;
        }
        // A catch-all that does not name them counts as ignoring them; `receive` may take them.
        let names_exit = module.descendants().any(|it| it.is_atom("EXIT"));
        let sets_back = module
            .descendants()
            .filter(|it| it.is_atom("trap_exit"))
            .count()
            > 1;
        if !names_exit && !sets_back {
            cx.report(trap, "exits are trapped, and nothing is done with them")
                .help("handle `{:EXIT, pid, reason}`, add `terminate/2`, or leave the flag out");
        }
    }
}
