use exlint_project::{Child, Item, Supervisor};

use super::once::{Starting, Tie, TieKind};
use crate::prelude::*;

/// Siblings that depend on each other are restarted one by one.
///
/// Under `:one_for_one` only the child that crashed starts again. A sibling that, in its own `init/1`, entered itself
/// into the other's ETS table, joined its `:pg` scope, told it its pid, or looked up the other's pid goes on as if
/// nothing had happened: its entry is gone, its pid is forgotten, the pid it keeps is dead, and nothing brings them back
/// until it is restarted, too.
///
/// # Bad
///
/// ```elixir
/// defmodule Table do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///   def init(_), do: {:ok, :ets.new(:routes, [:named_table, :public])}
/// end
///
/// defmodule Route do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///
///   def init(_) do
///     :ets.insert(:routes, {:main, self()})
///     {:ok, []}
///   end
/// end
///
/// defmodule Router do
///   use Supervisor
///   def init(_), do: Supervisor.init([Table, Route], strategy: :one_for_one)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Table do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///   def init(_), do: {:ok, :ets.new(:routes, [:named_table, :public])}
/// end
///
/// defmodule Route do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///
///   def init(_) do
///     :ets.insert(:routes, {:main, self()})
///     {:ok, []}
///   end
/// end
///
/// defmodule Router do
///   use Supervisor
///   def init(_), do: Supervisor.init([Table, Route], strategy: :rest_for_one)
/// end
/// ```
///
/// A process registered in a `Registry` is linked to it and dies with it: that is no reason. A sibling that monitors or
/// links anybody, or does the same again later than in `init/1` and `handle_continue/2`, is left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = Medium, scope = Project)]
#[serde(default)]
pub struct SupervisionStrategyMismatch {}

impl Rule for SupervisionStrategyMismatch {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl SupervisionStrategyMismatch {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for supervisor in &project.tree().supervisors {
            let strategy = supervisor.strategy.map(|it| project.text(it));
            if strategy == Some("one_for_one") {
                check_siblings(project, supervisor, cx);
            }
        }
    }
}

fn check_siblings(project: &Project, supervisor: &Supervisor, cx: &mut ProjectCx) {
    let children = supervisor.children.iter().filter_map(Item::child);
    let children: Vec<&Child> = children.collect();
    let starting: Vec<Option<Starting>> = children
        .iter()
        .map(|it| Starting::of(project, it))
        .collect();
    for (sibling, nth) in starting.iter().zip(0..) {
        let Some(sibling) = sibling else { continue };
        let older = std::iter::zip(&children, &starting).take(nth);
        let tied = older.filter(|(child, _)| !child.excludes(sibling.child));
        let mut tied = tied.filter_map(|(child, owner)| {
            let tie = sibling.tie_to(project, child, owner.as_ref())?;
            Some((*child, tie))
        });
        if let Some((older, tie)) = tied.next() {
            report(project, supervisor, sibling, older, &tie, cx);
        }
    }
}

fn report(
    project: &Project,
    supervisor: &Supervisor,
    sibling: &Starting,
    older: &Child,
    tie: &Tie,
    cx: &mut ProjectCx,
) {
    let own = project.module_name(sibling.module);
    let other = older.name.or(older.module);
    let other = other.map_or("a sibling", |it| project.text(it));
    let (message, counterpart, made) = match tie.kind {
        TieKind::Entry => (
            format!("`:one_for_one` leaves `{own}` without its entry when `{other}` is restarted"),
            format!("the table of `{other}`, which ends with it"),
            format!("`{own}` writes its entry once, when it starts"),
        ),
        TieKind::Membership => (
            format!("`:one_for_one` leaves `{own}` out of its group when `{other}` is restarted"),
            String::new(),
            format!("`{own}` joins once, when it starts"),
        ),
        TieKind::Registration => (
            format!("`{other}` forgets `{own}` when `:one_for_one` restarts it"),
            format!("`{other}` remembers the pid that it is told"),
            format!("`{own}` tells its pid once, when it starts"),
        ),
        TieKind::Pid => (
            format!("`{own}` keeps a dead pid when `:one_for_one` restarts `{other}`"),
            String::new(),
            format!("`{own}` looks the pid up once, when it starts"),
        ),
    };
    let finding = cx.report(supervisor.at.file, supervisor.at.span, message);
    if let Some(at) = tie.counterpart.map(|it| project.at(it)) {
        finding.label_in(at.file, at.span, counterpart);
    }
    let at = project.at(tie.made);
    finding.label_in(at.file, at.span, made);
    let at = sibling.child.at;
    let text = format!("`{own}` is not restarted with `{other}`");
    finding.label_in(at.file, at.span, text).help(
        "use `:rest_for_one`: what was started after the child that crashed starts again, too",
    );
}
