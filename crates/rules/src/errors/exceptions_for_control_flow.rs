use super::{handler::Handler, reach::steps, twin::only_call_with_twin};
use crate::prelude::*;

/// Calls a function that raises, only to rescue, where another function says the same by its result.
///
/// `File.read!/1` is for those who cannot go on without the file. Whoever can asks `File.read/1` and matches: that is
/// one branch instead of an exception built, raised and unwound, and the `rescue` does not hide the failures of anything
/// that is later added to the `try`.
///
/// # Bad
///
/// ```elixir
/// def read(path) do
///   File.read!(path)
/// rescue
///   _ -> ""
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def read(path) do
///   case File.read(path) do
///     {:ok, text} -> text
///     {:error, :enoent} -> ""
///   end
/// end
/// ```
///
/// Reported where the call is all that is protected, and its counterpart is known: in the standard library, of a
/// database or HTTP client, or a function of the same module that goes by the same name without `!`.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = Medium, scope = Module)]
pub struct ExceptionsForControlFlow {}

impl Rule for ExceptionsForControlFlow {
    fn listen(on: &mut On<Self>) {
        on.kind(Kind::Section, Self::check);
    }
}

impl ExceptionsForControlFlow {
    fn check(&self, section: Node, cx: &mut Cx) {
        if section.section_kind() != Some(SectionKind::Rescue) {
            return;
        }
        let handlers = Handler::of(section);
        let Some(handler) = handlers.first() else {
            return;
        };
        let raises = |it: Node| it.is(Kind::Call) && matches!(it.name(), "raise" | "reraise");
        let raises_again = handlers
            .iter()
            .any(|it| it.clause.body().descendants().any(raises));
        if raises_again || handler.def().is_some_and(|it| implements_twin(it, handler)) {
            return;
        }
        let steps = steps(handler.body.expressions(), cx.tables);
        let Some((step, twin)) = only_call_with_twin(handler.body, &steps, cx.tables) else {
            return;
        };
        cx.report(
            step.node,
            format!("`{}` is called only to rescue what it raises", step.mfa()),
        )
        .label(handler.clause.head_span(), "rescued here")
        .help(format!("call `{twin}` and match its result"));
    }
}

/// Whether the function is the counterpart itself, made of the one that raises: `def fetch(id)` of `fetch!(id)`.
fn implements_twin(def: Def, handler: &Handler) -> bool {
    handler.body.descendants().filter_map(Call::cast).any(|it| {
        !it.is_remote()
            && it
                .name()
                .strip_suffix('!')
                .is_some_and(|name| name == def.function_name())
    })
}
