use exlint_facts::{Callee, Name, Shape};
use exlint_project::{Child, ClauseId, Item, ModuleId, Supervisor, SupervisorKind, Target};
use rustc_hash::FxHashSet;

use super::names::{Used, walk};
use crate::prelude::*;

/// A crash restarts children that have nothing to do with the one that crashed.
///
/// `:one_for_all` and `:rest_for_one` are for children that cannot go on without each other. Where none of them uses
/// another, the crash of one throws away the state of all, drops what they are doing, and counts for a restart of
/// healthy processes that callers wait for.
///
/// # Bad
///
/// ```elixir
/// defmodule Mailer do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///   def init(_), do: {:ok, []}
/// end
///
/// defmodule Clock do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///   def init(_), do: {:ok, System.monotonic_time()}
/// end
///
/// defmodule Workers do
///   use Supervisor
///   def init(_), do: Supervisor.init([Mailer, Clock], strategy: :one_for_all)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Mailer do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///   def init(_), do: {:ok, []}
/// end
///
/// defmodule Clock do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///   def init(_), do: {:ok, System.monotonic_time()}
/// end
///
/// defmodule Workers do
///   use Supervisor
///   def init(_), do: Supervisor.init([Mailer, Clock], strategy: :one_for_one)
/// end
/// ```
///
/// Only where all children are written out and are modules of the project, none of them a supervisor. A child uses
/// another when anything that it calls mentions the other's module or name, or when both address one table, registry or
/// topic server. Calls that only run time knows make the rule silent. That children have to start afresh together for a
/// reason outside the code is not known here.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = Low, scope = Project)]
#[serde(default)]
pub struct UnrelatedChildrenRestarted {}

impl Rule for UnrelatedChildrenRestarted {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl UnrelatedChildrenRestarted {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for supervisor in &project.tree().supervisors {
            let strategy = supervisor.strategy.map(|it| project.text(it));
            if supervisor.kind == SupervisorKind::Static
                && let Some(strategy @ ("one_for_all" | "rest_for_one")) = strategy
                && let Some(members) = members(project, supervisor)
                && are_strangers(&members)
            {
                report(supervisor, strategy, &members, cx);
            }
        }
    }
}

/// A child with all that it comes to use.
struct Member<'p> {
    child: &'p Child,
    /// The names it goes by.
    names: Vec<Name>,
    mentions: FxHashSet<Name>,
    /// What it addresses: servers, registries, tables.
    addresses: FxHashSet<Name>,
}

/// The children, where all of them and what they use are known.
fn members<'p>(project: &'p Project, supervisor: &'p Supervisor) -> Option<Vec<Member<'p>>> {
    let children = supervisor.children.iter().map(Item::child);
    let members: Option<Vec<_>> = children.map(|it| member(project, it?)).collect();
    members.filter(|it| it.len() > 1)
}

fn member<'p>(project: &'p Project, child: &'p Child) -> Option<Member<'p>> {
    let name = child.module.filter(|_| child.supervisor.is_none())?;
    let module = project.find_module(name, project.file_of(child.clause))?;
    let server = project
        .server(module)
        .filter(|it| it.behaviour.serves_calls())?;
    let used = Used::by(project, clauses_of(project, module));
    let mut mentions = FxHashSet::default();
    walk(&child.argument, &mut |it| mentions.extend(mentioned(it)));
    for clause in &used.clauses {
        if is_open(project, *clause) {
            return None;
        }
        mentions.insert(project.module(project.module_of_clause(*clause)).name);
        for value in project.code(*clause).values() {
            walk(value, &mut |it| mentions.extend(mentioned(it)));
        }
    }
    let addresses = used.names.iter().filter(
        |(name, call)| !matches!(project.target(*call), Target::External(module) if module == name),
    );
    let addresses = addresses
        .map(|(name, _)| *name)
        .chain(tables(project, &used));
    let own = server.names.iter().flatten().copied().chain(child.name);
    Some(Member {
        child,
        names: own.chain([name]).collect(),
        mentions,
        addresses: addresses.collect(),
    })
}

fn clauses_of(project: &Project, module: ModuleId) -> Vec<ClauseId> {
    let functions = project.functions_of(module);
    functions.flat_map(|it| project.clauses_of(it)).collect()
}

fn mentioned(shape: &Shape) -> Option<Name> {
    shape.module().or(shape.atom())
}

/// Whether a clause calls what only run time knows.
fn is_open(project: &Project, clause: ClauseId) -> bool {
    project.calls_of(clause).any(|(id, call)| {
        matches!(call.callee, Callee::Dynamic(_))
            && !matches!(
                project.target(id),
                Target::Function { .. } | Target::External(_)
            )
    })
}

/// The tables that calls of `:ets` name.
fn tables(project: &Project, used: &Used) -> impl Iterator<Item = Name> {
    let calls = used.called.iter();
    calls.filter_map(|it| {
        let table = project.call(*it).arguments.first()?;
        let is_ets = project.external_module(*it) == Some(":ets");
        mentioned(project.value(it.clause, table)).filter(|_| is_ets)
    })
}

fn are_strangers(members: &[Member]) -> bool {
    let knows = |one: &Member, other: &Member| {
        other.names.iter().any(|it| one.mentions.contains(it))
            || one.addresses.iter().any(|it| other.addresses.contains(it))
    };
    members.iter().zip(1..).all(|(one, next)| {
        let mut others = members[next..].iter();
        others.all(|other| {
            one.child.module != other.child.module && !knows(one, other) && !knows(other, one)
        })
    })
}

fn report(supervisor: &Supervisor, strategy: &str, members: &[Member], cx: &mut ProjectCx) {
    let message =
        format!("`:{strategy}` restarts children that have nothing to do with each other");
    let finding = cx.report(supervisor.at.file, supervisor.at.span, message);
    for member in members {
        let at = member.child.at;
        finding.label_in(at.file, at.span, "uses none of the others");
    }
    finding.help("use `:one_for_one`, or put what belongs together under a supervisor of its own");
}
