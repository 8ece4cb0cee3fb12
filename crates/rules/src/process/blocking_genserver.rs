use exlint_project::{Behaviour, ClauseId, Reach, Server, ServerCall, Severity, SinkKind};

use crate::prelude::*;

/// A server does slow work in a callback while callers wait for it.
///
/// A process handles one message at a time. While a callback waits for a database, a web service, a file or another
/// program, every `GenServer.call/3` queues up behind it, and after five seconds (the default timeout) the callers
/// exit. The path from the callback to the blocking call may lead through any number of functions and files.
///
/// # Bad
///
/// ```elixir
/// defmodule Rates do
///   use GenServer
///
///   def rate(currency), do: GenServer.call(__MODULE__, {:rate, currency})
///
///   def handle_call({:rate, currency}, _from, state) do
///     {:reply, Req.get!("https://rates.example/#{currency}").body, state}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Rates do
///   use GenServer
///
///   def rate(currency), do: GenServer.call(__MODULE__, {:rate, currency})
///
///   def handle_call({:rate, currency}, from, state) do
///     Task.Supervisor.start_child(Rates.Tasks, fn ->
///       GenServer.reply(from, Req.get!("https://rates.example/#{currency}").body)
///     end)
///
///     {:noreply, state}
///   end
/// end
/// ```
///
/// Which functions block is data: the `[[sink]]` rows of `rules.toml`, to which `exlint.toml` can add. Servers that
/// nobody calls are left alone: a dedicated worker process is where slow work belongs. So are pool workers and
/// connection processes. Calls through modules chosen at run time are not followed.
#[derive(Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Project)]
#[serde(default)]
pub struct BlockingGenserver {
    /// How many calls a path may be long.
    pub max_depth: u32,
}

impl Default for BlockingGenserver {
    fn default() -> Self {
        Self { max_depth: 6 }
    }
}

impl Rule for BlockingGenserver {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// Callbacks during which callers wait; the first is the one that they wait for.
const CALLBACKS: &[(&str, u8)] = &[
    ("handle_call", 3),
    ("handle_cast", 2),
    ("handle_info", 2),
    ("handle_continue", 2),
];

/// Processes that are one connection, or one of a pool: waiting is their work.
const SERIAL_BY_NATURE: &[&str] = &[
    "DBConnection",
    "Postgrex.SimpleConnection",
    "Postgrex.ReplicationConnection",
    "Postgrex.Notifications",
    ":poolboy_worker",
    "NimblePool",
    "Broadway",
    "WebSockex",
];

impl BlockingGenserver {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for server in project.servers() {
            if matches!(server.behaviour, Behaviour::GenServer | Behaviour::GenStage)
                && !SERIAL_BY_NATURE
                    .iter()
                    .any(|it| project.implements(server.module, it))
                && has_callers(project, server)
            {
                self.check_server(project, server, cx);
            }
        }
    }

    fn check_server(&self, project: &Project, server: &Server, cx: &mut ProjectCx) {
        for &(callback, arity) in CALLBACKS {
            for clause in server.clauses(project, callback, arity) {
                if let Some(reach) = self.worst(project, clause) {
                    report(project, server, callback, clause, reach, cx);
                }
            }
        }
    }

    fn worst<'p>(&self, project: &'p Project, clause: ClauseId) -> Option<&'p Reach> {
        let waits = |it: &&Reach| {
            it.severity >= Severity::Medium
                && it.certain
                && it.depth <= self.max_depth
                && is_slow_work(it.kind)
        };
        project
            .reaches(clause)
            .iter()
            .filter(waits)
            .max_by_key(|it| (it.severity, std::cmp::Reverse(it.depth)))
    }
}

/// Sleeping has a rule of its own; calls of other servers are judged by what those do.
fn is_slow_work(kind: SinkKind) -> bool {
    !matches!(
        kind,
        SinkKind::Sleep
            | SinkKind::ProcessCall
            | SinkKind::SupervisorCall
            | SinkKind::Callback
            | SinkKind::Receive
    )
}

/// Whether anybody waits: a call that `handle_call/3` answers.
fn has_callers(project: &Project, server: &Server) -> bool {
    server.clauses(project, "handle_call", 3).next().is_some()
        && project
            .messages()
            .iter()
            .any(|it| it.kind == ServerCall::Call && it.to == Some(server.module))
}

fn report(
    project: &Project,
    server: &Server,
    callback: &str,
    clause: ClauseId,
    reach: &Reach,
    cx: &mut ProjectCx,
) {
    let steps = project.path(clause, reach);
    let Some(last) = steps.last() else { return };
    let blocking = project.callee_text(last.call);
    let at = project.at_clause(clause);
    let module = project.module_name(server.module);
    let waiting = if callback == "handle_call" {
        "its caller and everyone behind it wait"
    } else {
        "its callers wait"
    };
    let finding = cx.report(
        at.file,
        at.span,
        format!(
            "`{callback}` of `{module}` waits for `{blocking}` ({}) while {waiting}",
            what(reach.kind)
        ),
    );
    if callback != "handle_call" {
        finding.level(Level::Info);
    }
    for step in &steps {
        let at = project.at(step.call);
        let text = if step == last {
            format!("`{blocking}` blocks the process of `{module}`")
        } else {
            format!("calls `{}`", project.callee_text(step.call))
        };
        finding.label_in(at.file, at.span, text);
    }
    finding.help(if callback == "handle_call" {
        "hand the work and `from` to a task under a `Task.Supervisor` and answer with `GenServer.reply/2`"
    } else {
        "start the work in a task under a `Task.Supervisor` and handle its result in `handle_info/2`"
    });
}

fn what(kind: SinkKind) -> &'static str {
    match kind {
        SinkKind::Http => "an HTTP request",
        SinkKind::Network => "the network",
        SinkKind::Db => "the database",
        SinkKind::Redis => "Redis",
        SinkKind::Mail => "sending mail",
        SinkKind::ExternalCommand => "another program",
        SinkKind::File => "the file system",
        SinkKind::Queue => "a message queue",
        SinkKind::Cache => "a cache",
        SinkKind::Compile => "compilation",
        SinkKind::Cpu => "heavy computation",
        SinkKind::Console => "the console",
        SinkKind::Lock => "a lock",
        SinkKind::Await => "a task",
        SinkKind::Rpc => "another node",
        SinkKind::Sleep => "time",
        SinkKind::ProcessCall | SinkKind::SupervisorCall => "another process",
        SinkKind::Receive => "a message",
        SinkKind::Callback => "a callback",
    }
}
