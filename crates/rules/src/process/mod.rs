//! Processes and their callbacks: messages, replies, exits, monitors, timers.
use crate::Entry;

mod callback_bad_return;
mod process_exit_normal;
mod reply_never_sent;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<callback_bad_return::CallbackBadReturn>(),
        Entry::of::<process_exit_normal::ProcessExitNormal>(),
        Entry::of::<reply_never_sent::ReplyNeverSent>(),
    ]
}
