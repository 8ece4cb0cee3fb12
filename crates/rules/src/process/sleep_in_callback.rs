use exlint_facts::Shape;
use exlint_project::{Behaviour, CallId, Placement, Runs, Server, SinkKind};

use super::story;
use crate::prelude::*;

/// A server sleeps in a callback while callers wait for it.
///
/// A process handles one message at a time. A server that sleeps does not answer anybody, does not notice that it is
/// told to stop, and lets its mailbox grow; the calls that time out meanwhile take their callers down.
///
/// # Bad
///
/// ```elixir
/// defmodule Sensor do
///   use GenServer
///
///   def read(server), do: GenServer.call(server, :read)
///
///   def handle_call(:read, _from, state), do: {:reply, state.value, state}
///
///   def handle_info(:retry, state) do
///     Process.sleep(5_000)
///     {:noreply, connect(state)}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Sensor do
///   use GenServer
///
///   def read(server), do: GenServer.call(server, :read)
///
///   def handle_call(:read, _from, state), do: {:reply, state.value, state}
///
///   def handle_info(:retry, state) do
///     Process.send_after(self(), :connect, 5_000)
///     {:noreply, state}
///   end
///
///   def handle_info(:connect, state), do: {:noreply, connect(state)}
/// end
/// ```
///
/// Servers that nobody calls are left alone, and so are `terminate/2`, sleeps before the system stops, and those under
/// `min_ms`.
#[derive(Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Project)]
#[serde(default)]
pub struct SleepInCallback {
    /// Shorter sleeps, in milliseconds, are not reported.
    pub min_ms: i64,
}

impl Default for SleepInCallback {
    fn default() -> Self {
        Self { min_ms: 50 }
    }
}

impl Rule for SleepInCallback {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// During any of these callers wait.
const CALLBACKS: &[(&str, u8)] = &[
    ("handle_call", 3),
    ("handle_cast", 2),
    ("handle_info", 2),
    ("handle_continue", 2),
    ("handle_demand", 2),
    ("handle_events", 3),
];

impl SleepInCallback {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let mut told = Vec::new();
        for server in project.servers() {
            if matches!(server.behaviour, Behaviour::GenServer | Behaviour::GenStage)
                && !story::is_serial_by_nature(project, server)
                && story::has_callers(project, server)
            {
                self.check_server(project, server, &mut told, cx);
            }
        }
    }

    fn check_server(
        &self,
        project: &Project,
        server: &Server,
        told: &mut Vec<CallId>,
        cx: &mut ProjectCx,
    ) {
        for &(callback, arity) in CALLBACKS {
            for clause in server.clauses(project, callback, arity) {
                let sleeps = |it: &exlint_project::Reach| it.kind == SinkKind::Sleep;
                if !project.reaches(clause).iter().any(sleeps) {
                    continue;
                }
                let runs = project.runs(clause);
                for call in self.sleeps(project, &runs) {
                    if !told.contains(&call) {
                        told.push(call);
                        report(project, server, &runs, call, cx);
                    }
                }
            }
        }
    }

    fn sleeps(&self, project: &Project, runs: &Runs) -> Vec<CallId> {
        let calls = runs.clauses.iter().flat_map(|it| project.inline_calls(*it));
        calls
            .map(|(id, _)| id)
            .filter(|id| self.is_long_sleep(project, *id) && !precedes_the_end(project, *id))
            .collect()
    }

    fn is_long_sleep(&self, project: &Project, id: CallId) -> bool {
        let sleeps =
            project.is_to(id, "Process", "sleep", 1) || project.is_to(id, ":timer", "sleep", 1);
        let time = project.call(id).arguments.first();
        let is_short = time.is_some_and(
            |it| matches!(project.value(id.clause, it), Shape::Int(time) if *time < self.min_ms),
        );
        sleeps && !is_short
    }
}

/// Whether the same clause stops the system afterwards.
fn precedes_the_end(project: &Project, sleep: CallId) -> bool {
    let mut later = project
        .calls_of(sleep.clause)
        .filter(|(id, _)| id.index > sleep.index);
    later.any(|(id, call)| {
        let stops = matches!(
            (project.external_module(id), project.text(call.name)),
            (Some("System"), "halt" | "stop") | (Some(":init" | ":erlang"), "stop" | "halt")
        );
        stops && project.placement(id.clause, call.scope) == Placement::Inline
    })
}

fn report(project: &Project, server: &Server, runs: &Runs, call: CallId, cx: &mut ProjectCx) {
    let module = project.module_name(server.module);
    let callback = project.function_text(runs.root);
    let sleep = project.callee_text(call);
    let at = project.at(call);
    let message = format!("`{callback}` of `{module}` sleeps in `{sleep}` while its callers wait");
    let finding = cx.report(at.file, at.span, message);
    let callback = project.at_clause(runs.root);
    finding.label_in(
        callback.file,
        callback.span,
        "the server handles this message",
    );
    let text = "and sleeps here, with its mailbox closed".to_owned();
    story::tell(project, finding, &runs.path_to(call), text);
    finding.help("send yourself a message with `Process.send_after/3` and go on when it comes");
}
