use exlint_facts::{Name, Shape};
use exlint_project::{At, CallId, NameSet};
use rustc_hash::{FxHashMap, FxHashSet};

use super::names::{addressed_arguments, via, via_in, walk};
use crate::prelude::*;

/// Addresses a registry, task supervisor or the like by a name that nothing in the project starts.
///
/// A call to a process that is not there exits with `:noproc`, or raises `ArgumentError` for a registry: a misspelt
/// name, or a child that was taken out of the tree, is found the first time the line runs.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Application do
///   use Application
///
///   def start(_type, _args) do
///     children = [{Task.Supervisor, name: Shop.Tasks}]
///     Supervisor.start_link(children, strategy: :one_for_one)
///   end
///
///   def later(fun), do: Task.Supervisor.start_child(Shop.TaskSupervisor, fun)
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
///     children = [{Task.Supervisor, name: Shop.Tasks}]
///     Supervisor.start_link(children, strategy: :one_for_one)
///   end
///
///   def later(fun), do: Task.Supervisor.start_child(Shop.Tasks, fun)
/// end
/// ```
///
/// A name that is mentioned anywhere else as a value, in code or configuration, is taken to be started there. Names of
/// other applications are left alone, and so are libraries, whose users start what they are told to.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = High, scope = Project)]
#[serde(default)]
pub struct UndeclaredSupervisedName {}

impl Rule for UndeclaredSupervisedName {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl UndeclaredSupervisedName {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        if project.tree().applications.is_empty() {
            return;
        }
        let mut uses: FxHashMap<Name, Vec<At>> = FxHashMap::default();
        let addressed = addressed_arguments(project);
        for (id, call) in project.calls() {
            if !cx.covers(project.role_of(id.clause)) {
                continue;
            }
            let mut names = Vec::new();
            names.extend(addressed.get(&id).map(|(name, _)| *name));
            via(project, call, &mut names);
            for name in names {
                uses.entry(name).or_default().push(project.at(id));
            }
        }
        for clause in project
            .clauses()
            .filter(|it| cx.covers(project.role_of(*it)))
        {
            for tail in &project.code(clause).tails {
                let mut names = Vec::new();
                via_in(project, &tail.shape, &mut names);
                let file = project.file_of(clause);
                let span = tail.span;
                for name in names {
                    uses.entry(name).or_default().push(At { file, span });
                }
            }
        }
        let modules: NameSet = project
            .modules()
            .map(|it| project.module(it).name)
            .collect();
        let own = namespaces(project);
        uses.retain(|name, _| !modules.contains(*name) && own.contains(root(project.text(*name))));
        if uses.is_empty() {
            return;
        }
        let known = mentioned(project, &addressed);
        let missing = uses.into_iter().filter(|(name, _)| !known.contains(*name));
        let mut missing: Vec<_> = missing.collect();
        missing.sort_by_key(|(name, _)| *name);
        for (name, mut places) in missing {
            places.sort_by_key(|it| (it.file, it.span.start));
            places.dedup();
            report(project, name, &places, cx);
        }
    }
}

fn root(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// The first segments of the names of the applications.
fn namespaces(project: &Project) -> FxHashSet<&str> {
    let applications = project.tree().applications.iter();
    applications
        .map(|it| root(project.module_name(it.module)))
        .collect()
}

/// The names that stand anywhere as a value, but not as the process that a call addresses.
fn mentioned(project: &Project, addressed: &FxHashMap<CallId, (Name, usize)>) -> NameSet {
    let mut known = NameSet::default();
    let mut add = |shape: &Shape| {
        if let Shape::Module(name) | Shape::Atom(name) = shape {
            known.insert(*name);
        }
    };
    for clause in project.clauses() {
        for (id, call) in project.calls_of(clause) {
            let skipped = addressed.get(&id).map(|(_, nth)| *nth);
            for (argument, nth) in call.arguments.iter().zip(0..) {
                if skipped != Some(nth) {
                    walk(argument, &mut add);
                }
            }
        }
        project
            .code(clause)
            .results()
            .for_each(|it| walk(it, &mut add));
    }
    for (_, file) in project.files() {
        file.top.values().for_each(|it| walk(it, &mut add));
        for module in &file.modules {
            module.body.values().for_each(|it| walk(it, &mut add));
            module
                .uses
                .iter()
                .for_each(|it| walk(&it.argument, &mut add));
        }
    }
    for supervisor in &project.tree().supervisors {
        known.extend(supervisor.children.iter().filter_map(|it| it.child()?.name));
    }
    known
}

fn report(project: &Project, name: Name, places: &[At], cx: &mut ProjectCx) {
    let Some(first) = places.first() else { return };
    let name = project.text(name);
    let finding = cx.report(
        first.file,
        first.span,
        format!("`{name}` is addressed here, and nothing in the project starts it"),
    );
    for at in &places[1..] {
        finding.label_in(at.file, at.span, "and here");
    }
    finding.help(format!(
        "start it under a supervisor with `name: {name}`, or correct the name"
    ));
}
