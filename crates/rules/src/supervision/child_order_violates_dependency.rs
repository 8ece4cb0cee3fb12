use exlint_findings::Confidence;
use exlint_project::{CallId, Child, Item, ModuleId, Runs, ServerCall, Supervisor};

use super::names::Used;
use crate::prelude::*;

/// A child uses, while it starts, a sibling that is started after it.
///
/// Children start one after the other, each waiting for the `init/1` of the one before. What a child's `init/1` calls
/// has to be running by then: a call to a sibling that stands further down the list exits with `:noproc`, the child
/// does not start, and neither does the supervisor.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Prices do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///   def init(_), do: {:ok, Registry.lookup(Shop.Names, :prices)}
/// end
///
/// defmodule Shop.Supervisor do
///   use Supervisor
///
///   def init(_) do
///     children = [Shop.Prices, {Registry, keys: :unique, name: Shop.Names}]
///     Supervisor.init(children, strategy: :one_for_one)
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Prices do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///   def init(_), do: {:ok, Registry.lookup(Shop.Names, :prices)}
/// end
///
/// defmodule Shop.Supervisor do
///   use Supervisor
///
///   def init(_) do
///     children = [{Registry, keys: :unique, name: Shop.Names}, Shop.Prices]
///     Supervisor.init(children, strategy: :one_for_one)
///   end
/// end
/// ```
///
/// What `handle_continue/2` uses is reported with less confidence: it runs while the siblings are being started. Calls
/// that a `try` guards are left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = High, scope = Project)]
#[serde(default)]
pub struct ChildOrderViolatesDependency {}

impl Rule for ChildOrderViolatesDependency {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl ChildOrderViolatesDependency {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for supervisor in &project.tree().supervisors {
            check_children(project, supervisor, cx);
        }
    }
}

fn check_children(project: &Project, supervisor: &Supervisor, cx: &mut ProjectCx) {
    let children = &supervisor.children;
    for (item, nth) in children.iter().zip(1..) {
        let Some(child) = item.child() else { continue };
        let file = project.file_of(child.clause);
        let module = child.module.and_then(|it| project.find_module(it, file));
        let Some(module) = module else { continue };
        let later: Vec<&Child> = children[nth..]
            .iter()
            .map_while(Item::child)
            .filter(|it| !it.excludes(child))
            .collect();
        if !later.is_empty() {
            check_start(project, child, module, &later, cx);
        }
    }
}

fn check_start(
    project: &Project,
    child: &Child,
    module: ModuleId,
    later: &[&Child],
    cx: &mut ProjectCx,
) {
    for (callback, arity) in [("init", 1), ("handle_continue", 2)] {
        let Some(server) = project.server(module) else {
            return;
        };
        for clause in server.clauses(project, callback, arity) {
            let runs = project.runs(clause);
            let used = Used::inline_by(project, &runs);
            let found = later
                .iter()
                .find_map(|it| Some((*it, use_of(project, &runs, &used, it)?)));
            if let Some((sibling, call)) = found {
                let from_init = callback == "init";
                report(project, (child, sibling), call, from_init, cx);
                return;
            }
        }
    }
}

/// A call by which a clause needs a sibling that has to be running.
fn use_of(project: &Project, runs: &Runs, used: &Used, sibling: &Child) -> Option<CallId> {
    let is_unguarded = |it: &CallId| {
        let path = runs.path_to(*it);
        path.iter().all(|step| !project.call(step.call).in_try)
    };
    if let Some(name) = sibling.name
        && let Some(call) = used.call_to(name)
    {
        return Some(call).filter(is_unguarded);
    }
    let file = project.file_of(sibling.clause);
    let id = project.find_module(sibling.module?, file)?;
    if project.implements(id, "Ecto.Repo") {
        return used.call_to(sibling.module?).filter(is_unguarded);
    }
    let mut messages = project.messages().iter();
    let waits = messages.find(|it| {
        it.kind == ServerCall::Call
            && it.to == Some(id)
            && it.to_singleton
            && used.called.contains(&it.call)
    });
    waits.map(|it| it.call).filter(is_unguarded)
}

fn report(
    project: &Project,
    (child, sibling): (&Child, &Child),
    call: CallId,
    from_init: bool,
    cx: &mut ProjectCx,
) {
    let text = |child: &Child| {
        let name = child.name.or(child.module);
        name.map_or("a sibling".to_owned(), |it| project.text(it).to_owned())
    };
    let (own, other) = (text(child), text(sibling));
    let callback = if from_init {
        "init/1"
    } else {
        "handle_continue/2"
    };
    let finding = cx.report(
        child.at.file,
        child.at.span,
        format!("`{own}` uses `{other}` in `{callback}`, which is started after it"),
    );
    let at = project.at(call);
    finding.label_in(
        at.file,
        at.span,
        format!("`{callback}` comes to use `{other}` here"),
    );
    finding.label_in(
        sibling.at.file,
        sibling.at.span,
        format!("`{other}` starts after `{own}`"),
    );
    finding.help(format!(
        "move `{other}` above `{own}` in the list of children"
    ));
    if !from_init {
        finding.confidence(Confidence::Medium);
    }
}
