//! Calls of `:ets`, and what they say about their tables.
use crate::prelude::*;

/// The calls of `:ets` functions below `scope`.
pub(super) fn calls<'t>(scope: Node<'t>) -> impl Iterator<Item = Call<'t>> {
    scope
        .descendants()
        .filter(|it| it.mode() == Mode::Code)
        .filter_map(Call::cast)
        .filter(|it| it.module().is_some_and(|it| it == ":ets"))
}

/// `:ets.new(name, options)`: the name of the table, if it is written out.
pub(super) fn name(new: Call) -> Option<String> {
    new.argument(0).and_then(table)
}

pub(super) fn has_option(new: Call, option: &str) -> bool {
    let options = new.argument(1).map(Node::constant);
    options.is_some_and(|it| it.children().any(|it| it.is_atom(option)))
}

/// A table that is given by name.
pub(super) fn table(node: Node) -> Option<String> {
    node.module_name().map(|it| it.into_owned())
}

/// Functions that change what a table holds.
pub(super) const WRITES: &[&str] = &[
    "insert",
    "insert_new",
    "delete",
    "delete_object",
    "delete_all_objects",
    "update_element",
    "update_counter",
    "take",
    "match_delete",
    "select_delete",
    "select_replace",
];
