//! What goes wrong when data that cannot change, and state that others share, is written as if it were a variable.
use crate::Entry;

mod loops;
mod pure;

mod accumulate_in_each;
mod lost_rebind;
mod unused_pure_result;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<accumulate_in_each::AccumulateInEach>(),
        Entry::of::<lost_rebind::LostRebind>(),
        Entry::of::<unused_pure_result::UnusedPureResult>(),
    ]
}
