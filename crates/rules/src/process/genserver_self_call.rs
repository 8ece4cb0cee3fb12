use exlint_project::{Behaviour, CallId, Message, Runs, Server, ServerCall, Witnesses};

use super::story;
use crate::prelude::*;

/// A server calls itself while it handles a message.
///
/// A process cannot answer while it waits for an answer. `GenServer.call/3` notices a call to `self()` and exits at
/// once; a call by name, or of another kind, waits for its timeout and then exits: either way the server goes down,
/// every time. The way from the callback to the call may lead through any number of functions and files.
///
/// # Bad
///
/// ```elixir
/// defmodule Score do
///   use GenServer
///
///   def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)
///   def count, do: GenServer.call(__MODULE__, :count)
///
///   def handle_call(:count, _from, state), do: {:reply, state.count, state}
///   def handle_call(:report, _from, state), do: {:reply, "#{count()} points", state}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Score do
///   use GenServer
///
///   def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)
///   def count, do: GenServer.call(__MODULE__, :count)
///
///   def handle_call(:count, _from, state), do: {:reply, state.count, state}
///   def handle_call(:report, _from, state), do: {:reply, "#{state.count} points", state}
/// end
/// ```
///
/// A function given to an agent runs in the agent, and must not call it either.
///
/// Only calls that certainly go to the same process are reported: to `self()`, or to the one name that the server is
/// registered under. Code that compares the receiver with `self()` first is left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Project)]
pub struct GenserverSelfCall {}

impl Rule for GenserverSelfCall {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl GenserverSelfCall {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let waits = |it: &&Message| matches!(it.kind, ServerCall::Call | ServerCall::Stop);
        let calls = project.messages().iter().filter(waits);
        let waiting = Witnesses::to(project, calls.map(|it| it.call));
        for server in project.servers() {
            if server.behaviour == Behaviour::Agent && server.is_singleton() {
                check_agent(project, server, cx);
            }
            if !matches!(
                server.behaviour,
                Behaviour::GenServer | Behaviour::GenStage | Behaviour::StateMachine
            ) {
                continue;
            }
            let mut told = Vec::new();
            for (_, _, clause) in &server.callbacks {
                if !waiting.reaches(*clause) {
                    continue;
                }
                let runs = project.runs_toward(*clause, &waiting);
                for call in self_calls(project, server, &runs) {
                    report(project, server, &runs, call, &mut told, cx);
                }
            }
        }
    }
}

/// Reports the functions given to an agent that call the agent.
fn check_agent(project: &Project, agent: &Server, cx: &mut ProjectCx) {
    let mut told = Vec::new();
    for entry in project.entries(agent) {
        if entry.closure.is_none() {
            continue;
        }
        let runs = project.runs_of(entry);
        let to_itself = |it: &&Message| {
            matches!(it.kind, ServerCall::Call | ServerCall::Stop)
                && it.to_singleton
                && it.to == Some(agent.module)
        };
        let call = runs.messages(project).find(to_itself).map(|it| it.call);
        if let Some(call) = call {
            report(project, agent, &runs, call, &mut told, cx);
        }
    }
}

/// The calls that the callback makes to its own process.
fn self_calls(project: &Project, server: &Server, runs: &Runs) -> Vec<CallId> {
    let waits = |it: &&Message| {
        matches!(it.kind, ServerCall::Call | ServerCall::Stop)
            && goes_to_itself(project, server, runs, it)
            && !compares_with_self(project, it)
    };
    let sent = runs.messages(project);
    sent.filter(waits).map(|it| it.call).collect()
}

fn goes_to_itself(project: &Project, server: &Server, runs: &Runs, message: &Message) -> bool {
    if project.addressed(runs, message) == Some(server.module) {
        return server.is_singleton();
    }
    let clause = message.call.clause;
    let receiver = project
        .call(message.call)
        .arguments
        .get(message.receiver as usize);
    receiver.is_some_and(|it| {
        let (clause, receiver) = runs.origin(project, clause, it);
        project.is_self(clause, receiver)
    })
}

/// Whether the call is made only where some test with `self()` says so: `if self() == pid, do: ..., else: call(pid)`.
fn compares_with_self(project: &Project, message: &Message) -> bool {
    let call = project.call(message.call);
    let tests = |it: CallId| project.is_to(it, "Kernel", "self", 0);
    call.is_conditional
        && !message.to_self
        && project
            .calls_of(message.call.clause)
            .any(|(it, _)| tests(it))
}

fn report(
    project: &Project,
    server: &Server,
    runs: &Runs,
    call: CallId,
    told: &mut Vec<CallId>,
    cx: &mut ProjectCx,
) {
    let steps = runs.path_to(call);
    let Some(first) = steps.first().map(|it| it.call) else {
        return;
    };
    if told.contains(&first) {
        return;
    }
    told.push(first);
    let module = project.module_name(server.module);
    let callback = project.function_text(runs.root);
    let at = project.at(first);
    let is_agent = server.behaviour == Behaviour::Agent;
    let (message, role) = match is_agent {
        true => (
            format!("`{module}` runs this, which calls `{module}` and waits for itself"),
            "the agent is given a function here",
        ),
        false => (
            format!("`{callback}` of `{module}` calls its own process and waits for itself"),
            "the server handles this message",
        ),
    };
    let finding = cx.report(at.file, at.span, message);
    let callback = project.at_clause(runs.root);
    finding.label_in(callback.file, callback.span, role);
    let text = format!(
        "`{}` waits for the process that is waiting here",
        project.callee_text(call)
    );
    story::tell(project, finding, &steps, text);
    finding.help(match is_agent {
        true => "do in the caller what needs the agent, and give the agent the result",
        false => "use the state at hand, through a private function that both the callback and the client's clause call",
    });
}
