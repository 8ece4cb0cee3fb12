use super::{
    across::{Pretence, hidden},
    swallow::Swallowed,
};
use crate::prelude::*;

/// Rescues every exception, tells nobody, and goes on.
///
/// A rescue without an exception's name also takes what nobody expected: the database that is down, the typing
/// error, the message that no clause matches. With `nil` or `:ok` for an answer there is no crash report, no
/// restart by the supervisor, no retry of the job, and no line in the log; the work is not done, and what is noticed,
/// days later, is data that is missing. A handler that gives back its input goes on with text that is not redacted,
/// not checked, not escaped.
///
/// # Bad
///
/// ```elixir
/// def sync(accounts) do
///   Enum.each(accounts, fn account -> Req.post!(account.url, json: account.rows) end)
/// rescue
///   _ -> :ok
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// # A crash is logged, and whoever supervises the process decides.
/// def sync(accounts) do
///   Enum.each(accounts, fn account -> Req.post!(account.url, json: account.rows) end)
/// end
///
/// # The one failure that is expected is named, and the caller learns of it.
/// def push(account) do
///   {:ok, Req.post!(account.url, json: account.rows)}
/// rescue
///   error in Req.TransportError -> {:error, error}
/// end
/// ```
///
/// Only code that does more than decode a value is looked at: it talks to a database, the network, a file, another
/// process, or takes several steps. Handlers that raise again, log at `warning` or above, call a reporter, or give
/// an error are left alone, also where a function of the same file does so for them; so are `terminate/2`, Mix tasks,
/// and `catch :exit, _`. What functions of other files do with an exception is not known, and taken for a report; what
/// they come to talk to is followed.
/// Where the value looks like a result of the protected code, `rescue-returns-plausible-default` speaks instead.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = High, scope = Project)]
pub struct RescueSwallow {}

impl Rule for RescueSwallow {
    fn listen(on: &mut On<Self>) {
        on.kind(Kind::Section, Self::check);
        on.project(Self::check_project);
    }
}

impl RescueSwallow {
    fn check(&self, section: Node, cx: &mut Cx) {
        for swallowed in Swallowed::of(section, cx.tables) {
            if !swallowed.is_plausible {
                report(&swallowed, cx);
            }
        }
    }

    fn check_project(&self, project: &Project, cx: &mut ProjectCx) {
        for hidden in hidden(project, Pretence::Nothing) {
            let file = project.file_of(hidden.clause);
            let message = format!(
                "the failure is hidden, and nobody is told: all that is left of it is `{}`",
                hidden.value
            );
            let finding = cx.report(file, hidden.span, message);
            hidden.explain(project, finding);
            finding.help(HELP);
        }
    }
}

const HELP: &str = "rescue the exception you expect by name and let the others crash; or log with the stacktrace and return an error";

fn report(swallowed: &Swallowed, cx: &mut Cx) {
    let handler = &swallowed.handler;
    let message = if swallowed.is_input {
        format!(
            "`{}` hides every failure and goes on with `{}` as it was",
            handler.written(),
            swallowed.value.text()
        )
    } else {
        format!(
            "`{}` hides every failure, and nobody is told",
            handler.written()
        )
    };
    let finding = cx.report(handler.clause.head_span(), message);
    swallowed.explain(finding);
    finding.help(HELP);
}
