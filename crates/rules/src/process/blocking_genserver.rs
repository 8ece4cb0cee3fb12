use exlint_facts::Shape;
use exlint_findings::Confidence;
use exlint_project::{Behaviour, CallId, ClauseId, Reach, Server, Severity, SinkKind, Step};

use super::story;
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
/// connection processes, and servers that wait for a lock. Local files, and what the other callbacks wait for, are
/// told as advice. Queries behind a function that reads a cache, and calls through modules chosen at run time, are not
/// followed; those that the configuration names are with the option `assumed`.
#[derive(Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Project)]
#[serde(default)]
pub struct BlockingGenserver {
    /// How many calls a path may be long.
    pub max_depth: u32,
    /// Whether to report, as advice, what a server with callers waits for in its other callbacks.
    pub other_callbacks: bool,
    /// Whether to report, with low confidence, what a server comes to wait for through modules that the configuration
    /// names.
    pub assumed: bool,
}

impl Default for BlockingGenserver {
    fn default() -> Self {
        Self {
            max_depth: 6,
            other_callbacks: true,
            assumed: false,
        }
    }
}

impl Rule for BlockingGenserver {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// Callbacks during which callers wait, besides `handle_call/3`.
const OTHER_CALLBACKS: &[(&str, u8)] = &[
    ("handle_cast", 2),
    ("handle_info", 2),
    ("handle_continue", 2),
];

/// A way from a callback to a blocking call.
struct Wait<'p> {
    callback: &'p str,
    clause: ClauseId,
    kind: SinkKind,
    severity: Severity,
    steps: Vec<Step>,
    sink: CallId,
    certain: bool,
}

impl BlockingGenserver {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for server in project.servers() {
            if story::is_serial_by_nature(project, server) {
                continue;
            }
            match server.behaviour {
                Behaviour::GenServer | Behaviour::GenStage
                    if story::has_callers(project, server) =>
                {
                    self.check_server(project, server, cx);
                }
                Behaviour::StateMachine if story::is_called(project, server) => {
                    self.check_machine(project, server, cx);
                }
                _ => {}
            }
        }
    }

    /// Reports what a state machine waits for in `handle_event({:call, from}, ...)`, or in the function of a state.
    fn check_machine(&self, project: &Project, server: &Server, cx: &mut ProjectCx) {
        let mut told: Vec<CallId> = Vec::new();
        for function in project.functions_of(server.module) {
            let facts = project.function(function);
            let is_event = project.is(facts.name, "handle_event") && facts.max_arity == 4;
            if facts.is_private || !(is_event || facts.max_arity == 3) {
                continue;
            }
            let calls = project.clauses_of(function).filter(|it| {
                let event = project.clause(*it).parameters.first();
                matches!(event, Some(Shape::Tuple(parts)) if parts.len() == 2)
                    && event
                        .and_then(Shape::tag)
                        .is_some_and(|(tag, _)| project.is(tag, "call"))
            });
            let callback = project.text(facts.name);
            for wait in self.waits(project, callback, calls, is_slow_for_machine) {
                if !told.contains(&wait.sink) {
                    report(project, server, &wait, cx);
                    told.push(wait.sink);
                }
            }
        }
    }

    /// Reports each blocking call once, where the way to it is shortest; of those that no caller of this very message
    /// waits for, one of a kind.
    fn check_server(&self, project: &Project, server: &Server, cx: &mut ProjectCx) {
        let mut told: Vec<(CallId, SinkKind)> = Vec::new();
        let calls = server.clauses(project, "handle_call", 3);
        for wait in self.waits(project, "handle_call", calls, is_slow_work) {
            if !told.iter().any(|(sink, _)| *sink == wait.sink) {
                report(project, server, &wait, cx);
                told.push((wait.sink, wait.kind));
            }
        }
        if !self.other_callbacks {
            return;
        }
        for &(callback, arity) in OTHER_CALLBACKS {
            let clauses = server.clauses(project, callback, arity);
            for wait in self.waits(project, callback, clauses, is_far_away) {
                if !told.iter().any(|(_, kind)| *kind == wait.kind) {
                    report(project, server, &wait, cx);
                    told.push((wait.sink, wait.kind));
                }
            }
        }
    }

    /// Where a callback waits: for each clause the worst, the shortest ways first.
    fn waits<'p>(
        &self,
        project: &Project,
        callback: &'p str,
        clauses: impl Iterator<Item = ClauseId>,
        counts: fn(SinkKind) -> bool,
    ) -> Vec<Wait<'p>> {
        let mut waits: Vec<Wait> = clauses
            .filter_map(|clause| {
                let reach = self.worst(project, clause, counts)?;
                let steps = project.path(clause, reach);
                let sink = steps.last()?.call;
                Some(Wait {
                    callback,
                    clause,
                    kind: reach.kind,
                    severity: reach.severity,
                    steps,
                    sink,
                    certain: reach.certain,
                })
            })
            .collect();
        waits.sort_by_key(|it| (std::cmp::Reverse(it.severity), it.steps.len()));
        waits
    }

    fn worst<'p>(
        &self,
        project: &'p Project,
        clause: ClauseId,
        counts: fn(SinkKind) -> bool,
    ) -> Option<&'p Reach> {
        let waits = |it: &&Reach| {
            let steps = || project.path(clause, it);
            it.severity >= Severity::Medium
                && (it.certain || self.assumed)
                && it.depth <= self.max_depth
                && counts(it.kind)
                && !story::is_naming(project, &steps())
                && !story::asks_cache(project, it, &steps())
        };
        project
            .reaches(clause)
            .iter()
            .filter(waits)
            .max_by_key(|it| (it.certain, it.severity, std::cmp::Reverse(it.depth)))
    }
}

