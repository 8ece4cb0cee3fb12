use exlint_project::{Body, CallId, ClauseId};

use crate::{
    prelude::*,
    supervision::work::{Known, is_command, lasting_work},
};

/// Starts a process with `spawn/1` or `spawn_link/1`.
///
/// Such a process has no name in crash reports, does not know who started it (`$callers`, `$ancestors`), is not waited
/// for when the application stops, and its crash is an error report without context. `Task` costs one word more and
/// has all of that; under a `Task.Supervisor` the process also ends with the application.
///
/// # Bad
///
/// ```elixir
/// defmodule Stats do
///   def refresh(board) do
///     spawn(fn -> render(board) end)
///     :ok
///   end
///
///   defp render(board), do: IO.puts(inspect(board))
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Stats do
///   def refresh(board) do
///     Task.Supervisor.start_child(Stats.Tasks, fn -> render(board) end)
///     :ok
///   end
///
///   defp render(board), do: IO.puts(inspect(board))
/// end
/// ```
///
/// Processes that watch another process, trap exits for somebody, end after a fixed time, or only send messages are left
/// alone. Where the process loops for ever `unsupervised-process` speaks, and where its work would be lost with it
/// `unsupervised-fire-and-forget`.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Tasks, confidence = Medium, scope = Project)]
#[serde(default)]
pub struct BareSpawn {}

impl Rule for BareSpawn {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl BareSpawn {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let mut spawning = Spawning {
            project,
            known: Known::default(),
            monitored: (None, false),
        };
        for (id, call) in project.calls_named(&["spawn", "spawn_link"]) {
            if matches!(call.arity, 1 | 3)
                && !call.is_capture
                && cx.covers(project.role_of(id.clause))
                && matches!(project.external_module(id), Some("Kernel" | ":erlang"))
                && !spawning.is_somebody_elses(id)
            {
                let at = project.at(id);
                let name = project.text(call.name);
                cx.report(
                    at.file,
                    at.span,
                    format!("`{name}/{}` starts a process that nothing keeps track of", call.arity),
                )
                .help("use `Task.Supervisor.start_child/2`, or `Task.start_link/1` where the process belongs to its caller");
            }
        }
    }
}

struct Spawning<'p> {
    project: &'p Project,
    known: Known,
    /// Whether the clause that was asked about last monitors what it spawns.
    monitored: (Option<ClauseId>, bool),
}

impl Spawning<'_> {
    /// Whether another rule speaks of the process that a call starts, or nobody has to.
    fn is_somebody_elses(&mut self, id: CallId) -> bool {
        let (project, clause) = (self.project, id.clause);
        let bodies = project.bodies(id);
        self.known.is_watching(project, &bodies)
            || is_start_function(project, clause)
            || is_command(project, clause)
            || self.is_monitored(clause)
            || is_only_sending(project, &bodies)
            || self.known.message_loop(project, &bodies).is_some()
            || lasting_work(project, &bodies).is_some() && project.dropped(id).is_some()
    }

    fn is_monitored(&mut self, clause: ClauseId) -> bool {
        if self.monitored.0 != Some(clause) {
            self.monitored = (Some(clause), is_monitored(self.project, clause));
        }
        self.monitored.1
    }
}

/// A process that only sends messages has nothing to lose.
fn is_only_sending(project: &Project, bodies: &[Body]) -> bool {
    let names = || {
        let calls = bodies.iter().flat_map(|it| project.calls_in(*it));
        calls.map(|(id, _)| project.external_name(id).unwrap_or_default())
    };
    names().any(|it| it == "Kernel.send")
        && names().all(|it| matches!(it.as_str(), "Kernel.send" | "Kernel.self" | "Kernel.for"))
}

/// `start_link/1` of a process written by hand, which its supervisor calls, or a `spawn/1` of one's own.
fn is_start_function(project: &Project, clause: ClauseId) -> bool {
    let name = project.text(project.function_of_clause(clause).name);
    matches!(name, "start_link" | "start" | "spawn" | "spawn_link")
}

/// Whoever monitors, or ends, what it has spawned looks after it.
fn is_monitored(project: &Project, clause: ClauseId) -> bool {
    project.calls_of(clause).any(|(id, _)| {
        matches!(
            project.external_name(id).unwrap_or_default().as_str(),
            "Process.monitor" | ":erlang.monitor" | "Process.exit"
        )
    })
}
