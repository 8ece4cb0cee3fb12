use exlint_facts::CallFacts;
use exlint_project::{CallId, Witnesses};

use super::liveview_subscribe_unconnected::report_mounts;
use crate::prelude::*;

/// Starts a timer in `mount/3` without asking whether the socket is connected.
///
/// `mount/3` runs twice: first in the process of the HTTP request, which has no callback for the timer's message and
/// may serve the next request when it arrives. The timer belongs to the LiveView only, which is there once
/// `connected?/1` says so.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.ClockLive do
///   use Phoenix.LiveView
///
///   def mount(_params, _session, socket) do
///     :timer.send_interval(1_000, :tick)
///     {:ok, socket}
///   end
///
///   def handle_info(:tick, socket), do: {:noreply, assign(socket, now: DateTime.utc_now())}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule ShopWeb.ClockLive do
///   use Phoenix.LiveView
///
///   def mount(_params, _session, socket) do
///     if connected?(socket), do: :timer.send_interval(1_000, :tick)
///     {:ok, socket}
///   end
///
///   def handle_info(:tick, socket), do: {:noreply, assign(socket, now: DateTime.utc_now())}
/// end
/// ```
///
/// Helpers are followed. A step in a branch of a function that asks `connected?/1` counts as guarded.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Liveview, confidence = High, scope = Project)]
pub struct LiveviewTimerUnconnected {}

impl Rule for LiveviewTimerUnconnected {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl LiveviewTimerUnconnected {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        report_mounts(
            project,
            &Witnesses::of(project, &["send_after", "send_interval"], |id, call| {
                starts_timer(project, id, call)
            }),
            "starts a timer in the request that renders the page first, too",
            "`mount/3` runs in the HTTP request as well, whose process has no use for the message",
            "start the timer only `if connected?(socket)`",
            cx,
        );
    }
}

fn starts_timer(project: &Project, id: CallId, call: &CallFacts) -> bool {
    if call.is_capture {
        return false;
    }
    matches!(
        (
            project.external_module(id),
            project.text(call.name),
            call.arity
        ),
        (Some(":timer"), "send_interval" | "send_after", 2 | 3)
            | (Some("Process"), "send_after", 3 | 4)
            | (Some(":erlang"), "send_after", 3 | 4)
    )
}
