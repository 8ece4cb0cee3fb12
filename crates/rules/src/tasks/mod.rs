//! Tasks: work started and not waited for, waited for one by one, or started without bound.
use crate::Entry;

mod async_stream_exit_unhandled;
mod await_in_loop;
mod bare_spawn;
mod task_not_awaited;
mod unbounded_task_fanout;
mod unreachable_down_retry;
mod unreachable_task_exit;
mod yield_without_shutdown;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<async_stream_exit_unhandled::AsyncStreamExitUnhandled>(),
        Entry::of::<await_in_loop::AwaitInLoop>(),
        Entry::of::<bare_spawn::BareSpawn>(),
        Entry::of::<task_not_awaited::TaskNotAwaited>(),
        Entry::of::<unbounded_task_fanout::UnboundedTaskFanout>(),
        Entry::of::<unreachable_down_retry::UnreachableDownRetry>(),
        Entry::of::<unreachable_task_exit::UnreachableTaskExit>(),
        Entry::of::<yield_without_shutdown::YieldWithoutShutdown>(),
    ]
}
