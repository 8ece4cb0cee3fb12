//! Supervision: processes that no supervisor knows of, and supervisors that do not do what they are there for.
use crate::Entry;

mod child_order_violates_dependency;
mod child_restarted_twice;
mod duplicate_child_id;
mod dynamic_children_on_supervisor;
mod endpoint_before_dependencies;
mod genserver_start_without_link;
pub(crate) mod names;
mod once;
mod process_not_in_tree;
mod restart_intensity_hides_crash_loop;
mod restart_type_misuse;
mod shutdown_too_short;
mod singleton_name_in_reusable_process;
pub(crate) mod starts;
mod state_set_after_children;
mod supervision_strategy_mismatch;
mod supervisor_per_event;
mod terminate_calls_stopped_sibling;
mod terminate_child_by_name;
mod terminate_needs_shutdown_time;
mod undeclared_supervised_name;
mod unrelated_children_restarted;
mod unsupervised_fire_and_forget;
mod unsupervised_process;
pub(crate) mod work;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<child_order_violates_dependency::ChildOrderViolatesDependency>(),
        Entry::of::<child_restarted_twice::ChildRestartedTwice>(),
        Entry::of::<duplicate_child_id::DuplicateChildId>(),
        Entry::of::<dynamic_children_on_supervisor::DynamicChildrenOnSupervisor>(),
        Entry::of::<endpoint_before_dependencies::EndpointBeforeDependencies>(),
        Entry::of::<genserver_start_without_link::GenserverStartWithoutLink>(),
        Entry::of::<process_not_in_tree::ProcessNotInTree>(),
        Entry::of::<restart_intensity_hides_crash_loop::RestartIntensityHidesCrashLoop>(),
        Entry::of::<restart_type_misuse::RestartTypeMisuse>(),
        Entry::of::<shutdown_too_short::ShutdownTooShort>(),
        Entry::of::<singleton_name_in_reusable_process::SingletonNameInReusableProcess>(),
        Entry::of::<state_set_after_children::StateSetAfterChildren>(),
        Entry::of::<supervision_strategy_mismatch::SupervisionStrategyMismatch>(),
        Entry::of::<supervisor_per_event::SupervisorPerEvent>(),
        Entry::of::<terminate_calls_stopped_sibling::TerminateCallsStoppedSibling>(),
        Entry::of::<terminate_child_by_name::TerminateChildByName>(),
        Entry::of::<terminate_needs_shutdown_time::TerminateNeedsShutdownTime>(),
        Entry::of::<undeclared_supervised_name::UndeclaredSupervisedName>(),
        Entry::of::<unrelated_children_restarted::UnrelatedChildrenRestarted>(),
        Entry::of::<unsupervised_fire_and_forget::UnsupervisedFireAndForget>(),
        Entry::of::<unsupervised_process::UnsupervisedProcess>(),
    ]
}
