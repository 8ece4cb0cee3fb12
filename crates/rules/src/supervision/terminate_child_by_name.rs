use exlint_facts::Shape;

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
            if call.is_capture
                || !project.is_to(id, "DynamicSupervisor", "terminate_child", 2)
                || !cx.covers(project.role_of(id.clause))
            {
                continue;
            }
            let what = match project.value(id.clause, &call.arguments[1]) {
                Shape::Atom(_) => "an atom",
                Shape::Module(_) => "a module",
                Shape::String(_) | Shape::Prefix(_) => "a string",
                Shape::Tuple(_) => "a tuple",
                Shape::Int(_) => "a number",
                _ => continue,
            };
            let at = project.at(id);
            cx.report(
                at.file,
                at.span,
                format!("`DynamicSupervisor.terminate_child/2` takes a pid, and is given {what}"),
            )
            .help("find the pid first, with `GenServer.whereis/1` or `Registry.lookup/2`");
        }
    }
}
