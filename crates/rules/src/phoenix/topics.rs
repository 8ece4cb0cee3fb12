//! Topics of PubSub: where they are subscribed to, and where something is sent to them.
use exlint_facts::{CallFacts, Callee, Shape};
use exlint_project::{At, CallId, ClauseId, Project, Target};

use crate::app::last_segment;

/// How many helpers are followed to a topic's text.
const MAX_DEPTH: usize = 3;

/// Functions of `Phoenix.PubSub`, endpoints and channels that send to all who subscribed.
pub(crate) const BROADCASTS: &[&str] = &[
    "broadcast",
    "broadcast!",
    "broadcast_from",
    "broadcast_from!",
    "direct_broadcast",
    "direct_broadcast!",
    "local_broadcast",
    "local_broadcast_from",
];

/// Functions that make a process receive what is sent to a topic.
pub(crate) const SUBSCRIBES: &[&str] = &["subscribe", "track"];

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    Exact(String),
    /// A text that begins so.
    Prefix(String),
    Unknown,
}

impl Topic {
    /// Whether both may be the same text.
    pub fn may_be(&self, other: &Topic) -> bool {
        match (self, other) {
            (Topic::Exact(one), Topic::Exact(other)) => one == other,
            (Topic::Exact(text), Topic::Prefix(prefix))
            | (Topic::Prefix(prefix), Topic::Exact(text)) => text.starts_with(prefix.as_str()),
            (Topic::Prefix(one), Topic::Prefix(other)) => {
                one.starts_with(other.as_str()) || other.starts_with(one.as_str())
            }
            (Topic::Unknown, _) | (_, Topic::Unknown) => true,
        }
    }

    pub fn text(&self) -> String {
        match self {
            Topic::Exact(text) => text.clone(),
            Topic::Prefix(text) => format!("{text}..."),
            Topic::Unknown => "...".to_owned(),
        }
    }
}

/// Where a topic is used.
pub(super) struct Use {
    pub topic: Topic,
    pub call: CallId,
}

#[derive(Default)]
pub(super) struct Topics {
    pub subscribed: Vec<Use>,
    pub sent: Vec<Use>,
    /// What channels serve: `channel "room:*", ...`.
    pub channels: Vec<Topic>,
    /// Whether a library sends to topics of its own making: `pub_sub do` of Ash.
    pub has_other_senders: bool,
}

impl Topics {
    pub fn of(project: &Project) -> Self {
        let mut topics = Self::default();
        let names = [BROADCASTS, SUBSCRIBES].concat();
        for (id, call) in project.calls_named(&names) {
            if let Some(argument) = subscription(project, id, call) {
                add(project, id, argument, &mut topics.subscribed);
            } else if let Some(argument) = sending(project, id, call) {
                add(project, id, argument, &mut topics.sent);
            }
        }
        for module in project.modules() {
            let calls = project.module(module).body.calls.iter();
            let channels = calls.filter(|it| project.is(it.name, "channel"));
            topics
                .channels
                .extend(channels.filter_map(|it| served(project, it)));
            let mut calls = project.module(module).body.calls.iter();
            topics.has_other_senders |= calls.any(|it| project.is(it.name, "pub_sub"));
        }
        topics
    }

    pub fn at(project: &Project, used: &Use) -> At {
        project.at(used.call)
    }
}

/// The topic of `channel "room:*", RoomChannel`.
fn served(project: &Project, call: &CallFacts) -> Option<Topic> {
    let Some(Shape::String(text)) = call.arguments.first() else {
        return None;
    };
    let text = project.text(*text);
    Some(match text.strip_suffix('*') {
        Some(prefix) => Topic::Prefix(prefix.to_owned()),
        None => Topic::Exact(text.to_owned()),
    })
}

/// The argument of a subscription that is the topic.
fn subscription(project: &Project, id: CallId, call: &CallFacts) -> Option<usize> {
    match project.text(call.name) {
        "subscribe" if is_pubsub(project, id) => Some(1),
        "subscribe" if is_endpoint(project, call) => Some(0),
        _ => None,
    }
}

