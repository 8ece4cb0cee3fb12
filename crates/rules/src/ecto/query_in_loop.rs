use exlint_project::{CallId, SinkKind, Target, Witnesses};
use rustc_hash::FxHashSet;

use crate::{
    app::{
        Loop, READS, WRITES, is_maintenance, is_worker, loop_around, production, repo_function,
        tell,
    },
    prelude::*,
};

/// Reads from the database once for each element of a collection.
///
/// Each query is a round trip. Ten rows in development are ten milliseconds; ten thousand rows in production are ten
/// seconds and ten thousand turns on a connection that everybody else waits for. The query often hides a few
/// functions away, behind a harmless name.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Report do
///   alias Shop.{Order, Repo}
///
///   def totals(users) do
///     Enum.map(users, fn user -> {user.id, orders(user)} end)
///   end
///
///   defp orders(user), do: Repo.all(Order, user_id: user.id)
/// end
///
/// defmodule Shop.Repo do
///   use Ecto.Repo, otp_app: :shop, adapter: Ecto.Adapters.Postgres
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Report do
///   alias Shop.Repo
///
///   def totals(users) do
///     users
///     |> Repo.preload(:orders)
///     |> Enum.map(fn user -> {user.id, user.orders} end)
///   end
/// end
///
/// defmodule Shop.Repo do
///   use Ecto.Repo, otp_app: :shop, adapter: Ecto.Adapters.Postgres
/// end
/// ```
///
/// Only reads count, at most `max_depth` calls away. Loops over values that are written out or over chunks, loops that
/// stop at the first element that fits, functions that also write or go over the network, reads that a cache answers,
/// work handed to tasks, Mix tasks, seeds, migrations and Oban workers are left alone.
#[derive(Deserialize, RuleMeta)]
#[rule(family = Ecto, confidence = High, scope = Project)]
#[serde(default)]
pub struct QueryInLoop {
    /// How many calls away from the loop the query may be.
    pub max_depth: usize,
}

impl Default for QueryInLoop {
    fn default() -> Self {
        Self { max_depth: 3 }
    }
}

impl Rule for QueryInLoop {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl QueryInLoop {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let runs = |functions: &'static [&'static str]| {
            Witnesses::of(project, functions, |id, _| {
                repo_function(project, id).is_some()
            })
        };
        let (reads, writes) = (runs(READS), runs(WRITES));
        for clause in production(project) {
            // One finding for each loop: a second query in it is the same mistake.
            let mut told = FxHashSet::default();
            for (call, _) in project.calls_of(clause) {
                let Some(around) = loop_around(project, call) else {
                    continue;
                };
                let Some(path) = reads.path(project, call) else {
                    continue;
                };
                if is_maintenance(project, clause)
                    || is_worker(project, project.module_of_clause(clause))
                {
                    break;
                }
                let first_time = match around {
                    Loop::Over(each) => told.insert(Some(each)),
                    Loop::Comprehension => told.insert(None),
                };
                let is_lookup = path.len() == 1
                    || writes.path(project, call).is_none() && !asks_others(project, call);
                if path.len() <= self.max_depth
                    && first_time
                    && is_lookup
                    && !path.iter().any(|it| is_cached(project, *it))
                    && !fetches_argument(project, &path)
                {
                    report(project, around, &path, cx);
                }
            }
        }
    }
}

/// Whether the same call also goes over the network, which takes longer and has to be done for each element anyway.
fn asks_others(project: &Project, call: CallId) -> bool {
    let Target::Function { clauses, .. } = project.target(call) else {
        return false;
    };
    let mut reaches = clauses.iter().flat_map(|it| project.reaches(*it));
    reaches.any(|it| {
        matches!(
            it.kind,
            SinkKind::Http | SinkKind::Network | SinkKind::Mail | SinkKind::ExternalCommand
        )
    })
}

/// Whether a call is made only where a cache does not know the answer: `Cachex.fetch(:users, id, fn -> ... end)`.
fn is_cached(project: &Project, id: CallId) -> bool {
    let around = project.closures_around(id);
    around
        .iter()
        .filter_map(|it| it.given_to)
        .any(|it| project.callee_text(it).to_lowercase().contains("cache"))
}

/// Whether the query is the one of a clause that fetches what another clause of the same function is given already:
/// `def rate(id), do: id |> Orders.get!() |> rate()`. Which of them runs cannot be known.
fn fetches_argument(project: &Project, path: &[CallId]) -> bool {
    path.iter().skip(1).any(|step| {
        let own = project.function_of(step.clause);
        let mut calls = project.calls_of(step.clause);
        calls.any(|(id, _)| {
            matches!(project.target(id), Target::Function { function, .. } if *function == own)
        })
    })
}

fn report(project: &Project, around: Loop, path: &[CallId], cx: &mut ProjectCx) {
    let (Some(first), Some(last)) = (path.first(), path.last()) else {
        return;
    };
    let query = project.callee_text(*last);
    let at = project.at(*first);
    let message = match path.len() {
        1 => format!("`{query}` runs once for each element"),
        _ => format!(
            "`{}` runs `{query}` once for each element",
            project.callee_text(*first)
        ),
    };
    let finding = cx.report(at.file, at.span, message);
    if let Loop::Over(each) = around {
        let at = project.at(each);
        finding.label_in(
            at.file,
            at.span,
            "called for each element of the collection",
        );
    }
    tell(
        finding,
        project,
        path,
        "one round trip to the database each time",
    );
    finding.help("fetch for the whole collection at once: `Repo.preload/2`, a join, or `where: x.id in ^ids`");
}
