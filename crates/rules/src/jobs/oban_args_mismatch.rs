use exlint_facts::{CallFacts, Callee, Name, Scope, Shape, Variable};
use exlint_project::{At, CallId, ClauseId, ModuleId, Project, Target};

use crate::{app::is_worker, prelude::*, settings::Settings};

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
            if !call.is_capture && cx.covers(project.role_of(id.clause)) {
                built(project, id, call, cx);
            }
        }
        if let (Some(crontab), Some(args)) = (project.name("crontab"), project.name("args")) {
            for setting in &Settings::of(project).set {
                for entry in entries(setting.value, crontab) {
                    scheduled(project, entry, args, setting.at, cx);
                }
            }
        }
    }
}

/// `Worker.new(%{...})`.
fn built(project: &Project, id: CallId, call: &CallFacts, cx: &mut ProjectCx) {
    let Callee::Remote(module) = &call.callee else {
        return;
    };
    let Some(worker) = project.find_module(*module, project.file_of(id.clause)) else {
        return;
    };
    let value = |it| project.value(id.clause, it);
    let given = call.arguments.first().map(value);
    if let Some(Shape::Map(given, false) | Shape::StringMap(given, false)) = given {
        let given: Vec<_> = given.iter().map(|(key, it)| (*key, value(it))).collect();
        check_job(
            project,
            worker,
            &given,
            (project.at(id), "these arguments"),
            cx,
        );
    }
}

/// The entries of every `crontab:` in a configuration.
fn entries(value: &Shape, crontab: Name) -> Vec<&Shape> {
    let mut found = Vec::new();
    let mut rest = vec![value];
    while let Some(shape) = rest.pop() {
        match shape {
            Shape::List(parts) | Shape::Tuple(parts) => rest.extend(parts),
            Shape::Keywords(pairs) => {
                for (key, value) in pairs {
                    match value {
                        Shape::List(entries) if *key == crontab => found.extend(entries),
                        _ => rest.push(value),
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// `{"@daily", Worker}`, `{"@daily", Worker, args: %{...}}`.
fn scheduled(project: &Project, entry: &Shape, args: Name, at: At, cx: &mut ProjectCx) {
    let Shape::Tuple(parts) = entry else { return };
    let (worker, options) = match parts.as_slice() {
        [Shape::String(_), Shape::Module(worker)] => (worker, None),
        [
            Shape::String(_),
            Shape::Module(worker),
            options @ Shape::Keywords(_),
        ] => (worker, options.get(args)),
        _ => return,
    };
    let given = match options {
        None => &[][..],
        Some(Shape::Map(given, false) | Shape::StringMap(given, false)) => given,
        Some(_) => return,
    };
    if let Some(worker) = project.find_module(*worker, at.file) {
        let given: Vec<_> = given.iter().map(|(key, it)| (*key, it)).collect();
        let place = (at, "the arguments of its entry in `crontab:`");
        check_job(project, worker, &given, place, cx);
    }
}

/// Whether a worker receives what its jobs are built with: it has no `new` of its own, and no schema.
fn takes_as_given(project: &Project, worker: ModuleId) -> bool {
    let new = project.name("new");
    let has_own = |arity| new.is_some_and(|it| project.find_function(worker, it, arity).is_some());
    let mut body = project.module(worker).body.calls.iter();
    let has_schema = body.any(|it| project.is(it.name, "args_schema"));
    is_worker(project, worker) && !has_own(1) && !has_own(2) && !has_schema
}

fn check_job(
    project: &Project,
    worker: ModuleId,
    given: &[(Name, &Shape)],
    place: (At, &str),
    cx: &mut ProjectCx,
) {
    if !takes_as_given(project, worker) {
        return;
    }
    let perform = project.name("perform");
    let Some(perform) = perform.and_then(|it| project.find_function(worker, it, 1)) else {
        return;
    };
    let mut nearest: Option<(ClauseId, Vec<Name>)> = None;
    for clause in project.clauses_of(perform) {
        let Some(wanted) = wanted(project, clause) else {
            return;
        };
        for (clause, pairs) in wanted {
            let unmet = unmet(project, given, pairs);
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
    }
    if let Some((clause, unmet)) = nearest {
        report(project, worker, place, clause, &unmet, cx);
    }
}

/// The keys that a pattern wants and the arguments do not have.
fn unmet(project: &Project, given: &[(Name, &Shape)], wanted: &[(Name, Shape)]) -> Vec<Name> {
    let is_met = |key: &Name, pattern: &Shape| {
        let given = given.iter().find(|(it, _)| it == key);
        given.is_some_and(|(_, it)| may_be(project, it, pattern))
    };
    let unmet = wanted.iter().filter(|(key, it)| !is_met(key, it));
    unmet.map(|(key, _)| *key).collect()
}

/// A clause, and the pairs that its pattern for the arguments asks for.
type Wanted<'p> = (ClauseId, &'p [(Name, Shape)]);

/// What a clause of `perform/1`, or the function that it hands the arguments over to, asks for; `None` where it may take
/// any arguments.
fn wanted(project: &Project, clause: ClauseId) -> Option<Vec<Wanted<'_>>> {
    let job = project.clause(clause).parameters.first()?;
    let args = job.get(project.name("args")?)?;
    match args {
        Shape::Variable(name) => handed_over(project, clause, *name),
        _ => Some(vec![(clause, pairs(args)?)]),
    }
}

fn pairs(pattern: &Shape) -> Option<&[(Name, Shape)]> {
    match pattern {
        Shape::StringMap(pairs, _) if !pairs.is_empty() => Some(pairs),
        _ => None,
    }
}

/// What a function of the module asks for that a clause always gives the arguments to.
fn handed_over(project: &Project, clause: ClauseId, args: Variable) -> Option<Vec<Wanted<'_>>> {
    let is_args = |it: &Shape| *it == Shape::Variable(args);
    let mut calls = project.calls_of(clause);
    let (id, place) = calls.find_map(|(id, call)| {
        let place = call.arguments.iter().position(is_args)?;
        let always = !call.is_conditional && !call.in_try && call.scope == Scope::CLAUSE;
        always.then_some((id, place))
    })?;
    let Target::Function { clauses, .. } = project.target(id) else {
        return None;
    };
    let asked = clauses.iter().map(|it| {
        let pattern = project.clause(*it).parameters.get(place)?;
        Some((*it, pairs(pattern)?))
    });
    asked.collect()
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
    (at, what): (At, &str),
    clause: ClauseId,
    unmet: &[Name],
    cx: &mut ProjectCx,
) {
    let keys: Vec<_> = unmet
        .iter()
        .map(|it| format!("`\"{}\"`", project.text(*it)))
        .collect();
    let worker = project.module_name(worker);
    let finding = cx.report(
        at.file,
        at.span,
        format!("no clause of `{worker}.perform/1` takes {what}"),
    );
    let head = project.at_clause(clause);
    finding.label_in(
        head.file,
        head.span,
        format!("this one wants {}", keys.join(", ")),
    );
    finding.help("name the arguments as the worker does");
}
