//! Processes and their callbacks: messages, replies, exits, monitors, timers.
use crate::Entry;

mod callback_bad_return;
mod callback_wrong_arity;
mod init_send_self_race;
mod init_with_falls_through;
mod monitor_leak;
mod monitor_without_down;
mod process_exit_normal;
mod receive_in_callback;
mod reply_lost_on_stop;
mod reply_never_sent;
mod statem_missing_enter;
mod terminate_without_trap_exit;
mod trap_exit_without_exit_clause;
mod unhandled_message;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<callback_bad_return::CallbackBadReturn>(),
        Entry::of::<callback_wrong_arity::CallbackWrongArity>(),
        Entry::of::<init_send_self_race::InitSendSelfRace>(),
        Entry::of::<init_with_falls_through::InitWithFallsThrough>(),
        Entry::of::<monitor_leak::MonitorLeak>(),
        Entry::of::<monitor_without_down::MonitorWithoutDown>(),
        Entry::of::<process_exit_normal::ProcessExitNormal>(),
        Entry::of::<receive_in_callback::ReceiveInCallback>(),
        Entry::of::<reply_lost_on_stop::ReplyLostOnStop>(),
        Entry::of::<reply_never_sent::ReplyNeverSent>(),
        Entry::of::<statem_missing_enter::StatemMissingEnter>(),
        Entry::of::<terminate_without_trap_exit::TerminateWithoutTrapExit>(),
        Entry::of::<trap_exit_without_exit_clause::TrapExitWithoutExitClause>(),
        Entry::of::<unhandled_message::UnhandledMessage>(),
    ]
}
