use crate::prelude::*;

/// A supervisor allows so many restarts that a child which crashes again and again is never noticed.
///
/// `max_restarts` is how a supervisor finds out that restarting does not help: it gives up, its own supervisor starts
/// over from a clean state, and in the end the node stops and somebody is told. With hundreds of restarts allowed
/// within seconds, a child that crashes at once after each start burns a processor and fills the log for ever.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Supervisor do
///   use Supervisor
///
///   def init(_) do
///     Supervisor.init([Shop.Feed], strategy: :one_for_one, max_restarts: 1_000, max_seconds: 5)
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Supervisor do
///   use Supervisor
///
///   def init(_) do
///     Supervisor.init([Shop.Feed], strategy: :one_for_one, max_restarts: 10, max_seconds: 60)
///   end
/// end
/// ```
///
/// A `DynamicSupervisor` may have many children that fail independently of each other, and is allowed ten times as
/// many restarts.
#[derive(Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = Medium, scope = Project)]
#[serde(default)]
pub struct RestartIntensityHidesCrashLoop {
    /// How many restarts are allowed at most, whatever the time.
    pub max_restarts: i64,
    /// How many restarts are allowed at most in a second.
    pub max_per_second: i64,
}

impl Default for RestartIntensityHidesCrashLoop {
    fn default() -> Self {
        Self {
            max_restarts: 100,
            max_per_second: 10,
        }
    }
}

impl Rule for RestartIntensityHidesCrashLoop {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// What a supervisor counts over unless told otherwise.
const DEFAULT_SECONDS: i64 = 5;

impl RestartIntensityHidesCrashLoop {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for supervisor in &project.tree().supervisors {
            let Some(restarts) = supervisor.max_restarts else {
                continue;
            };
            let seconds = supervisor.max_seconds.unwrap_or(DEFAULT_SECONDS).max(1);
            let times = match supervisor.kind {
                exlint_project::SupervisorKind::Static => 1,
                exlint_project::SupervisorKind::Dynamic => 10,
            };
            if restarts < self.max_restarts * times
                && restarts <= self.max_per_second * times * seconds
            {
                continue;
            }
            cx.report(
                supervisor.at.file,
                supervisor.at.span,
                format!("{restarts} restarts within {seconds} s are allowed, which hides a child that crashes again and again"),
            )
            .help("allow few restarts, and let a child that waits for something retry by itself");
        }
    }
}
