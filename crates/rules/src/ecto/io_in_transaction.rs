use exlint_project::{Severity, SinkKind, Witnesses};

use crate::{
    app::{calls_in_transactions, leaves_something_out, tell},
    prelude::*,
};

/// Waits for a web service, mail, another program or a timer inside a database transaction.
///
/// A transaction holds its connection, and the locks on the rows it has written, until its function returns. A web
/// service that takes ten seconds then keeps a connection of the pool and every other writer of those rows waiting
/// for ten seconds; and when the transaction is rolled back afterwards, the mail is sent and the card is charged all
/// the same. The path from the transaction to the slow call may lead through any number of functions and files.
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
///       Req.post!("https://payments.example/charge", json: %{id: order.id})
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
///     Repo.transaction(fn ->
///       order = Repo.insert!(changeset)
///       Oban.insert!(Shop.ChargeWorker.new(%{id: order.id}))
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
/// Which functions wait is data: the `[[sink]]` rows of `rules.toml`. Work handed to another process is not part of
/// the transaction, and neither is a function that is told to leave it out (`skip_email: true`). Functions that are called inside somebody else's transaction without being given to it are not
/// seen when the call goes through a module chosen at run time.
#[derive(Deserialize, RuleMeta)]
#[rule(family = Ecto, confidence = High, scope = Project)]
#[serde(default)]
pub struct IoInTransaction {
    /// How many calls a path may be long.
    pub max_depth: usize,
}

impl Default for IoInTransaction {
    fn default() -> Self {
        Self { max_depth: 8 }
    }
}

impl Rule for IoInTransaction {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl IoInTransaction {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let calls = calls_in_transactions(project);
        if calls.is_empty() {
            return;
        }
        let waits = Witnesses::to_sinks(project, |_, kind, severity| {
            is_outside(kind) && severity >= Severity::Medium
        });
        for (call, transaction) in calls {
            let Some(path) = waits.path(project, call) else {
                continue;
            };
            let Some(last) = path.last().filter(|_| path.len() <= self.max_depth) else {
                continue;
            };
            if path.iter().any(|it| leaves_something_out(project, *it)) {
                continue;
            }
            let slow = project.callee_text(*last);
            let at = project.at(call);
            let begins = project.at(transaction);
            let finding = cx.report(
                at.file,
                at.span,
                format!("`{slow}` runs inside a database transaction"),
            );
            finding.label_in(begins.file, begins.span, "the transaction begins here");
            let text =
                format!("`{slow}` keeps the connection and the locks for as long as it takes");
            tell(finding, project, &path, &text);
            finding.help(
                "do it after the transaction has committed, or insert an Oban job in the transaction that does it",
            );
        }
    }
}

/// What has nothing to do with the database and may take long.
fn is_outside(kind: SinkKind) -> bool {
    matches!(
        kind,
        SinkKind::Http
            | SinkKind::Mail
            | SinkKind::ExternalCommand
            | SinkKind::Sleep
            | SinkKind::Rpc
            | SinkKind::Await
    )
}
