//! What processes keep: state that grows, leaks, or is too large.
use crate::Entry;

mod down_handler_keeps_ref;
mod growing_state;
mod large_genserver_state;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<down_handler_keeps_ref::DownHandlerKeepsRef>(),
        Entry::of::<growing_state::GrowingState>(),
        Entry::of::<large_genserver_state::LargeGenserverState>(),
    ]
}
