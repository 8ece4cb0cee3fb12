use exlint_syntax::Bindings;

use super::loops::goes_nowhere;
use crate::prelude::*;

/// Gives a variable a new value inside a branch or loop, and goes on with the old one after it.
///
/// A variable of Elixir is a name, not a box. What is bound inside `if`, `case`, `for`, or a function is a new variable
/// that ends with the branch: after it, the outer variable still has its old value, and the work of the branch is lost
/// without an error.
///
/// # Bad
///
/// ```elixir
/// def total(items) do
///   total = 0
///
///   for item <- items do
///     total = total + item.price
///   end
///
///   total
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def total(items) do
///   Enum.reduce(items, 0, fn item, total -> total + item.price end)
/// end
/// ```
///
/// Reported where the new value comes from the old one, or replaces one that is written out (`found = false`), is used by
/// nobody, and the old one is read later.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Immutability, confidence = High, scope = File)]
pub struct LostRebind {}

impl Rule for LostRebind {
    fn listen(on: &mut On<Self>) {
        on.matches(Self::check);
    }
}

impl LostRebind {
    fn check(&self, update: Match, cx: &mut Cx) {
        let Some(lost) = lost_update(update) else {
            return;
        };
        let name = lost.outer.name();
        let message =
            format!("the new value of `{name}` is lost: after this block, `{name}` is what it was");
        let help = match lost.is_loop {
            true => format!("let `Enum.reduce/3` carry `{name}` from one element to the next"),
            false => format!("bind what the block returns, in every branch: `{name} = ...`"),
        };
        cx.report(update, message)
            .label(lost.outer, format!("`{name}` is bound here"))
            .label(lost.read, "this is still the value from before the block")
            .help(help);
    }
}

/// Whether the rule reports a match: others then leave it alone.
pub(super) fn is_lost(update: Match) -> bool {
    lost_update(update).is_some()
}

fn lost_update(update: Match) -> Option<Lost> {
    let variable = updated_variable(update).or_else(|| set_variable(update))?;
    let def = update.enclosing::<Def>()?;
    if !has_block_between(update, def) || !goes_nowhere(update.node()) {
        return None;
    }
    lost(update, variable, &Bindings::of(def.node()))
}

struct Lost<'t> {
    outer: Node<'t>,
    read: Node<'t>,
    is_loop: bool,
}

/// The variable of `x = ... x ...`.
fn updated_variable(update: Match) -> Option<Node> {
    let pattern = update.pattern()?;
    let value = update.value()?;
    let mut bound = pattern.subtree().filter(|it| it.is_binding());
    bound.find(|it| {
        !it.name().starts_with('_')
            && value
                .subtree()
                .any(|used| used.is(Kind::Var) && used.symbol() == it.symbol())
    })
}

/// The variable of `x = ...`.
fn set_variable(update: Match) -> Option<Node> {
    let pattern = update.pattern()?;
    (pattern.is_binding() && !pattern.name().starts_with('_')).then_some(pattern)
}

fn has_block_between(update: Match, def: Def) -> bool {
    let mut around = update.ancestors().take_while(|it| *it != def.node());
    around.any(|it| matches!(it.kind(), Kind::Call | Kind::Fn))
}

fn lost<'t>(update: Match<'t>, variable: Node<'t>, bindings: &Bindings) -> Option<Lost<'t>> {
    let file = update.file();
    let inner = bindings.binding(variable)?;
    let outer_index = inner.hides?;
    let outer = bindings.get(outer_index);
    let outer_node = file.node(outer.node);
    let read_by_update = outer.uses.iter().any(|it| update.contains(file.node(*it)));
    let replaces_start = inner.uses.is_empty() && is_start(outer_node);
    let is_used = inner.uses.iter().any(|it| !goes_nowhere(file.node(*it)));
    if !(read_by_update || replaces_start) || is_used {
        return None;
    }
    let around = update.ancestors().take_while(|it| !it.contains(outer_node));
    let mut later = around.flat_map(Node::later_steps);
    let read = later.find_map(|step| {
        let mut uses = outer.uses.iter().map(|it| file.node(*it));
        uses.find(|it| step.contains(*it))
    })?;
    let mut between = update.ancestors().take_while(|it| !it.contains(outer_node));
    let is_loop = between.any(|it| it.is(Kind::Fn) || it.is(Kind::Call) && it.name() == "for");
    Some(Lost {
        outer: outer_node,
        read,
        is_loop,
    })
}

/// `found = false`, `total = 0`: a variable that is meant to become something else.
fn is_start(bound: Node) -> bool {
    let matched = bound.parent().and_then(Match::cast);
    matched.is_some_and(|it| {
        bound.role() == Role::Left && it.value().is_some_and(|it| it.constant().is_literal())
    })
}
