//! The messages of `unhandled-message` that come from other modules, or go to a process that a function is given.
use exlint_facts::{Name, Shape};
use exlint_findings::Confidence;
use exlint_project::{Behaviour, CallId, ClauseId, Message, Server, ServerCall};
use rustc_hash::FxHashSet;

use crate::prelude::*;

/// Modules that give their users no clauses which match messages.
const HARMLESS: &[&str] = &[
    "GenServer",
    "GenStage",
    "Agent",
    "Supervisor",
    "DynamicSupervisor",
];

/// What a module sends to itself is seen in its own file.
pub(super) fn check(project: &Project, cx: &mut ProjectCx) {
    for message in project.messages() {
        if !cx.covers(project.role_of(message.call.clause)) {
            continue;
        }
        let is_sent = matches!(message.kind, ServerCall::Call | ServerCall::Cast)
            && !names_own_module(project, message)
            && check_message(project, message, cx);
        if !is_sent && message.kind != ServerCall::Stop {
            check_passed(project, message, cx);
        }
    }
    for server in project.servers().iter().filter(|it| is_open(project, it)) {
        check_own(project, server, cx);
    }
}

/// Reports a message that nobody takes; says whether it did.
fn check_message(project: &Project, message: &Message, cx: &mut ProjectCx) -> bool {
    let own = project.module_of_clause(message.call.clause);
    let (server, confidence) = match message.to.and_then(|it| project.server(it)) {
        Some(server) => (Some(server), Confidence::High),
        // A client function of the server, given a process: mostly one of this server.
        None => (project.server(own), Confidence::Medium),
    };
    let Some(server) = server.filter(|it| is_open(project, it)) else {
        return false;
    };
    let Some((tag, _)) = sent(project, message) else {
        return false;
    };
    let receivers = project.receivers(message.call, server, None);
    if !receivers.is_empty() || !receives(project, server, message.kind) {
        return false;
    }
    let tagged = tagged(project, server, message.kind, tag);
    let is_known = confidence == Confidence::High || !tagged.is_empty();
    let is_lost = is_known && (message.to.is_some() || is_given(project, message));
    if is_lost && let Some(argument) = message.argument {
        let sent = &project.call(message.call).arguments[argument as usize];
        let sent = project.value(message.call.clause, sent);
        let lost = Lost {
            way: &[message.call],
            sent,
            kind: message.kind,
            confidence,
        };
        report(project, server, &lost, cx);
    }
    is_lost
}

/// Messages that are made by those who call the function around the sending call.
fn check_passed(project: &Project, message: &Message, cx: &mut ProjectCx) {
    let own = project.module_of_clause(message.call.clause);
    let mut told: FxHashSet<CallId> = FxHashSet::default();
    for passed in project.passed(message) {
        let Some((tag, _)) = passed.message.tag() else {
            continue;
        };
        let named = passed.to.or(message.to.filter(|_| message.to_singleton));
        let (server, confidence) = match named {
            Some(named) => (project.server(named), Confidence::High),
            // What a server sends to itself, `check_own` knows.
            None if message.kind == ServerCall::Info => (None, Confidence::Medium),
            None => (project.server(own), Confidence::Medium),
        };
        let Some(server) = server.filter(|it| is_open(project, it)) else {
            continue;
        };
        let is_known = confidence == Confidence::High
            || !tagged(project, server, message.kind, tag).is_empty();
        let is_lost = is_known
            && receives(project, server, message.kind)
            && project
                .taking(server, message.kind, &passed.message)
                .is_empty();
        if is_lost && told.insert(passed.way[0]) {
            let lost = Lost {
                way: &passed.way,
                sent: &passed.message,
                kind: message.kind,
                confidence,
            };
            report(project, server, &lost, cx);
        }
    }
}

/// Messages that a server sends itself while it handles others.
fn check_own(project: &Project, server: &Server, cx: &mut ProjectCx) {
    if !receives(project, server, ServerCall::Info) {
        return;
    }
    let mut told: FxHashSet<CallId> = FxHashSet::default();
    let mut run: FxHashSet<ClauseId> = FxHashSet::default();
    let mut sending: Vec<CallId> = Vec::new();
    for (_, _, callback) in &server.callbacks {
        let runs = project.runs(*callback);
        run.extend(&runs.clauses);
        let sent = runs.messages(project);
        let sent =
            sent.filter(|it| it.kind == ServerCall::Info && (it.to_self || is_given(project, it)));
        sending.extend(sent.map(|it| it.call));
    }
    sending.sort();
    sending.dedup();
    for message in sending.iter().filter_map(|it| project.message(*it)) {
        let call = message.call;
        let is_elsewhere = project.module_of_clause(call.clause) != server.module;
        if is_elsewhere
            && message.to_self
            && sent(project, message).is_some()
            && project.receivers(call, server, None).is_empty()
        {
            told.insert(call);
            let sent = message
                .argument
                .map(|it| &project.call(call).arguments[it as usize]);
            let sent = sent.map_or(&Shape::Unknown, |it| project.value(call.clause, it));
            report_own(project, server, &[call], sent, cx);
            continue;
        }
        for passed in project.passed(message) {
            let is_lost = (message.to_self || passed.to_self)
                && run.contains(&passed.way[0].clause)
                && passed.message.tag().is_some()
                && passed.way.iter().all(|it| project.is_inline(*it))
                && project
                    .taking(server, ServerCall::Info, &passed.message)
                    .is_empty();
            if is_lost && told.insert(passed.way[0]) {
                report_own(project, server, &passed.way, &passed.message, cx);
            }
        }
    }
}

