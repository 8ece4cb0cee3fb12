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
        let Some(receiver) = call.receiver() else {
            return;
        };
        let at_compile_time =
            call.enclosing::<Module>().is_some() && call.enclosing::<Def>().is_none();
        if !at_compile_time {
            return;
        }
        let made = match receiver.kind() {
            Kind::Var => bound(receiver),
            _ => Call::cast(receiver),
        };
        if let Some(made) = made.filter(|it| is_concat(*it)) {
            cx.report(
                made,
                "the compiler does not see which module this depends on",
            )
            .help("write the names of the modules out");
        }
    }
}

/// `Module.concat(Shop.Plugin, name)`.
fn is_concat(call: Call) -> bool {
    call.module().is_some_and(|it| it == "Module")
        && matches!(call.name(), "concat" | "safe_concat")
}

/// The call that a variable was bound to in the same block.
fn bound(variable: Node<'_>) -> Option<Call<'_>> {
    let statements = variable.ancestors().flat_map(|it| {
        let before = std::iter::successors(it.previous_sibling(), |it| it.previous_sibling());
        before.take(MOST_STATEMENTS)
    });
    let binding = statements
        .take(MOST_STATEMENTS)
        .filter_map(Match::cast)
        .find(|it| it.pattern().is_some_and(|it| it.is_var(variable.name())))?;
    Call::cast(binding.value()?)
}

/// How many statements before a variable are looked at for where it is bound.
const MOST_STATEMENTS: usize = 20;
