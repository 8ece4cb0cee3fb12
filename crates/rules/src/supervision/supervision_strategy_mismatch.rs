use exlint_project::{Child, Item, Supervisor};

use super::once::{Order, Starting, Tie, TieKind};
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
            if let Some(strategy @ ("one_for_one" | "rest_for_one")) = strategy {
                check_siblings(project, supervisor, strategy, cx);
            }
        }
    }
}

fn check_siblings(project: &Project, supervisor: &Supervisor, strategy: &str, cx: &mut ProjectCx) {
    let children = supervisor.children.iter().filter_map(Item::child);
    let children: Vec<&Child> = children.collect();
    let starting: Vec<Option<Starting>> = children
        .iter()
        .map(|it| Starting::of(project, it))
        .collect();
    for (starts, nth) in starting.iter().zip(0..) {
        let Some(starts) = starts else { continue };
        let siblings = std::iter::zip(&children, &starting).zip(0..);
        let mut tied = siblings.filter_map(|((child, owner), at)| {
            let order = match at {
                _ if at < nth && strategy == "one_for_one" => Order::Older,
                _ if at > nth => Order::Younger,
                _ => return None,
            };
            if child.excludes(starts.child) {
                return None;
            }
            let tie = starts.tie_to(project, child, owner.as_ref(), order)?;
            Some((*child, tie, order))
        });
        if let Some((sibling, tie, order)) = tied.next() {
            report(
                project,
                supervisor,
                strategy,
                (starts, sibling),
                (&tie, order),
                cx,
            );
        }
    }
}

fn report(
    project: &Project,
    supervisor: &Supervisor,
    strategy: &str,
    (starts, sibling): (&Starting, &Child),
    (tie, order): (&Tie, Order),
    cx: &mut ProjectCx,
) {
    let own = project.module_name(starts.module);
    let other = sibling.name.or(sibling.module);
    let other = other.map_or("a sibling", |it| project.text(it));
    let (message, counterpart, made) = match tie.kind {
        TieKind::Entry => (
            format!("`:{strategy}` leaves `{own}` without its entry when `{other}` is restarted"),
            format!("the table of `{other}`, which ends with it"),
            format!("`{own}` writes its entry once, when it starts"),
        ),
        TieKind::Membership => (
            format!("`:{strategy}` leaves `{own}` out of its group when `{other}` is restarted"),
            String::new(),
            format!("`{own}` joins once, when it starts"),
        ),
        TieKind::Registration => (
            format!("`{other}` forgets `{own}` when `:{strategy}` restarts it"),
            format!("`{other}` remembers the pid that it is told"),
            format!("`{own}` tells its pid once, when it starts"),
        ),
        TieKind::Pid => (
            format!("`{own}` keeps a dead pid when `:{strategy}` restarts `{other}`"),
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
    let at = starts.child.at;
    let text = format!("`{own}` is not restarted with `{other}`");
    finding.label_in(at.file, at.span, text);
    finding.help(match order {
        Order::Older => {
            "use `:rest_for_one`: what was started after the child that crashed starts again, too"
                .to_owned()
        }
        Order::Younger => {
            format!("put `{other}` above `{own}` and use `:rest_for_one`, or use `:one_for_all`")
        }
    });
}
