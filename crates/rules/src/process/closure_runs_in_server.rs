use exlint_facts::{Callee, FileRole, Shape};
use exlint_findings::Confidence;
use exlint_project::{Behaviour, CallId, ClauseId, Message, Runs, Server, ServerCall, Severity};

use super::story;
use crate::prelude::*;

/// A server runs a function that comes with a message.
///
/// Whoever sends the message decides what the server does and for how long: while the function runs, nobody else is
/// served, a function that raises takes the server and its state down, and one that calls the server waits for itself.
/// The sender does not see any of this, for `Cache.fetch(key, fn -> ... end)` looks as if the function ran at home.
///
/// # Bad
///
/// ```elixir
/// defmodule Tokens do
///   use GenServer
///
///   def fetch(key, fun), do: GenServer.call(__MODULE__, {:fetch, key, fun})
///
///   def handle_call({:fetch, key, fun}, _from, state) do
///     state = Map.put_new_lazy(state, key, fn -> fun.() end)
///     {:reply, state[key], state}
///   end
/// end
///
/// defmodule Users do
///   def token(user), do: Tokens.fetch(user, fn -> Req.get!("/token").body end)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Tokens do
///   use GenServer
///
///   def fetch(key, fun) do
///     with nil <- GenServer.call(__MODULE__, {:get, key}) do
///       GenServer.call(__MODULE__, {:put_new, key, fun.()})
///     end
///   end
///
///   def handle_call({:get, key}, _from, state), do: {:reply, state[key], state}
///
///   def handle_call({:put_new, key, value}, _from, state) do
///     state = Map.put_new(state, key, value)
///     {:reply, state[key], state}
///   end
/// end
/// ```
///
/// Somebody has to be seen who gives a function. Opt-in: locks and serializers exist to do just this; those that say so
/// in their names are left alone. Where the function keeps the server waiting, the finding is more certain.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Low, scope = Project)]
pub struct ClosureRunsInServer {}

impl Rule for ClosureRunsInServer {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// Words in the names of modules and messages whose purpose is to run what they are given.
const RUNS_ON_PURPOSE: &[&str] = &[
    "lock",
    "mutex",
    "serial",
    "transaction",
    "exclusive",
    "evaluat",
    "execut",
    "runner",
    "worker",
    "queue",
    "sandbox",
    "throttle",
    "limiter",
    "debounce",
];

impl ClosureRunsInServer {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for server in project.servers() {
            let is_server = matches!(server.behaviour, Behaviour::GenServer | Behaviour::GenStage);
            if !is_server || is_on_purpose(project.module_name(server.module)) {
                continue;
            }
            for (name, arity) in [("handle_call", 3), ("handle_cast", 2)] {
                for clause in server.clauses(project, name, arity) {
                    check_clause(project, server, clause, cx);
                }
            }
        }
    }
}

fn is_on_purpose(name: &str) -> bool {
    let name = name.to_lowercase();
    RUNS_ON_PURPOSE.iter().any(|it| name.contains(it))
}

fn check_clause(project: &Project, server: &Server, clause: ClauseId, cx: &mut ProjectCx) {
    let message = project.clause(clause).parameters.first();
    let tag = message.and_then(Shape::tag);
    if tag.is_some_and(|(tag, _)| is_on_purpose(project.text(tag))) {
        return;
    }
    let runs = project.runs(clause);
    let Some(applied) = applied(project, &runs) else {
        return;
    };
    let senders: Vec<&Message> = project
        .messages()
        .iter()
        .filter(|it| it.to == Some(server.module) && it.kind != ServerCall::Stop)
        .filter(|it| project.receivers(it.call, server, None).contains(&clause))
        .collect();
    let is_production = |it: CallId| project.role_of(it.clause) == FileRole::Production;
    if !senders.is_empty() && !senders.iter().any(|it| is_production(it.call)) {
        return;
    }
    let given = senders.iter().flat_map(|it| given(project, it));
    let given: Vec<_> = given.filter(|it| is_production(it.0)).collect();
    if given.is_empty() && !tests_for_function(project, clause) {
        return;
    }
    let slow = given
        .into_iter()
        .find_map(|(call, closure)| Some((call, slow_call(project, call.clause, closure)?)));
    report(project, &runs, applied, slow, cx);
}

