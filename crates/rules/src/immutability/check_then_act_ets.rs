use exlint_syntax::Bindings;

use super::{
    callers::{is_server_callback, only_from},
    ets,
    flow::{Flow, is_decided_by},
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
/// does not depend on what was read (a memo) is fine, unless the function tells its caller whether it came first, by
/// `true` and `false`, by an error where there is an entry, or by the pid that it stores: two callers may both be told so.
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
        if !is_public(&table, module) {
            return;
        }
        let found = if only_from(def, is_server_callback) {
            None
        } else {
            read_before(write, key, def, module, &table)
        };
        let found = found.map(|read| (write, read));
        let Some((at, read)) = found.or_else(|| through_callers(write, key, def, module, &table))
        else {
            return;
        };
        let message = format!(
            "`{}` follows from an earlier read of the same entry, and others may write in between",
            write.mfa()
        );
        let finding = cx.report(at, message);
        finding.label(read, "the entry is read here");
        if at == write {
            finding.label(write, "and replaced here, whatever others wrote since");
        } else {
            finding.label(at, "and replaced by this, whatever others wrote since");
            finding.label(write, "which writes it here");
        }
        finding.help("let the table do it in one step: `:ets.update_counter/4`, `:ets.insert_new/2`, `:ets.select_replace/2`, `:ets.take/2`");
    }
}

/// The read, in the same function, from which a write follows.
fn read_before<'t>(
    write: Call<'t>,
    key: Node<'t>,
    def: Def<'t>,
    module: Module<'t>,
    table: &str,
) -> Option<Node<'t>> {
    let bindings = Bindings::of(def.node());
    let carries = |read: &Node| {
        let flow = Flow::of(*read, def.node(), &bindings);
        let writes_it = written_values(write).any(|it| flow.reaches(it));
        if answers_differ(def) || refuses(write, def, &flow) || claims(write, &flow) {
            return true;
        }
        let is_reset = written_values(write).next().is_some_and(Node::is_literal);
        writes_it || is_reset && write.later_steps().any(|it| flow.reaches(it))
    };
    let reads = reads(def, module, table, key.text()).into_iter();
    let mut reads = reads.filter(|it| it.id() < write.id() || write.contains(*it));
    reads.find(carries)
}

/// The call of the function that only writes what it is given, where the value comes from a read of the same entry.
fn through_callers<'t>(
    write: Call<'t>,
    key: Node<'t>,
    def: Def<'t>,
    module: Module<'t>,
    table: &str,
) -> Option<(Call<'t>, Node<'t>)> {
    let key = parameter_of(def, key)?;
    let values: Vec<_> = written_values(write)
        .filter_map(|it| parameter_of(def, it))
        .collect();
    let arity = def.arity().1;
    let calls = module.descendants().filter_map(Call::cast);
    let mut calls = calls.filter(|it| {
        it.name() == def.function_name()
            && it.mode() == Mode::Code
            && it.arity() == arity
            && it.callee() == Callee::Own
    });
    calls.find_map(|call| {
        let caller = call.enclosing::<Def>().filter(|it| *it != def)?;
        if values.is_empty() || only_from(caller, is_server_callback) {
            return None;
        }
        let key = call.argument(key)?;
        let bindings = Bindings::of(caller.node());
        let follows = |read: &Node| {
            let flow = Flow::of(*read, caller.node(), &bindings);
            let mut given = values.iter().filter_map(|it| call.argument(*it));
            given.any(|it| flow.reaches(it))
        };
        let reads = reads(caller, module, table, key.text()).into_iter();
        let mut reads = reads.filter(|it| it.id() < call.id() || call.contains(*it));
        Some((call, reads.find(follows)?))
    })
}

/// The reads of an entry in a function: of `:ets` itself, or of an own function that only reads.
fn reads<'t>(def: Def<'t>, module: Module<'t>, table: &str, key: &str) -> Vec<Node<'t>> {
    let calls = def.node().descendants().filter_map(Call::cast);
    let is_read = |call: &Call<'t>| {
        let place = match call.callee() {
            _ if is_read_of(*call, table) => Some(1),
            Callee::Own => read_parameter(*call, module, table),
            _ => None,
        };
        let read = place.and_then(|it| call.argument(it));
        call.mode() == Mode::Code && read.is_some_and(|it| it.text() == key)
    };
    calls.filter(is_read).map(Call::node).collect()
}

fn is_read_of(call: Call, table: &str) -> bool {
    matches!(call.name(), "lookup" | "lookup_element" | "member")
        && call.module().is_some_and(|it| it == ":ets")
        && call.argument(0).and_then(ets::table).as_deref() == Some(table)
}

/// Which argument of an own function is the key of the entry that it reads, where it does nothing else with tables.
fn read_parameter(call: Call, module: Module, table: &str) -> Option<usize> {
    let mut clauses = module.clauses(call.name(), call.arity());
    let clause = clauses.next().filter(|_| clauses.next().is_none())?;
    let mut uses = ets::calls(clause.node());
    let only = uses.next().filter(|_| uses.next().is_none())?;
    let key = only.argument(1).filter(|_| is_read_of(only, table))?;
    parameter_of(clause, key)
}

/// Which parameter of a function a variable is.
fn parameter_of(def: Def, variable: Node) -> Option<usize> {
    let mut parameters = def.parameters();
    parameters
        .position(|it| it.is(Kind::Var) && it.name() == variable.name())
        .filter(|_| variable.is(Kind::Var))
}

/// The caller is told whether it came first, and two of them may be told so.
fn answers_differ(def: Def) -> bool {
    let tails = def.body().map(|it| it.tails()).unwrap_or_default();
    let answers = |text: &str| tails.iter().any(|it| it.node.text() == text);
    answers("true") && answers("false")
}

/// `{:error, :taken}` in one branch, and the entry is written in another: two callers may both be told yes.
fn refuses(write: Call, def: Def, flow: &Flow) -> bool {
    let decisions = write.ancestors().take_while(|it| *it != def.node());
    let mut decisions = decisions.filter(|it| it.is_control() && is_about(*it, flow));
    decisions.any(|decision| {
        let own = branch(write.node(), decision);
        let tails = decision.tails().into_iter().map(|it| it.node);
        let mut others = tails.filter(|tail| own.is_some_and(|it| !it.contains(*tail)));
        others.any(|it| it.is_atom("error") || it.tag() == Some("error"))
    })
}

/// The branch of a decision that `node` stands in.
fn branch<'t>(node: Node<'t>, decision: Node<'t>) -> Option<Node<'t>> {
    let inside: Vec<_> = node.ancestors().take_while(|it| *it != decision).collect();
    let mut outermost = inside.iter().rev();
    let section = outermost.find(|it| matches!(it.kind(), Kind::Section | Kind::Pair))?;
    let clause = outermost.next().filter(|it| it.is(Kind::Clause));
    Some(*clause.unwrap_or(section))
}

/// Whether the read decides which branch is taken.
fn is_about(control: Node, flow: &Flow) -> bool {
    let mut conditions = control
        .piped()
        .into_iter()
        .chain(control.written_arguments());
    conditions.any(|it| !it.is(Kind::Keywords) && flow.reaches(it))
}

/// The entry says which process came first: `{key, self()}`.
fn claims(write: Call, flow: &Flow) -> bool {
    let is_self = |it: Node| Call::cast(it).is_some_and(|it| it.is_to("Kernel", "self", 0));
    written_values(write).any(|it| it.subtree().any(is_self))
        && is_decided_by(write.node(), |it| flow.reaches(it))
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
