//! Processes: what keeps servers from answering, and what gets lost between them.
use crate::Entry;

mod blocking_genserver;
mod blocking_init;
mod genserver_self_call;
mod sleep_in_callback;
mod story;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<blocking_genserver::BlockingGenserver>(),
        Entry::of::<blocking_init::BlockingInit>(),
        Entry::of::<genserver_self_call::GenserverSelfCall>(),
        Entry::of::<sleep_in_callback::SleepInCallback>(),
    ]
}
