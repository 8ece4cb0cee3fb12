use crate::prelude::*;

/// Matches a pattern against a `try` whose handler gives a value that the pattern never takes.
///
/// The handler is there so that the failure does no harm, and gives `[]` or `nil` to a match that asks for `[value]`:
/// the exception it caught becomes a `MatchError` one line below, without the first one's message and stacktrace.
///
/// # Bad
///
/// ```elixir
/// [version] =
///   try do
///     String.split(Base.decode64!(text), ",")
///   rescue
///     _ -> []
///   end
/// ```
///
/// # Good
///
/// ```elixir
/// case Base.decode64(text) do
///   {:ok, decoded} -> {:ok, String.split(decoded, ",")}
///   :error -> {:error, :not_base64}
/// end
/// ```
///
/// Only values that stand in the handler are compared: literals, tuples, lists, maps, structs. What a variable or a
/// call gives is not known.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = High, scope = File)]
pub struct RescueValueCannotMatch {}

impl Rule for RescueValueCannotMatch {
    fn listen(on: &mut On<Self>) {
        on.matches(Self::check);
    }
}

impl RescueValueCannotMatch {
    fn check(&self, matching: Match, cx: &mut Cx) {
        let Some((pattern, value)) = matching.pattern().zip(matching.value()) else {
            return;
        };
        if !value.is_control() || pattern.is(Kind::Var) {
            return;
        }
        for tail in value.tails() {
            let given = tail.node;
            if tail.kind != TailKind::Value
                || !is_from_handler(given, value)
                || pattern.may_match(given)
            {
                continue;
            }
            let message = format!(
                "the handler gives `{}`, which never matches `{}`",
                shortened(given),
                shortened(pattern)
            );
            cx.report(given, message)
                .label(pattern, "this is what the value has to match")
                .help("match the result and the failure in a `case`, or let the first exception through");
        }
    }
}

fn is_from_handler(node: Node, within: Node) -> bool {
    node.ancestors()
        .take_while(|it| *it != within && within.contains(*it))
        .any(|it| {
            matches!(
                it.section_kind(),
                Some(SectionKind::Rescue | SectionKind::Catch)
            )
        })
}

fn shortened(node: Node) -> String {
    node.text().lines().next().unwrap_or_default().to_owned()
}
