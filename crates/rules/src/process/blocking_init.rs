use exlint_facts::{CallFacts, Name, Shape};
use exlint_project::{
    At, Behaviour, CallId, ClauseId, Reach, Server, Severity, SinkKind, Step, Witnesses,
};

use super::story;
use crate::prelude::*;

/// A server does slow work before it has started.
///
/// Whoever starts a process waits until `init/1` returns, and so does a supervisor: meanwhile it starts no other
/// child, restarts none, and does not stop when told to. At boot one slow service holds up the whole application; under
/// a `DynamicSupervisor` one slow child holds up every other. When the work fails, `init/1` fails at once again on each
/// restart, until the supervisor gives up. The body of `start_link/1` runs in the supervisor as well.
///
/// # Bad
///
/// ```elixir
/// defmodule Mailer do
///   use GenServer
///
///   def start_link(opts), do: GenServer.start_link(__MODULE__, opts)
///
///   def init(opts), do: {:ok, %{session: Req.post!(opts[:url]).body}}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Mailer do
///   use GenServer
///
///   def start_link(opts), do: GenServer.start_link(__MODULE__, opts)
///
///   def init(opts), do: {:ok, %{url: opts[:url]}, {:continue, :connect}}
///
///   def handle_continue(:connect, state) do
///     {:noreply, Map.put(state, :session, Req.post!(state.url).body)}
///   end
/// end
/// ```
///
/// A lock of the whole cluster (`:global.trans/2`), a `receive` without `after`, and a timeout of `:infinity` are
/// reported whatever they wait for: nothing ends the wait when the other side does not answer.
///
/// Local files are left alone, as are processes whose contract is to be ready once they have started, such as those
/// that own a connection of a database driver, and `init/1` that ends in `:ignore` under a static supervisor: a job at
/// boot that leaves no process behind. Single queries are told as advice, and not at all behind a function that reads a
/// cache.
#[derive(Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Medium, scope = Project)]
#[serde(default)]
pub struct BlockingInit {
    /// How many calls a path may be long.
    pub max_depth: u32,
    /// Shorter sleeps, in milliseconds, are not reported.
    pub min_sleep_ms: i64,
}

impl Default for BlockingInit {
    fn default() -> Self {
        Self {
            max_depth: 6,
            min_sleep_ms: 100,
        }
    }
}

impl Rule for BlockingInit {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl BlockingInit {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let starters = started_dynamically(project);
        let endless = Witnesses::of(project, WAITS, |id, call| is_endless(project, id, call));
        for server in project.servers() {
            if matches!(
                server.behaviour,
                Behaviour::GenServer | Behaviour::GenStage | Behaviour::StateMachine
            ) && !story::is_serial_by_nature(project, server)
            {
                let name = project.module(server.module).name;
                let starter = starters.iter().find(|(it, _)| *it == name);
                let starter = starter.map(|it| it.1);
                self.check_server(project, server, starter, &endless, cx);
            }
        }
    }

    fn check_server(
        &self,
        project: &Project,
        server: &Server,
        starter: Option<At>,
        endless: &Witnesses,
        cx: &mut ProjectCx,
    ) {
        for clause in starting_clauses(project, server) {
            if starter.is_none() && ends_in_ignore(project, clause) {
                continue;
            }
            let mut waits: Vec<(&Reach, Vec<Step>)> = project
                .reaches(clause)
                .iter()
                .filter(|it| it.certain && it.depth <= self.max_depth && is_slow(it))
                .map(|it| (it, project.path(clause, it)))
                .filter(|(reach, steps)| self.counts(project, reach, steps))
                .collect();
            waits.sort_by_key(|(reach, steps)| (std::cmp::Reverse(reach.severity), steps.len()));
            if let Some((reach, steps)) = waits.first() {
                report(project, server, clause, starter, (reach, steps), cx);
            } else if let Some(path) = endless.path_from(clause)
                && path.len() <= self.max_depth as usize
            {
                report_endless(project, server, clause, &path, cx);
            }
        }
    }

    fn counts(&self, project: &Project, reach: &Reach, steps: &[Step]) -> bool {
        let Some(last) = steps.last() else {
            return false;
        };
        let time = project.call(last.call).arguments.first();
        let time = time.map(|it| project.value(last.call.clause, it));
        let is_short = matches!(time, Some(Shape::Int(time)) if *time < self.min_sleep_ms);
        !(story::is_naming(project, steps)
            || story::asks_cache(project, reach, steps)
            || reach.kind == SinkKind::Sleep && is_short)
    }
}

/// What takes long, or as long as somebody else likes.
fn is_slow(reach: &Reach) -> bool {
    match reach.kind {
        SinkKind::Http
        | SinkKind::Network
        | SinkKind::ExternalCommand
        | SinkKind::Mail
        | SinkKind::Sleep
        | SinkKind::Rpc => reach.severity == Severity::High,
        SinkKind::Db | SinkKind::Await => reach.severity >= Severity::Medium,
        _ => false,
    }
}

