use super::retries::retry;
use crate::prelude::*;

/// Tries again at once when a service outside has failed.
///
/// A service that is down or overloaded gets the next request within a millisecond, from every client at the same time,
/// as often as the machine can: the retries keep it down. Waiting longer after each attempt, with some chance in it,
/// gives it room to come back.
///
/// # Bad
///
/// ```elixir
/// def fetch(url, attempts) do
///   case Req.get(url, retry: false) do
///     {:ok, response} -> response
///     {:error, _reason} when attempts > 0 -> fetch(url, attempts - 1)
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def fetch(url), do: Req.get(url, retry: :transient, max_retries: 4)
/// ```
///
/// Reported is a function that calls itself in a branch for an error of a call that it makes itself, with nothing that
/// takes time in between; a response that says the service is broken (`status >= 500`) is an error, and the branch may
/// be a clause of a helper. `Req.get/2` and `Req.head/2` wait by themselves, unless told not to.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Resilience, confidence = Medium, scope = Module)]
pub struct RetryWithoutBackoff {}

impl Rule for RetryWithoutBackoff {
    fn listen(on: &mut On<Self>) {
        on.defs(Self::check);
    }
}

impl RetryWithoutBackoff {
    fn check(&self, def: Def, cx: &mut Cx) {
        let Some(retry) = retry(def, cx.tables).filter(|it| !it.waits) else {
            return;
        };
        cx.report(
            retry.again,
            format!("`{}` tries again at once after a failure", def.function_name()),
        )
        .label(retry.outside, "this has just failed")
        .help("wait before the next attempt, longer each time, or use the client's own `retry` option");
    }
}
