use exlint_facts::{Callee, FileRole, Shape};
use exlint_project::{CallId, ClauseId};
use rustc_hash::FxHashSet;

use crate::{app::production, prelude::*};

/// Asks `Mix` at run time.
///
/// Mix is a build tool and is not part of a release. `Mix.env()` in a function works on the developer's machine and in
/// tests, and raises `UndefinedFunctionError` in production, when the function runs for the first time.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Mailer do
///   def enabled?, do: Mix.env() == :prod
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Mailer do
///   @env Mix.env()
///
///   def enabled?, do: @env == :prod
/// end
/// ```
///
/// Projects with an endpoint are also told of `Mix.Project` and `Mix.Task`. Silent in Mix tasks and in what only they
/// call, in macros, in functions that first ask whether Mix is there, and in projects that list `:mix` among their
/// applications.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Phoenix, confidence = High, scope = Project)]
pub struct MixAtRunTime {}

impl Rule for MixAtRunTime {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl MixAtRunTime {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        if ships_mix(project) {
            return;
        }
        let is_served = has_endpoint(project);
        check_configuration(project, cx);
        for clause in production(project) {
            let found = project.calls_of(clause).find(|(id, call)| {
                !call.in_try
                    && !call.is_capture
                    && project.external_module(*id).is_some_and(|it| {
                        needs_mix(it, (project.text(call.name), call.arity), is_served)
                    })
                    && !is_unquoted(project, *id)
            });
            let Some((call, _)) = found else { continue };
            let is_macro = project.function(project.function_of(clause)).is_macro;
            if is_macro || asks_for_mix(project, clause) || only_for_tasks(project, clause) {
                continue;
            }
            report(project, call, cx);
        }
    }
}

/// Whether the project is Mix itself, or lists `:mix` among its applications, so that releases have it.
fn ships_mix(project: &Project) -> bool {
    if project.modules().any(|it| project.module_name(it) == "Mix") {
        return true;
    }
    let (Some(key), Some(mix)) = (project.name("extra_applications"), project.name("mix")) else {
        return false;
    };
    let clauses = project.clauses();
    let mut tails = clauses.flat_map(|it| &project.code(it).tails);
    tails.any(|it| match it.shape.get(key) {
        Some(Shape::List(elements)) => elements.contains(&Shape::Atom(mix)),
        Some(shape) => !matches!(shape, Shape::Keywords(_)),
        None => false,
    })
}

/// `config/runtime.exs` is read when a release starts.
fn check_configuration(project: &Project, cx: &mut ProjectCx) {
    let mix = project.name("Mix");
    let is_read = |path: &str| path.ends_with("config/runtime.exs");
    for (id, file) in project.files().filter(|(_, it)| is_read(&it.path)) {
        let mut calls = file.top.calls.iter();
        let asks = calls.find(|it| {
            let is_mix = matches!(it.callee, Callee::Remote(module) if Some(module) == mix);
            is_mix && needs_mix("Mix", (project.text(it.name), it.arity), true)
        });
        if let Some(call) = asks {
            let name = project.text(call.name);
            cx.report(
                id,
                call.span,
                format!("`Mix.{name}/0` does not exist in a release, which reads this file"),
            )
            .help("ask `config_env()`");
        }
    }
}

/// Whether the project serves requests. Tools for developers, which run where Mix is, do not.
fn has_endpoint(project: &Project) -> bool {
    project.modules().any(|it| {
        project.role_of_module(it) == FileRole::Production
            && project.implements(it, "Phoenix.Endpoint")
    })
}

/// Whether a function asks Mix itself, which is not part of a release.
fn needs_mix(module: &str, (name, arity): (&str, u8), is_served: bool) -> bool {
    match module {
        "Mix" => matches!(name, "env" | "target") && arity == 0,
        "Mix.Project" => is_served && matches!(name, "config" | "app_path" | "deps_path"),
        "Mix.Task" => is_served && matches!(name, "run" | "rerun"),
        _ => false,
    }
}

/// Whether a call is made while the function is compiled: `unquote(Mix.env())`.
fn is_unquoted(project: &Project, id: CallId) -> bool {
    let span = project.call(id).span;
    let mut calls = project.calls_of(id.clause);
    calls.any(|(_, it)| it.span.contains(span) && project.is(it.name, "unquote"))
}

fn report(project: &Project, call: CallId, cx: &mut ProjectCx) {
    let at = project.at(call);
    cx.report(
        at.file,
        at.span,
        format!(
            "`{}` does not exist in a release",
            project.callee_text(call)
        ),
    )
    .help("read it when the module is compiled (`@env Mix.env()`), or from the configuration");
}

fn asks_for_mix(project: &Project, clause: ClauseId) -> bool {
    project.calls_of(clause).any(|(_, call)| {
        matches!(
            project.text(call.name),
            "ensure_loaded?" | "function_exported?" | "whereis" | "ensure_loaded"
        )
    })
}

/// Whether nothing but Mix tasks, macros and tests comes to the clause.
fn only_for_tasks(project: &Project, clause: ClauseId) -> bool {
    let mut seen = FxHashSet::from_iter([clause]);
    let mut open = vec![clause];
    let mut is_used = false;
    while let Some(clause) = open.pop() {
        let name = project.module_name(project.module_of_clause(clause));
        let is_macro = project.function(project.function_of(clause)).is_macro;
        if name.starts_with("Mix.") || is_macro || project.role_of(clause) != FileRole::Production {
            is_used = true;
            continue;
        }
        let callers: Vec<_> = project.callers(clause).iter().map(|it| it.clause).collect();
        if callers.is_empty() {
            return false;
        }
        open.extend(callers.into_iter().filter(|it| seen.insert(*it)));
    }
    is_used
}
