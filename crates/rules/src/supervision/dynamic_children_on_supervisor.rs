use exlint_facts::{Name, Shape};
use exlint_project::{CallId, ModuleId, SupervisorKind};

use super::work::is_command;
use crate::prelude::*;

/// Adds children with ids made at run time to a `Supervisor`.
///
/// A `Supervisor` keeps the specification of every child it was ever given, also of those that have ended, until
/// somebody calls `delete_child/2`, and goes through them one by one. With a child for each user, room or job it grows
/// for as long as the node runs. `DynamicSupervisor` is made for this: it needs no ids and forgets what has ended.
///
/// # Bad
///
/// ```elixir
/// defmodule Rooms do
///   use Supervisor
///
///   def init(_), do: Supervisor.init([], strategy: :one_for_one)
///
///   def open(id) do
///     Supervisor.start_child(Rooms, %{id: {:room, id}, start: {Room, :start_link, [id]}})
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Rooms do
///   use DynamicSupervisor
///
///   def init(_), do: DynamicSupervisor.init(strategy: :one_for_one)
///
///   def open(id), do: DynamicSupervisor.start_child(Rooms, {Room, id})
/// end
/// ```
///
/// A child with one fixed id, which is restarted now and then, is left alone, and so is a module that deletes its
/// children itself.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = Medium, scope = Project)]
#[serde(default)]
pub struct DynamicChildrenOnSupervisor {}

impl Rule for DynamicChildrenOnSupervisor {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl DynamicChildrenOnSupervisor {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for (id, call) in project.calls_named(&["start_child"]) {
            if !call.is_capture
                && project.is_to(id, "Supervisor", "start_child", 2)
                && cx.covers(project.role_of(id.clause))
                && !is_command(project, id.clause)
                && has_dynamic_id(project, id, &call.arguments[1])
                && !deletes(project, id)
                && !is_dynamic_supervisor(project, id)
            {
                let at = project.at(id);
                cx.report(
                    at.file,
                    at.span,
                    "a `Supervisor` is given children with ids made at run time, and keeps all of them",
                )
                .help("use a `DynamicSupervisor`, which forgets children that have ended");
            }
        }
    }
}

/// Whether the id of a specification is made of what is known at run time only.
fn has_dynamic_id(project: &Project, id: CallId, spec: &Shape) -> bool {
    let key = project.name("id");
    let is_made = |shape: &Shape| is_run_time(project.value(id.clause, shape));
    match project.value(id.clause, spec) {
        Shape::Map(pairs, false) => pairs
            .iter()
            .any(|(name, value)| Some(*name) == key && is_made(value)),
        Shape::Call(index) => {
            let made = CallId {
                index: *index,
                ..id
            };
            let options = project.call(made).arguments.get(1);
            project.is_to(made, "Supervisor", "child_spec", 2)
                && key
                    .zip(options)
                    .and_then(|(key, it)| it.get(key))
                    .is_some_and(is_made)
        }
        Shape::Tuple(parts) => parts
            .first()
            .and_then(|it| project.module_value(id.clause, it))
            .and_then(|it| project.find_module(it, project.file_of(id.clause)))
            .is_some_and(|it| makes_id(project, it)),
        _ => false,
    }
}

/// Whether `child_spec/1` of a module makes the id of its argument.
fn makes_id(project: &Project, module: ModuleId) -> bool {
    let (Some(name), Some(key)) = (project.name("child_spec"), project.name("id")) else {
        return false;
    };
    let function = project.find_function(module, name, 1);
    let mut clauses = function.into_iter().flat_map(|it| project.clauses_of(it));
    clauses.any(|clause| {
        project.code(clause).tails.iter().any(|tail| {
            let spec = project.value(clause, &tail.shape);
            spec.get(key)
                .is_some_and(|it| is_run_time(project.value(clause, it)))
        })
    })
}

/// Whether a value is, or holds, something that is known at run time only.
fn is_run_time(shape: &Shape) -> bool {
    match shape {
        Shape::Parameter(_)
        | Shape::Within(_)
        | Shape::Field(..)
        | Shape::Prefix(_)
        | Shape::Variable(_)
        | Shape::Call(_) => true,
        Shape::Tuple(parts) => parts.iter().any(is_run_time),
        _ => false,
    }
}

/// Whether the module deletes children of a supervisor.
fn deletes(project: &Project, id: CallId) -> bool {
    let module = project.module_of_clause(id.clause);
    let functions = project.functions_of(module);
    let clauses = functions.flat_map(|it| project.clauses_of(it));
    let mut calls = clauses.flat_map(|it| project.calls_of(it));
    calls.any(|(it, call)| {
        project.is(call.name, "delete_child") && project.external_module(it) == Some("Supervisor")
    })
}

/// Whether the name given is that of a `DynamicSupervisor`, which `Supervisor` functions fail on in their own way.
fn is_dynamic_supervisor(project: &Project, id: CallId) -> bool {
    let name = project.call(id).arguments.first();
    let name: Option<Name> = name.and_then(|it| project.module_value(id.clause, it));
    let mut supervisors = project.tree().supervisors.iter();
    name.is_some() && supervisors.any(|it| it.kind == SupervisorKind::Dynamic && it.name == name)
}