/// Functions that may be told to wait for ever.
const WAITS: &[&str] = &[
    "await",
    "await_many",
    "call",
    "receive",
    "set_lock",
    "trans",
];

/// Whether nothing ends a wait but the other side: a lock of the cluster, a message, an answer without a timeout.
fn is_endless(project: &Project, id: CallId, call: &CallFacts) -> bool {
    let name = project.text(call.name);
    let is_infinite = |nth: usize| {
        let given = call.arguments.get(nth);
        let given = given.and_then(|it| project.value(id.clause, it).atom());
        given.is_some_and(|it| project.is(it, "infinity"))
    };
    match (project.external_module(id), name) {
        (Some("Kernel"), "receive") => is_infinite(0) && !starts_linked(project, id),
        (Some(":global"), "trans") => call.arity < 4 || is_infinite(3),
        (Some(":global"), "set_lock") => call.arity < 3 || is_infinite(2),
        (Some("GenServer" | "GenStage" | ":gen_server" | ":gen_statem"), "call") => is_infinite(2),
        (Some("Task"), "await" | "await_many") => is_infinite(1),
        _ => false,
    }
}

/// Whether the clause links a process of its own first: when that dies, so does the one that waits for it.
fn starts_linked(project: &Project, id: CallId) -> bool {
    let mut before = project
        .calls_of(id.clause)
        .take_while(|(it, _)| it.index < id.index);
    before.any(|(_, it)| {
        matches!(
            project.text(it.name),
            "spawn_link" | "start_link" | "spawn_monitor"
        )
    })
}

/// The clauses of `init/1`, and of what the supervisor calls to start the process.
fn starting_clauses(project: &Project, server: &Server) -> Vec<ClauseId> {
    let mut clauses: Vec<ClauseId> = server.clauses(project, "init", 1).collect();
    for function in project.functions_of(server.module) {
        let facts = project.function(function);
        if project.is(facts.name, "start_link") && facts.max_arity > 0 {
            clauses.extend(project.clauses_of(function));
        }
    }
    clauses
}

fn ends_in_ignore(project: &Project, clause: ClauseId) -> bool {
    let mut tails = project.code(clause).tails.iter();
    tails.any(|it| it.shape.atom().is_some_and(|it| project.is(it, "ignore")))
}

fn report(
    project: &Project,
    server: &Server,
    clause: ClauseId,
    starter: Option<At>,
    (reach, steps): (&Reach, &[Step]),
    cx: &mut ProjectCx,
) {
    let Some(last) = steps.last() else { return };
    let blocking = project.callee_text(last.call);
    let module = project.module_name(server.module);
    let function = project.function_text(clause);
    let who = if starter.is_some() {
        "its dynamic supervisor starts nobody else"
    } else {
        "its supervisor waits"
    };
    let at = project.at_clause(clause);
    let message = format!(
        "`{function}` of `{module}` waits for `{blocking}` ({}) while {who}",
        story::what(reach.kind)
    );
    let finding = cx.report(at.file, at.span, message);
    // A query is quick where the database is well, and without it the server could do nothing.
    if reach.kind == SinkKind::Db && reach.severity < Severity::High {
        finding.level(Level::Info);
    }
    if let Some(At { file, span }) = starter {
        finding.label_in(
            file,
            span,
            "the process is started here, and this waits as well",
        );
    }
    let text = format!("`{blocking}` keeps the process from starting");
    story::tell(project, finding, steps, text);
    finding.help("return `{:ok, state, {:continue, ...}}` and do the work in `handle_continue/2`");
}

fn report_endless(
    project: &Project,
    server: &Server,
    clause: ClauseId,
    path: &[CallId],
    cx: &mut ProjectCx,
) {
    let Some(last) = path.last() else { return };
    let waits_for = project.callee_text(*last);
    let module = project.module_name(server.module);
    let function = project.function_text(clause);
    let at = project.at_clause(clause);
    let finding = cx.report(
        at.file,
        at.span,
        format!("`{function}` of `{module}` may wait in `{waits_for}` for ever, and its supervisor with it"),
    );
    let steps: Vec<Step> = path.iter().map(|call| Step { call: *call }).collect();
    let text = format!("nothing ends `{waits_for}` when the other side does not answer");
    story::tell(project, finding, &steps, text);
    finding.help("wait in `handle_continue/2`, or for a limited time");
}

/// The modules that are started under a `DynamicSupervisor`, and where.
fn started_dynamically(project: &Project) -> Vec<(Name, At)> {
    let starts = |id: CallId| {
        let spec = project.call(id).arguments.get(1)?;
        match project.value(id.clause, spec) {
            Shape::Module(name) => Some(*name),
            Shape::Tuple(parts) => parts.first()?.module(),
            _ => None,
        }
    };
    let calls = project.calls_named(&["start_child"]).map(|(id, _)| id);
    calls
        .filter(|id| project.is_to(*id, "DynamicSupervisor", "start_child", 2))
        .filter_map(|id| Some((starts(id)?, project.at(id))))
        .collect()
}
