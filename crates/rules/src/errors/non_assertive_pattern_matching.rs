use crate::prelude::*;

/// Picks an element of a split text by its place.
///
/// `Enum.at(String.split(pair, "="), 1)` gives `nil` where there is no `=`, and the wrong part where there are two. Both
/// go on as if they were a value. A pattern says how many parts there are, and fails where that is not so.
///
/// # Bad
///
/// ```elixir
/// value = Enum.at(String.split(pair, "="), 1)
/// ```
///
/// # Good
///
/// ```elixir
/// [_key, value] = String.split(pair, "=", parts: 2)
/// ```
///
/// Reported for `Enum.at/2` of `String.split/2` and of the captures of `Regex.run/2`. The first part and the last one are
/// always there, and left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = Low, scope = File)]
pub struct NonAssertivePatternMatching {}

impl Rule for NonAssertivePatternMatching {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&["Enum.at/2"], Self::check);
    }
}

impl NonAssertivePatternMatching {
    fn check(&self, call: Call, cx: &mut Cx) {
        let source = call.argument(0).and_then(|it| match Pipe::cast(it) {
            Some(pipe) => pipe.right(),
            None => Some(it),
        });
        let Some(source) = source.and_then(Call::cast) else {
            return;
        };
        let is_split = ["split", "run"].contains(&source.name())
            && source
                .module()
                .is_some_and(|it| it == "String" || it == "Regex");
        let place = call.argument(1).and_then(Node::integer);
        let is_certain = matches!(place, Some(0 | -1));
        if is_split && !is_certain {
            cx.report(
                call.whole_pipe(),
                format!(
                    "`{}` gives `nil` or the wrong part where the text has another form",
                    call.mfa()
                ),
            )
            .label(source, "nothing says how many parts there are")
            .help("match the parts: `[_key, value] = String.split(text, \"=\", parts: 2)`");
        }
    }
}
