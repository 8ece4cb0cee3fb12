use exlint_facts::{Name, Shape};
use exlint_project::{At, CallId, Server};

use super::story;
use crate::prelude::*;

/// A process calls its supervisor while it is being started by it.
///
/// A supervisor waits for `init/1` of the child it starts, and answers nobody meanwhile. A child that asks it for
/// anything in `init/1` (to start a sibling, to list the children) waits for a process that waits for it: with the
/// timeout of these calls, which is `:infinity`, the whole subtree hangs for ever.
///
/// # Bad
///
/// ```elixir
/// defmodule Room do
///   use GenServer
///
///   def open(name), do: DynamicSupervisor.start_child(Rooms, {Room, name})
///   def start_link(name), do: GenServer.start_link(__MODULE__, name)
///
///   def init(name) do
///     {:ok, clock} = DynamicSupervisor.start_child(Rooms, Clock)
///     {:ok, %{name: name, clock: clock}}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Room do
///   use GenServer
///
///   def open(name), do: DynamicSupervisor.start_child(Rooms, {Room, name})
///   def start_link(name), do: GenServer.start_link(__MODULE__, name)
///
///   def init(name), do: {:ok, %{name: name}, {:continue, :start_clock}}
///
///   def handle_continue(:start_clock, state) do
///     {:ok, clock} = DynamicSupervisor.start_child(Rooms, Clock)
///     {:noreply, Map.put(state, :clock, clock)}
///   end
/// end
/// ```
///
/// Supervisors are told apart by the names they are called by; those only known at run time are left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Project)]
pub struct StartChildOnOwnSupervisor {}

impl Rule for StartChildOnOwnSupervisor {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

const ASKS: &[&str] = &[
    "start_child",
    "restart_child",
    "terminate_child",
    "delete_child",
    "which_children",
    "count_children",
];

impl StartChildOnOwnSupervisor {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for server in project.servers() {
            for clause in server.clauses(project, "init", 1) {
                let runs = project.runs(clause);
                for call in runs.calls(project) {
                    let Some(supervisor) = asked(project, call) else {
                        continue;
                    };
                    if let Some(start) = start_under(project, server, supervisor) {
                        let steps = runs.path_to(call);
                        let module = project.module_name(server.module);
                        let name = project.text(supervisor);
                        let Some(at) = steps.first().map(|it| project.at(it.call)) else {
                            continue;
                        };
                        let finding = cx.report(
                            at.file,
                            at.span,
                            format!("`init/1` of `{module}` calls `{name}`, which is starting it"),
                        );
                        let text =
                            format!("`{name}` starts `{module}` here and waits for `init/1`");
                        finding.label_in(start.file, start.span, text);
                        let text = format!("and this waits for `{name}`");
                        story::tell(project, finding, &steps, text);
                        finding.help(
                            "return `{:ok, state, {:continue, ...}}` and call the supervisor in `handle_continue/2`",
                        );
                    }
                }
            }
        }
    }
}

/// The name of the supervisor that a call asks for something.
fn asked(project: &Project, id: CallId) -> Option<Name> {
    let call = project.call(id);
    let is_asking = matches!(
        project.external_module(id),
        Some("Supervisor" | "DynamicSupervisor" | ":supervisor")
    ) && ASKS.contains(&project.text(call.name));
    if !is_asking {
        return None;
    }
    match project.value(id.clause, call.arguments.first()?) {
        Shape::Module(name) | Shape::Atom(name) => Some(*name),
        _ => None,
    }
}

/// Where the server is started under the supervisor of this name.
fn start_under(project: &Project, server: &Server, supervisor: Name) -> Option<At> {
    let child = project.module(server.module).name;
    let supervising = project.find_module(supervisor, project.file_of_module(server.module));
    let mut calls = project.calls_named(&["init", "start_child", "start_link"]);
    let found = calls.find(|(id, call)| {
        let name = project.text(call.name);
        let arguments = &call.arguments;
        let value = |nth: usize| arguments.get(nth).map(|it| project.value(id.clause, it));
        let lists = |nth: usize| value(nth).is_some_and(|it| mentions(project, *id, it, child));
        match project.external_module(*id) {
            Some("Supervisor" | "DynamicSupervisor") if name == "start_child" => {
                value(0).and_then(name_of) == Some(supervisor) && lists(1)
            }
            Some("Supervisor") if name == "init" => {
                supervising == Some(project.module_of_clause(id.clause)) && lists(0)
            }
            Some("Supervisor") if name == "start_link" && arguments.len() == 2 => {
                let key = project.name("name");
                let named = key.and_then(|it| value(1)?.get(it));
                let named = named.map(|it| project.value(id.clause, it));
                named.and_then(name_of) == Some(supervisor) && lists(0)
            }
            _ => false,
        }
    });
    found.map(|(id, _)| project.at(id))
}

fn name_of(shape: &Shape) -> Option<Name> {
    match shape {
        Shape::Module(name) | Shape::Atom(name) => Some(*name),
        _ => None,
    }
}

/// Whether a child specification, or a list of them, starts this module.
fn mentions(project: &Project, id: CallId, shape: &Shape, child: Name) -> bool {
    let again = |it: &Shape| mentions(project, id, it, child);
    match project.value(id.clause, shape) {
        Shape::Module(name) => *name == child,
        Shape::Tuple(parts) => parts.first().is_some_and(again),
        Shape::List(parts) | Shape::Cons(parts) | Shape::Choice(parts) => parts.iter().any(again),
        Shape::Concat(left, right) => again(left) || again(right),
        Shape::Map(pairs, _) => pairs
            .iter()
            .any(|(key, value)| project.is(*key, "start") && again(value)),
        Shape::Call(index) => {
            let call = &project.code(id.clause).calls[*index as usize];
            project.is(call.name, "child_spec") && call.arguments.first().is_some_and(again)
        }
        _ => false,
    }
}
