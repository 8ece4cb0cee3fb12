use exlint_facts::{FileRole, Name, Shape};
use exlint_project::{Behaviour, Target};
use rustc_hash::FxHashSet;

use super::names::walk;
use crate::prelude::*;

/// A server or supervisor that nothing in the project mentions.
///
/// A process module that stands in no list of children, is started nowhere and is not even named is dead code, or,
/// more often, a child that was forgotten when the tree was written.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Application do
///   use Application
///   def start(_type, _args), do: Supervisor.start_link([], strategy: :one_for_one)
/// end
///
/// defmodule Shop.Cleaner do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(Shop.Cleaner, [])
///   def init(_), do: {:ok, []}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Application do
///   use Application
///   def start(_type, _args), do: Supervisor.start_link([Shop.Cleaner], strategy: :one_for_one)
/// end
///
/// defmodule Shop.Cleaner do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(Shop.Cleaner, [])
///   def init(_), do: {:ok, []}
/// end
/// ```
///
/// Opt-in: a module may be named by a string, built by `Module.concat/2`, or started by another project. Any mention
/// of it outside itself, in code, configuration or tests, is enough for it to be left alone; so are behaviours of the
/// project's own, whose implementations are chosen elsewhere.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = Low, scope = Project)]
#[serde(default)]
pub struct ProcessNotInTree {}

impl Rule for ProcessNotInTree {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl ProcessNotInTree {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        if project.tree().applications.is_empty() {
            return;
        }
        let mentioned = mentioned(project);
        for server in project.servers() {
            let module = project.module(server.module);
            let is_process = matches!(
                server.behaviour,
                Behaviour::GenServer
                    | Behaviour::GenStage
                    | Behaviour::StateMachine
                    | Behaviour::Agent
                    | Behaviour::Supervisor
                    | Behaviour::DynamicSupervisor
                    | Behaviour::Broadway
            );
            if is_process
                && cx.covers(project.role_of_module(server.module))
                && !mentioned.contains(&module.name)
                && module.behaviours.is_empty()
                && module.templates.is_empty()
            {
                let name = project.module_name(server.module);
                cx.report(
                    project.file_of_module(server.module),
                    module.span,
                    format!("no supervisor starts `{name}`, and nothing else mentions it"),
                )
                .help("add it to the children of a supervisor, or delete it");
            }
        }
    }
}

/// The modules that stand somewhere outside themselves, as a value or before a call.
fn mentioned(project: &Project) -> FxHashSet<Name> {
    let mut known: FxHashSet<Name> = FxHashSet::default();
    for clause in project.clauses() {
        let own = project.module(project.module_of_clause(clause)).name;
        let mut add = |shape: &Shape| match shape {
            Shape::Module(name) if *name != own => _ = known.insert(*name),
            _ => {}
        };
        project
            .code(clause)
            .values()
            .for_each(|it| walk(it, &mut add));
        for (id, _) in project.calls_of(clause) {
            match project.target(id) {
                Target::External(module) if *module != own => _ = known.insert(*module),
                Target::Function { function, .. } => {
                    let module = project.module(project.module_of(*function)).name;
                    if module != own {
                        known.insert(module);
                    }
                }
                _ => {}
            }
        }
    }
    for (_, file) in project.files() {
        let mut add = |shape: &Shape| {
            if let Shape::Module(name) = shape {
                known.insert(*name);
            }
        };
        file.top.values().for_each(|it| walk(it, &mut add));
        for module in &file.modules {
            module.body.values().for_each(|it| walk(it, &mut add));
            module
                .uses
                .iter()
                .for_each(|it| walk(&it.argument, &mut add));
        }
        for module in &file.modules {
            known.extend(module.uses.iter().map(|it| it.module));
            known.extend(module.imports.iter().map(|it| it.module));
        }
        if file.role == FileRole::Test {
            known.extend(file.modules.iter().map(|it| it.name));
        }
    }
    known
}
