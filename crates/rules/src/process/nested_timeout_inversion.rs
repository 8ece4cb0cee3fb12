use exlint_facts::Shape;
use exlint_project::{CallId, ClauseId, Message, ServerCall, Step};
use rustc_hash::{FxHashMap, FxHashSet};

use super::story;
use crate::prelude::*;

/// A server waits longer for another than its own caller waits for it.
///
/// The caller gives up first and exits, while the server goes on waiting for an answer that nobody wants any more, and
/// everyone behind it in the mailbox waits as well. The error that is seen is the timeout of the outer call, which says
/// nothing about the cause.
///
/// # Bad
///
/// ```elixir
/// defmodule Printer do
///   use GenServer
///
///   def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)
///   def status, do: GenServer.call(__MODULE__, :status)
///
///   def handle_call(:status, _from, state) do
///     {:ok, answer} = :gen_tcp.recv(state.socket, 0, 30_000)
///     {:reply, answer, state}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Printer do
///   use GenServer
///
///   def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)
///   def status, do: GenServer.call(__MODULE__, :status, 31_000)
///
///   def handle_call(:status, _from, state) do
///     {:ok, answer} = :gen_tcp.recv(state.socket, 0, 30_000)
///     {:reply, answer, state}
///   end
/// end
/// ```
///
/// Two calls that both keep the default of five seconds are not reported, nor are timeouts only known at run time.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Medium, scope = Project)]
pub struct NestedTimeoutInversion {}

impl Rule for NestedTimeoutInversion {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// How long `GenServer.call/2` and its like wait, in milliseconds.
const DEFAULT: i64 = 5_000;

/// How many clauses are looked at that may receive one message.
const MAX_CLAUSES: usize = 200;

/// A limit in milliseconds, and whether it is written out.
#[derive(Clone, Copy)]
struct Limit {
    time: i64,
    is_written: bool,
}

impl NestedTimeoutInversion {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let mut told: FxHashSet<CallId> = FxHashSet::default();
        let mut known = FxHashMap::default();
        for message in project.messages() {
            if message.kind != ServerCall::Call || !cx.covers(project.role_of(message.call.clause))
            {
                continue;
            }
            let Some(outer) = call_limit(project, message) else {
                continue;
            };
            let server = message.to.and_then(|it| project.server(it));
            let Some(server) = server.filter(|_| outer.time < i64::MAX) else {
                continue;
            };
            let receivers = project.receivers(message.call, server, None);
            for clause in receivers.into_iter().take(MAX_CLAUSES) {
                let limits: &Vec<(CallId, Limit)> = known
                    .entry(clause)
                    .or_insert_with(|| inner_limits(project, clause));
                for (call, inner) in limits {
                    let is_known = inner.is_written || outer.is_written;
                    if inner.time > outer.time && is_known && told.insert(*call) {
                        let steps = project.runs(clause).path_to(*call);
                        report(project, message.call, outer, *inner, &steps, cx);
                    }
                }
            }
        }
    }
}

/// The calls that the process running a clause comes to wait for.
fn inner_limits(project: &Project, clause: ClauseId) -> Vec<(CallId, Limit)> {
    let calls = project.runs(clause).calls(project).into_iter();
    calls
        .filter_map(|it| Some((it, inner_limit(project, it)?)))
        .collect()
}

fn call_limit(project: &Project, message: &Message) -> Option<Limit> {
    if project.external_module(message.call) == Some("Agent") {
        return None;
    }
    match message.timeout {
        Some(argument) => argument_limit(project, message.call, argument),
        None => Some(Limit {
            time: DEFAULT,
            is_written: false,
        }),
    }
}

/// How long a call that blocks waits.
fn inner_limit(project: &Project, id: CallId) -> Option<Limit> {
    if let Some(message) = project.message(id) {
        return (message.kind == ServerCall::Call)
            .then(|| call_limit(project, message))
            .flatten();
    }
    let call = project.call(id);
    let name = project.text(call.name);
    let argument = match (project.external_module(id)?, name, call.arity) {
        ("Task", "await" | "await_many" | "yield" | "yield_many", 2) => 1,
        (":gen_tcp" | ":ssl", "recv", 3) => 2,
        (":gen_tcp" | ":ssl", "connect", 4) => 3,
        (":erpc" | ":rpc", "call", 5) => 4,
        ("Kernel", "receive", 1) => 0,
        ("Process" | ":timer", "sleep", 1) => 0,
        _ => return option_limit(project, id),
    };
    argument_limit(project, id, argument)
}

fn argument_limit(project: &Project, id: CallId, argument: u8) -> Option<Limit> {
    let value = project.call(id).arguments.get(argument as usize)?;
    limit_of(project, project.value(id.clause, value))
}

fn limit_of(project: &Project, value: &Shape) -> Option<Limit> {
    let time = match value {
        Shape::Int(time) => *time,
        Shape::Atom(name) if project.is(*name, "infinity") => i64::MAX,
        _ => return None,
    };
    Some(Limit {
        time,
        is_written: true,
    })
}

/// Options of HTTP clients and databases.
const OPTIONS: &[&str] = &["receive_timeout", "recv_timeout", "timeout"];

fn option_limit(project: &Project, id: CallId) -> Option<Limit> {
    project.waits_at(id)?;
    let options = project.call(id).arguments.last()?;
    let options = project.value(id.clause, options);
    let limits = OPTIONS.iter().filter_map(|it| {
        let value = options.get(project.name(it)?)?;
        limit_of(project, project.value(id.clause, value))
    });
    limits.max_by_key(|it| it.time)
}

fn report(
    project: &Project,
    outer_call: CallId,
    outer: Limit,
    inner: Limit,
    steps: &[Step],
    cx: &mut ProjectCx,
) {
    let Some(last) = steps.last() else { return };
    let (inner_text, outer_text) = (text_of(inner), text_of(outer));
    let callee = project.callee_text(last.call);
    let at = project.at(last.call);
    let finding = cx.report(
        at.file,
        at.span,
        format!("`{callee}` waits {inner_text}, but the caller of this server gives up after {outer_text}"),
    );
    let at = project.at(outer_call);
    let text = format!("the caller waits {outer_text}");
    finding.label_in(at.file, at.span, text);
    story::tell(
        project,
        finding,
        steps,
        format!("the server waits {inner_text}"),
    );
    finding.help(
        "give the inner call a shorter timeout than the outer one, or the outer one a longer",
    );
}

fn text_of(limit: Limit) -> String {
    match (limit.time, limit.is_written) {
        (i64::MAX, _) => "for ever".to_owned(),
        (time, true) => format!("{time} ms"),
        (time, false) => format!("{time} ms (the default)"),
    }
}
