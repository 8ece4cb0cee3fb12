//! The messages of `unhandled-message` that come from other modules, or go to a process that a function is given.
use exlint_facts::{Name, Shape};
use exlint_findings::Confidence;
use exlint_project::{Behaviour, CallId, ClauseId, Message, Server, ServerCall};

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
        if matches!(message.kind, ServerCall::Call | ServerCall::Cast)
            && cx.covers(project.role_of(message.call.clause))
            && !names_own_module(project, message)
        {
            check_message(project, message, cx);
        }
    }
    for server in project.servers().iter().filter(|it| is_open(project, it)) {
        check_own(project, server, cx);
    }
}

fn check_message(project: &Project, message: &Message, cx: &mut ProjectCx) {
    let own = project.module_of_clause(message.call.clause);
    let (server, confidence) = match message.to.and_then(|it| project.server(it)) {
        Some(server) => (Some(server), Confidence::High),
        // A client function of the server, given a process: mostly one of this server.
        None => (project.server(own), Confidence::Medium),
    };
    let Some(server) = server.filter(|it| is_open(project, it)) else {
        return;
    };
    let Some(sent) = sent(project, message) else {
        return;
    };
    let clauses = clauses(project, server, message.kind);
    if clauses.is_empty() || !project.receivers(message.call, server, None).is_empty() {
        return;
    }
    let same_tag = |it: &&ClauseId| tag_of(project, **it) == Some(sent.0);
    let is_known = confidence == Confidence::High || clauses.iter().any(|it| same_tag(&it));
    if is_known && (message.to.is_some() || is_given(project, message)) {
        report(project, server, message.call, message.kind, confidence, cx);
    }
}

/// Messages that a server sends itself while it handles others.
fn check_own(project: &Project, server: &Server, cx: &mut ProjectCx) {
    if clauses(project, server, ServerCall::Info).is_empty() {
        return;
    }
    let mut told: Vec<CallId> = Vec::new();
    for (_, _, callback) in &server.callbacks {
        for message in project.runs(*callback).messages(project) {
            let call = message.call;
            let is_lost = message.kind == ServerCall::Info
                && project.module_of_clause(call.clause) != server.module
                && message.to_self
                && sent(project, message).is_some()
                && project.receivers(call, server, None).is_empty();
            if is_lost && !told.contains(&call) {
                told.push(call);
                report(
                    project,
                    server,
                    call,
                    ServerCall::Info,
                    Confidence::High,
                    cx,
                );
            }
        }
    }
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
fn is_open(project: &Project, server: &Server) -> bool {
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

fn tag_of(project: &Project, clause: ClauseId) -> Option<Name> {
    Some(project.clause(clause).parameters.first()?.tag()?.0)
}

/// Whether the receiver is a parameter of the function around the call.
fn is_given(project: &Project, message: &Message) -> bool {
    let receiver = project
        .call(message.call)
        .arguments
        .get(message.receiver as usize);
    receiver.is_some_and(|it| matches!(project.value(message.call.clause, it), Shape::Parameter(_)))
}

fn clauses(project: &Project, server: &Server, kind: ServerCall) -> Vec<ClauseId> {
    let Some((callback, arity)) = kind.callback() else {
        return Vec::new();
    };
    server.clauses(project, callback, arity).collect()
}

fn report(
    project: &Project,
    server: &Server,
    call: CallId,
    kind: ServerCall,
    confidence: Confidence,
    cx: &mut ProjectCx,
) {
    let Some(message) = project.message(call) else {
        return;
    };
    let (Some((tag, _)), Some((callback, arity))) = (sent(project, message), kind.callback())
    else {
        return;
    };
    let argument = message
        .argument
        .map(|it| &project.call(call).arguments[it as usize]);
    let text = argument.map_or("_".to_owned(), |it| project.message_text(call.clause, it));
    let module = project.module_name(server.module);
    let at = project.at(call);
    let message = format!("no clause of `{callback}/{arity}` in `{module}` matches `{text}`");
    let finding = cx.report(at.file, at.span, message);
    finding.confidence = finding.confidence.min(confidence);
    let clauses = clauses(project, server, kind);
    let near = clauses
        .iter()
        .filter(|it| tag_of(project, **it) == Some(tag));
    let shown: Vec<&ClauseId> = near.collect();
    let shown = if shown.is_empty() {
        clauses.iter().collect()
    } else {
        shown
    };
    for clause in shown.into_iter().take(3) {
        let at = project.at_clause(*clause);
        finding.label_in(at.file, at.span, "does not match");
    }
    finding.help("send what a clause matches, or add the clause");
}
