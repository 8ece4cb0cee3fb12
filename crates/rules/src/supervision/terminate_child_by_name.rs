use exlint_facts::Shape;
use exlint_project::{CallId, ClauseId};

use crate::prelude::*;

/// Asks a `DynamicSupervisor` to terminate something that is not a pid.
///
/// A `DynamicSupervisor` knows its children by their pids alone. Given a name, an id or a module,
/// `DynamicSupervisor.terminate_child/2` raises a `FunctionClauseError`; the child lives on.
///
/// # Bad
///
/// ```elixir
/// defmodule Rooms do
///   def close, do: DynamicSupervisor.terminate_child(Rooms.Supervisor, :lobby)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Rooms do
///   def close do
///     DynamicSupervisor.terminate_child(Rooms.Supervisor, Process.whereis(:lobby))
///   end
/// end
/// ```
///
/// Values that are not known from the source are left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = High, scope = Project)]
#[serde(default)]
pub struct TerminateChildByName {}

impl Rule for TerminateChildByName {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl TerminateChildByName {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for (id, call) in project.calls_named(&["terminate_child"]) {
            if call.is_capture || call.arity != 2 || !cx.covers(project.role_of(id.clause)) {
                continue;
            }
            let Some(supervisor @ ("DynamicSupervisor" | "Horde.DynamicSupervisor")) =
                project.external_module(id)
            else {
                continue;
            };
            let Some(what) = kind(project, id.clause, &call.arguments[1]) else {
                continue;
            };
            let at = project.at(id);
            cx.report(
                at.file,
                at.span,
                format!("`{supervisor}.terminate_child/2` takes a pid, and is given {what}"),
            )
            .help("find the pid first, with `GenServer.whereis/1` or `Registry.lookup/2`");
        }
    }
}

/// What a value is that is no pid.
fn kind(project: &Project, clause: ClauseId, shape: &Shape) -> Option<&'static str> {
    match project.value(clause, shape) {
        Shape::Atom(_) => Some("an atom"),
        Shape::Module(_) => Some("a module"),
        Shape::String(_) | Shape::Prefix(_) => Some("a string"),
        Shape::Tuple(_) => Some("a tuple"),
        Shape::Int(_) => Some("a number"),
        Shape::List(_) | Shape::Keywords(_) => Some("a list"),
        Shape::Call(index) => {
            let call = CallId {
                clause,
                index: *index,
            };
            given_by(project, call)
        }
        _ => None,
    }
}

/// The same of what a call gives: a function of the project with one value, or one of a library.
fn given_by(project: &Project, call: CallId) -> Option<&'static str> {
    if let Some(clause) = project.only_clause(call) {
        let [tail] = project.code(clause).tails.as_slice() else {
            return None;
        };
        return match project.value(clause, &tail.shape) {
            Shape::Call(_) => None,
            shape => kind(project, clause, shape),
        };
    }
    match project.external_name(call)?.as_str() {
        "String.to_atom" | "String.to_existing_atom" | "Module.concat" => Some("an atom"),
        "Registry.lookup" | "Horde.Registry.lookup" => Some("a list"),
        "Kernel.to_string" | "Kernel.inspect" | "Integer.to_string" => Some("a string"),
        _ => None,
    }
}
