use crate::prelude::*;

/// `__using__` does nothing that `import` could not do.
///
/// Whoever reads `use Shop.Helpers` has to read the macro to know what it brings; `import Shop.Helpers` says it. Every
/// module that uses it depends on it at compile time, and is recompiled whenever anything in it changes.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Helpers do
///   defmacro __using__(_options) do
///     quote do
///       import Shop.Helpers
///     end
///   end
///
///   def shorten(text), do: String.slice(text, 0, 80)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Helpers do
///   def shorten(text), do: String.slice(text, 0, 80)
/// end
/// ```
///
/// Only a macro that imports its own module and nothing else is reported. Several imports and aliases at once are a
/// convenience that many projects choose.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Design, confidence = High, scope = Module)]
pub struct UseInsteadOfImport {}

impl Rule for UseInsteadOfImport {
    fn listen(on: &mut On<Self>) {
        on.defs(Self::check);
    }
}

impl UseInsteadOfImport {
    fn check(&self, def: Def, cx: &mut Cx) {
        let is_kept_for_old = def.attribute("deprecated").is_some();
        if !def.is_named("__using__", 1) || def.keyword() != "defmacro" || is_kept_for_old {
            return;
        }
        let Some(body) = def.body() else { return };
        let mut steps = body.expressions();
        let (Some(quote), None) = (steps.next().and_then(Call::cast), steps.next()) else {
            return;
        };
        let Some(inner) = quote
            .section(SectionKind::Do)
            .filter(|_| quote.name() == "quote")
        else {
            return;
        };
        let mut inner = inner.expressions();
        let (Some(directive), None) = (inner.next().and_then(Directive::cast), inner.next()) else {
            return;
        };
        let own = def.module().map(Module::name).unwrap_or_default();
        let imports_own = directive.keyword() == "import"
            && directive.argument().is_some_and(|it| {
                it.module_name().is_some_and(|it| it == own) || it.text().contains("__MODULE__")
            });
        if imports_own {
            cx.report(
                def.head().unwrap_or(def.node()),
                format!("`use {own}` only imports it"),
            )
            .help(format!(
                "write `import {own}` where it is used, and drop the macro"
            ));
        }
    }
}
