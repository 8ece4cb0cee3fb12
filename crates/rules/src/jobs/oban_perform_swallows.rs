use crate::prelude::*;

/// A job rescues every exception and reports success.
///
/// Oban retries a job that raises, with growing pauses, and keeps the error with the job. A `perform/1` that rescues
/// everything and returns `:ok` throws that away: the job is marked completed, and the mail was never sent.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.NewsletterWorker do
///   use Oban.Worker
///
///   @impl Oban.Worker
///   def perform(%Oban.Job{args: %{"id" => id}}) do
///     Shop.Newsletter.deliver!(id)
///     :ok
///   rescue
///     _ -> :ok
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.NewsletterWorker do
///   use Oban.Worker
///
///   @impl Oban.Worker
///   def perform(%Oban.Job{args: %{"id" => id}}) do
///     Shop.Newsletter.deliver!(id)
///     :ok
///   end
/// end
/// ```
///
/// Handlers that name an exception, that re-raise, or that give `{:error, _}`, `{:cancel, _}` or `{:snooze, _}` are left
/// alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Jobs, confidence = High, scope = Module)]
pub struct ObanPerformSwallows {}

impl Rule for ObanPerformSwallows {
    fn listen(on: &mut On<Self>) {
        on.defs(Self::check);
    }
}

impl ObanPerformSwallows {
    fn check(&self, def: Def, cx: &mut Cx) {
        if !super::is_perform(def) {
            return;
        }
        let attempts = def.descendants().filter(|it| {
            it.is(Kind::Call) && it.name() == "try" && it.is_control() && gives_value(def, *it)
        });
        for attempt in std::iter::once(def.node()).chain(attempts) {
            let is_dropped = attempt != def.node() && attempt.is_discarded();
            let handlers = attempt
                .sections()
                .filter(|(kind, _)| matches!(kind, SectionKind::Rescue | SectionKind::Catch));
            for clause in handlers.flat_map(|(_, body)| body.clauses()) {
                check_handler(clause, is_dropped, cx);
            }
        }
    }
}

/// Whether the job's result is that of this expression, or is success whatever it gives.
fn gives_value(def: Def, attempt: Node) -> bool {
    let Some(body) = def.body() else {
        return false;
    };
    let is_step = body.expressions().any(|it| it == attempt);
    let is_last = body.last().is_some_and(|it| it == attempt);
    is_last || is_step && body.tails().iter().all(|it| it.node.tag() == Some("ok"))
}

fn check_handler(clause: Clause, is_dropped: bool, cx: &mut Cx) {
    let takes_all = clause.guard().is_none() && clause.heads().all(|it| it.is(Kind::Var));
    let raises = clause
        .body()
        .descendants()
        .any(|it| it.is(Kind::Call) && matches!(it.name(), "reraise" | "raise" | "exit" | "throw"));
    if !takes_all || raises {
        return;
    }
    let tails = clause.body().tails();
    let is_success =
        |it: &Tail| it.node.tag() == Some("ok") || it.node.is_nil() || super::is_log(it.node);
    if is_dropped || !tails.is_empty() && tails.iter().all(is_success) {
        let finding = cx.report(
            clause.head_span(),
            "the job reports success whatever goes wrong, so that it is never retried",
        );
        if let Some(tail) = tails.first() {
            finding.label(tail.node, "the job is marked completed");
        }
        finding.help(
            "let it raise, or return `{:error, reason}`: Oban keeps the error and tries again",
        );
    }
}