/// The argument of a call that sends to a topic.
fn sending(project: &Project, id: CallId, call: &CallFacts) -> Option<usize> {
    match project.text(call.name) {
        "broadcast" | "broadcast!" | "local_broadcast" if is_pubsub(project, id) => Some(1),
        "direct_broadcast"
        | "direct_broadcast!"
        | "broadcast_from"
        | "broadcast_from!"
        | "local_broadcast_from"
            if is_pubsub(project, id) =>
        {
            Some(2)
        }
        "broadcast" | "broadcast!" | "local_broadcast" if is_endpoint(project, call) => Some(0),
        "broadcast_from" | "broadcast_from!" | "local_broadcast_from"
            if is_endpoint(project, call) =>
        {
            Some(1)
        }
        "track" if call.arity == 4 => is_presence(project, call).then_some(1),
        _ => None,
    }
}

fn is_pubsub(project: &Project, id: CallId) -> bool {
    project.external_module(id) == Some("Phoenix.PubSub")
}

fn is_endpoint(project: &Project, call: &CallFacts) -> bool {
    matches!(&call.callee, Callee::Remote(module)
        if last_segment(project.text(*module)) == "Endpoint")
}

fn is_presence(project: &Project, call: &CallFacts) -> bool {
    matches!(&call.callee, Callee::Remote(module)
        if last_segment(project.text(*module)).contains("Presence"))
}

/// The topic that a call is given, where it is one and known.
pub(crate) fn topic_of(project: &Project, id: CallId, argument: usize) -> Option<Topic> {
    let shape = project.call(id).arguments.get(argument)?;
    let topics = topics(project, id.clause, shape, MAX_DEPTH);
    let (first, others) = topics.split_first()?;
    let is_one = *first != Topic::Unknown && others.iter().all(|it| it == first);
    is_one.then(|| first.clone())
}

fn add(project: &Project, id: CallId, argument: usize, into: &mut Vec<Use>) {
    let Some(shape) = project.call(id).arguments.get(argument) else {
        return;
    };
    for topic in topics(project, id.clause, shape, MAX_DEPTH) {
        into.push(Use { topic, call: id });
    }
}

/// What a topic may be: through helpers that make it, and through functions that are given it.
fn topics(project: &Project, clause: ClauseId, shape: &Shape, depth: usize) -> Vec<Topic> {
    match project.value(clause, shape) {
        Shape::String(text) => vec![Topic::Exact(project.text(*text).to_owned())],
        Shape::Prefix(text) if !project.text(*text).is_empty() => {
            vec![Topic::Prefix(project.text(*text).to_owned())]
        }
        Shape::Choice(shapes) if depth > 0 => shapes
            .iter()
            .flat_map(|it| topics(project, clause, it, depth - 1))
            .collect(),
        Shape::Call(index) if depth > 0 => made(
            project,
            CallId {
                clause,
                index: *index,
            },
            depth - 1,
        ),
        Shape::Parameter(nth) if depth > 0 => given(project, clause, *nth, depth - 1),
        _ => vec![Topic::Unknown],
    }
}

/// The topic that a helper gives.
fn made(project: &Project, id: CallId, depth: usize) -> Vec<Topic> {
    let call = project.call(id);
    match project.target(id) {
        Target::Function { clauses, .. } if !clauses.is_empty() => clauses
            .iter()
            .flat_map(|clause| {
                let tails = project.code(*clause).tails.iter();
                tails.map(move |it| (*clause, &it.shape))
            })
            .flat_map(|(clause, shape)| topics(project, clause, shape, depth))
            .collect(),
        _ => {
            let module = call.arguments.first().and_then(Shape::module);
            match (project.text(call.name), module) {
                ("inspect", Some(module)) => {
                    vec![Topic::Exact(project.text(module).to_owned())]
                }
                ("to_string", Some(module)) => {
                    vec![Topic::Exact(format!("Elixir.{}", project.text(module)))]
                }
                _ => vec![Topic::Unknown],
            }
        }
    }
}

/// The topics that the callers of a function give it.
fn given(project: &Project, clause: ClauseId, nth: u8, depth: usize) -> Vec<Topic> {
    let callers = project.callers(clause);
    let mut found = Vec::new();
    for caller in callers {
        match project.call(*caller).arguments.get(nth as usize) {
            Some(shape) => found.extend(topics(project, caller.clause, shape, depth)),
            None => found.push(Topic::Unknown),
        }
    }
    if found.is_empty() {
        found.push(Topic::Unknown);
    }
    found
}
