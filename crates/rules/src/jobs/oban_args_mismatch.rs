use exlint_facts::{CallFacts, Callee, Name, Shape};
use exlint_project::{CallId, ClauseId, ModuleId, Project};

use crate::{app::is_worker, prelude::*};

/// A job is made with arguments that no clause of its worker's `perform/1` takes.
///
/// The job is stored all the same. Each attempt raises `FunctionClauseError`, until Oban discards it.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.ChargeWorker do
///   use Oban.Worker
///
///   @impl Oban.Worker
///   def perform(%Oban.Job{args: %{"order_id" => id}}), do: Shop.Orders.charge(id)
/// end
///
/// defmodule Shop.Checkout do
///   def finish(order), do: Oban.insert(Shop.ChargeWorker.new(%{id: order.id}))
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.ChargeWorker do
///   use Oban.Worker
///
///   @impl Oban.Worker
///   def perform(%Oban.Job{args: %{"order_id" => id}}), do: Shop.Orders.charge(id)
/// end
///
/// defmodule Shop.Checkout do
///   def finish(order), do: Oban.insert(Shop.ChargeWorker.new(%{order_id: order.id}))
/// end
/// ```
///
/// Only arguments that are written out as a map are judged. Workers with an `args_schema`, or with a `new` of their own,
/// are left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Jobs, confidence = High, scope = Project)]
pub struct ObanArgsMismatch {}

impl Rule for ObanArgsMismatch {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl ObanArgsMismatch {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for (id, call) in project.calls_named(&["new"]) {
            if call.is_capture || !cx.covers(project.role_of(id.clause)) {
                continue;
            }
            if let Some(worker) = worker_of(project, id, call) {
                check_job(project, worker, id, call, cx);
            }
        }
    }
}

/// The worker whose job a call makes, where its `new` is Oban's.
fn worker_of(project: &Project, id: CallId, call: &CallFacts) -> Option<ModuleId> {
    let Callee::Remote(module) = &call.callee else {
        return None;
    };
    let worker = project.find_module(*module, project.file_of(id.clause))?;
    let has_own = |arity| project.find_function(worker, call.name, arity).is_some();
    let mut body = project.module(worker).body.calls.iter();
    let has_schema = body.any(|it| project.is(it.name, "args_schema"));
    (is_worker(project, worker) && !has_own(1) && !has_own(2) && !has_schema).then_some(worker)
}

fn check_job(
    project: &Project,
    worker: ModuleId,
    id: CallId,
    call: &CallFacts,
    cx: &mut ProjectCx,
) {
    let given = call
        .arguments
        .first()
        .map(|it| project.value(id.clause, it));
    let Some(Shape::Map(given, false) | Shape::StringMap(given, false)) = given else {
        return;
    };
    let Some(perform) = project
        .name("perform")
        .and_then(|it| project.find_function(worker, it, 1))
    else {
        return;
    };
    let mut nearest: Option<(ClauseId, Vec<Name>)> = None;
    for clause in project.clauses_of(perform) {
        let Some(wanted) = wanted(project, clause) else {
            return;
        };
        let unmet: Vec<Name> = wanted
            .iter()
            .filter(|(key, value)| {
                let given = given.iter().find(|(it, _)| it == key);
                !given.is_some_and(|(_, it)| may_be(project, project.value(id.clause, it), value))
            })
            .map(|(key, _)| *key)
            .collect();
        if unmet.is_empty() {
            return;
        }
        if nearest
            .as_ref()
            .is_none_or(|(_, it)| it.len() > unmet.len())
        {
            nearest = Some((clause, unmet));
        }
    }
    if let Some((clause, unmet)) = nearest {
        report(project, worker, id, clause, &unmet, cx);
    }
}

/// The string keys that a clause wants among the arguments; `None` where it takes others too.
fn wanted(project: &Project, clause: ClauseId) -> Option<&[(Name, Shape)]> {
    let job = project.clause(clause).parameters.first()?;
    match job.get(project.name("args")?)? {
        Shape::StringMap(pairs, _) if !pairs.is_empty() => Some(pairs),
        _ => None,
    }
}

/// Whether a value may match a pattern once it has been JSON.
fn may_be(project: &Project, value: &Shape, pattern: &Shape) -> bool {
    match (value, pattern) {
        (Shape::String(value), Shape::String(pattern)) => value == pattern,
        (Shape::Atom(value), Shape::String(pattern)) => {
            value == pattern && !matches!(project.text(*value), "nil" | "true" | "false")
        }
        (Shape::Int(value), Shape::Int(pattern)) => value == pattern,
        (Shape::Int(_), Shape::String(_)) | (Shape::String(_), Shape::Int(_)) => false,
        _ => true,
    }
}

fn report(
    project: &Project,
    worker: ModuleId,
    id: CallId,
    clause: ClauseId,
    unmet: &[Name],
    cx: &mut ProjectCx,
) {
    let at = project.at(id);
    let keys: Vec<_> = unmet
        .iter()
        .map(|it| format!("`\"{}\"`", project.text(*it)))
        .collect();
    let worker = project.module_name(worker);
    let finding = cx.report(
        at.file,
        at.span,
        format!("no clause of `{worker}.perform/1` takes these arguments"),
    );
    let head = project.at_clause(clause);
    finding.label_in(
        head.file,
        head.span,
        format!("this one wants {}", keys.join(", ")),
    );
    finding.help("name the arguments as the worker does");
}
