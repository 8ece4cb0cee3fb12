use exlint_project::{
    Behaviour, CallId, ClauseId, Message, Reach, Server, ServerCall, Severity, SinkKind,
};
use rustc_hash::FxHashMap;

use super::story;
use crate::prelude::*;

/// Others cast to a single server that does slow work for each message.
///
/// A cast does not wait, so nothing slows the senders down: when messages come faster than the server can handle them,
/// its mailbox grows until memory is gone, and what is in it is lost when the server stops.
///
/// # Bad
///
/// ```elixir
/// defmodule Refresh do
///   use GenServer
///
///   def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)
///   def trigger(id), do: GenServer.cast(__MODULE__, {:refresh, id})
///
///   def handle_cast({:refresh, id}, state) do
///     Req.get!("https://shop.example/#{id}")
///     {:noreply, state}
///   end
/// end
///
/// defmodule Web do
///   def update(id), do: Refresh.trigger(id)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Refresh do
///   def trigger(id) do
///     Task.Supervisor.start_child(Refresh.Tasks, fn -> Req.get!("https://shop.example/#{id}") end)
///   end
/// end
///
/// defmodule Web do
///   def update(id), do: Refresh.trigger(id)
/// end
/// ```
///
/// A server that only its own callbacks cast to sets its own pace, and is left alone.
#[derive(Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Low, scope = Project)]
#[serde(default)]
pub struct SlowCastConsumer {
    /// How many calls a path may be long.
    pub max_depth: u32,
}

impl Default for SlowCastConsumer {
    fn default() -> Self {
        Self { max_depth: 6 }
    }
}

impl Rule for SlowCastConsumer {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl SlowCastConsumer {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for server in project.servers() {
            if server.behaviour == Behaviour::GenServer
                && server.is_singleton()
                && !story::is_serial_by_nature(project, server)
            {
                self.check_server(project, server, cx);
            }
        }
    }

    fn check_server(&self, project: &Project, server: &Server, cx: &mut ProjectCx) {
        let mut senders: Option<FxHashMap<ClauseId, CallId>> = None;
        for clause in server.clauses(project, "handle_cast", 2) {
            let is_slow = |it: &&Reach| {
                it.certain
                    && it.severity == Severity::High
                    && it.depth <= self.max_depth
                    && !matches!(
                        it.kind,
                        SinkKind::Lock | SinkKind::Compile | SinkKind::ProcessCall
                    )
            };
            let Some(reach) = project.reaches(clause).iter().find(is_slow) else {
                continue;
            };
            let senders = senders.get_or_insert_with(|| senders_to(project, server));
            let Some(&sender) = senders.get(&clause) else {
                continue;
            };
            let steps = project.path(clause, reach);
            let Some(last) = steps.last() else { continue };
            let blocking = project.callee_text(last.call);
            let module = project.module_name(server.module);
            let at = project.at_clause(clause);
            let message = format!(
                "`{module}` waits for `{blocking}` ({}) for each message that others cast to it",
                story::what(reach.kind)
            );
            let finding = cx.report(at.file, at.span, message);
            let at = project.at(sender);
            finding.label_in(at.file, at.span, "this sends the message and goes on");
            let text = format!("`{blocking}` lets the mailbox grow meanwhile");
            story::tell(project, finding, &steps, text);
            finding.help("let a bounded `Task.Supervisor`, a job queue or GenStage do the work");
        }
    }
}

/// For each clause that receives casts, the first call in another module that comes to send it one.
fn senders_to(project: &Project, server: &Server) -> FxHashMap<ClauseId, CallId> {
    let mut senders = FxHashMap::default();
    let count = server.clauses(project, "handle_cast", 2).count();
    let sent = |it: &&Message| it.kind == ServerCall::Cast && it.to == Some(server.module);
    for message in project.messages().iter().filter(sent) {
        if senders.len() == count {
            break;
        }
        if let Some(sender) = sender(project, server, message.call) {
            for clause in project.receivers(message.call, server, None) {
                senders.entry(clause).or_insert(sender);
            }
        }
    }
    senders
}

/// The call, in another module, that comes to send the message.
fn sender(project: &Project, server: &Server, cast: CallId) -> Option<CallId> {
    let is_outside = |id: &CallId| project.module_of_clause(id.clause) != server.module;
    if is_outside(&cast) {
        return Some(cast);
    }
    project
        .callers(cast.clause)
        .iter()
        .copied()
        .find(is_outside)
}
