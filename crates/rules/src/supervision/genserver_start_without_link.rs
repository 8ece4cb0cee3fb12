use super::starts::{Care, starts};
use crate::prelude::*;

/// A server starts another process and keeps it, but neither links nor monitors it.
///
/// `GenServer.start/3` leaves the two strangers to each other: when the new process crashes, the server goes on with a
/// pid that is dead, and when the server crashes, the process stays behind without an owner, once for each restart.
///
/// # Bad
///
/// ```elixir
/// defmodule Lobby do
///   use GenServer
///
///   def init(opts) do
///     {:ok, clock} = GenServer.start(Clock, opts)
///     {:ok, %{clock: clock}}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Lobby do
///   use GenServer
///
///   def init(opts) do
///     {:ok, clock} = GenServer.start_link(Clock, opts)
///     {:ok, %{clock: clock}}
///   end
/// end
/// ```
///
/// A process that is monitored, or stopped by the function that starts it, is left alone, and so is what starts on
/// another node. Processes started outside a server are the subject of `unsupervised-process`.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = Medium, scope = Project)]
#[serde(default)]
pub struct GenserverStartWithoutLink {}

impl Rule for GenserverStartWithoutLink {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl GenserverStartWithoutLink {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for start in starts(project) {
            if start.care != Care::Unlinked || !cx.covers(project.role_of(start.call.clause)) {
                continue;
            }
            let at = project.at(start.call);
            let callee = project.callee_text(start.call);
            let finding = cx.report(
                at.file,
                at.span,
                format!("`{callee}` starts a process that its owner neither links nor monitors"),
            );
            if start.origin != start.call {
                let at = project.at(start.origin);
                let origin = project.callee_text(start.origin);
                finding.label_in(
                    at.file,
                    at.span,
                    format!("`{origin}` starts it without a link"),
                );
            }
            finding
                .help("use `start_link`, or start it under a `DynamicSupervisor` and monitor it");
        }
    }
}
