use exlint_facts::{Name, Scope, Shape};
use exlint_project::{Body, Child, ClauseId, Item, ModuleId, Project, SinkKind};

use super::work::is_only_logging;
use crate::prelude::*;

/// A child that cleans up in `terminate/2` is killed before it can.
///
/// `shutdown: :brutal_kill` ends a process at once: `terminate/2` does not run, though the process traps exits for it. A
/// shutdown of some milliseconds is over before a request or a query is.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Buffer do
///   use GenServer
///
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///
///   def init(_) do
///     Process.flag(:trap_exit, true)
///     {:ok, []}
///   end
///
///   def terminate(_reason, events), do: Shop.Events.store(events)
/// end
///
/// defmodule Shop.Supervisor do
///   use Supervisor
///
///   def init(_) do
///     Supervisor.init([Supervisor.child_spec(Shop.Buffer, shutdown: :brutal_kill)], strategy: :one_for_one)
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Buffer do
///   use GenServer
///
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///
///   def init(_) do
///     Process.flag(:trap_exit, true)
///     {:ok, []}
///   end
///
///   def terminate(_reason, events), do: Shop.Events.store(events)
/// end
///
/// defmodule Shop.Supervisor do
///   use Supervisor
///
///   def init(_) do
///     Supervisor.init([Supervisor.child_spec(Shop.Buffer, shutdown: 30_000)], strategy: :one_for_one)
///   end
/// end
/// ```
///
/// Times are judged where `terminate/2` comes to a request or a query, and only below `min_ms`.
#[derive(Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = High, scope = Project)]
#[serde(default)]
pub struct ShutdownTooShort {
    /// How many milliseconds a request or a query should have.
    pub min_ms: u32,
}

impl Default for ShutdownTooShort {
    fn default() -> Self {
        Self { min_ms: 1000 }
    }
}

impl Rule for ShutdownTooShort {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl ShutdownTooShort {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let supervisors = project.tree().supervisors.iter();
        let listed = supervisors.flat_map(|it| it.children.iter().filter_map(Item::child));
        let dynamic = project.tree().dynamic.iter().map(|it| &it.child);
        for child in listed.chain(dynamic) {
            let file = project.file_of(child.clause);
            let module = child.module.and_then(|it| project.find_module(it, file));
            let cleaning = module.and_then(|it| cleaning(project, it));
            if let Some(clause) = cleaning {
                self.check_child(project, child, clause, cx);
            }
        }
    }

    fn check_child(&self, project: &Project, child: &Child, clause: ClauseId, cx: &mut ProjectCx) {
        let shutdown = match &child.shutdown {
            Some(Shape::Atom(name)) if project.is(*name, "brutal_kill") => {
                "is killed, so that its `terminate/2` never runs".to_owned()
            }
            Some(Shape::Int(ms)) if *ms < i64::from(self.min_ms) && waits(project, clause) => {
                format!("has {ms} ms for its `terminate/2`, and is killed then")
            }
            _ => return,
        };
        let name = child.module.map_or("", |it| project.text(it));
        let at = project.at_clause(clause);
        cx.report(child.at.file, child.at.span, format!("`{name}` {shutdown}"))
            .label_in(at.file, at.span, "what it cleans up here stays as it is")
            .help("give it a `shutdown` in milliseconds that the cleaning fits into");
    }
}

/// `terminate/2` of a module that traps exits, unless all it does is to write to the log.
fn cleaning(project: &Project, module: ModuleId) -> Option<ClauseId> {
    let terminate = project.find_function(module, project.name("terminate")?, 2)?;
    let trap: Name = project.name("trap_exit")?;
    let clauses = project
        .functions_of(module)
        .flat_map(|it| project.clauses_of(it));
    let mut calls = clauses.flat_map(|it| project.calls_of(it));
    let traps = calls.any(|(_, call)| call.arguments.first() == Some(&Shape::Atom(trap)));
    let mut clauses = project.clauses_of(terminate);
    clauses.find(|clause| {
        let body = Body {
            clause: *clause,
            scope: Scope::CLAUSE,
        };
        traps && !project.code(*clause).calls.is_empty() && !is_only_logging(project, &[body])
    })
}

/// Whether the clause comes to a request or a query.
fn waits(project: &Project, clause: ClauseId) -> bool {
    project.reaches(clause).iter().any(|it| {
        matches!(
            it.kind,
            SinkKind::Http | SinkKind::Mail | SinkKind::Db | SinkKind::Network | SinkKind::Redis
        )
    })
}
