use super::pure::is_pure;
use crate::prelude::*;

/// Builds a list with `Enum.map/2` for the effects of the function, and drops the list.
///
/// The list of results is made and thrown away, and the reader looks for the place where it is used. `Enum.each/2` does the
/// same work and says what it is for.
///
/// # Bad
///
/// ```elixir
/// def send_all(mails) do
///   Enum.map(mails, fn mail -> Mail.Smtp.send(mail) end)
///   :ok
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def send_all(mails) do
///   Enum.each(mails, fn mail -> Mail.Smtp.send(mail) end)
///   :ok
/// end
/// ```
///
/// Where the results should have been used, the errors among them are what is lost.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Immutability, confidence = Medium, scope = File, fix = Safe)]
pub struct MapForSideEffects {}

impl Rule for MapForSideEffects {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&["Enum.map/2"], Self::check);
    }
}

impl MapForSideEffects {
    fn check(&self, call: Call, cx: &mut Cx) {
        if !call.whole_pipe().is_discarded() {
            return;
        }
        // A function without effects is dead code: `unused-pure-result`.
        let has_effects = call
            .argument(1)
            .is_some_and(|it| it.is(Kind::Var) || !is_pure(it, cx));
        if !has_effects {
            return;
        }
        let finding = cx.report(call, "the list that `Enum.map/2` builds is thrown away");
        finding
            .help("`Enum.each/2` is for effects; if the results matter (`{:error, _}`), use them");
        if call.is_remote() {
            finding.fix(Fix::replace("Use `Enum.each/2`", call.name_span(), "each"));
        }
    }
}
