use super::retries::retry;
use crate::prelude::*;

/// Tries again for ever when a service outside has failed.
///
/// Nothing counts the attempts. When the service does not come back, the process never does either: whoever waits for it
/// waits for ever, and the failure is seen nowhere.
///
/// # Bad
///
/// ```elixir
/// def fetch(url) do
///   case Req.get(url) do
///     {:ok, response} ->
///       response
///
///     {:error, _reason} ->
///       Process.sleep(1_000)
///       fetch(url)
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def fetch(url, attempts \\ 5) do
///   case Req.get(url) do
///     {:ok, response} ->
///       {:ok, response}
///
///     {:error, _reason} when attempts > 0 ->
///       Process.sleep(1_000)
///       fetch(url, attempts - 1)
///
///     {:error, reason} ->
///       {:error, reason}
///   end
/// end
/// ```
///
/// Silent where an argument changes with each attempt, and in functions that connect: to come back is their work.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Resilience, confidence = Medium, scope = Module)]
pub struct UnboundedRetry {}

impl Rule for UnboundedRetry {
    fn listen(on: &mut On<Self>) {
        on.defs(Self::check);
    }
}

impl UnboundedRetry {
    fn check(&self, def: Def, cx: &mut Cx) {
        let name = def.function_name();
        if name.contains("connect") || name.contains("loop") || name.contains("wait") {
            return;
        }
        let Some(retry) = retry(def, cx.tables).filter(|it| !it.counts) else {
            return;
        };
        cx.report(retry.again, format!("`{name}` tries again for ever"))
            .label(retry.outside, "as long as this fails")
            .help("count the attempts, and give the error back when there were enough");
    }
}
