//! The functions that an agent runs on its state.
use crate::prelude::*;

const WRITES: &[&str] = &["update", "get_and_update", "cast"];

/// The functions given to `Agent.update/2` and its like in the module.
pub(crate) fn updates<'t>(module: Module<'t>) -> Vec<Node<'t>> {
    let calls = module.descendants().filter_map(Call::cast);
    let calls = calls.filter(|it| {
        it.mode() == Mode::Code
            && WRITES.contains(&it.name())
            && it.callee() == Callee::Remote("Agent".into())
    });
    calls.filter_map(|it| it.argument(1)).collect()
}

/// Where such a function puts something under a key that is data into the state itself.
pub(crate) fn growth<'t>(update: Node<'t>) -> Option<Call<'t>> {
    let calls = update.subtree().filter_map(Call::cast);
    let mut puts = calls.filter(|it| {
        let is_map = it.module().is_some_and(|it| it == "Map");
        let is_put = match (it.name(), it.arity()) {
            ("put" | "put_new", 3) | ("update", 4) => is_map,
            ("put", 2) => it.module().is_some_and(|it| it == "MapSet"),
            _ => false,
        };
        is_put
            && it.argument(0).is_some_and(|it| is_state(it, update))
            && it.argument(1).is_some_and(|it| !it.is_literal())
    });
    puts.next()
}

/// `&1`, or the parameter of the function.
fn is_state(node: Node, update: Node) -> bool {
    match update.kind() {
        Kind::Capture => node.is(Kind::CaptureArgument),
        Kind::Fn => update.children().filter_map(Clause::cast).any(|it| {
            it.head(0)
                .is_some_and(|it| it.is(Kind::Var) && node.is_var(it.name()))
        }),
        _ => false,
    }
}

/// Whether such a function may leave something out: it does anything but read and put.
pub(crate) fn may_shrink(update: Node) -> bool {
    const HARMLESS: &[&str] = &[
        "put", "put_new", "update", "update!", "get", "fetch", "has_key?",
    ];
    let is_known = matches!(update.kind(), Kind::Fn | Kind::Capture);
    let makes_anew = update.is(Kind::Fn) && growth(update).is_none();
    let has_other_calls = update.subtree().filter_map(Call::cast).any(|it| {
        let is_collection = it
            .module()
            .is_some_and(|it| matches!(it.as_ref(), "Map" | "MapSet" | "Enum" | "Keyword"));
        is_collection && !HARMLESS.contains(&it.name())
    });
    !is_known || makes_anew || has_other_calls
}
