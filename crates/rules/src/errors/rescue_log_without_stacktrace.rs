use super::{handler::Handler, swallow::raises_again};
use crate::prelude::*;

/// Logs a rescued exception without its stacktrace.
///
/// `inspect(error)` says what went wrong, not where. For an exception that any line below could have raised, the log
/// then holds a `KeyError` that nobody can find.
///
/// # Bad
///
/// ```elixir
/// try do
///   import_all(rows)
/// rescue
///   error -> Logger.error("import failed: #{inspect(error)}")
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// try do
///   import_all(rows)
/// rescue
///   error -> Logger.error(Exception.format(:error, error, __STACKTRACE__))
/// end
/// ```
///
/// Reported for handlers that take every exception and log at `warning` or above.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = Low, scope = File)]
pub struct RescueLogWithoutStacktrace {}

impl Rule for RescueLogWithoutStacktrace {
    fn listen(on: &mut On<Self>) {
        on.kind(Kind::Section, Self::check);
    }
}

impl RescueLogWithoutStacktrace {
    fn check(&self, section: Node, cx: &mut Cx) {
        for handler in Handler::of(section) {
            let Some(exception) = handler
                .exception()
                .filter(|_| handler.takes_every_exception())
            else {
                continue;
            };
            let body = handler.clause.body();
            let has_stacktrace = body.descendants().any(|it| it.is_var("__STACKTRACE__"));
            if has_stacktrace || raises_again(&handler) {
                continue;
            }
            let logs = |it: &Call| {
                it.module().is_some_and(|module| module == "Logger")
                    && matches!(it.name(), "error" | "warning" | "warn" | "critical")
                    && it.descendants().any(|it| it.is_var(exception.name()))
            };
            if let Some(log) = body.descendants().filter_map(Call::cast).find(logs) {
                cx.report(log, format!("the log says what `{}` is, not where it came from", exception.name()))
                    .label(exception, "any line of the protected code may have raised it")
                    .help("log `Exception.format(:error, error, __STACKTRACE__)`, or pass `crash_reason:` as metadata");
            }
        }
    }
}
