use exlint_facts::{Name, Shape};
use exlint_project::{Behaviour, CallId, Server, Witnesses};

use super::liveview_subscribe_unconnected::subscribes;
use crate::{
    app::tell,
    ecto::is_broadcast,
    phoenix::topics::{BROADCASTS, Topic, topic_of},
    prelude::*,
};

/// Subscribes to messages that the LiveView does not handle.
///
/// A LiveView without `handle_info/2` drops what it has subscribed to, and the page never changes. One whose clauses
/// do not match a message crashes on it: the user's form is emptied, and everybody on the page reconnects at the same
/// time, because all of them have received the same broadcast.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.OrdersLive do
///   use Phoenix.LiveView
///
///   def mount(_params, _session, socket) do
///     if connected?(socket), do: Phoenix.PubSub.subscribe(Shop.PubSub, "orders")
///     {:ok, socket}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule ShopWeb.OrdersLive do
///   use Phoenix.LiveView
///
///   def mount(_params, _session, socket) do
///     if connected?(socket), do: Phoenix.PubSub.subscribe(Shop.PubSub, "orders")
///     {:ok, socket}
///   end
///
///   def handle_info({:placed, order}, socket), do: {:noreply, assign(socket, order: order)}
/// end
/// ```
///
/// Functions of contexts that subscribe, or broadcast what they are given, are followed. Messages are compared where topic
/// and tag are known at both ends. Silent in projects that handle messages in hooks (`attach_hook(socket, name, :handle_info, ...)`).
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Liveview, confidence = High, scope = Project)]
pub struct LiveviewUnhandledInfo {}

impl Rule for LiveviewUnhandledInfo {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// A broadcast of which topic and tag are known.
struct Broadcast {
    call: CallId,
    topic: Topic,
    tag: (Name, usize),
}

impl LiveviewUnhandledInfo {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        if hooks_messages(project) {
            return;
        }
        let ways = Witnesses::of(project, &["subscribe"], |id, call| {
            subscribes(project, id, call)
        });
        let broadcasts = broadcasts(project);
        let servers = project.servers().iter();
        for server in servers.filter(|it| it.behaviour == Behaviour::LiveView) {
            let subscriptions = subscriptions(project, server, &ways);
            let handles = server.clauses(project, "handle_info", 2).next().is_some();
            let injected = project
                .traits(server.module)
                .injected
                .iter()
                .any(|(name, _)| project.is(*name, "handle_info"));
            if injected {
                continue;
            }
            for path in subscriptions {
                if handles {
                    unmatched(project, server, &path, &broadcasts, cx);
                } else {
                    unhandled(project, server, &path, cx);
                    break;
                }
            }
        }
    }
}

fn hooks_messages(project: &Project) -> bool {
    let mut hooks = project.calls_named(&["attach_hook"]);
    hooks.any(|(_, call)| {
        let atoms = call.arguments.iter().filter_map(Shape::atom);
        atoms.into_iter().any(|it| project.is(it, "handle_info"))
    })
}

/// The ways from the callbacks of a LiveView to its subscriptions.
fn subscriptions(project: &Project, server: &Server, ways: &Witnesses) -> Vec<Vec<CallId>> {
    let mut paths = Vec::new();
    for (_, _, clause) in &server.callbacks {
        let calls = project.calls_of(*clause).map(|(id, _)| id);
        let inline = calls.filter(|it| project.is_inline(*it));
        paths.extend(inline.filter_map(|it| ways.path(project, it)));
    }
    paths
}

fn broadcasts(project: &Project) -> Vec<Broadcast> {
    let mut found = Vec::new();
    for (id, call) in project.calls_named(BROADCASTS) {
        if !is_broadcast(project, id, call) || project.external_module(id) != Some("Phoenix.PubSub")
        {
            continue;
        }
        let first = usize::from(project.text(call.name).contains("broadcast_from"));
        let (Some(topic), Some(message)) = (
            topic_of(project, id, 1 + first),
            call.arguments.get(2 + first),
        ) else {
            continue;
        };
        let tags = tags(project, id, message, MOST_HELPERS);
        found.extend(tags.into_iter().map(|(call, tag)| Broadcast {
            call,
            topic: topic.clone(),
            tag,
        }));
    }
    found
}

