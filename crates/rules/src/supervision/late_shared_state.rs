use exlint_facts::{FileRole, Shape};
use exlint_project::{CallId, Child, Item, Supervisor, Target};

use crate::prelude::*;

/// What children read when they start is written after they have started.
///
/// `Supervisor.start_link/2` returns when every child has run its `init/1`. A table made, a `:persistent_term` put or an
/// environment set after that comes too late for them: they find no table, which stops the application, or the value of
/// before, with which they go on. When a child is restarted later it finds what it missed, so that the mistake shows only
/// when the system is started.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Application do
///   use Application
///
///   def start(_type, _args) do
///     {:ok, pid} = Supervisor.start_link([Shop.Prices], strategy: :one_for_one)
///     :persistent_term.put(:currencies, Shop.Currencies.load())
///     {:ok, pid}
///   end
/// end
///
/// defmodule Shop.Prices do
///   use GenServer
///   def start_link(opts), do: GenServer.start_link(__MODULE__, opts)
///   def init(_opts), do: {:ok, :persistent_term.get(:currencies, [])}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Application do
///   use Application
///
///   def start(_type, _args) do
///     :persistent_term.put(:currencies, Shop.Currencies.load())
///     Supervisor.start_link([Shop.Prices], strategy: :one_for_one)
///   end
/// end
///
/// defmodule Shop.Prices do
///   use GenServer
///   def start_link(opts), do: GenServer.start_link(__MODULE__, opts)
///   def init(_opts), do: {:ok, :persistent_term.get(:currencies, [])}
/// end
/// ```
///
/// Keys and names that are written out are compared, and only what `init/1` comes to read is looked at. What is written
/// before as well, or by `init/1` itself, is left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = Medium, scope = Project)]
pub struct LateSharedState {}

impl Rule for LateSharedState {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// What is shared: the kind of store, and the key or name in it.
type Place<'p> = (&'static str, Vec<&'p Shape>);

impl LateSharedState {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for supervisor in &project.tree().supervisors {
            let Some(start) = start_of(project, supervisor) else {
                continue;
            };
            let (before, after): (Vec<_>, Vec<_>) = writes(project, start)
                .into_iter()
                .partition(|(at, _, _)| at.index < start.index);
            let late = after.iter().filter(|(_, _, place)| {
                let mut early = before.iter();
                !early.any(|(_, _, it)| it == place)
            });
            for (_, write, place) in late {
                let mut children = supervisor.children.iter().filter_map(Item::child);
                let read = children.find_map(|it| Some((it, read_by(project, it, place)?)));
                if let Some((child, read)) = read {
                    report(project, start, *write, (child, read), cx);
                }
            }
        }
    }
}

/// The call of `Supervisor.start_link/2` that starts the children.
fn start_of(project: &Project, supervisor: &Supervisor) -> Option<CallId> {
    if project.role_of(supervisor.clause) != FileRole::Production {
        return None;
    }
    let mut calls = project.calls_of(supervisor.clause);
    let start = calls
        .find(|(id, call)| project.is(call.name, "start_link") && project.at(*id) == supervisor.at);
    start.map(|(id, _)| id)
}

/// What the process that starts the children writes, by the call of its function that leads there.
fn writes(project: &Project, start: CallId) -> Vec<(CallId, CallId, Place<'_>)> {
    let mut writes = Vec::new();
    for (id, _) in project.inline_calls(start.clause) {
        let mut add = |write| writes.extend(written(project, write).map(|it| (id, write, it)));
        add(id);
        if let Target::Function {
            clauses,
            certain: true,
            ..
        } = project.target(id)
        {
            let runs = clauses.iter().map(|it| project.runs(*it));
            runs.flat_map(|it| it.calls(project)).for_each(add);
        }
    }
    writes
}

fn written(project: &Project, id: CallId) -> Option<Place<'_>> {
    let call = project.call(id);
    match (project.external_module(id)?, project.text(call.name)) {
        ("Application", "put_env") => place(project, id, "environment", 2),
        (":persistent_term", "put") => place(project, id, "term", 1),
        (":ets", "new") => place(project, id, "table", 1),
        _ => None,
    }
}

fn read(project: &Project, id: CallId) -> Option<Place<'_>> {
    let call = project.call(id);
    match (project.external_module(id)?, project.text(call.name)) {
        ("Application", "get_env" | "fetch_env" | "fetch_env!") => {
            place(project, id, "environment", 2)
        }
        (":persistent_term", "get") => place(project, id, "term", 1),
        (":ets", "lookup" | "lookup_element" | "insert" | "insert_new" | "member" | "select") => {
            place(project, id, "table", 1)
        }
        _ => None,
    }
}

/// The first arguments of a call, where they are written out.
fn place<'p>(
    project: &'p Project,
    id: CallId,
    kind: &'static str,
    arguments: usize,
) -> Option<Place<'p>> {
    let key = project.call(id).arguments.get(..arguments)?;
    let key: Vec<&Shape> = key.iter().map(|it| project.value(id.clause, it)).collect();
    key.iter().all(|it| it.is_literal()).then_some((kind, key))
}

/// Where the `init/1` of a child comes to read a place.
fn read_by(project: &Project, child: &Child, place: &Place) -> Option<CallId> {
    let module = project.find_module(child.module?, project.file_of(child.clause))?;
    let server = project.server(module)?;
    let calls: Vec<CallId> = server
        .clauses(project, "init", 1)
        .flat_map(|it| project.runs(it).calls(project))
        .collect();
    // What finds nothing and puts it there is a cache.
    let mut writes = calls.iter().filter_map(|it| written(project, *it));
    if writes.any(|it| it == *place) {
        return None;
    }
    let mut reads = calls.iter().copied();
    reads.find(|it| read(project, *it).as_ref() == Some(place))
}

fn report(
    project: &Project,
    start: CallId,
    write: CallId,
    (child, read): (&Child, CallId),
    cx: &mut ProjectCx,
) {
    let module = child.module.map_or("a child", |it| project.text(it));
    let at = project.at(write);
    let callee = project.callee_text(write);
    let message = format!("`{module}` has started before this, and read what `{callee}` writes");
    let finding = cx.report(at.file, at.span, message);
    let at = project.at(start);
    finding.label_in(at.file, at.span, "the children start here");
    let at = project.at(read);
    finding.label_in(at.file, at.span, format!("`init/1` of `{module}` reads it"));
    finding.help("write it before the supervisor starts its children");
}
