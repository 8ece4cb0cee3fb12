use exlint_facts::Shape;
use exlint_project::{CallId, ClauseId, Item, ModuleId, Server, Step, Target};

use crate::prelude::*;

/// A process that its supervisor restarts is also started again by a process that watches it.
///
/// A permanent child that crashes is started again by its supervisor. A server that monitors it and starts a new one when
/// the `:DOWN` message comes has two of them afterwards; with a registered name one of the two starts fails, and which
/// one is a matter of luck. Restarts are counted by the supervisor only, so that a process that crashes at once is started
/// for ever.
///
/// # Bad
///
/// ```elixir
/// defmodule Feed.Worker do
///   use GenServer
///   def start_link(url), do: GenServer.start_link(__MODULE__, url)
///   def init(url), do: {:ok, url}
/// end
///
/// defmodule Feed.Manager do
///   use GenServer
///   def init(urls), do: {:ok, Map.new(urls, &watch/1)}
///
///   def handle_info({:DOWN, ref, :process, _pid, _reason}, workers) do
///     {url, workers} = Map.pop(workers, ref)
///     {ref, url} = watch(url)
///     {:noreply, Map.put(workers, ref, url)}
///   end
///
///   defp watch(url) do
///     {:ok, pid} = DynamicSupervisor.start_child(Feed.Workers, {Feed.Worker, url})
///     {Process.monitor(pid), url}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Feed.Worker do
///   use GenServer, restart: :temporary
///   def start_link(url), do: GenServer.start_link(__MODULE__, url)
///   def init(url), do: {:ok, url}
/// end
///
/// defmodule Feed.Manager do
///   use GenServer
///   def init(urls), do: {:ok, Map.new(urls, &watch/1)}
///
///   def handle_info({:DOWN, ref, :process, _pid, _reason}, workers) do
///     {url, workers} = Map.pop(workers, ref)
///     {ref, url} = watch(url)
///     {:noreply, Map.put(workers, ref, url)}
///   end
///
///   defp watch(url) do
///     {:ok, pid} = DynamicSupervisor.start_child(Feed.Workers, {Feed.Worker, url})
///     {Process.monitor(pid), url}
///   end
/// end
/// ```
///
/// Reported where the watcher starts what it watches, and where it starts a permanent child of the supervision tree by
/// its `start_link`. Specifications that are made elsewhere are not followed.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = High, scope = Project)]
#[serde(default)]
pub struct ChildRestartedTwice {}

impl Rule for ChildRestartedTwice {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl ChildRestartedTwice {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for server in project.servers() {
            for clause in death_clauses(project, server) {
                check_clause(project, clause, cx);
            }
        }
    }
}

/// The clauses of `handle_info/2` for `{:DOWN, ...}` and `{:EXIT, ...}`.
fn death_clauses(project: &Project, server: &Server) -> Vec<ClauseId> {
    let is_death = |it: &ClauseId| {
        let message = project.clause(*it).parameters.first();
        message
            .and_then(Shape::tag)
            .is_some_and(|(tag, _)| matches!(project.text(tag), "DOWN" | "EXIT"))
    };
    let clauses = server.clauses(project, "handle_info", 2);
    clauses.filter(is_death).collect()
}

fn check_clause(project: &Project, clause: ClauseId, cx: &mut ProjectCx) {
    let runs = project.runs(clause);
    for call in runs.calls(project) {
        let steps = runs.path_to(call);
        let Some((module, child)) = restarted(project, &steps, call) else {
            continue;
        };
        let name = project.module_name(module);
        // The last step in the module that watches.
        let watcher = project.module_of_clause(clause);
        let mut own = steps.iter().rev().map(|it| it.call);
        let own = own.find(|it| project.module_of_clause(it.clause) == watcher);
        let at = project.at(own.unwrap_or(call));
        let finding = cx.report(
            at.file,
            at.span,
            format!("`{name}` is started again here, and by its supervisor as well"),
        );
        let handler = project.at_clause(clause);
        finding.label_in(handler.file, handler.span, "when a process has died");
        if own.is_some_and(|it| it != call) {
            let start = project.at(call);
            finding.label_in(start.file, start.span, "by this");
        }
        let facts = project.module(module);
        let file = project.file_of_module(module);
        let (file, span) = child.unwrap_or((file, facts.span));
        finding.label_in(file, span, "a permanent child: its supervisor restarts it");
        finding
            .help("leave the restart to the supervisor, or make the child `restart: :temporary`");
        return;
    }
}

/// The permanent child that a call, to which these steps lead, starts once more, and where the tree has it.
fn restarted(
    project: &Project,
    steps: &[Step],
    call: CallId,
) -> Option<(ModuleId, Option<(exlint_findings::FileId, Span)>)> {
    let name = project.text(project.call(call).name);
    match (project.target(call), name) {
        (Target::External(module), "start_child")
            if matches!(
                project.text(*module),
                "DynamicSupervisor" | "Supervisor" | "PartitionSupervisor"
            ) =>
        {
            let (module, restart) = started(project, call)?;
            let is_watched = steps.iter().any(|it| is_watched(project, it.call));
            (restart == "permanent" && is_watched).then_some((module, None))
        }
        (Target::Function { function, .. }, "start_link") => {
            let module = project.module_of(*function);
            let child = in_tree(project, module)?;
            (module != project.module_of_clause(call.clause)).then_some((module, Some(child)))
        }
        _ => None,
    }
}

/// The module of `start_child(supervisor, {Module, argument})`, or of a specification written out, and how the child is
/// restarted.
fn started(project: &Project, call: CallId) -> Option<(ModuleId, &str)> {
    let find = |name| project.find_module(name, project.file_of(call.clause));
    let spec = project.call(call).arguments.get(1)?;
    match project.value(call.clause, spec) {
        Shape::Module(name) => {
            let module = find(*name)?;
            Some((module, project.restart_of(module)?))
        }
        Shape::Tuple(parts) => {
            let module = find(parts.first()?.module()?)?;
            Some((module, project.restart_of(module)?))
        }
        spec @ Shape::Map(_, false) => {
            let get = |key: &str| Some(project.value(call.clause, spec.get(project.name(key)?)?));
            let Shape::Tuple(start) = get("start")? else {
                return None;
            };
            let restart = match get("restart") {
                Some(restart) => project.text(restart.atom()?),
                None => "permanent",
            };
            Some((find(start.first()?.module()?)?, restart))
        }
        _ => None,
    }
}

/// Whether the clause goes on to monitor or link what a call has started.
fn is_watched(project: &Project, call: CallId) -> bool {
    let mut later = project
        .calls_of(call.clause)
        .filter(|(it, _)| it.index > call.index);
    later.any(|(id, _)| {
        project.is_to(id, "Process", "monitor", 1)
            || project.is_to(id, "Process", "monitor", 2)
            || project.is_to(id, "Process", "link", 1)
    })
}

/// Where a supervisor has the module as a child that it always restarts.
fn in_tree(project: &Project, module: ModuleId) -> Option<(exlint_findings::FileId, Span)> {
    let supervisors = project.tree().supervisors.iter();
    let mut children = supervisors.flat_map(|it| it.children.iter().filter_map(Item::child));
    let child = children.find(|it| {
        let file = project.file_of(it.clause);
        it.module.and_then(|it| project.find_module(it, file)) == Some(module)
    })?;
    let restart = match child.restart {
        Some(restart) => project.text(restart),
        None => project.restart_of(module)?,
    };
    (restart == "permanent").then_some((child.at.file, child.at.span))
}
