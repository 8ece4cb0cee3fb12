use crate::prelude::*;

/// The source does not parse.
///
/// Elixir does not compile such a file. The rules look at the parts around the error, which may hide findings.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop do
///   def open?(hour), do: hour in (9..17
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop do
///   def open?(hour), do: hour in 9..17
/// end
/// ```
///
/// Only the first error of a file is reported: those after it are mostly its echo.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Exlint, confidence = High, scope = File, tests, scripts)]
pub struct SyntaxError {}

impl Rule for SyntaxError {
    fn listen(on: &mut On<Self>) {
        on.files(Self::check);
    }
}

impl SyntaxError {
    fn check(&self, cx: &mut Cx) {
        if let Some(first) = cx.file.first_error() {
            let span = first_line(cx.file.source(), first);
            cx.report(span, "this is no valid Elixir")
                .help("exlint reads Elixir as `mix compile` would: fix this first");
        }
    }
}

fn first_line(source: &str, span: Span) -> Span {
    let text = &source[span.range()];
    let len = text.find('\n').unwrap_or(text.len());
    Span::new(span.start, span.start + len as u32)
}
