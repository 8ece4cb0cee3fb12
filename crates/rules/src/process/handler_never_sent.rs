use exlint_facts::{Code, FileRole, Name};
use exlint_project::{Behaviour, ClauseId, Server};
use rustc_hash::FxHashSet;

use crate::prelude::*;

/// A server has a clause for a message that nobody sends.
///
/// Such a clause is either left over, and misleads whoever reads or changes the server, or its message is sent under
/// another name, and arrives nowhere.
///
/// # Bad
///
/// ```elixir
/// defmodule Meter do
///   use GenServer
///
///   def read(pid), do: GenServer.call(pid, :read)
///
///   def handle_call(:read, _from, state), do: {:reply, state.value, state}
///   def handle_call(:reset_counter, _from, state), do: {:reply, :ok, %{state | value: 0}}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Meter do
///   use GenServer
///
///   def read(pid), do: GenServer.call(pid, :read)
///
///   def handle_call(:read, _from, state), do: {:reply, state.value, state}
/// end
/// ```
///
/// A message counts as sent where its tag stands in any value of the project, tests included, whoever it may be for.
/// Opt-in: other nodes, people at a console, and the users of a library send messages, too.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Low, scope = Project)]
pub struct HandlerNeverSent {}

impl Rule for HandlerNeverSent {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// What OTP itself, or the test framework, sends.
const PROTOCOL: &[&str] = &[
    "which_children",
    "count_children",
    "start_child",
    "suite_started",
    "suite_finished",
    "module_started",
    "module_finished",
    "test_started",
    "test_finished",
    "sigquit",
    "max_failures_reached",
    "case_started",
    "case_finished",
    "checkout",
];

/// Modules that bring no messages of their own.
const PLAIN: &[&str] = &["GenServer", "GenStage", "Application", "Logger"];

impl HandlerNeverSent {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let mut sent: Option<FxHashSet<Name>> = None;
        for server in project.servers().iter().filter(|it| is_plain(project, it)) {
            let clauses = [("handle_call", 3), ("handle_cast", 2)]
                .into_iter()
                .flat_map(|(name, arity)| server.clauses(project, name, arity));
            for clause in clauses {
                let Some(tag) = tag_of(project, clause) else {
                    continue;
                };
                let sent = sent.get_or_insert_with(|| tags_in_values(project));
                if !sent.contains(&tag) && !PROTOCOL.contains(&project.text(tag)) {
                    report(project, server, clause, tag, cx);
                }
            }
        }
    }
}

/// Whether a server of production code gets only what somebody means for it.
fn is_plain(project: &Project, server: &Server) -> bool {
    let traits = project.traits(server.module);
    matches!(server.behaviour, Behaviour::GenServer | Behaviour::GenStage)
        && project.role_of_module(server.module) == FileRole::Production
        && traits.injected.is_empty()
        && [&traits.uses, &traits.behaviours]
            .into_iter()
            .flatten()
            .all(|it| PLAIN.contains(&project.text(*it)))
}

fn tag_of(project: &Project, clause: ClauseId) -> Option<Name> {
    let (tag, _) = project.clause(clause).parameters.first()?.tag()?;
    Some(tag).filter(|it| !matches!(project.text(*it), "nil" | "true" | "false"))
}

/// The atoms, and the first elements of tuples, among all values of the project.
fn tags_in_values(project: &Project) -> FxHashSet<Name> {
    let mut tags = FxHashSet::default();
    let clauses = project.clauses().map(|it| project.code(it));
    let bodies = project.modules().map(|it| &project.module(it).body);
    let tops = project.files().map(|(_, file)| &file.top);
    for value in clauses.chain(bodies).chain(tops).flat_map(Code::values) {
        value.walk(&mut |shape| {
            tags.extend(shape.tag().map(|(tag, _)| tag));
            true
        });
    }
    tags
}

fn report(project: &Project, server: &Server, clause: ClauseId, tag: Name, cx: &mut ProjectCx) {
    let at = project.at_clause(clause);
    let callback = project.function_text(clause);
    let module = project.module_name(server.module);
    let tag = project.text(tag);
    let message = format!("nobody sends `:{tag}`, which this clause of `{callback}` is for");
    cx.report(at.file, at.span, message).help(format!(
        "remove the clause, or send `{module}` what it is for"
    ));
}
