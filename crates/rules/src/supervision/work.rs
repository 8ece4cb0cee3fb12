//! What the function that a new process runs does: work that must not get lost, watching another process, a loop that
//! is meant to stay, or a line in the log.
use exlint_facts::{CallFacts, Flow, Scope, Shape};
use exlint_project::{Body, CallId, ClauseId, Reach, SinkKind, Target};

use rustc_hash::FxHashMap;

use crate::prelude::*;

/// How deep into the functions that a process runs is looked for loops and watching.
const DEPTH: usize = 3;

/// Work with an effect outside the node that is lost when the process dies: the nearest of its blocking calls.
pub(crate) fn lasting_work(project: &Project, bodies: &[Body]) -> Option<(Body, Reach)> {
    let is_lasting = |kind| {
        matches!(
            kind,
            SinkKind::Http
                | SinkKind::Db
                | SinkKind::Mail
                | SinkKind::Redis
                | SinkKind::Queue
                | SinkKind::Network
        )
    };
    let reaches = bodies
        .iter()
        .flat_map(|body| project.reaches_in(*body).into_iter().map(|it| (*body, it)));
    reaches
        .filter(|(_, it)| is_lasting(it.kind) && it.certain)
        .min_by_key(|(_, it)| it.depth)
}

/// What is known of the functions that processes run: many processes run the same.
#[derive(Default)]
pub(crate) struct Known {
    watching: FxHashMap<(Body, usize), bool>,
    looping: FxHashMap<(Body, usize), Option<ClauseId>>,
}

impl Known {
    /// Whether a process watches another one, traps exits on behalf of somebody, or ends after a time by itself: none of
    /// which a supervisor could do for it.
    pub fn is_watching(&mut self, project: &Project, bodies: &[Body]) -> bool {
        bodies.iter().any(|it| self.watches(project, *it, 1))
    }

    fn watches(&mut self, project: &Project, body: Body, depth: usize) -> bool {
        if let Some(known) = self.watching.get(&(body, depth)) {
            return *known;
        }
        let watches = watches(project, body)
            || depth > 0
                && project
                    .bodies_below(body, 1)
                    .into_iter()
                    .skip(1)
                    .any(|it| self.watches(project, it, depth - 1));
        self.watching.insert((body, depth), watches);
        watches
    }

    /// The function in which the process receives messages, or sleeps, and then starts over, for ever: the nearest.
    pub fn message_loop(&mut self, project: &Project, bodies: &[Body]) -> Option<ClauseId> {
        let mut nearest = bodies
            .iter()
            .flat_map(|body| (0..=DEPTH).map(move |depth| (*body, depth)));
        nearest.find_map(|(body, depth)| self.loops(project, body, depth))
    }

    /// The loop that a body leads to with as many calls as `depth`.
    fn loops(&mut self, project: &Project, body: Body, depth: usize) -> Option<ClauseId> {
        if let Some(known) = self.looping.get(&(body, depth)) {
            return *known;
        }
        let found = match depth {
            0 => (body.scope == Scope::CLAUSE && starts_over(project, body.clause))
                .then_some(body.clause),
            _ => project
                .bodies_below(body, 1)
                .into_iter()
                .skip(1)
                .find_map(|it| self.loops(project, it, depth - 1)),
        };
        self.looping.insert((body, depth), found);
        found
    }
}

fn watches(project: &Project, body: Body) -> bool {
    let mut calls = project.calls_in(body);
    calls.any(
        |(id, call)| match project.external_name(id).unwrap_or_default().as_str() {
            "Process.monitor" | ":erlang.monitor" | "Process.hibernate" => true,
            "Process.flag" => project
                .value(id.clause, &call.arguments[0])
                .atom()
                .is_some_and(|it| project.is(it, "trap_exit")),
            "Kernel.receive" => !waits_for_ever(project, id, call),
            _ => false,
        },
    )
}

fn waits_for_ever(project: &Project, id: CallId, receive: &CallFacts) -> bool {
    let timeout = receive
        .arguments
        .first()
        .map(|it| project.value(id.clause, it));
    timeout
        .and_then(Shape::atom)
        .is_some_and(|it| project.is(it, "infinity"))
}

fn starts_over(project: &Project, clause: ClauseId) -> bool {
    let own = project.function_of(clause);
    let again = |(id, call): &(CallId, &CallFacts)| {
        call.flow == Flow::Returned
            && call.scope == Scope::CLAUSE
            && matches!(project.target(*id), Target::Function { function, .. } if *function == own)
    };
    let ways = project.calls_of(clause).filter(again).count();
    if ways == 0 {
        return false;
    }
    let always = project.code(clause).tails.len() == ways;
    project.calls_of(clause).any(|(id, call)| {
        match project.external_name(id).unwrap_or_default().as_str() {
            "Kernel.receive" => always || waits_for_ever(project, id, call),
            "Process.sleep" | ":timer.sleep" => always,
            _ => false,
        }
    })
}

/// Whether the process only writes to the log, or emits measurements.
pub(crate) fn is_only_logging(project: &Project, bodies: &[Body]) -> bool {
    const QUIET: &[&str] = &["Logger.", ":telemetry.", "IO.", ":logger."];
    const PURE: &[&str] = &["Kernel.", "String.", "Map.", "Process.info", "System."];
    let mut calls = bodies.iter().flat_map(|it| project.calls_in(*it));
    let mut logs = false;
    let quiet = calls.all(|(id, _)| {
        let name = project.external_name(id).unwrap_or_default();
        let is_log = QUIET.iter().any(|it| name.starts_with(it));
        logs |= is_log;
        is_log || PURE.iter().any(|it| name.starts_with(it))
    });
    quiet && logs
}

/// Whether a clause runs in a command that ends with its work: a Mix task, a script, a release command, `main/1`.
pub(crate) fn is_command(project: &Project, clause: ClauseId) -> bool {
    let module = project.module_name(project.module_of_clause(clause));
    let function = project.function_of_clause(clause);
    module.starts_with("Mix.")
        || module.ends_with(".Release")
        || module.ends_with(".CLI")
        || project.is(function.name, "main") && function.max_arity <= 1
}

/// Labels the calls from a body to what it waits for; the last one says `last`.
pub(crate) fn label_path(
    project: &Project,
    finding: &mut exlint_findings::Finding,
    body: Body,
    reach: &Reach,
    last: &str,
) {
    let steps = project.path(body.clause, reach);
    for (step, nth) in steps.iter().zip(1..) {
        let at = project.at(step.call);
        let callee = project.callee_text(step.call);
        let text = if nth == steps.len() {
            format!("`{callee}` {last}")
        } else {
            format!("calls `{callee}`")
        };
        finding.label_in(at.file, at.span, text);
    }
}
