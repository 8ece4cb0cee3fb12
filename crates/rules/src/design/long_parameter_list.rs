use crate::prelude::*;

/// A public function with many parameters.
///
/// Whoever calls it has to remember the order, and two values of one type are easily swapped without anything
/// noticing. Values that travel together are a struct or a map.
///
/// # Bad
///
/// ```elixir
/// defmodule Library do
///   def loan(name, email, password, nickname, title, edition, days), do: {name, title}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Library do
///   def loan(user, book), do: {user.name, book.title}
/// end
/// ```
///
/// Callbacks (`@impl`), macros and delegates take the arguments that they have to. Each function is reported once.
#[derive(Deserialize, RuleMeta)]
#[rule(family = Design, confidence = Medium, scope = File)]
#[serde(default)]
pub struct LongParameterList {
    /// How many parameters a function may have.
    pub max_parameters: usize,
}

impl Default for LongParameterList {
    fn default() -> Self {
        Self { max_parameters: 6 }
    }
}

impl Rule for LongParameterList {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl LongParameterList {
    fn check(&self, module: Module, cx: &mut Cx) {
        for function in module.functions() {
            let first = function.clauses.first().and_then(|it| cx.file.def(*it));
            let Some(def) = first.filter(|it| it.keyword() == "def") else {
                continue;
            };
            if function.max_arity > self.max_parameters && def.attribute("impl").is_none() {
                cx.report(
                    def.head().unwrap_or(def.node()),
                    format!(
                        "`{}` takes {} parameters",
                        def.function_name(),
                        function.max_arity
                    ),
                )
                .help("group what belongs together in a struct or map");
            }
        }
    }
}
