use super::{
    callers::{is_server_callback, only_from},
    ets,
};
use crate::prelude::*;

/// Makes an ETS table public although only its owner writes to it.
///
/// Everybody may write to a public table, so nothing keeps a second writer away, and whoever reads the code has to look for
/// one. With `:protected`, the default, others can read, and the owner alone writes.
///
/// # Bad
///
/// ```elixir
/// defmodule Cache do
///   use GenServer
///
///   def init(opts), do: {:ok, {:ets.new(:cache, [:named_table, :public]), opts}}
///
///   def handle_cast({:put, key, value}, state) do
///     :ets.insert(:cache, {key, value})
///     {:noreply, state}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Cache do
///   use GenServer
///
///   def init(opts), do: {:ok, {:ets.new(:cache, [:named_table, :protected]), opts}}
///
///   def handle_cast({:put, key, value}, state) do
///     :ets.insert(:cache, {key, value})
///     {:noreply, state}
///   end
/// end
/// ```
///
/// Writers in other modules are not seen.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Immutability, confidence = Low, scope = Module)]
pub struct EtsPublicTable {}

impl Rule for EtsPublicTable {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&[":ets.new/2"], Self::check);
    }
}

impl EtsPublicTable {
    fn check(&self, new: Call, cx: &mut Cx) {
        let Some((name, module)) = ets::name(new).zip(new.enclosing::<Module>()) else {
            return;
        };
        let is_owned = new
            .enclosing::<Def>()
            .is_some_and(|it| it.is_named("init", 1));
        if !ets::has_option(new, "public") || !is_owned {
            return;
        }
        let writes: Vec<_> = ets::calls(module.node())
            .filter(|it| ets::WRITES.contains(&it.name()))
            .collect();
        let is_own = |write: &Call| {
            let def = write.enclosing::<Def>();
            write.argument(0).and_then(ets::table).as_deref() == Some(&name)
                && def.is_some_and(|it| only_from(it, is_server_callback))
        };
        if let Some(write) = writes.first().filter(|_| writes.iter().all(is_own)) {
            cx.report(
                new,
                format!("only its owner writes to the public table `{name}`"),
            )
            .label(write.node(), "this runs in the owner")
            .help("say `:protected`: others can still read it");
        }
    }
}
