//! What processes keep: state that grows, leaks, or is too large.
use crate::Entry;

mod conn_or_socket_in_state;
mod down_handler_keeps_ref;
mod dropped_state;
mod growing_state;
mod grown_elsewhere;
mod large_genserver_state;
mod linear_work_on_state;
mod state_returned_whole;
mod stuck_flag;
mod unbounded_cast_buffer;
mod write_only_state;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<conn_or_socket_in_state::ConnOrSocketInState>(),
        Entry::of::<down_handler_keeps_ref::DownHandlerKeepsRef>(),
        Entry::of::<dropped_state::DroppedState>(),
        Entry::of::<growing_state::GrowingState>(),
        Entry::of::<large_genserver_state::LargeGenserverState>(),
        Entry::of::<linear_work_on_state::LinearWorkOnState>(),
        Entry::of::<state_returned_whole::StateReturnedWhole>(),
        Entry::of::<stuck_flag::StuckFlag>(),
        Entry::of::<unbounded_cast_buffer::UnboundedCastBuffer>(),
        Entry::of::<write_only_state::WriteOnlyState>(),
    ]
}
