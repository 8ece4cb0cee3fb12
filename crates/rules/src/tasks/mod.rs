//! Tasks: work started and not waited for, waited for one by one, or started without bound.
use crate::Entry;

mod bare_spawn;
mod task_not_awaited;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<bare_spawn::BareSpawn>(),
        Entry::of::<task_not_awaited::TaskNotAwaited>(),
    ]
}
