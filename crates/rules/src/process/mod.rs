//! Processes: what keeps servers from answering, and what gets lost between them.
use crate::Entry;

mod blocking_genserver;
mod callback_bad_return;
mod process_exit_normal;
mod reply_never_sent;
mod story;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<blocking_genserver::BlockingGenserver>(),
        Entry::of::<callback_bad_return::CallbackBadReturn>(),
        Entry::of::<process_exit_normal::ProcessExitNormal>(),
        Entry::of::<reply_never_sent::ReplyNeverSent>(),
    ]
}
