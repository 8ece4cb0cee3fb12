//! Processes: what keeps servers from answering, and what gets lost between them.
use crate::Entry;

mod blocking_genserver;
mod story;

pub(crate) fn rules() -> Vec<Entry> {
    vec![Entry::of::<blocking_genserver::BlockingGenserver>()]
}
