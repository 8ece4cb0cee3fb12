use exlint_facts::Shape;
use exlint_project::{CallId, Reach, Runs, ServerCall, Severity, SinkKind, Step};

use super::story;
use crate::prelude::*;

/// A function given to an agent does slow work, or calls the same agent.
///
/// The agent runs the function, not its caller: while it waits for a web service, a database or a file, everybody else
/// who wants the state waits as well, and times out after five seconds. A function that calls the agent it runs in
/// waits for itself, which fails every time.
///
/// # Bad
///
/// ```elixir
/// defmodule Rates do
///   def refresh(agent) do
///     Agent.update(agent, fn state -> Map.put(state, :rates, Req.get!(state.url).body) end)
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Rates do
///   def refresh(agent) do
///     url = Agent.get(agent, & &1.url)
///     rates = Req.get!(url).body
///     Agent.update(agent, fn state -> Map.put(state, :rates, rates) end)
///   end
/// end
/// ```
///
/// Functions stored elsewhere first, and calls through modules chosen at run time, are not followed.
#[derive(Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Project)]
#[serde(default)]
pub struct AgentExpensiveClosure {
    /// How many calls a path may be long.
    pub max_depth: usize,
}

impl Default for AgentExpensiveClosure {
    fn default() -> Self {
        Self { max_depth: 6 }
    }
}

impl Rule for AgentExpensiveClosure {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl AgentExpensiveClosure {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for message in project.messages() {
            let id = message.call;
            if project.external_module(id) != Some("Agent")
                || message.kind == ServerCall::Stop
                || !cx.covers(project.role_of(id.clause))
            {
                continue;
            }
            let closures = &project.code(id.clause).closures;
            let is_given = |it: &u32| {
                let given_to = closures.get(*it as usize).and_then(|it| it.given_to);
                given_to.is_some_and(|(call, _)| call == id.index)
            };
            for closure in project.closures_in(id).filter(is_given) {
                let runs = project.runs_of_closure(id.clause, closure);
                self.check_closure(project, id, &runs, cx);
            }
        }
    }

    fn check_closure(&self, project: &Project, agent: CallId, runs: &Runs, cx: &mut ProjectCx) {
        let calls = runs.calls(project);
        if let Some(call) = calls.iter().find(|it| is_same_agent(project, agent, **it)) {
            let steps = runs.path_to(*call);
            return report_self_call(project, agent, &steps, cx);
        }
        let slow = calls.iter().filter_map(|it| {
            let reach = project.waits_at(*it).filter(|it| is_slow(it))?;
            let steps = runs.path_to(*it);
            (steps.len() <= self.max_depth).then_some((reach, steps))
        });
        let worst =
            slow.max_by_key(|(reach, steps)| (reach.severity, std::cmp::Reverse(steps.len())));
        if let Some((reach, steps)) = worst {
            report_slow(project, agent, reach, &steps, cx);
        }
    }
}

fn is_slow(reach: &Reach) -> bool {
    reach.severity >= Severity::Medium
        && !matches!(
            reach.kind,
            SinkKind::ProcessCall
                | SinkKind::SupervisorCall
                | SinkKind::Callback
                | SinkKind::Lock
                | SinkKind::Compile
        )
}

/// Whether a call that waits goes to the agent that makes it: the same name, or the same variable of one clause.
fn is_same_agent(project: &Project, agent: CallId, call: CallId) -> bool {
    let Some(message) = project.message(call) else {
        return false;
    };
    if !matches!(message.kind, ServerCall::Call | ServerCall::Stop) || call == agent {
        return false;
    }
    let receiver = |id: CallId| {
        let receiver = project.call(id).arguments.first()?;
        Some((receiver, project.value(id.clause, receiver)))
    };
    let (Some((_, one)), Some((written, other))) = (receiver(agent), receiver(call)) else {
        return false;
    };
    match (one, other) {
        (Shape::Module(one), Shape::Module(other)) | (Shape::Atom(one), Shape::Atom(other)) => {
            one == other
        }
        _ => {
            let same_place = agent.clause == call.clause && matches!(written, Shape::Variable(_));
            same_place && project.call(agent).arguments.first() == Some(written)
        }
    }
}

fn report_self_call(project: &Project, agent: CallId, steps: &[Step], cx: &mut ProjectCx) {
    let at = project.at(agent);
    let outer = project.callee_text(agent);
    let message = format!("the function given to `{outer}` calls the agent that runs it");
    let finding = cx.report(at.file, at.span, message);
    let text = "waits for the agent, which is running this".to_owned();
    story::tell(project, finding, steps, text);
    finding.help("the function is given the state: use that, or call the agent before or after");
}

fn report_slow(
    project: &Project,
    agent: CallId,
    reach: &Reach,
    steps: &[Step],
    cx: &mut ProjectCx,
) {
    let Some(last) = steps.last() else { return };
    let blocking = project.callee_text(last.call);
    let at = project.at(agent);
    let outer = project.callee_text(agent);
    let message = format!(
        "the function given to `{outer}` keeps the agent waiting for `{blocking}` ({})",
        story::what(reach.kind)
    );
    let finding = cx.report(at.file, at.span, message);
    let text = format!("`{blocking}` blocks the agent");
    story::tell(project, finding, steps, text);
    finding.help("get what the work needs from the agent, do the work in the caller, and put the result into the agent");
}
