//! Processes: what keeps servers from answering, and what gets lost between them.
use crate::Entry;

mod agent_expensive_closure;
mod blocking_genserver;
mod blocking_init;
mod genserver_call_cycle;
mod genserver_self_call;
mod nested_timeout_inversion;
mod scattered_process_interface;
mod sleep_in_callback;
mod slow_cast_consumer;
mod start_child_on_own_supervisor;
mod story;
mod task_reply_leak;
mod unhandled_message;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<agent_expensive_closure::AgentExpensiveClosure>(),
        Entry::of::<blocking_genserver::BlockingGenserver>(),
        Entry::of::<blocking_init::BlockingInit>(),
        Entry::of::<genserver_call_cycle::GenserverCallCycle>(),
        Entry::of::<genserver_self_call::GenserverSelfCall>(),
        Entry::of::<nested_timeout_inversion::NestedTimeoutInversion>(),
        Entry::of::<scattered_process_interface::ScatteredProcessInterface>(),
        Entry::of::<sleep_in_callback::SleepInCallback>(),
        Entry::of::<slow_cast_consumer::SlowCastConsumer>(),
        Entry::of::<start_child_on_own_supervisor::StartChildOnOwnSupervisor>(),
        Entry::of::<task_reply_leak::TaskReplyLeak>(),
        Entry::of::<unhandled_message::UnhandledMessage>(),
    ]
}
