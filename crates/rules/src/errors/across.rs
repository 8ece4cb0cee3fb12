//! Handlers whose protected code reaches the outside in another file, and defaults for what is asked there.
//!
//! What one file shows is judged by the file rules (`swallow.rs`); here are the handlers that make no call of their own
//! and protect a call which, through other files, comes to talk to a database, a service, or the like.
use exlint_facts::{Fallback, Handler, Shape};
use exlint_findings::Finding;
use exlint_project::{CallId, ClauseId, Placement, Reach, Severity, SinkKind, Step, Target};

use super::ok_or_default::tells_errors;
use crate::prelude::*;

/// Longer ways are hardly what the author of the handler had in mind.
const MAX_DEPTH: u32 = 4;

/// What a handler gives as if nothing had happened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pretence {
    /// A value that looks like a result: `0`, `[]`, `{:ok, ...}`.
    Result,
    /// `:ok` or `nil`.
    Nothing,
}

/// A handler that hides what fails in other files.
pub(super) struct Hidden {
    pub clause: ClauseId,
    pub span: Span,
    pub value: String,
    /// From the protected call to the one that talks to the outside.
    steps: Vec<Step>,
    kind: SinkKind,
}

/// The handlers of production code that give this pretence.
pub(super) fn hidden(project: &Project, pretence: Pretence) -> Vec<Hidden> {
    let mut found = Vec::new();
    for clause in project.clauses() {
        let code = project.code(clause);
        if code.handlers.is_empty() || is_excused(project, clause) {
            continue;
        }
        for handler in &code.handlers {
            let Some((given, value)) = pretended(project, clause, handler) else {
                continue;
            };
            if given != pretence {
                continue;
            }
            if let Some((reach, steps)) = reached(project, clause, handler) {
                found.push(Hidden {
                    clause,
                    span: handler.span,
                    value,
                    steps,
                    kind: reach.kind,
                });
            }
        }
    }
    found
}

impl Hidden {
    /// Adds the way from the protected call to the outside.
    pub fn explain(&self, project: &Project, finding: &mut Finding) {
        explain(project, &self.steps, self.kind, finding);
    }
}

/// A default for whatever a function of another file does not say `{:ok, _}` to.
pub(super) struct Lost<'p> {
    pub clause: ClauseId,
    pub fallback: &'p Fallback,
    /// The call whose result is looked at.
    pub asked: CallId,
    steps: Vec<Step>,
    kind: SinkKind,
}

impl Lost<'_> {
    /// Adds the way from what is asked to the outside.
    pub fn explain(&self, project: &Project, finding: &mut Finding) {
        explain(project, &self.steps, self.kind, finding);
    }
}

/// The defaults of production code for what a service, a mail server or the like answers in another file.
pub(super) fn lost(project: &Project) -> Vec<Lost<'_>> {
    let mut found = Vec::new();
    for clause in project.clauses() {
        let fallbacks = &project.code(clause).fallbacks;
        if fallbacks.is_empty() || is_excused(project, clause) {
            continue;
        }
        for fallback in fallbacks {
            let Shape::Call(index) = fallback.subject else {
                continue;
            };
            let asked = CallId { clause, index };
            let nearest = asked_outside(project, asked)
                .into_iter()
                .min_by_key(|(it, _)| it.depth);
            if let Some((reach, steps)) = nearest {
                found.push(Lost {
                    clause,
                    fallback,
                    asked,
                    steps,
                    kind: reach.kind,
                });
            }
        }
    }
    found
}

/// The ways from a call through another file to one that returns what went wrong.
fn asked_outside(project: &Project, asked: CallId) -> Vec<(Reach, Vec<Step>)> {
    let Target::Function {
        clauses,
        certain: true,
        ..
    } = project.target(asked)
    else {
        return Vec::new();
    };
    let file = project.file_of(asked.clause);
    let ways = clauses.iter().flat_map(|called| {
        let reaches = project.reaches(*called).iter().filter(|it| counts(it));
        reaches.map(|it| (*called, *it))
    });
    let ways = ways.map(|(called, reach)| {
        let mut steps = vec![Step { call: asked }];
        steps.extend(project.path(called, &reach));
        (reach, steps)
    });
    let is_lost = |(reach, steps): &(Reach, Vec<Step>)| {
        let last = steps
            .last()
            .map(|it| project.text(project.call(it.call).name));
        reach.kind != SinkKind::Network
            && last.is_some_and(|it| tells_errors(it, reach.kind))
            && steps
                .iter()
                .any(|it| project.file_of(it.call.clause) != file)
            && !steps[1..].iter().any(|it| logs(project, it.call.clause))
    };
    ways.filter(is_lost).collect()
}

