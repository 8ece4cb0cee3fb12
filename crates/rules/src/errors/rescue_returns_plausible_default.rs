use super::{
    across::{Pretence, hidden},
    swallow::Swallowed,
};
use crate::prelude::*;

/// Rescues every exception and returns a value that looks like a result.
///
/// Zero, an empty list, `{:ok, []}`: callers cannot tell "there is none" from "we could not find out". A database
/// that is down for a minute becomes a balance of 0 on an invoice, an empty list that a synchronisation takes as an
/// order to delete everything, a permission check that says no to everybody. The wrong value is stored, cached and
/// passed on, and outlives the failure.
///
/// # Bad
///
/// ```elixir
/// def hashes(url) do
///   Enum.map(Req.get!(url).body["blocks"], & &1["hash"])
/// rescue
///   _ -> []
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// # Let it crash, or tell the caller.
/// def hashes(url) do
///   with {:ok, response} <- Req.get(url) do
///     {:ok, Enum.map(response.body["blocks"], & &1["hash"])}
///   end
/// end
/// ```
///
/// Reported where the protected code talks to a database, the network, a file, another process, or takes several
/// steps, and nothing tells that its results are of another type than the default. Decoding one value from outside,
/// asking a process that may be gone (`catch :exit, _`), and handlers that report what happened are left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = High, scope = Project)]
pub struct RescueReturnsPlausibleDefault {}

impl Rule for RescueReturnsPlausibleDefault {
    fn listen(on: &mut On<Self>) {
        on.kind(Kind::Section, Self::check);
        on.project(Self::check_project);
    }
}

impl RescueReturnsPlausibleDefault {
    fn check(&self, section: Node, cx: &mut Cx) {
        for swallowed in Swallowed::of(section, cx.tables) {
            if swallowed.is_plausible {
                report(&swallowed, cx);
            }
        }
    }

    fn check_project(&self, project: &Project, cx: &mut ProjectCx) {
        for hidden in hidden(project, Pretence::Result) {
            let file = project.file_of(hidden.clause);
            let message = format!(
                "every failure is turned into `{}`, which looks like a result",
                hidden.value
            );
            let finding = cx.report(file, hidden.span, message);
            hidden.explain(project, finding);
            finding.help(HELP);
        }
    }
}

const HELP: &str = "let it crash, or return an error that callers can tell from a result";

fn report(swallowed: &Swallowed, cx: &mut Cx) {
    let handler = &swallowed.handler;
    let message = format!(
        "`{}` turns every failure into `{}`, which looks like a result",
        handler.written(),
        swallowed.value.text()
    );
    let finding = cx.report(handler.clause.head_span(), message);
    swallowed.explain(finding);
    finding.help(HELP);
}
