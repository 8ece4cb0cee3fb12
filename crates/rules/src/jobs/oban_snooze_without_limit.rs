use crate::prelude::*;

/// A job puts itself off again and again, and nothing says when to give up.
///
/// Each snooze raises the number of attempts allowed, so that `max_attempts` never ends it: if what the job waits for
/// never comes, the job runs for ever, and so does every other one like it.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.PaymentWorker do
///   use Oban.Worker
///
///   @impl Oban.Worker
///   def perform(%Oban.Job{args: %{"id" => id}}) do
///     case Shop.Payments.status(id) do
///       :paid -> :ok
///       :pending -> {:snooze, 60}
///     end
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.PaymentWorker do
///   use Oban.Worker
///
///   @impl Oban.Worker
///   def perform(%Oban.Job{args: %{"id" => id}, attempt: attempt}) do
///     case Shop.Payments.status(id) do
///       :paid -> :ok
///       :pending when attempt > 100 -> {:cancel, :never_paid}
///       :pending -> {:snooze, 60}
///     end
///   end
/// end
/// ```
///
/// Silent where the worker mentions the attempt, a time, or a result that ends the job without success.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Jobs, confidence = Low, scope = Module)]
pub struct ObanSnoozeWithoutLimit {}

impl Rule for ObanSnoozeWithoutLimit {
    fn listen(on: &mut On<Self>) {
        on.defs(Self::check);
    }
}

impl ObanSnoozeWithoutLimit {
    fn check(&self, def: Def, cx: &mut Cx) {
        if !super::is_perform(def) {
            return;
        }
        let Some(body) = def.body() else { return };
        let tails = body.tails();
        let Some(snooze) = tails.iter().find(|it| it.node.tag() == Some("snooze")) else {
            return;
        };
        let module = def.module().map_or(def.node(), |it| it.node());
        let is_limit = |it: Node| {
            let name = it.name();
            it.is_atom("cancel")
                || it.is_atom("error")
                || it.is_atom("discard")
                || [
                    "attempt",
                    "inserted_at",
                    "scheduled_at",
                    "DateTime",
                    "snoozed",
                ]
                .iter()
                .any(|word| name.contains(word))
        };
        if module.descendants().any(is_limit) {
            return;
        }
        cx.report(snooze.node, "the job is put off, and nothing says when to give up")
            .help("compare `attempt` or the time of insertion with a limit, and return `{:cancel, reason}`");
    }
}
