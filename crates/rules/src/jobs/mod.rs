//! Background jobs: arguments that do not survive, and failures that nobody retries.
use exlint_syntax::{Def, Kind, Module, Node, Role, Struct, View};

use crate::{
    Entry,
    app::{first_segment, last_segment},
};

mod oban_args_mismatch;
mod oban_atom_args;
mod oban_detached_work;
mod oban_insert_in_loop;
mod oban_invalid_return;
mod oban_perform_discards_error;
mod oban_perform_swallows;
mod oban_rich_args;
mod oban_snooze_without_limit;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<oban_args_mismatch::ObanArgsMismatch>(),
        Entry::of::<oban_atom_args::ObanAtomArgs>(),
        Entry::of::<oban_detached_work::ObanDetachedWork>(),
        Entry::of::<oban_insert_in_loop::ObanInsertInLoop>(),
        Entry::of::<oban_invalid_return::ObanInvalidReturn>(),
        Entry::of::<oban_perform_discards_error::ObanPerformDiscardsError>(),
        Entry::of::<oban_perform_swallows::ObanPerformSwallows>(),
        Entry::of::<oban_rich_args::ObanRichArgs>(),
        Entry::of::<oban_snooze_without_limit::ObanSnoozeWithoutLimit>(),
    ]
}

/// Whether a clause is `perform/1` of an Oban worker: the module uses one, or the clause takes an `%Oban.Job{}`.
fn is_perform(def: Def) -> bool {
    if !def.is_named("perform", 1) {
        return false;
    }
    let takes_job = def.parameter(0).is_some_and(is_job);
    takes_job || def.module().is_some_and(is_worker)
}

/// Whether a module is a worker: by `use Oban.Worker`, or by a macro of the same application that is called so.
fn is_worker(module: Module) -> bool {
    let own = first_segment(module.name());
    let is_own = |it: &str| first_segment(it) == own && last_segment(it).ends_with("Worker");
    module.implements("Oban.Worker")
        || module.implements("Oban.Pro.Worker")
        || module.uses().any(|it| is_own(&it))
}

fn is_job(pattern: Node) -> bool {
    pattern
        .subtree()
        .filter(|it| it.is(Kind::Struct))
        .filter_map(|it| Struct::cast(it).and_then(Struct::name_node))
        .any(|it| it.module_name().is_some_and(|it| it == "Oban.Job"))
}

/// A call of `Logger`, or one that prints.
fn is_log(call: Node) -> bool {
    call.child(Role::Receiver)
        .and_then(Node::module_name)
        .is_some_and(|it| it == "Logger" || it == "IO")
}