/// Whether a clause says in the log that something went wrong.
fn logs(project: &Project, clause: ClauseId) -> bool {
    let mut calls = project.calls_of(clause);
    calls.any(|(id, call)| {
        matches!(project.text(call.name), "error" | "warning" | "warn")
            && project.external_module(id) == Some("Logger")
    })
}

fn explain(project: &Project, steps: &[Step], kind: SinkKind, finding: &mut Finding) {
    for step in steps {
        let at = project.at(step.call);
        let callee = project.callee_text(step.call);
        let text = if Some(step) == steps.last() {
            format!(
                "`{callee}` talks to {}, which fails for many reasons",
                super::reach::counterpart(kind)
            )
        } else {
            format!("calls `{callee}`")
        };
        finding.label_in(at.file, at.span, text);
    }
}

/// Where the process is leaving, a person watches, or the question is whether something works.
fn is_excused(project: &Project, clause: ClauseId) -> bool {
    let function = project.function(project.function_of(clause));
    let name = project.text(function.name);
    let module = project.module_name(project.module_of_clause(clause));
    project.role_of(clause) != exlint_facts::FileRole::Production
        || name == "terminate"
        || name.ends_with('?')
        || module.starts_with("Mix.")
}

fn pretended(project: &Project, clause: ClauseId, handler: &Handler) -> Option<(Pretence, String)> {
    let is_decimal = |index: u32| project.is_to(CallId { clause, index }, "Decimal", "new", 1);
    if !handler.calls.clone().all(is_decimal) {
        return None;
    }
    let result = |text: &str| Some((Pretence::Result, text.to_owned()));
    let value = match &handler.value {
        Shape::Choice(values) if values.len() == 1 => &values[0],
        value => value,
    };
    match value {
        Shape::Int(0) => result("0"),
        Shape::Float => result("0.0"),
        Shape::List(elements) if elements.is_empty() => result("[]"),
        Shape::Map(pairs, false) if pairs.is_empty() => result("%{}"),
        Shape::String(text) if project.text(*text).is_empty() => result("\"\""),
        Shape::Atom(name) => match project.text(*name) {
            "false" => result("false"),
            name @ ("ok" | "nil") => {
                let written = if name == "ok" { ":ok" } else { "nil" };
                Some((Pretence::Nothing, written.to_owned()))
            }
            _ => None,
        },
        Shape::Tuple(elements) => match elements.first() {
            Some(Shape::Atom(tag)) if project.is(*tag, "ok") => result("{:ok, ...}"),
            _ => None,
        },
        Shape::Call(index) if is_decimal(*index) => result("a `Decimal`"),
        _ => None,
    }
}

/// The nearest way to the outside, if none of them shows in the file of the handler.
fn reached(project: &Project, clause: ClauseId, handler: &Handler) -> Option<(Reach, Vec<Step>)> {
    let file = project.file_of(clause);
    let code = project.code(clause);
    let mut nearest: Option<(Reach, Vec<Step>)> = None;
    for index in handler.protects.clone() {
        let id = CallId { clause, index };
        let call = code.calls.get(index as usize)?;
        if project.placement(clause, call.scope) != Placement::Inline {
            continue;
        }
        let Target::Function {
            clauses,
            certain: true,
            ..
        } = project.target(id)
        else {
            // The call itself may block: the file rules see that.
            if project.waits_at(id).is_some_and(|it| is_outside(it.kind)) {
                return None;
            }
            continue;
        };
        for called in clauses {
            for reach in project.reaches(*called).iter().filter(|it| counts(it)) {
                let mut steps = vec![Step { call: id }];
                steps.extend(project.path(*called, reach));
                if steps
                    .iter()
                    .all(|step| project.file_of(step.call.clause) == file)
                {
                    return None;
                }
                if nearest
                    .as_ref()
                    .is_none_or(|(it, _)| reach.depth < it.depth)
                {
                    nearest = Some((*reach, steps));
                }
            }
        }
    }
    nearest
}

fn counts(reach: &Reach) -> bool {
    reach.certain
        && reach.severity >= Severity::Medium
        && reach.depth < MAX_DEPTH
        && is_outside(reach.kind)
}

fn is_outside(kind: SinkKind) -> bool {
    matches!(
        kind,
        SinkKind::Http
            | SinkKind::Network
            | SinkKind::Db
            | SinkKind::Redis
            | SinkKind::Mail
            | SinkKind::Queue
            | SinkKind::ExternalCommand
            | SinkKind::Rpc
    )
}
