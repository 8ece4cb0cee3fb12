use exlint_syntax::Bindings;

use super::{
    callers::{is_server_callback, only_from},
    ets,
    flow::Flow,
};
use crate::prelude::*;

/// Reads an entry of a public ETS table, computes from it, and writes it back; or reads it, resets it, and goes on with
/// the old value.
///
/// Each function of `:ets` is atomic, a pair of them is not: two processes that both read 5 and insert 6 have counted one.
/// Rate limiters, counters and quotas lose exactly under load, which is when they are needed.
///
/// # Bad
///
/// ```elixir
/// defmodule Limiter do
///   def new, do: :ets.new(:limits, [:named_table, :public])
///
///   def hit(key) do
///     case :ets.lookup(:limits, key) do
///       [{^key, count}] -> :ets.insert(:limits, {key, count + 1})
///       [] -> :ets.insert(:limits, {key, 1})
///     end
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Limiter do
///   def new, do: :ets.new(:limits, [:named_table, :public])
///
///   def hit(key), do: :ets.update_counter(:limits, key, {2, 1}, {key, 0})
/// end
/// ```
///
/// Reported for tables that the same module makes public, in functions that do not run in its server alone. A value that
/// does not depend on what was read (a memo) is fine, unless the function answers `true` or `false`: two callers may both
/// be told that they came first.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Immutability, confidence = Medium, scope = Module)]
pub struct CheckThenActEts {}

impl Rule for CheckThenActEts {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[
                ":ets.insert/2",
                ":ets.update_element/3",
                ":ets.update_element/4",
            ],
            Self::check,
        );
    }
}

impl CheckThenActEts {
    fn check(&self, write: Call, cx: &mut Cx) {
        let Some((def, module)) = write.enclosing::<Def>().zip(write.enclosing::<Module>()) else {
            return;
        };
        let Some((table, key)) = write
            .argument(0)
            .and_then(ets::table)
            .zip(written_key(write))
        else {
            return;
        };
        let reads: Vec<_> = ets::calls(def.node())
            .filter(|it| matches!(it.name(), "lookup" | "lookup_element" | "member"))
            .filter(|it| {
                it.id() < write.id() && it.argument(0).and_then(ets::table).as_ref() == Some(&table)
            })
            .filter(|it| it.argument(1).is_some_and(|it| it.text() == key.text()))
            .collect();
        if reads.is_empty() || !is_public(&table, module) || only_from(def, is_server_callback) {
            return;
        }
        let bindings = Bindings::of(def.node());
        let carries = |read: &&Call| {
            let flow = Flow::of(read.node(), def.node(), &bindings);
            let writes_it = written_values(write).any(|it| flow.reaches(it));
            if answers_differ(def) {
                return true;
            }
            let is_reset = written_values(write).next().is_some_and(Node::is_literal);
            writes_it || is_reset && write.later_steps().any(|it| flow.reaches(it))
        };
        let Some(read) = reads.iter().find(carries) else {
            return;
        };
        let message = format!(
            "`{}` follows from an earlier read of the same entry, and others may write in between",
            write.mfa()
        );
        cx.report(write, message)
            .label(read.node(), "the entry is read here")
            .label(write, "and replaced here, whatever others wrote since")
            .help("let the table do it in one step: `:ets.update_counter/4`, `:ets.insert_new/2`, `:ets.select_replace/2`, `:ets.take/2`");
    }
}

/// The caller is told whether it came first, and two of them may be told so.
fn answers_differ(def: Def) -> bool {
    let tails = def.body().map(|it| it.tails()).unwrap_or_default();
    let answers = |text: &str| tails.iter().any(|it| it.node.text() == text);
    answers("true") && answers("false")
}

fn written_key(write: Call) -> Option<Node> {
    match write.name() {
        "insert" => write.argument(1)?.tuple().first().copied(),
        _ => write.argument(1),
    }
}

/// What is written, but for the key.
fn written_values<'t>(write: Call<'t>) -> impl Iterator<Item = Node<'t>> {
    let values = match write.name() {
        "insert" => write.argument(1).map(Node::tuple).unwrap_or_default(),
        _ => write.arguments().skip(1).collect(),
    };
    values.into_iter().skip(1)
}

fn is_public(table: &str, module: Module) -> bool {
    let mut tables = ets::calls(module.node()).filter(|it| it.name() == "new");
    tables.any(|it| ets::name(it).as_deref() == Some(table) && ets::has_option(it, "public"))
}
