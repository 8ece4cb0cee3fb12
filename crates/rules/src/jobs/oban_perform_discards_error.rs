use exlint_facts::{Flow, Shape};
use exlint_project::{CallId, Target};

use crate::{
    app::{is_worker, production, repo_function},
    prelude::*,
};

/// A job drops the error of its work and reports success.
///
/// `perform/1` ends in `:ok`, although what it has done may have returned `{:error, reason}`: at most a line in the log
/// says so. Oban marks the job completed and does not try again.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.SyncWorker do
///   use Oban.Worker
///
///   @impl Oban.Worker
///   def perform(%Oban.Job{args: args}) do
///     case Shop.Crm.sync(args) do
///       {:ok, _} -> Logger.info("synced")
///       {:error, reason} -> Logger.error(inspect(reason))
///     end
///
///     :ok
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.SyncWorker do
///   use Oban.Worker
///
///   @impl Oban.Worker
///   def perform(%Oban.Job{args: args}), do: Shop.Crm.sync(args)
/// end
/// ```
///
/// Reported are a branch for `{:error, _}` whose value goes nowhere, or that ends with a line in the log, and a call
/// thrown away whose own code gives `{:error, _}`. Workers with `max_attempts: 1` are never retried and are left alone,
/// and so are branches that decide what to do, such as `{:cancel, reason}`.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Jobs, confidence = High, scope = Project)]
pub struct ObanPerformDiscardsError {}

impl Rule for ObanPerformDiscardsError {
    fn listen(on: &mut On<Self>) {
        on.defs(Self::check_branches);
        on.project(Self::check_calls);
    }
}

impl ObanPerformDiscardsError {
    fn check_branches(&self, def: Def, cx: &mut Cx) {
        if !super::is_perform(def) || tries_once(def) {
            return;
        }
        let Some(body) = def.body() else { return };
        if let Some(last) = body.last() {
            logged_branches(last, cx);
        }
        let ends_well = body.tails().iter().all(|it| it.node.tag() == Some("ok"));
        if !ends_well {
            return;
        }
        for step in body.expressions() {
            let control = piped_into(step);
            if step.is_discarded()
                && control.is_control()
                && matches!(control.name(), "case" | "with")
            {
                dropped_branches(control, body, cx);
            }
        }
    }

    fn check_calls(&self, project: &Project, cx: &mut ProjectCx) {
        for clause in production(project) {
            let module = project.module_of_clause(clause);
            let function = project.function(project.function_of(clause));
            if !project.is(function.name, "perform")
                || function.max_arity != 1
                || !is_worker(project, module)
                || once(project, module)
                || !succeeds(project, clause)
            {
                continue;
            }
            for (call, facts) in project.calls_of(clause) {
                if facts.flow != Flow::Discarded || !project.is_inline(call) || facts.in_loop {
                    continue;
                }
                let Some(error) = may_fail(project, call) else {
                    continue;
                };
                let at = project.at(call);
                let finding = cx.report(
                    at.file,
                    at.span,
                    format!(
                        "the job drops the result of `{}` and reports success",
                        project.callee_text(call)
                    ),
                );
                if let Some(error) = error {
                    finding.label_in(error.0, error.1, "the error comes from here");
                }
                finding.help("return it, or match `:ok` so that the job fails when it does");
            }
        }
    }
}

/// What a pipe ends with, or the expression itself.
fn piped_into(step: Node) -> Node {
    let pipe = Pipe::cast(step);
    pipe.and_then(|it| it.right()).unwrap_or(step)
}

/// Branches of the last expression for any error that end with a line in the log, of which the value is `:ok`.
fn logged_branches(last: Node, cx: &mut Cx) {
    let control = piped_into(last);
    let branches = match control.name() {
        "case" if control.is_control() => control.section(SectionKind::Do),
        "with" if control.is_control() => control.section(SectionKind::Else),
        _ => return,
    };
    for clause in branches.into_iter().flat_map(|it| it.clauses()) {
        let is_any_error = |it: &Node| match it.tuple().as_slice() {
            [tag, reason] => tag.is_atom("error") && reason.is(Kind::Var),
            _ => it.is_atom("error"),
        };
        let head = clause.head(0).filter(is_any_error);
        let log = clause.body().last().filter(|it| super::is_log(*it));
        let Some((head, log)) = head.zip(log) else {
            continue;
        };
        cx.report(head, "the job drops this error and reports success")
            .label(log, "logging gives `:ok`, and the job is marked completed")
            .help("end the branch with the error: it is kept, and the job is tried again");
    }
}

/// Branches for an error that do nothing but log.
fn dropped_branches(control: Node, body: Body, cx: &mut Cx) {
    let wanted = match control.name() {
        "with" => SectionKind::Else,
        _ => SectionKind::Do,
    };
    let Some(branches) = control.section(wanted) else {
        return;
    };
    for clause in branches.clauses() {
        let is_error = |it: &Node| {
            it.tag() == Some("error")
                || it.is(Kind::Var) && matches!(it.name(), "error" | "err" | "reason")
        };
        let Some(head) = clause.head(0).filter(is_error) else {
            continue;
        };
        let acts = clause.body().descendants().any(|it| {
            it.is(Kind::Call)
                && !super::is_log(it)
                && !matches!(it.name(), "inspect" | "to_string" | "message")
        });
        if acts {
            continue;
        }
        let finding = cx.report(head, "the job drops this error and reports success");
        if let Some(last) = body.last() {
            finding.label(last, "the job is marked completed, whatever happened");
        }
        finding.help(
            "make the branch the value of `perform/1`: `{:error, reason}` is kept and tried again",
        );
    }
}

/// `use Oban.Worker, max_attempts: 1`.
fn tries_once(def: Def) -> bool {
    let Some(module) = def.module() else {
        return true;
    };
    module.directives("use").any(|it| {
        it.option("max_attempts")
            .and_then(Node::integer)
            .is_some_and(|it| it == 1)
    })
}

fn once(project: &Project, module: exlint_project::ModuleId) -> bool {
    let Some(key) = project.name("max_attempts") else {
        return false;
    };
    let mut uses = project.module(module).uses.iter();
    uses.any(|it| it.argument.get(key) == Some(&Shape::Int(1)))
}

/// Whether every value of the clause is `:ok` or `{:ok, _}`.
fn succeeds(project: &Project, clause: exlint_project::ClauseId) -> bool {
    let tails = &project.code(clause).tails;
    !tails.is_empty()
        && tails.iter().all(|it| {
            project
                .value(clause, &it.shape)
                .tag()
                .is_some_and(|(tag, _)| project.is(tag, "ok"))
        })
}

/// Whether a call may give `{:error, _}`, with the place where its own code does.
fn may_fail(
    project: &Project,
    call: CallId,
) -> Option<Option<(exlint_findings::FileId, exlint_findings::Span)>> {
    if let Some(name) = repo_function(project, call) {
        let fails = matches!(name, "insert" | "update" | "delete" | "insert_or_update");
        return fails.then_some(None);
    }
    let Target::Function {
        clauses,
        certain: true,
        ..
    } = project.target(call)
    else {
        return None;
    };
    clauses.iter().find_map(|clause| {
        let tails = project.code(*clause).tails.iter();
        let mut errors = tails.filter(|it| {
            matches!(&it.shape, Shape::Tuple(_))
                && it
                    .shape
                    .tag()
                    .is_some_and(|(tag, _)| project.is(tag, "error"))
        });
        let file = project.file_of(*clause);
        errors.next().map(|it| Some((file, it.span)))
    })
}
