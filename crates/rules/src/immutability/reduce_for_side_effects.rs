use crate::prelude::*;

/// Reduces a collection without changing the accumulator.
///
/// `Enum.reduce/3` whose function returns the accumulator as it came is `Enum.each/2` in disguise: the reader looks for
/// what is accumulated, and finds nothing.
///
/// # Bad
///
/// ```elixir
/// Enum.reduce(bells, tower, fn bell, tower ->
///   Hammer.strike(bell, tower)
///   tower
/// end)
/// ```
///
/// # Good
///
/// ```elixir
/// Enum.each(bells, fn bell -> Hammer.strike(bell, tower) end)
/// ```
///
/// Only functions that are written out in the call are looked at.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Immutability, confidence = Low, scope = File)]
pub struct ReduceForSideEffects {}

impl Rule for ReduceForSideEffects {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&["Enum.reduce/3"], Self::check);
    }
}

impl ReduceForSideEffects {
    fn check(&self, call: Call, cx: &mut Cx) {
        let Some(function) = call.argument(2).filter(|it| it.is(Kind::Fn)) else {
            return;
        };
        let clauses: Vec<_> = function.children().filter_map(Clause::cast).collect();
        let works = clauses.iter().any(|it| it.body().expressions().count() > 1);
        if works && clauses.iter().all(|it| keeps_accumulator(*it)) {
            cx.report(call, "`Enum.reduce/3` returns the accumulator it was given")
                .help("`Enum.each/2` is for effects");
        }
    }
}

fn keeps_accumulator(clause: Clause) -> bool {
    let Some(accumulator) = clause.head(1).filter(|it| it.is(Kind::Var)) else {
        return false;
    };
    let name = accumulator.name();
    let is_rebound = clause
        .body()
        .descendants()
        .any(|it| it.is_binding() && it.name() == name);
    let tails = clause.body().tails();
    !is_rebound
        && tails
            .iter()
            .all(|it| it.kind == TailKind::Value && it.node.is_var(name))
}
