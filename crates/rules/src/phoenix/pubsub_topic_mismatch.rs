use exlint_facts::{FileRole, Shape};
use exlint_project::{CallId, Project};

use super::topics::{Topic, Topics, Use};
use crate::prelude::*;

/// A topic is subscribed to and nothing is ever sent to it, or messages are sent to a topic that nobody subscribes to.
///
/// Nothing fails: a page simply does not change when it should. Most often the two sides spell the topic differently.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Orders do
///   def subscribe(id), do: Phoenix.PubSub.subscribe(Shop.PubSub, "order:#{id}")
///
///   def changed(order) do
///     Phoenix.PubSub.broadcast(Shop.PubSub, "orders:#{order.id}", {:changed, order})
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Orders do
///   def subscribe(id), do: Phoenix.PubSub.subscribe(Shop.PubSub, topic(id))
///
///   def changed(order) do
///     Phoenix.PubSub.broadcast(Shop.PubSub, topic(order.id), {:changed, order})
///   end
///
///   defp topic(id), do: "order:#{id}"
/// end
/// ```
///
/// Topics are compared by what they begin with, through helpers that make them and functions that are given them. Silent
/// about subscriptions where some topic that is sent to is not known, and the other way about; in libraries, whose
/// users subscribe; and about topics that channels serve.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Phoenix, confidence = Medium, scope = Project)]
pub struct PubsubTopicMismatch {}

impl Rule for PubsubTopicMismatch {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl PubsubTopicMismatch {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        if is_library(project) {
            return;
        }
        let topics = Topics::of(project);
        if !topics.has_other_senders {
            one_sided(project, &topics.subscribed, &topics.sent, &topics, cx);
        }
        one_sided(project, &topics.sent, &topics.subscribed, &topics, cx);
    }
}

/// Whether some `mix.exs` describes a package.
fn is_library(project: &Project) -> bool {
    let Some(key) = project.name("package") else {
        return false;
    };
    let mut files = project
        .files()
        .filter(|(_, it)| it.path.ends_with("mix.exs"));
    files.any(|(_, file)| {
        let functions = file.modules.iter().flat_map(|it| &it.functions);
        let clauses = functions.flat_map(|it| &it.clauses);
        let mut tails = clauses.flat_map(|it| &it.code.tails);
        tails.any(|it| it.shape.get(key).is_some())
    })
}

fn one_sided(project: &Project, ours: &[Use], theirs: &[Use], all: &Topics, cx: &mut ProjectCx) {
    let is_sent = std::ptr::eq(ours, all.sent.as_slice());
    let mut told: Vec<&Topic> = Vec::new();
    for used in ours {
        if project.role_of(used.call.clause) != FileRole::Production
            || used.topic == Topic::Unknown
            || told.contains(&&used.topic)
            || is_sent && disconnects(project, used.call)
        {
            continue;
        }
        let meets = |it: &Topic| it.may_be(&used.topic);
        if theirs.iter().any(|it| meets(&it.topic)) || all.channels.iter().any(meets) {
            continue;
        }
        told.push(&used.topic);
        report(project, used, theirs, is_sent, cx);
    }
}

/// `Endpoint.broadcast(topic, "disconnect", ...)` is for the sockets with that id.
fn disconnects(project: &Project, id: CallId) -> bool {
    let mut arguments = project.call(id).arguments.iter();
    arguments.any(|it| matches!(it, Shape::String(text) if project.is(*text, "disconnect")))
}

fn report(project: &Project, used: &Use, theirs: &[Use], is_sent: bool, cx: &mut ProjectCx) {
    let at = Topics::at(project, used);
    let topic = used.topic.text();
    let message = if is_sent {
        format!("nobody subscribes to the topic `{topic}`")
    } else {
        format!("nothing is sent to the topic `{topic}`")
    };
    let nearest = theirs
        .iter()
        .filter(|it| it.topic != Topic::Unknown)
        .map(|it| (shared(&it.topic.text(), &topic), it))
        .max_by_key(|(length, _)| *length)
        .filter(|(length, _)| *length > 3);
    let finding = cx.report(at.file, at.span, message);
    if let Some((_, other)) = nearest {
        let at = Topics::at(project, other);
        let told = if is_sent {
            "is subscribed to"
        } else {
            "is sent to"
        };
        finding.label_in(
            at.file,
            at.span,
            format!("`{}` {told} here", other.topic.text()),
        );
    }
    finding.help("make the topic with one function that both sides call");
}

/// How many characters two texts share at the beginning.
fn shared(one: &str, other: &str) -> usize {
    one.chars()
        .zip(other.chars())
        .take_while(|(one, other)| one == other)
        .count()
}
