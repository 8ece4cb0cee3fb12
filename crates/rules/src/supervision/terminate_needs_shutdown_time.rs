use exlint_facts::Shape;
use exlint_project::{CallId, Child, ClauseId, Item, Server};

use crate::prelude::*;

/// `terminate/2` waits longer for an answer than the supervisor waits for the process.
///
/// A supervisor gives a worker the time that `shutdown:` says (5 seconds, unless told otherwise) and kills it then. A call
/// in `terminate/2` with a longer timeout is cut off when it matters: with a slow answer, at a deploy. What the cleaning
/// has not written or told others by then is lost.
///
/// # Bad
///
/// ```elixir
/// defmodule Buffer do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///
///   def init(_) do
///     Process.flag(:trap_exit, true)
///     {:ok, []}
///   end
///
///   def terminate(_reason, rows), do: GenServer.call(Writer, {:write, rows}, 30_000)
/// end
///
/// defmodule Buffer.Supervisor do
///   use Supervisor
///   def init(_), do: Supervisor.init([Buffer], strategy: :one_for_one)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Buffer do
///   use GenServer, shutdown: 35_000
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///
///   def init(_) do
///     Process.flag(:trap_exit, true)
///     {:ok, []}
///   end
///
///   def terminate(_reason, rows), do: GenServer.call(Writer, {:write, rows}, 30_000)
/// end
///
/// defmodule Buffer.Supervisor do
///   use Supervisor
///   def init(_), do: Supervisor.init([Buffer], strategy: :one_for_one)
/// end
/// ```
///
/// Only timeouts that are written out are compared. Opt-in: most answers come long before their timeout.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = Low, scope = Project)]
#[serde(default)]
pub struct TerminateNeedsShutdownTime {}

impl Rule for TerminateNeedsShutdownTime {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// What a worker has that says nothing, in milliseconds.
const DEFAULT: i64 = 5_000;

impl TerminateNeedsShutdownTime {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let supervisors = project.tree().supervisors.iter();
        for child in supervisors.flat_map(|it| it.children.iter().filter_map(Item::child)) {
            let file = project.file_of(child.clause);
            let module = child.module.and_then(|it| project.find_module(it, file));
            let server = module.and_then(|it| project.server(it));
            if let Some(server) = server.filter(|_| child.supervisor.is_none()) {
                check_child(project, child, server, cx);
            }
        }
    }
}

fn check_child(project: &Project, child: &Child, server: &Server, cx: &mut ProjectCx) {
    let Some(time) = shutdown(child) else {
        return;
    };
    for clause in server.clauses(project, "terminate", 2) {
        let Some((call, needs)) = longest(project, clause) else {
            continue;
        };
        if time >= needs {
            continue;
        }
        let name = project.module_name(server.module);
        let message =
            format!("`{name}` is killed after {time} ms, and `terminate/2` may take {needs} ms");
        let finding = cx.report(child.at.file, child.at.span, message);
        let at = project.at(call);
        finding.label_in(at.file, at.span, "the cleaning that is cut off");
        finding.help("give the child a longer `shutdown:`");
        return;
    }
}

/// How long the supervisor waits for a child, in milliseconds; `None` for ever or not at all, or where it is not
/// known.
fn shutdown(child: &Child) -> Option<i64> {
    match &child.shutdown {
        None => Some(DEFAULT),
        Some(Shape::Int(time)) => Some(*time),
        Some(_) => None,
    }
}

/// The call of `terminate/2` that waits longest, and how long, in milliseconds.
fn longest(project: &Project, clause: ClauseId) -> Option<(CallId, i64)> {
    let calls = project.runs(clause).calls(project);
    let waits = calls.into_iter().filter_map(|id| {
        project.waits_at(id)?;
        Some((id, limit(project, id)?))
    });
    waits.max_by_key(|(_, time)| *time)
}

/// The time that stands in the last argument of a call, or in its options.
fn limit(project: &Project, id: CallId) -> Option<i64> {
    let call = project.call(id);
    let last = project.value(id.clause, call.arguments.last()?);
    let given = match last {
        Shape::Keywords(_) => project.value(id.clause, last.get(project.name("timeout")?)?),
        _ => last,
    };
    match given {
        Shape::Int(time) if call.arity > 1 || matches!(project.text(call.name), "sleep") => {
            Some(*time)
        }
        _ => None,
    }
}
