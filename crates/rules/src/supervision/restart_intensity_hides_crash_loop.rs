use exlint_facts::Shape;
use exlint_project::{At, Child, Item, SupervisorKind};

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
            let is_dynamic = supervisor.kind == SupervisorKind::Dynamic;
            let allowed = (supervisor.max_restarts, supervisor.max_seconds);
            self.check_allowed(allowed, is_dynamic, supervisor.at, cx);
            for child in supervisor.children.iter().filter_map(Item::child) {
                let allowed = written(project, child);
                self.check_allowed(allowed, true, child.at, cx);
            }
        }
    }

    fn check_allowed(
        &self,
        (restarts, seconds): (Option<i64>, Option<i64>),
        is_dynamic: bool,
        at: At,
        cx: &mut ProjectCx,
    ) {
        let times = if is_dynamic { 10 } else { 1 };
        let seconds = seconds.unwrap_or(DEFAULT_SECONDS).max(1);
        let is_much = |it: &i64| {
            *it >= self.max_restarts * times || *it > self.max_per_second * times * seconds
        };
        let Some(restarts) = restarts.filter(is_much) else {
            return;
        };
        cx.report(
            at.file,
            at.span,
            format!("{restarts} restarts within {seconds} s are allowed, which hides a child that crashes again and again"),
        )
        .help("allow few restarts, and let a child that waits for something retry by itself");
    }
}

/// What `{DynamicSupervisor, max_restarts: ..., max_seconds: ...}` allows.
fn written(project: &Project, child: &Child) -> (Option<i64>, Option<i64>) {
    let number = |key: &str| {
        let value = child.argument.get(project.name(key)?)?;
        match project.value(child.clause, value) {
            Shape::Int(number) => Some(*number),
            _ => None,
        }
    };
    let is_it = child
        .module
        .is_some_and(|it| project.is(it, "DynamicSupervisor"));
    match is_it {
        true => (number("max_restarts"), number("max_seconds")),
        false => (None, None),
    }
}
