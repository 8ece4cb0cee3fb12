use crate::prelude::*;

/// Calls, while a module is compiled, a module whose name is put together.
///
/// The compiler learns what a module depends on from the names that it sees. A name made with `Module.concat` stays
/// hidden: the module may not be compiled yet when it is called, and a change to it does not recompile this one, which
/// goes on with what the old version said.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Plugins do
///   for name <- [:Mail, :Text] do
///     @plugins Module.concat(Shop.Plugin, name).info()
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Plugins do
///   for plugin <- [Shop.Plugin.Mail, Shop.Plugin.Text] do
///     @plugins plugin.info()
///   end
/// end
/// ```
///
/// Only code that runs while the module is compiled counts: not functions.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Design, confidence = High, scope = File)]
pub struct UntrackedCompileDependency {}

impl Rule for UntrackedCompileDependency {
    fn listen(on: &mut On<Self>) {
        on.calls(Self::check);
    }
}

impl UntrackedCompileDependency {
    fn check(&self, call: Call, cx: &mut Cx) {
        let Some(made) = call.receiver().and_then(Call::cast) else {
            return;
        };
        let is_made = made.module().as_deref() == Some("Module")
            && matches!(made.name(), "concat" | "safe_concat");
        let at_compile_time =
            call.enclosing::<Module>().is_some() && call.enclosing::<Def>().is_none();
        if is_made && at_compile_time {
            cx.report(
                made,
                "the compiler does not see which module this depends on",
            )
            .help("write the names of the modules out");
        }
    }
}