/// Whether the head asks for a function.
fn tests_for_function(project: &Project, clause: ClauseId) -> bool {
    let mut guards = project.clause(clause).guards.iter();
    guards.any(|(_, test)| project.is(*test, "is_function"))
}

/// The first call of a function that is a part of the message.
fn applied(project: &Project, runs: &Runs) -> Option<CallId> {
    let is_of_message = |id: CallId, shape: &Shape| {
        let (clause, shape) = runs.origin(project, id.clause, shape);
        clause == runs.root && is_part_of_message(shape)
    };
    runs.calls(project).into_iter().find(|id| {
        let call = project.call(*id);
        match &call.callee {
            Callee::Apply(function) => is_of_message(*id, function),
            _ if project.is_to(*id, "Kernel", "apply", 2) => {
                let function = call.arguments.first();
                function.is_some_and(|it| is_of_message(*id, it))
            }
            _ => false,
        }
    })
}

fn is_part_of_message(shape: &Shape) -> bool {
    match shape {
        Shape::Parameter(0) => true,
        Shape::Within(base) => is_part_of_message(base),
        _ => false,
    }
}

/// The functions that senders put into a message, written there or given to the function around it.
fn given(project: &Project, message: &Message) -> Vec<(CallId, u32)> {
    let call = message.call;
    let argument = message.argument.map(usize::from);
    let sent = argument.and_then(|it| project.call(call).arguments.get(it));
    let Some(Shape::Tuple(parts)) = sent.map(|it| project.value(call.clause, it)) else {
        return Vec::new();
    };
    let mut closures = Vec::new();
    for part in parts {
        match project.value(call.clause, part) {
            Shape::Closure(closure) => closures.push((call, *closure)),
            Shape::Parameter(nth) => {
                for caller in project.callers(call.clause) {
                    let argument = project.call(*caller).arguments.get(*nth as usize);
                    let argument = argument.map(|it| project.value(caller.clause, it));
                    if let Some(Shape::Closure(closure)) = argument {
                        closures.push((*caller, *closure));
                    }
                }
            }
            _ => {}
        }
    }
    closures
}

/// The call that a closure waits for longest.
fn slow_call(project: &Project, clause: ClauseId, closure: u32) -> Option<CallId> {
    let runs = project.runs_of_closure(clause, closure);
    let calls = runs.calls(project).into_iter();
    let slow = calls.filter_map(|it| {
        let reach = project.waits_at(it)?;
        (reach.severity >= Severity::Medium).then_some((reach.severity, it))
    });
    slow.max_by_key(|it| it.0).map(|it| it.1)
}

fn report(
    project: &Project,
    runs: &Runs,
    applied: CallId,
    slow: Option<(CallId, CallId)>,
    cx: &mut ProjectCx,
) {
    let steps = runs.path_to(applied);
    let Some(at) = steps.first().map(|it| project.at(it.call)) else {
        return;
    };
    let callback = project.function_text(runs.root);
    let module = project.module_name(project.module_of_clause(runs.root));
    let message = format!("`{callback}` of `{module}` runs a function that comes with the message");
    let finding = cx.report(at.file, at.span, message);
    if let Some((sender, slow)) = slow {
        let at = project.at(sender);
        finding.label_in(at.file, at.span, "the function is given here");
        let (at, callee) = (project.at(slow), project.callee_text(slow));
        let text = format!("it waits for `{callee}` in the server");
        finding.label_in(at.file, at.span, text);
        finding.confidence(Confidence::Medium);
    }
    story::tell(
        project,
        finding,
        &steps,
        "the server runs it, and serves nobody else".to_owned(),
    );
    finding
        .help("run the function in the process of its caller, and send the server what it gives");
}
