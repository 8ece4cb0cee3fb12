use crate::prelude::*;

/// A macro puts a large piece of code into every module that uses it.
///
/// The code is expanded, compiled and loaded once for each use. A function in the module of the macro is compiled once,
/// shows up in stack traces under its own name, and can be tested.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Routes do
///   defmacro route(path) do
///     quote do
///       one = String.trim(unquote(path))
///       two = String.split(one, "/")
///       three = Enum.reject(two, &(&1 == ""))
///       four = Enum.map(three, &String.downcase/1)
///       five = Enum.join(four, "/")
///       six = "/" <> five
///       @routes six
///     end
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Routes do
///   defmacro route(path) do
///     quote do
///       @routes Shop.Routes.__normal__(unquote(path))
///     end
///   end
///
///   def __normal__(path), do: "/" <> String.trim(path, "/")
/// end
/// ```
///
/// Only expressions directly in the `quote` of a macro count, from `max_expressions` on; definitions, attributes,
/// directives and what functions made (`unquote(...)`) are what macros are for.
#[derive(Deserialize, RuleMeta)]
#[rule(family = Design, confidence = Medium, scope = File)]
#[serde(default)]
pub struct LargeCodeGeneration {
    /// How many expressions a `quote` may have.
    pub max_expressions: usize,
}

impl Default for LargeCodeGeneration {
    fn default() -> Self {
        Self { max_expressions: 5 }
    }
}

impl Rule for LargeCodeGeneration {
    fn listen(on: &mut On<Self>) {
        on.calls(Self::check);
    }
}

impl LargeCodeGeneration {
    fn check(&self, call: Call, cx: &mut Cx) {
        if call.name() != "quote" || call.is_remote() {
            return;
        }
        let in_macro = call
            .enclosing::<Def>()
            .is_some_and(|it| it.keyword() == "defmacro" && !it.function_name().starts_with("__"));
        let Some(body) = call.section(SectionKind::Do).filter(|_| in_macro) else {
            return;
        };
        let expressions = body
            .expressions()
            .filter(|it| {
                let is_made_elsewhere = it.is(Kind::Call) && it.name() == "unquote";
                !is_made_elsewhere
                    && !matches!(
                        it.kind(),
                        Kind::Def | Kind::Attribute | Kind::Directive | Kind::Module
                    )
            })
            .count();
        if expressions > self.max_expressions {
            let span = Span::new(call.span().start, call.name_span().end);
            cx.report(
                span,
                format!("{expressions} expressions are compiled anew wherever the macro is used"),
            )
            .help("move them into a function, and let the macro call it");
        }
    }
}