fn report_own(
    project: &Project,
    server: &Server,
    way: &[CallId],
    sent: &Shape,
    cx: &mut ProjectCx,
) {
    let lost = Lost {
        way,
        sent,
        kind: ServerCall::Info,
        confidence: Confidence::High,
    };
    report(project, server, &lost, cx);
}

/// Whether the receiver is the module around the call.
fn names_own_module(project: &Project, message: &Message) -> bool {
    let receiver = project
        .call(message.call)
        .arguments
        .get(message.receiver as usize);
    let own = project
        .module(project.module_of_clause(message.call.clause))
        .name;
    receiver.and_then(|it| project.module_value(message.call.clause, it)) == Some(own)
}

/// Whether all that receives messages is there to be read.
pub(super) fn is_open(project: &Project, server: &Server) -> bool {
    let traits = project.traits(server.module);
    matches!(server.behaviour, Behaviour::GenServer | Behaviour::GenStage)
        && traits.injected.is_empty()
        && traits
            .uses
            .iter()
            .all(|it| HARMLESS.contains(&project.text(*it)))
}

/// The tag of the message, and how many elements it has.
fn sent(project: &Project, message: &Message) -> Option<(Name, usize)> {
    let argument = message.argument?;
    let sent = project
        .call(message.call)
        .arguments
        .get(argument as usize)?;
    project.value(message.call.clause, sent).tag()
}

/// Whether the receiver is a parameter of the function around the call.
fn is_given(project: &Project, message: &Message) -> bool {
    let receiver = project
        .call(message.call)
        .arguments
        .get(message.receiver as usize);
    receiver.is_some_and(|it| matches!(project.value(message.call.clause, it), Shape::Parameter(_)))
}

/// Whether there is any clause for messages of this kind.
fn receives(project: &Project, server: &Server, kind: ServerCall) -> bool {
    let callback = kind.callback();
    callback.is_some_and(|(name, arity)| server.clauses(project, name, arity).next().is_some())
}

/// The clauses for messages of this kind and tag, whatever else they match.
fn tagged<'s>(
    project: &Project,
    server: &'s Server,
    kind: ServerCall,
    tag: Name,
) -> &'s [ClauseId] {
    let callback = kind.callback();
    callback.map_or(&[], |it| server.clauses_tagged(project, it, tag))
}

/// A message that nobody takes.
struct Lost<'l> {
    /// From the call that makes it to the one that sends it.
    way: &'l [CallId],
    sent: &'l Shape,
    kind: ServerCall,
    confidence: Confidence,
}

fn report(project: &Project, server: &Server, lost: &Lost, cx: &mut ProjectCx) {
    let (Some((tag, _)), Some((callback, arity))) = (lost.sent.tag(), lost.kind.callback()) else {
        return;
    };
    let [made, passed @ ..] = lost.way else {
        return;
    };
    let text = project.message_text(made.clause, lost.sent);
    let module = project.module_name(server.module);
    let at = project.at(*made);
    let message = format!("no clause of `{callback}/{arity}` in `{module}` matches `{text}`");
    let finding = cx.report(at.file, at.span, message);
    finding.confidence = finding.confidence.min(lost.confidence);
    for (call, nth) in passed.iter().zip(1..) {
        let at = project.at(*call);
        let text = match nth == passed.len() {
            true => "sent here",
            false => "passed on here",
        };
        finding.label_in(at.file, at.span, text);
    }
    let near = tagged(project, server, lost.kind, tag);
    let shown: Vec<ClauseId> = match near {
        [] => server.clauses(project, callback, arity).take(3).collect(),
        near => near.iter().take(3).copied().collect(),
    };
    for clause in shown {
        let at = project.at_clause(clause);
        finding.label_in(at.file, at.span, "does not match");
    }
    finding.help("send what a clause matches, or add the clause");
}
