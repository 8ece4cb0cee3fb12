use exlint_project::{Behaviour, CallId, ClauseId, Server, Severity, SinkKind, Witnesses};
use rustc_hash::FxHashSet;

use crate::{
    app::{is_live, tell},
    prelude::*,
};

/// A LiveView waits for a web service, mail or another program while its user waits for the page.
///
/// A LiveView is one process for one user: while a callback runs, clicks, keystrokes and messages queue up, and the
/// page does not move. A LiveComponent runs in the process of its LiveView and stops all of it. When the socket
/// reconnects meanwhile, the work is done again. The path from the callback to the slow call may lead through any
/// number of functions and files.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.RatesLive do
///   use Phoenix.LiveView
///
///   def handle_event("refresh", _params, socket) do
///     {:noreply, assign(socket, rates: Req.get!("https://rates.example").body)}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule ShopWeb.RatesLive do
///   use Phoenix.LiveView
///
///   def handle_event("refresh", _params, socket) do
///     {:noreply, start_async(socket, :rates, fn -> Req.get!("https://rates.example").body end)}
///   end
///
///   def handle_async(:rates, {:ok, rates}, socket), do: {:noreply, assign(socket, rates: rates)}
///   def handle_async(:rates, {:exit, _reason}, socket), do: {:noreply, socket}
/// end
/// ```
///
/// Short database queries in an event are usual and are not reported, and a sleep only where it stands in the callback
/// itself. Callbacks that share the helper which waits are reported once. Which functions wait is data: the `[[sink]]`
/// rows of `rules.toml`.
#[derive(Deserialize, RuleMeta)]
#[rule(family = Liveview, confidence = High, scope = Project)]
#[serde(default)]
pub struct LiveviewBlockingEvent {
    /// How many calls a path may be long.
    pub max_depth: usize,
}

impl Default for LiveviewBlockingEvent {
    fn default() -> Self {
        Self { max_depth: 8 }
    }
}

impl Rule for LiveviewBlockingEvent {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

const CALLBACKS: &[(&str, u8)] = &[
    ("handle_event", 3),
    ("handle_info", 2),
    ("handle_params", 3),
    ("handle_async", 3),
    ("mount", 3),
    ("update", 2),
];

impl LiveviewBlockingEvent {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let live: Vec<_> = project
            .servers()
            .iter()
            .filter(|it| is_live(project, it.module))
            .collect();
        if live.is_empty() {
            return;
        }
        let waits = Witnesses::to_sinks(project, |id, kind, severity| {
            severity >= Severity::High
                && (is_slow(kind) || kind == SinkKind::Sleep && is_callback(project, id))
        });
        for server in live {
            let mut found = self.blocked(project, server, &waits);
            found.sort_by_key(|(_, _, path)| path.len());
            let mut told = FxHashSet::default();
            for (callback, clause, path) in found {
                let mut calls = path.iter().copied();
                let own = calls.rfind(|it| project.module_of_clause(it.clause) == server.module);
                // Callbacks that share a helper share the cure.
                if told.insert(own) {
                    report(project, callback, clause, &path, cx);
                }
            }
        }
    }

    /// The callbacks of a LiveView that wait, each with the calls that lead there.
    fn blocked(
        &self,
        project: &Project,
        server: &Server,
        waits: &Witnesses,
    ) -> Vec<(&'static str, ClauseId, Vec<CallId>)> {
        let mut found = Vec::new();
        for &(callback, arity) in CALLBACKS {
            // A LiveView's own `update/2` is no callback.
            if callback == "update" && server.behaviour != Behaviour::LiveComponent {
                continue;
            }
            for clause in server.clauses(project, callback, arity) {
                let path = waits.path_from(clause);
                found.extend(
                    path.filter(|it| it.len() <= self.max_depth)
                        .map(|it| (callback, clause, it)),
                );
            }
        }
        found
    }
}

/// Whether a call stands in a callback itself. A sleep that has a function of its own is meant: it holds back somebody
/// who guesses passwords, or waits for a system that starts.
fn is_callback(project: &Project, id: CallId) -> bool {
    let name = project.text(project.function_of_clause(id.clause).name);
    CALLBACKS.iter().any(|(callback, _)| *callback == name)
}

fn report(
    project: &Project,
    callback: &str,
    clause: ClauseId,
    path: &[CallId],
    cx: &mut ProjectCx,
) {
    let Some(last) = path.last() else { return };
    let slow = project.callee_text(*last);
    let at = project.at_clause(clause);
    let module = project.module_name(project.module_of_clause(clause));
    let finding = cx.report(
        at.file,
        at.span,
        format!("`{callback}` of `{module}` waits for `{slow}` while its user waits for the page"),
    );
    tell(
        finding,
        project,
        path,
        "the page stands still until this returns",
    );
    finding.help("run it in `start_async/3` or `assign_async/3` and show that it is under way");
}

fn is_slow(kind: SinkKind) -> bool {
    matches!(
        kind,
        SinkKind::Http | SinkKind::Mail | SinkKind::ExternalCommand
    )
}
