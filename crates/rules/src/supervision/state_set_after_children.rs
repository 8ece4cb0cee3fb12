use exlint_facts::Shape;
use exlint_project::{Behaviour, CallId, ClauseId, Item, Target};

use crate::prelude::*;

/// Sets shared state after the children that read it have been started.
///
/// `Supervisor.start_link/2` returns when every child has been started. What `start/2` of the application puts into
/// `:persistent_term`, the application environment or an ETS table afterwards is missing, or has its old value, when a
/// child reads it before: always for what `init/1` reads, and now and then for the rest. A child that is restarted finds
/// it, so the mistake hides.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Rates do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [])
///   def init(_), do: {:ok, :persistent_term.get(:rates)}
/// end
///
/// defmodule Shop.Application do
///   use Application
///
///   def start(_type, _args) do
///     result = Supervisor.start_link([Shop.Rates], strategy: :one_for_one)
///     :persistent_term.put(:rates, %{eur: 1.0})
///     result
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Rates do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [])
///   def init(_), do: {:ok, :persistent_term.get(:rates)}
/// end
///
/// defmodule Shop.Application do
///   use Application
///
///   def start(_type, _args) do
///     :persistent_term.put(:rates, %{eur: 1.0})
///     Supervisor.start_link([Shop.Rates], strategy: :one_for_one)
///   end
/// end
/// ```
///
/// A write in a function that first reads the same is left alone: it belongs to whoever comes first. Keys and names that
/// are only known at run time are not compared, and children that read through code of other
/// processes are not found.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = High, scope = Project)]
#[serde(default)]
pub struct StateSetAfterChildren {}

impl Rule for StateSetAfterChildren {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl StateSetAfterChildren {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for application in &project.tree().applications {
            let Some(start) = start_of_children(project, application.start) else {
                continue;
            };
            let writes = writes_after(project, start);
            if writes.is_empty() {
                continue;
            }
            let readers = readers(project);
            for (write, cell) in writes {
                let read = readers.iter().find(|(_, it)| *it == cell);
                if let Some((read, _)) = read {
                    report(project, start, write, *read, cx);
                }
            }
        }
    }
}

/// A piece of shared state: an ETS table, a persistent term, or a key of the environment.
#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Table(Shape),
    Term(Shape),
    Setting(Shape, Shape),
}

/// The call in `start/2` that starts the children.
fn start_of_children(project: &Project, clause: ClauseId) -> Option<CallId> {
    let mut calls = project.inline_calls(clause).map(|(id, _)| id);
    calls.find(|id| project.is_to(*id, "Supervisor", "start_link", 2))
}

/// Writes that look first whether there is something belong to whoever comes first.
fn fills_gap(project: &Project, write: CallId, cell: &Cell) -> bool {
    let mut calls = project.calls_of(write.clause);
    calls.any(|(id, _)| id.index < write.index && read(project, id).as_ref() == Some(cell))
}

fn writes_after(project: &Project, start: CallId) -> Vec<(CallId, Cell)> {
    let later = project
        .inline_calls(start.clause)
        .map(|(id, _)| id)
        .filter(|it| it.index > start.index);
    let mut found = Vec::new();
    for call in later {
        found.extend(written(project, call).map(|it| (call, it)));
        if let Target::Function {
            clauses,
            certain: true,
            ..
        } = project.target(call)
        {
            for clause in clauses {
                let calls = project.runs(*clause).calls(project);
                found.extend(
                    calls
                        .into_iter()
                        .filter_map(|it| Some((it, written(project, it)?))),
                );
            }
        }
    }
    found.retain(|(write, cell)| !fills_gap(project, *write, cell));
    found
}

fn written(project: &Project, id: CallId) -> Option<Cell> {
    let name = project.text(project.call(id).name);
    match (project.external_module(id)?, name) {
        (":persistent_term", "put") => Some(Cell::Term(argument(project, id, 0)?)),
        (":ets", "new") => Some(Cell::Table(argument(project, id, 0)?)),
        ("Application", "put_env") => Some(setting(project, id)?),
        _ => None,
    }
}

fn read(project: &Project, id: CallId) -> Option<Cell> {
    let name = project.text(project.call(id).name);
    match (project.external_module(id)?, name) {
        (":persistent_term", "get") => Some(Cell::Term(argument(project, id, 0)?)),
        (":ets", "lookup" | "lookup_element" | "member" | "tab2list" | "insert" | "select") => {
            Some(Cell::Table(argument(project, id, 0)?))
        }
        ("Application", "get_env" | "fetch_env" | "fetch_env!") => Some(setting(project, id)?),
        _ => None,
    }
}

fn setting(project: &Project, id: CallId) -> Option<Cell> {
    Some(Cell::Setting(
        argument(project, id, 0)?,
        argument(project, id, 1)?,
    ))
}

/// An argument that is written out: an atom, a module, or a tuple of such.
fn argument(project: &Project, id: CallId, nth: usize) -> Option<Shape> {
    let value = project.value(id.clause, project.call(id).arguments.get(nth)?);
    is_literal(value).then(|| value.clone())
}

fn is_literal(shape: &Shape) -> bool {
    match shape {
        Shape::Atom(_) | Shape::Module(_) | Shape::String(_) | Shape::Int(_) => true,
        Shape::Tuple(parts) => parts.iter().all(is_literal),
        _ => false,
    }
}

/// What the children of the supervision tree read, first what they read while they start.
fn readers(project: &Project) -> Vec<(CallId, Cell)> {
    let supervisors = project.tree().supervisors.iter();
    let children = supervisors.flat_map(|it| it.children.iter().filter_map(Item::child));
    let modules = children
        .filter_map(|it| project.find_module(it.module?, project.file_of(it.clause)))
        .filter_map(|it| project.server(it))
        .filter(|it| it.behaviour != Behaviour::Application);
    let (mut starting, mut later) = (Vec::new(), Vec::new());
    for server in modules {
        for (name, _, clause) in &server.callbacks {
            let group = match project.text(*name) {
                "init" | "handle_continue" => &mut starting,
                "terminate" => continue,
                _ => &mut later,
            };
            let calls = project.runs(*clause).calls(project);
            group.extend(
                calls
                    .into_iter()
                    .filter_map(|it| Some((it, read(project, it)?))),
            );
        }
    }
    starting.append(&mut later);
    starting
}

fn report(project: &Project, start: CallId, write: CallId, read: CallId, cx: &mut ProjectCx) {
    let at = project.at(write);
    let what = project.callee_text(write);
    let finding = cx.report(
        at.file,
        at.span,
        format!("`{what}` comes after the start of the children that read what it sets"),
    );
    let at = project.at(start);
    finding.label_in(at.file, at.span, "the children are started here");
    let at = project.at(read);
    finding.label_in(at.file, at.span, "a child reads it here");
    finding.help("set it before `Supervisor.start_link/2`");
}
