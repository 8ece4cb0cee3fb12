use exlint_project::Tables;

use super::{
    handler::Handler,
    reach::{Step, steps},
    swallow::{Swallowed, raises_again},
    value::{Value, of_handler},
};
use crate::prelude::*;

/// Protects a whole loop with effects by one `rescue`.
///
/// The first element that fails ends the loop: what came before it is done, what comes after is not, and the handler
/// does not know which. Where it gives `:ok`, the caller takes the rest for done.
///
/// # Bad
///
/// ```elixir
/// def notify(users) do
///   Enum.each(users, fn user -> Req.post!(user.hook, json: %{id: user.id}) end)
/// rescue
///   error ->
///     Logger.error(Exception.format(:error, error, __STACKTRACE__))
///     :ok
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def notify(users) do
///   Enum.each(users, fn user ->
///     case Req.post(user.hook, json: %{id: user.id}) do
///       {:ok, _response} -> :ok
///       {:error, error} -> Logger.error("#{user.id} was not notified: #{Exception.message(error)}")
///     end
///   end)
/// end
/// ```
///
/// Reported for `Enum.each/2`, `Enum.map/2` and `for` over calls to a database, the network, a file or another process,
/// where the handler takes every exception and goes on as if all were well. Where it tells nobody either,
/// `rescue-swallow` speaks instead; where it gives an error, the caller knows. A transaction undoes the first half.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = Medium, scope = Module)]
pub struct RescueAroundBatch {}

impl Rule for RescueAroundBatch {
    fn listen(on: &mut On<Self>) {
        on.kind(Kind::Section, Self::check);
    }
}

impl RescueAroundBatch {
    fn check(&self, section: Node, cx: &mut Cx) {
        let handlers = Handler::of(section);
        let Some(handler) = handlers.iter().find(|it| it.takes_every_exception()) else {
            return;
        };
        let Some((batch, step)) = handler
            .body
            .expressions()
            .find_map(|it| batch(it, cx.tables))
        else {
            return;
        };
        let is_told = raises_again(handler) || of_handler_value(handler).is_none();
        if is_told || !Swallowed::of(section, cx.tables).is_empty() {
            return;
        }
        cx.report(
            handler.clause.head_span(),
            format!(
                "the first failure of `{}` ends the whole loop, and the caller takes it for done",
                step.mfa()
            ),
        )
        .label(batch, "elements after a bad one are skipped")
        .help("handle the failure of each element inside the loop, or let the failure out");
    }
}

fn of_handler_value<'t>(handler: &Handler<'t>) -> Option<Vec<(Node<'t>, Value)>> {
    of_handler(handler.clause.body(), handler, 0)
}

/// The loop of an expression, with the call it makes for each element.
fn batch<'t>(expression: Node<'t>, tables: &Tables) -> Option<(Node<'t>, Step<'t>)> {
    let value = match Match::cast(expression) {
        Some(matching) => matching.value()?,
        None => expression,
    };
    let call = match Pipe::cast(value) {
        Some(pipe) => pipe.right()?,
        None => value,
    };
    let call = Call::cast(call)?;
    let run_for_each: Vec<Node> = match (call.module().as_deref(), call.name()) {
        (Some("Enum"), "each" | "map") => call
            .arguments()
            .filter(|it| matches!(it.kind(), Kind::Fn | Kind::Capture))
            .collect(),
        (None, "for") => call.section(SectionKind::Do)?.expressions().collect(),
        _ => return None,
    };
    let steps = steps(run_for_each.into_iter(), tables);
    let step = steps.into_iter().find(|it| it.io(tables).is_some())?;
    Some((call.node(), step))
}
