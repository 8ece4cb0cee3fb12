//! What processes keep: state that grows, leaks, or is too large.
use crate::Entry;

mod down_handler_keeps_ref;
mod dropped_state;
mod growing_state;
mod large_genserver_state;
mod write_only_state;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<down_handler_keeps_ref::DownHandlerKeepsRef>(),
        Entry::of::<dropped_state::DroppedState>(),
        Entry::of::<growing_state::GrowingState>(),
        Entry::of::<large_genserver_state::LargeGenserverState>(),
        Entry::of::<write_only_state::WriteOnlyState>(),
    ]
}