/// How many functions a message is followed back through.
const MOST_HELPERS: usize = 3;

/// Of how many callers a function's messages are looked at.
const MOST_CALLERS: usize = 50;

/// The tags that a message may have, and the calls that give them: also of those who call a function that is given the
/// message, or its tag.
fn tags(
    project: &Project,
    at: CallId,
    message: &Shape,
    helpers: usize,
) -> Vec<(CallId, (Name, usize))> {
    let message = project.value(at.clause, message);
    if let Some(tag) = message.tag() {
        return vec![(at, tag)];
    }
    let (parameter, size) = match message {
        Shape::Parameter(nth) => (*nth, None),
        Shape::Tuple(parts) => match parts.first().map(|it| project.value(at.clause, it)) {
            Some(Shape::Parameter(nth)) => (*nth, Some(parts.len())),
            _ => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let Some(helpers) = helpers.checked_sub(1) else {
        return Vec::new();
    };
    let callers = project.callers(at.clause).iter().take(MOST_CALLERS);
    let given = callers.filter_map(|it| {
        let given = project.argument_for(*it, at.clause, parameter)?;
        Some((*it, given))
    });
    let found = given.flat_map(|(caller, given)| tags(project, caller, given, helpers));
    match size {
        None => found.collect(),
        // `{event, item}`
        Some(size) => found
            .filter(|(_, (_, parts))| *parts == 0)
            .map(|(call, (tag, _))| (call, (tag, size)))
            .collect(),
    }
}

fn unhandled(project: &Project, server: &Server, path: &[CallId], cx: &mut ProjectCx) {
    let Some(first) = path.first() else { return };
    let at = project.at(*first);
    let module = project.module_name(server.module);
    let finding = cx.report(
        at.file,
        at.span,
        format!("`{module}` subscribes to messages and has no `handle_info/2`"),
    );
    tell(finding, project, path, "what comes from here is dropped");
    finding.help("handle the messages in `handle_info/2`, or do not subscribe");
}

fn unmatched(
    project: &Project,
    server: &Server,
    path: &[CallId],
    broadcasts: &[Broadcast],
    cx: &mut ProjectCx,
) {
    let Some(&subscription) = path.last() else {
        return;
    };
    if project.external_module(subscription) != Some("Phoenix.PubSub") {
        return;
    }
    let Some(topic) = topic_of(project, subscription, 1) else {
        return;
    };
    for broadcast in broadcasts.iter().filter(|it| it.topic == topic) {
        let mut clauses = server.clauses(project, "handle_info", 2);
        let handled = clauses.any(|it| {
            let message = project.clause(it).parameters.first();
            message.is_none_or(|it| match it {
                Shape::Atom(_) | Shape::Tuple(_) => it.tag().is_none_or(|it| it == broadcast.tag),
                Shape::Struct(..) | Shape::Map(..) | Shape::StringMap(..) | Shape::String(_) => {
                    false
                }
                _ => true,
            })
        });
        if handled {
            continue;
        }
        let at = project.at(subscription);
        let sent = project.at(broadcast.call);
        let module = project.module_name(server.module);
        let tag = project.text(broadcast.tag.0);
        let finding = cx.report(
            at.file,
            at.span,
            format!(
                "`{module}` crashes on `:{tag}` messages of the topic `{}`",
                topic.text()
            ),
        );
        finding.label_in(sent.file, sent.span, format!("`:{tag}` is sent here"));
        for clause in server.clauses(project, "handle_info", 2).take(1) {
            let at = project.at_clause(clause);
            finding.label_in(at.file, at.span, "no clause of `handle_info/2` matches it");
        }
        finding.help("add a clause for it, or one that ignores what it does not know");
    }
}
