use exlint_facts::{Callee, FileRole, FunctionFacts, Name};
use exlint_project::{Behaviour, FunctionId, ModuleId, Target};
use rustc_hash::FxHashSet;

use crate::prelude::*;

/// A function has the name of a callback but not its number of arguments.
///
/// The behaviour never calls it. `handle_info/1` compiles without a warning, and the message that it was written for
/// goes to the default clause, which logs it, or crashes the server in another clause's place.
///
/// # Bad
///
/// ```elixir
/// defmodule Clock do
///   use GenServer
///
///   def handle_info(:tick), do: {:noreply, nil}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Clock do
///   use GenServer
///
///   def handle_info(:tick, state), do: {:noreply, state}
/// end
/// ```
///
/// Functions with `@impl` (the compiler checks them), functions that somebody calls, and modules that implement a second
/// behaviour, or use a library that may ask for one, are left alone. So is `terminate`, which is a natural name for what
/// clients call.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Project)]
pub struct CallbackWrongArity {}

impl Rule for CallbackWrongArity {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

const SERVER: &[(&str, u8)] = &[
    ("handle_call", 3),
    ("handle_cast", 2),
    ("handle_info", 2),
    ("handle_continue", 2),
];

const STAGE: &[(&str, u8)] = &[
    ("handle_call", 3),
    ("handle_cast", 2),
    ("handle_info", 2),
    ("handle_demand", 2),
    ("handle_events", 3),
    ("handle_cancel", 3),
    ("handle_subscribe", 4),
];

const LIVE: &[(&str, u8)] = &[
    ("mount", 3),
    ("handle_params", 3),
    ("handle_event", 3),
    ("handle_info", 2),
    ("handle_async", 3),
];

const COMPONENT: &[(&str, u8)] = &[("handle_event", 3), ("handle_async", 3)];

const CHANNEL: &[(&str, u8)] = &[("handle_in", 3), ("handle_out", 3), ("handle_info", 2)];

/// Modules whose `use` asks for no callbacks but those of the behaviour.
const PLAIN_USES: &[&str] = &[
    "Bitwise",
    "GenServer",
    "GenStage",
    "Gettext",
    "Gettext.Backend",
    "Phoenix.Channel",
    "Phoenix.Component",
    "Phoenix.LiveComponent",
    "Phoenix.LiveView",
    "Phoenix.VerifiedRoutes",
    "Task",
    "TypedStruct",
];

fn callbacks(behaviour: Behaviour) -> &'static [(&'static str, u8)] {
    match behaviour {
        Behaviour::GenServer => SERVER,
        Behaviour::GenStage => STAGE,
        Behaviour::LiveView => LIVE,
        Behaviour::LiveComponent => COMPONENT,
        Behaviour::Channel => CHANNEL,
        _ => &[],
    }
}

impl CallbackWrongArity {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let mut found = Vec::new();
        for server in project.servers() {
            let is_plain = project.role_of_module(server.module) == FileRole::Production
                && has_one_behaviour(project, server.module);
            for function in project.functions_of(server.module).filter(|_| is_plain) {
                let facts = project.function(function);
                let name = project.text(facts.name);
                let callback = callbacks(server.behaviour).iter().find(|it| it.0 == name);
                if let Some((_, arity)) = callback.filter(|it| is_other(facts, it.1))
                    && !is_called(project, function)
                {
                    found.push((function, *arity));
                }
            }
        }
        if found.is_empty() {
            return;
        }
        let mut names: Vec<&str> = found
            .iter()
            .map(|(it, _)| project.text(project.function(*it).name))
            .collect();
        names.sort_unstable();
        names.dedup();
        let anybody = called_on_anybody(project, &names);
        for (function, arity) in found {
            let facts = project.function(function);
            if !anybody.contains(&(facts.name, facts.max_arity)) {
                report(project, function, arity, cx);
            }
        }
    }
}

/// Whether nothing asks for callbacks of the module but what makes it a process.
fn has_one_behaviour(project: &Project, module: ModuleId) -> bool {
    let traits = project.traits(module);
    let file = project.file_of_module(module);
    traits.behaviours.is_empty()
        && traits.uses.iter().all(|it| {
            PLAIN_USES.contains(&project.text(*it)) || project.find_module(*it, file).is_some()
        })
}

/// Whether a function has a number of arguments that is not the callback's, and is not said to be something else.
fn is_other(facts: &FunctionFacts, arity: u8) -> bool {
    !(facts.min_arity..=facts.max_arity).contains(&arity)
        && !facts.is_private
        && !facts.is_macro
        && !facts.clauses.iter().any(|it| it.is_impl)
}

fn is_called(project: &Project, function: FunctionId) -> bool {
    let mut clauses = project.clauses_of(function);
    clauses.any(|it| !project.callers(it).is_empty())
}

/// The functions of these names that are called on modules which are only known at run time.
fn called_on_anybody(project: &Project, names: &[&str]) -> FxHashSet<(Name, u8)> {
    let unknown = project.calls_named(names).filter(|(id, call)| {
        matches!(call.callee, Callee::Dynamic(_))
            && matches!(project.target(*id), Target::Unknown | Target::Configured(_))
    });
    unknown.map(|(_, call)| (call.name, call.arity)).collect()
}

fn report(project: &Project, function: FunctionId, arity: u8, cx: &mut ProjectCx) {
    let facts = project.function(function);
    let Some(clause) = facts.clauses.first() else {
        return;
    };
    let (name, has) = (project.text(facts.name), facts.max_arity);
    let file = project.file_of_module(project.module_of(function));
    cx.report(
        file,
        clause.span,
        format!("`{name}/{has}` is never called: the callback is `{name}/{arity}`"),
    )
    .help("give it the arguments of the callback, or another name");
}
