use exlint_facts::CallFacts;
use exlint_project::{Behaviour, CallId, Witnesses};

use super::connected::is_unguarded;
use crate::{
    app::{is_web, last_segment, tell},
    phoenix::topics::SUBSCRIBES,
    prelude::*,
};

/// Subscribes in `mount/3` without asking whether the socket is connected.
///
/// `mount/3` runs twice: in the process of the HTTP request that renders the page for the first time, and again in
/// the LiveView once the browser has connected. Without `connected?/1` the request subscribes as well: it gets messages
/// that nobody reads, appears in presence lists, and does the work of every subscription twice for each visit, also
/// for robots that never connect.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.OrdersLive do
///   use Phoenix.LiveView
///
///   def mount(_params, _session, socket) do
///     Phoenix.PubSub.subscribe(Shop.PubSub, "orders")
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
/// end
/// ```
///
/// Helpers and functions of contexts that subscribe are followed. A step in a branch of a function that asks
/// `connected?/1` counts as guarded, whatever the branch.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Liveview, confidence = High, scope = Project)]
pub struct LiveviewSubscribeUnconnected {}

impl Rule for LiveviewSubscribeUnconnected {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl LiveviewSubscribeUnconnected {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        report_mounts(
            project,
            &Witnesses::of(project, SUBSCRIBES, |id, call| {
                subscribes(project, id, call)
            }),
            "subscribes in the request that renders the page first, too",
            "`mount/3` runs in the HTTP request as well, where nobody handles the messages",
            "subscribe only `if connected?(socket)`",
            cx,
        );
    }
}

/// Reports the first way from each `mount/3` to a wanted call that no `connected?/1` guards.
pub(super) fn report_mounts(
    project: &Project,
    ways: &Witnesses,
    message: &str,
    why: &str,
    help: &str,
    cx: &mut ProjectCx,
) {
    let servers = project.servers().iter();
    for server in servers.filter(|it| it.behaviour == Behaviour::LiveView) {
        for clause in server.clauses(project, "mount", 3) {
            let paths = project
                .calls_of(clause)
                .filter(|(id, _)| project.is_inline(*id))
                .filter_map(|(id, _)| ways.path(project, id));
            let Some(path) = paths.into_iter().find(|it| is_unguarded(project, it)) else {
                continue;
            };
            let Some(first) = path.first() else { continue };
            let at = project.at(*first);
            let module = project.module_name(server.module);
            let finding = cx.report(
                at.file,
                at.span,
                format!("`mount/3` of `{module}` {message}"),
            );
            tell(finding, project, &path, why);
            finding.help(help);
        }
    }
}

/// Whether a call makes its process receive messages for as long as it lives.
pub(super) fn subscribes(project: &Project, id: CallId, call: &CallFacts) -> bool {
    let name = project.text(call.name);
    if !SUBSCRIBES.contains(&name) || call.is_capture {
        return false;
    }
    let Some(module) = project.external_module(id) else {
        return false;
    };
    match name {
        "subscribe" => {
            module == "Phoenix.PubSub" || last_segment(module) == "Endpoint" && is_web(module)
        }
        _ => call.arity >= 3 && last_segment(module).ends_with("Presence"),
    }
}
