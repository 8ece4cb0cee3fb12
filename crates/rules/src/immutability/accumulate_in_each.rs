use exlint_syntax::Bindings;

use super::{
    loops::Loop,
    lost_rebind::is_lost,
    pure::{is_pure, pure_function},
};
use crate::prelude::*;

/// Runs a loop that does nothing but compute values which nobody keeps.
///
/// `Enum.each/2` and a `for` whose value is not used throw away what their body returns. A body that only puts something
/// into a map or list from outside makes a new map for each element and drops it; the one outside does not change.
///
/// # Bad
///
/// ```elixir
/// def by_name(ballots) do
///   votes = %{}
///   Enum.each(ballots, fn ballot -> Map.put(votes, ballot.name, ballot) end)
///   votes
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def by_name(ballots) do
///   Enum.reduce(ballots, %{}, fn ballot, votes -> Map.put(votes, ballot.name, ballot) end)
/// end
/// ```
///
/// A body that calls anything whose effects are not known is left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Immutability, confidence = High, scope = File)]
pub struct AccumulateInEach {}

impl Rule for AccumulateInEach {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&["Enum.each/2", "Kernel.for"], Self::check);
    }
}

impl AccumulateInEach {
    fn check(&self, call: Call, cx: &mut Cx) {
        let Some(each) = Loop::for_effects(call) else {
            return;
        };
        let steps = each.steps();
        if !steps.iter().all(|it| is_pure(*it, cx)) {
            return;
        }
        let inside = Bindings::of(each.function);
        let found = steps.iter().flat_map(|it| results(*it)).find_map(|it| {
            let outer = grown(it, cx)?;
            (inside.index(outer).is_none()).then_some((it, outer))
        });
        let Some((result, outer)) = found else {
            return;
        };
        // `lost-rebind` shows the place that reads the old value.
        if Match::cast(result).is_some_and(is_lost) {
            return;
        }
        let name = outer.name();
        let message =
            format!("each new value for `{name}` is thrown away, and `{name}` stays as it is");
        let kept = match call.name() {
            "for" => "this `for` is run for its effects, and has none",
            _ => "`Enum.each/2` keeps nothing of what its function returns",
        };
        cx.report(result, message)
            .label(call.name_span(), kept)
            .help(format!("let `Enum.reduce/3` or `for ..., reduce: {name}` carry it from one element to the next"));
    }
}

/// The expressions that give `step` its value.
fn results(step: Node) -> impl Iterator<Item = Node> {
    let tails = step.tails().into_iter();
    tails
        .filter(|it| it.kind == TailKind::Value)
        .map(|it| it.node)
}

/// The variable of which `result` makes a larger version: `votes` of `Map.put(votes, ...)`, `[x | votes]`.
fn grown<'t>(result: Node<'t>, cx: &Cx) -> Option<Node<'t>> {
    let value = match Match::cast(result) {
        Some(update) => {
            let variable = update.pattern().filter(|it| it.is_binding())?;
            let value = update.value()?;
            let mut used = value.subtree();
            return used.find(|it| it.is(Kind::Var) && it.symbol() == variable.symbol());
        }
        None => result,
    };
    let source = match value.kind() {
        Kind::Call => Call::cast(value)
            .filter(|it| returns_its_subject(*it, cx))?
            .argument(0),
        Kind::Pipe => {
            let call = Pipe::cast(value)?.right().and_then(Call::cast)?;
            returns_its_subject(call, cx).then_some(call.argument(0)?)
        }
        Kind::List => value
            .children()
            .find(|it| it.op() == Op::Bar)
            .and_then(|it| it.child(Role::Right)),
        Kind::Binary if matches!(value.op(), Op::Append | Op::Concat) => value.child(Role::Left),
        Kind::Map | Kind::Struct => value.child(Role::Left),
        _ => None,
    };
    source.filter(|it| it.is(Kind::Var))
}

fn returns_its_subject(call: Call, cx: &Cx) -> bool {
    let updates = [
        "put",
        "put_new",
        "update",
        "delete",
        "merge",
        "add",
        "union",
        "drop",
        "assign",
        "put_change",
    ];
    updates.contains(&call.name()) && pure_function(call, cx).is_some()
}
