use super::outside::{Outside, is_tool};
use crate::prelude::*;

/// Runs text from outside as code.
///
/// Evaluated code can do all that the application can: read its secrets, use its database, run programs. No filter on the
/// text makes that safe. The weakness is known as CWE-95.
///
/// # Bad
///
/// ```elixir
/// {result, _binding} = Code.eval_string(params["formula"])
/// ```
///
/// # Good
///
/// ```elixir
/// {:ok, result} = Formula.evaluate(params["formula"])
/// ```
///
/// Only text that visibly comes from a request or event is reported. A template of EEx is code, too.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Security, confidence = Medium, scope = File)]
pub struct CodeEval {}

impl Rule for CodeEval {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[
                "Code.eval_string",
                "Code.eval_quoted",
                "Code.eval_file",
                "Code.compile_string",
                "Code.compile_quoted",
                "EEx.eval_string",
                "EEx.compile_string",
                "EEx.eval_file",
            ],
            Self::check,
        );
    }
}

impl CodeEval {
    fn check(&self, call: Call, cx: &mut Cx) {
        // Parsing alone creates atoms, and is what comes before evaluating.
        let is_parse = call.name().starts_with("string_to_quoted");
        let Some(code) = call
            .argument(0)
            .filter(|_| !is_tool(call.node()) && !is_parse)
        else {
            return;
        };
        let outside = Outside::around(call.node(), cx);
        let is_parsed = |it: Call| {
            it.name().starts_with("string_to_quoted")
                && it.argument(0).is_some_and(|it| outside.holds(it))
        };
        if outside.holds(code) || code.subtree().filter_map(Call::cast).any(is_parsed) {
            cx.report(call, format!("`{}` runs what outsiders send", call.mfa()))
                .label(code, "this text comes from outside")
                .help("interpret a small language of your own, or map known names to functions");
        }
    }
}
