use super::callers::{callers, is_handler};
use crate::prelude::*;

/// Changes a persistent term while requests or messages are handled.
///
/// Replacing or erasing a persistent term makes the virtual machine look through the heaps of *all* processes, and those
/// that hold the old value run a full garbage collection at once. Persistent terms are for what is written at the start
/// and read ever after.
///
/// # Bad
///
/// ```elixir
/// def handle_info({:rates, rates}, state) do
///   :persistent_term.put(:rates, rates)
///   {:noreply, state}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def handle_info({:rates, rates}, state) do
///   :ets.insert(:rates, {:all, rates})
///   {:noreply, state}
/// end
/// ```
///
/// Fine where the term is only filled when it is missing, is an atom or a small number, or holds an `:atomics` or
/// `:counters` reference. Of helpers, those that a callback calls directly are looked at.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Immutability, confidence = Medium, scope = Module)]
pub struct PersistentTermHotPut {}

impl Rule for PersistentTermHotPut {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[":persistent_term.put/2", ":persistent_term.erase/1"],
            Self::check,
        );
    }
}

impl PersistentTermHotPut {
    fn check(&self, call: Call, cx: &mut Cx) {
        let Some(def) = call.enclosing::<Def>() else {
            return;
        };
        let is_counter = |it: Node| {
            let mut calls = it.subtree().filter_map(Call::cast);
            calls.any(|it| {
                it.module()
                    .is_some_and(|it| matches!(&*it, ":atomics" | ":counters"))
            })
        };
        // What fits into a word is replaced without a search.
        let is_word = |it: Node| it.is_literal() && matches!(it.kind(), Kind::Atom | Kind::Integer);
        let value = call.argument(1);
        if value.is_some_and(|it| is_word(it) || is_counter(it)) || asks_first(def, call) {
            return;
        }
        let is_handled = is_handler(def) || callers(def).into_iter().any(is_handler);
        if !serves_request(def) && !is_handled {
            return;
        }
        let message = format!(
            "`{}` while the system serves: every process is searched for the old term",
            call.mfa()
        );
        cx.report(call, message)
            .help("keep what changes in an ETS table with `read_concurrency: true`, or in an `:atomics` reference");
    }
}

/// Looks whether the term is there; not what it makes the new one of.
fn asks_first(def: Def, put: Call) -> bool {
    let is_get = |it: Node| {
        let get = Call::cast(it).filter(|it| it.name() == "get");
        get.is_some_and(|it| it.module().is_some_and(|it| it == ":persistent_term"))
    };
    let is_used = |name: &str| {
        put.argument(1)
            .is_some_and(|it| it.subtree().any(|it| it.is(Kind::Var) && it.name() == name))
    };
    let makes_new = def.descendants().filter_map(Match::cast).any(|it| {
        let is_old = it.value().is_some_and(|it| it.subtree().any(is_get));
        let is_before = it.id() < put.id() && !it.contains(put.node());
        is_before
            && is_old
            && it
                .pattern()
                .is_some_and(|it| it.is(Kind::Var) && is_used(it.name()))
    });
    def.descendants().any(is_get) && !makes_new
}

fn serves_request(def: Def) -> bool {
    def.parameters()
        .any(|it| it.is_var("conn") || it.is_var("socket"))
}
