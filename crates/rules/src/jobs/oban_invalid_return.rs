use crate::prelude::*;

/// A job ends in a value that Oban does not know.
///
/// Oban takes `:ok`, `{:ok, value}`, `{:error, reason}`, `{:cancel, reason}` and `{:snooze, seconds}`. Any other value
/// counts as success, with a warning in the log: a job that gives `:error`, `false` or `{:error, a, b}` because it has
/// failed is marked completed and not tried again.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.SyncWorker do
///   use Oban.Worker
///
///   @impl Oban.Worker
///   def perform(%Oban.Job{args: %{"id" => id}}) do
///     if Shop.Crm.sync(id), do: :ok, else: :error
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.SyncWorker do
///   use Oban.Worker
///
///   @impl Oban.Worker
///   def perform(%Oban.Job{args: %{"id" => id}}) do
///     if Shop.Crm.sync(id), do: :ok, else: {:error, :not_synced}
///   end
/// end
/// ```
///
/// Only values that are written out are judged. `nil` counts as success on purpose often enough to be left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Jobs, confidence = High, scope = Module)]
pub struct ObanInvalidReturn {}

impl Rule for ObanInvalidReturn {
    fn listen(on: &mut On<Self>) {
        on.defs(Self::check);
    }
}

impl ObanInvalidReturn {
    fn check(&self, def: Def, cx: &mut Cx) {
        if !super::is_perform(def) {
            return;
        }
        for (kind, body) in def.sections() {
            if kind == SectionKind::After {
                continue;
            }
            for tail in body.tails() {
                if tail.kind == TailKind::Value
                    && let Some(why) = wrong(tail.node)
                {
                    cx.report(tail.node, format!("`{}` {why}", tail.node.text()))
                        .help("return `:ok`, `{:ok, value}`, `{:error, reason}`, `{:cancel, reason}` or `{:snooze, seconds}`");
                }
            }
        }
    }
}

/// What Oban makes of a value that it does not know.
fn wrong(value: Node) -> Option<&'static str> {
    const SUCCESS: &str = "is no result of a job: Oban logs a warning and marks the job completed";
    match value.kind() {
        Kind::Atom if matches!(value.name(), "discard") => {
            Some("is deprecated as the result of a job in favour of `{:cancel, reason}`")
        }
        Kind::Atom => (!matches!(value.name(), "ok" | "nil")).then_some(SUCCESS),
        Kind::Tuple => {
            let parts: Vec<_> = value.children().collect();
            match (value.tag(), parts.len()) {
                (Some("ok" | "error" | "cancel" | "snooze"), 2) => None,
                (Some("discard"), 2) => {
                    Some("is deprecated as the result of a job in favour of `{:cancel, reason}`")
                }
                (Some(_), _) => Some(SUCCESS),
                (None, _) => None,
            }
        }
        _ => None,
    }
}
