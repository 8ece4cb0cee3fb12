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
    let mut receivers = project.receivers(message.call, server, None);
    if receivers.next().is_some() || !receives(project, server, message.kind) {
        return;
    }
    let tagged = tagged(project, server, message.kind, sent.0);
    let is_known = confidence == Confidence::High || !tagged.is_empty();
    if is_known && (message.to.is_some() || is_given(project, message)) {
        report(project, server, message.call, message.kind, confidence, cx);
    }
}

/// Messages that a server sends itself while it handles others.
fn check_own(project: &Project, server: &Server, cx: &mut ProjectCx) {
    if !receives(project, server, ServerCall::Info) {
        return;
    }
    let mut told: FxHashSet<CallId> = FxHashSet::default();
    for (_, _, callback) in &server.callbacks {
        for message in project.runs(*callback).messages(project) {
            let call = message.call;
            let is_lost = message.kind == ServerCall::Info
                && project.module_of_clause(call.clause) != server.module
                && message.to_self
                && sent(project, message).is_some()
                && project.receivers(call, server, None).next().is_none();
            if is_lost && told.insert(call) {
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
    let near = tagged(project, server, kind, tag);
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
