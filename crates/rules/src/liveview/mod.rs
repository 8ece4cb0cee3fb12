//! LiveView: what keeps a page from answering, and what its process takes along.
use crate::Entry;

mod component_resubscribe;
mod connected;
mod events;
mod hook_without_id;
mod liveview_async_captures_socket;
mod liveview_blocking_event;
mod liveview_event_never_sent;
pub(crate) mod liveview_large_assign;
mod liveview_mount_query;
mod liveview_query_in_render;
mod liveview_subscribe_unconnected;
mod liveview_timer_unconnected;
mod liveview_unbounded_list;
mod liveview_unhandled_event;
mod liveview_unhandled_info;
mod liveview_unset_assign;
mod liveview_unused_assign;
mod start_async_without_exit;
mod view;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<component_resubscribe::ComponentResubscribe>(),
        Entry::of::<hook_without_id::HookWithoutId>(),
        Entry::of::<liveview_async_captures_socket::LiveviewAsyncCapturesSocket>(),
        Entry::of::<liveview_blocking_event::LiveviewBlockingEvent>(),
        Entry::of::<liveview_event_never_sent::LiveviewEventNeverSent>(),
        Entry::of::<liveview_large_assign::LiveviewLargeAssign>(),
        Entry::of::<liveview_mount_query::LiveviewMountQuery>(),
        Entry::of::<liveview_query_in_render::LiveviewQueryInRender>(),
        Entry::of::<liveview_subscribe_unconnected::LiveviewSubscribeUnconnected>(),
        Entry::of::<liveview_timer_unconnected::LiveviewTimerUnconnected>(),
        Entry::of::<liveview_unbounded_list::LiveviewUnboundedList>(),
        Entry::of::<liveview_unhandled_event::LiveviewUnhandledEvent>(),
        Entry::of::<liveview_unhandled_info::LiveviewUnhandledInfo>(),
        Entry::of::<liveview_unset_assign::LiveviewUnsetAssign>(),
        Entry::of::<liveview_unused_assign::LiveviewUnusedAssign>(),
        Entry::of::<start_async_without_exit::StartAsyncWithoutExit>(),
    ]
}