/// Sleeping has a rule of its own; calls of other servers are judged by what those do; a server that takes locks, or
/// compiles, is there to let one through at a time.
fn is_slow_work(kind: SinkKind) -> bool {
    !matches!(
        kind,
        SinkKind::Sleep
            | SinkKind::ProcessCall
            | SinkKind::SupervisorCall
            | SinkKind::Callback
            | SinkKind::Receive
            | SinkKind::Lock
            | SinkKind::Compile
    )
}

/// State machines often are the process of a connection, whose work it is to wait for the network.
fn is_slow_for_machine(kind: SinkKind) -> bool {
    is_slow_work(kind) && kind != SinkKind::Network
}

/// What may take seconds when others are in trouble: worth a word even where no caller waits for this very message.
fn is_far_away(kind: SinkKind) -> bool {
    is_slow_work(kind)
        && !matches!(
            kind,
            SinkKind::File | SinkKind::Console | SinkKind::Cpu | SinkKind::Cache | SinkKind::Await
        )
}

fn report(project: &Project, server: &Server, wait: &Wait, cx: &mut ProjectCx) {
    let blocking = project.callee_text(wait.sink);
    let at = project.at_clause(wait.clause);
    let module = project.module_name(server.module);
    let serves = !OTHER_CALLBACKS.iter().any(|(it, _)| *it == wait.callback);
    let waiting = if serves {
        "its caller and everyone behind it wait"
    } else {
        "its callers wait"
    };
    let message = format!(
        "`{}` of `{module}` waits for `{blocking}` ({}) while {waiting}",
        wait.callback,
        story::what(wait.kind)
    );
    let finding = cx.report(at.file, at.span, message);
    if !wait.certain {
        finding.confidence(Confidence::Low);
    }
    // Local files hardly ever keep anybody waiting for seconds.
    if !serves || wait.kind == SinkKind::File {
        finding.level(Level::Info);
    }
    story::tell(
        project,
        finding,
        &wait.steps,
        format!("`{blocking}` blocks the process of `{module}`"),
    );
    finding.help(if serves {
        "hand the work and `from` to a task under a `Task.Supervisor` and answer with `GenServer.reply/2`"
    } else {
        "start the work in a task under a `Task.Supervisor` and handle its result in `handle_info/2`"
    });
}
