//! Processes: what keeps servers from answering, and what gets lost between them.
use crate::Entry;

pub(crate) use sending_unnecessary_data::hoisted;

mod agent_expensive_closure;
mod blocking_genserver;
mod blocking_init;
mod broadway_bad_return;
mod callback_bad_return;
mod callback_wrong_arity;
mod cancelled_timer_not_flushed;
mod closure_runs_in_server;
mod code_organization_by_process;
mod genserver_as_kv_store;
mod genserver_call_cycle;
mod genserver_self_call;
mod handle_info_without_catch_all;
mod handler_never_sent;
mod infinite_call_timeout;
mod init_send_self_race;
mod init_with_falls_through;
mod linked_elsewhere;
mod monitor_leak;
mod monitor_without_down;
mod nested_timeout_inversion;
mod periodic_timer_without_rearm_safety;
mod process_exit_normal;
mod receive_in_callback;
mod reply_lost_on_stop;
mod reply_never_sent;
mod scattered_process_interface;
mod sending_unnecessary_data;
mod sleep_in_callback;
mod slow_cast_consumer;
mod start_child_on_own_supervisor;
mod statem_missing_enter;
pub(crate) mod story;
mod task_as_server;
mod task_reply_leak;
mod terminate_without_trap_exit;
mod timer_cancelled_in_vain;
mod trap_exit_without_exit_clause;
mod trap_exit_without_terminate;
mod unhandled_elsewhere;
mod unhandled_message;
mod unknown_batcher;
mod whereis_then_use;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<agent_expensive_closure::AgentExpensiveClosure>(),
        Entry::of::<blocking_genserver::BlockingGenserver>(),
        Entry::of::<blocking_init::BlockingInit>(),
        Entry::of::<broadway_bad_return::BroadwayBadReturn>(),
        Entry::of::<callback_bad_return::CallbackBadReturn>(),
        Entry::of::<callback_wrong_arity::CallbackWrongArity>(),
        Entry::of::<cancelled_timer_not_flushed::CancelledTimerNotFlushed>(),
        Entry::of::<closure_runs_in_server::ClosureRunsInServer>(),
        Entry::of::<code_organization_by_process::CodeOrganizationByProcess>(),
        Entry::of::<genserver_as_kv_store::GenserverAsKvStore>(),
        Entry::of::<genserver_call_cycle::GenserverCallCycle>(),
        Entry::of::<genserver_self_call::GenserverSelfCall>(),
        Entry::of::<handle_info_without_catch_all::HandleInfoWithoutCatchAll>(),
        Entry::of::<handler_never_sent::HandlerNeverSent>(),
        Entry::of::<infinite_call_timeout::InfiniteCallTimeout>(),
        Entry::of::<init_send_self_race::InitSendSelfRace>(),
        Entry::of::<init_with_falls_through::InitWithFallsThrough>(),
        Entry::of::<monitor_leak::MonitorLeak>(),
        Entry::of::<monitor_without_down::MonitorWithoutDown>(),
        Entry::of::<nested_timeout_inversion::NestedTimeoutInversion>(),
        Entry::of::<periodic_timer_without_rearm_safety::PeriodicTimerWithoutRearmSafety>(),
        Entry::of::<process_exit_normal::ProcessExitNormal>(),
        Entry::of::<receive_in_callback::ReceiveInCallback>(),
        Entry::of::<reply_lost_on_stop::ReplyLostOnStop>(),
        Entry::of::<reply_never_sent::ReplyNeverSent>(),
        Entry::of::<scattered_process_interface::ScatteredProcessInterface>(),
        Entry::of::<sending_unnecessary_data::SendingUnnecessaryData>(),
        Entry::of::<sleep_in_callback::SleepInCallback>(),
        Entry::of::<slow_cast_consumer::SlowCastConsumer>(),
        Entry::of::<start_child_on_own_supervisor::StartChildOnOwnSupervisor>(),
        Entry::of::<statem_missing_enter::StatemMissingEnter>(),
        Entry::of::<task_as_server::TaskAsServer>(),
        Entry::of::<task_reply_leak::TaskReplyLeak>(),
        Entry::of::<terminate_without_trap_exit::TerminateWithoutTrapExit>(),
        Entry::of::<timer_cancelled_in_vain::TimerCancelledInVain>(),
        Entry::of::<trap_exit_without_exit_clause::TrapExitWithoutExitClause>(),
        Entry::of::<trap_exit_without_terminate::TrapExitWithoutTerminate>(),
        Entry::of::<unhandled_message::UnhandledMessage>(),
        Entry::of::<unknown_batcher::UnknownBatcher>(),
        Entry::of::<whereis_then_use::WhereisThenUse>(),
    ]
}
