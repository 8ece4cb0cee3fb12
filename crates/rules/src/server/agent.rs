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

/// Where such a function adds something that is data to the state itself: the expression, and the key in a map or set.
pub(crate) fn growth<'t>(update: Node<'t>) -> Option<(Node<'t>, Option<Node<'t>>)> {
    update.subtree().find_map(|it| {
        let keeps = |it: Option<Node<'t>>| it.is_some_and(|it| is_state(it, update));
        match it.kind() {
            Kind::Call => put(it, update),
            // `[item | list]`
            Kind::List => {
                let tail = it.children().find(|it| it.op() == Op::Bar)?;
                keeps(tail.child(Role::Right)).then_some((it, None))
            }
            Kind::Binary if it.op() == Op::Append => {
                (keeps(it.child(Role::Left)) || keeps(it.child(Role::Right))).then_some((it, None))
            }
            _ => None,
        }
    })
}

/// `Map.put(map, key, value)` and its like.
fn put<'t>(node: Node<'t>, update: Node<'t>) -> Option<(Node<'t>, Option<Node<'t>>)> {
    let call = Call::cast(node)?;
    let is_map = call.module().is_some_and(|it| it == "Map");
    let is_put = match (call.name(), call.arity()) {
        ("put" | "put_new", 3) | ("update", 4) => is_map,
        ("put", 2) => call.module().is_some_and(|it| it == "MapSet"),
        _ => false,
    };
    let key = call.argument(1).filter(|it| !it.is_literal())?;
    let is_growth = is_put && call.argument(0).is_some_and(|it| is_state(it, update));
    is_growth.then_some((node, Some(key)))
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
