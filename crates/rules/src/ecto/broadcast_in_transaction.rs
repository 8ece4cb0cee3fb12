use exlint_facts::CallFacts;
use exlint_project::{CallId, Witnesses};
use rustc_hash::FxHashSet;

use crate::{
    app::{calls_in_transactions, is_web, last_segment, leaves_something_out, tell},
    phoenix::topics::BROADCASTS,
    prelude::*,
};

/// Tells other processes about a change before the transaction that makes it has committed.
///
/// Whoever receives the message reads the database at once and finds the old rows, because the new ones become
/// visible only with the commit; the screen then shows the old state for good, since no second message comes. And
/// when the transaction is rolled back, everybody has been told of something that never happened.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Orders do
///   alias Shop.Repo
///
///   def place(changeset) do
///     Repo.transaction(fn ->
///       order = Repo.insert!(changeset)
///       Phoenix.PubSub.broadcast(Shop.PubSub, "orders", {:placed, order})
///       order
///     end)
///   end
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
/// defmodule Shop.Orders do
///   alias Shop.Repo
///
///   def place(changeset) do
///     with {:ok, order} <- Repo.transaction(fn -> Repo.insert!(changeset) end) do
///       Phoenix.PubSub.broadcast(Shop.PubSub, "orders", {:placed, order})
///       {:ok, order}
///     end
///   end
/// end
///
/// defmodule Shop.Repo do
///   use Ecto.Repo, otp_app: :shop, adapter: Ecto.Adapters.Postgres
/// end
/// ```
///
/// Broadcasts of `Phoenix.PubSub`, of endpoints and of channels count, at most `max_depth` calls away. One that
/// several calls of the same transaction lead to is reported once. Transactions that begin in a function which calls this
/// one in a way that cannot be followed are not seen.
#[derive(Deserialize, RuleMeta)]
#[rule(family = Ecto, confidence = High, scope = Project)]
#[serde(default)]
pub struct BroadcastInTransaction {
    /// How many calls a path may be long.
    pub max_depth: usize,
}

impl Default for BroadcastInTransaction {
    fn default() -> Self {
        Self { max_depth: 6 }
    }
}

impl Rule for BroadcastInTransaction {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl BroadcastInTransaction {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let calls = calls_in_transactions(project);
        if calls.is_empty() {
            return;
        }
        let broadcasts = Witnesses::of(project, BROADCASTS, |id, call| {
            is_broadcast(project, id, call)
        });
        let mut told = FxHashSet::default();
        for (call, transaction) in calls {
            let path = broadcasts.path(project, call);
            let Some(path) = path.filter(|it| it.len() <= self.max_depth) else {
                continue;
            };
            let Some(last) = path.last() else { continue };
            if path.iter().any(|it| leaves_something_out(project, *it)) {
                continue;
            }
            if !told.insert((transaction, *last)) {
                continue;
            }
            let broadcast = project.callee_text(*last);
            let (at, begins) = (project.at(call), project.at(transaction));
            let finding = cx.report(
                at.file,
                at.span,
                format!("`{broadcast}` tells others of a change that is not committed yet"),
            );
            finding.label_in(begins.file, begins.span, "the transaction begins here");
            tell(
                finding,
                project,
                &path,
                "receivers may read the database before the commit, and a rollback cannot take this back",
            );
            finding.help("broadcast after the transaction has returned `{:ok, _}`");
        }
    }
}

pub(crate) fn is_broadcast(project: &Project, id: CallId, call: &CallFacts) -> bool {
    if !BROADCASTS.contains(&project.text(call.name)) {
        return false;
    }
    let Some(module) = project.external_module(id) else {
        return false;
    };
    matches!(
        module,
        "Phoenix.PubSub" | "Phoenix.Channel" | "Phoenix.Channel.Server"
    ) || last_segment(module) == "Endpoint" && is_web(module)
}
