use exlint_facts::Name;
use exlint_project::{CallId, Child, ClauseId, Item, ModuleId, Supervisor};
use rustc_hash::FxHashMap;

use crate::prelude::*;

/// Siblings that depend on each other are restarted one by one.
///
/// Under `:one_for_one` only the child that crashed starts again. A sibling that, in its own `init/1`, entered itself
/// into the other's ETS table, joined its `:pg` scope, or looked up its pid goes on as if nothing had happened: its
/// entry is gone, its pid is dead, and nothing brings them back until it is restarted, too.
///
/// # Bad
///
/// ```elixir
/// defmodule Table do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///   def init(_), do: {:ok, :ets.new(:routes, [:named_table, :public])}
/// end
///
/// defmodule Route do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///
///   def init(_) do
///     :ets.insert(:routes, {:main, self()})
///     {:ok, []}
///   end
/// end
///
/// defmodule Router do
///   use Supervisor
///   def init(_), do: Supervisor.init([Table, Route], strategy: :one_for_one)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Table do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///   def init(_), do: {:ok, :ets.new(:routes, [:named_table, :public])}
/// end
///
/// defmodule Route do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///
///   def init(_) do
///     :ets.insert(:routes, {:main, self()})
///     {:ok, []}
///   end
/// end
///
/// defmodule Router do
///   use Supervisor
///   def init(_), do: Supervisor.init([Table, Route], strategy: :rest_for_one)
/// end
/// ```
///
/// A process registered in a `Registry` is linked to it and dies with it: that is no reason. A sibling that monitors
/// the other, or does the same again later than in `init/1`, is left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = Medium, scope = Project)]
#[serde(default)]
pub struct SupervisionStrategyMismatch {}

impl Rule for SupervisionStrategyMismatch {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// A child, the module of the project that it is, and the clauses of its `init/1`.
struct Sibling<'p> {
    child: &'p Child,
    module: ModuleId,
    init: Vec<ClauseId>,
}

impl SupervisionStrategyMismatch {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for supervisor in &project.tree().supervisors {
            let strategy = supervisor.strategy.map(|it| project.text(it));
            if strategy == Some("one_for_one") {
                check_siblings(project, supervisor, cx);
            }
        }
    }
}

fn check_siblings(project: &Project, supervisor: &Supervisor, cx: &mut ProjectCx) {
    let children = supervisor.children.iter().filter_map(Item::child);
    let siblings: Vec<Sibling> = children.filter_map(|it| sibling(project, it)).collect();
    let mut owners: FxHashMap<Name, (usize, CallId)> = FxHashMap::default();
    for (sibling, nth) in siblings.iter().zip(0..) {
        for id in calls_of_init(project, sibling) {
            if let Some(table) = table(project, id, "new") {
                owners.insert(table, (nth, id));
            }
            let is_insert = ["insert", "insert_new"]
                .iter()
                .find_map(|it| table(project, id, it));
            let Some((owner, created)) = is_insert.and_then(|it| owners.get(&it)) else {
                continue;
            };
            if *owner != nth && !writes_again(project, sibling, id) {
                report(
                    project,
                    supervisor,
                    (sibling, &siblings[*owner]),
                    (id, *created),
                    cx,
                );
                break;
            }
        }
    }
}

fn sibling<'p>(project: &Project, child: &'p Child) -> Option<Sibling<'p>> {
    let module = project.find_module(child.module?, project.file_of(child.clause))?;
    let server = project.server(module)?;
    let init = server.clauses(project, "init", 1).collect();
    Some(Sibling {
        child,
        module,
        init,
    })
}

fn calls_of_init(project: &Project, sibling: &Sibling) -> Vec<CallId> {
    let mut calls = Vec::new();
    for clause in &sibling.init {
        for run in project.runs(*clause).clauses {
            calls.extend(project.inline_calls(run).map(|(id, _)| id));
        }
    }
    calls
}

/// The table that a call of `:ets` names.
fn table(project: &Project, id: CallId, function: &str) -> Option<Name> {
    let call = project.call(id);
    if !project.is(call.name, function) || project.external_module(id) != Some(":ets") {
        return None;
    }
    let table = project.value(id.clause, call.arguments.first()?);
    table.atom().or(table.module())
}

/// Whether the module writes to the table elsewhere too, or watches its owner.
fn writes_again(project: &Project, sibling: &Sibling, first: CallId) -> bool {
    let functions = project.functions_of(sibling.module);
    let clauses = functions.flat_map(|it| project.clauses_of(it));
    let mut calls = clauses.flat_map(|it| project.calls_of(it));
    let own = table(project, first, project.text(project.call(first).name));
    calls.any(|(id, call)| {
        let name = project.text(call.name);
        name == "monitor"
            || id != first && name.starts_with("insert") && table(project, id, name) == own
    })
}

fn report(
    project: &Project,
    supervisor: &Supervisor,
    (sibling, owner): (&Sibling, &Sibling),
    (inserted, created): (CallId, CallId),
    cx: &mut ProjectCx,
) {
    let name = |it: &Sibling| project.module_name(it.module).to_owned();
    let (own, other) = (name(sibling), name(owner));
    let finding = cx.report(
        supervisor.at.file,
        supervisor.at.span,
        format!("`:one_for_one` leaves `{own}` without its entry when `{other}` is restarted"),
    );
    for (call, text) in [
        (
            created,
            format!("the table of `{other}`, which ends with it"),
        ),
        (
            inserted,
            format!("`{own}` writes its entry once, when it starts"),
        ),
    ] {
        let at = project.at(call);
        finding.label_in(at.file, at.span, text);
    }
    let at = sibling.child.at;
    finding
        .label_in(
            at.file,
            at.span,
            format!("`{own}` is not restarted with `{other}`"),
        )
        .help(
            "use `:rest_for_one`: what was started after the child that crashed starts again, too",
        );
}
