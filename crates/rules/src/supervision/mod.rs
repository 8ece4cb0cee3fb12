//! Supervision: processes that no supervisor knows of, and supervisors that do not do what they are there for.
use crate::Entry;

mod child_order_violates_dependency;
mod duplicate_child_id;
mod dynamic_children_on_supervisor;
mod endpoint_before_dependencies;
mod genserver_start_without_link;
mod late_shared_state;
pub(crate) mod names;
mod once;
mod process_not_in_tree;
mod restart_intensity_hides_crash_loop;
mod restart_type_misuse;
pub(crate) mod starts;
mod supervision_strategy_mismatch;
mod supervisor_per_event;
mod terminate_child_by_name;
mod undeclared_supervised_name;
mod unsupervised_fire_and_forget;
mod unsupervised_process;
pub(crate) mod work;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<child_order_violates_dependency::ChildOrderViolatesDependency>(),
        Entry::of::<duplicate_child_id::DuplicateChildId>(),
        Entry::of::<dynamic_children_on_supervisor::DynamicChildrenOnSupervisor>(),
        Entry::of::<endpoint_before_dependencies::EndpointBeforeDependencies>(),
        Entry::of::<genserver_start_without_link::GenserverStartWithoutLink>(),
        Entry::of::<late_shared_state::LateSharedState>(),
        Entry::of::<process_not_in_tree::ProcessNotInTree>(),
        Entry::of::<restart_intensity_hides_crash_loop::RestartIntensityHidesCrashLoop>(),
        Entry::of::<restart_type_misuse::RestartTypeMisuse>(),
        Entry::of::<supervision_strategy_mismatch::SupervisionStrategyMismatch>(),
        Entry::of::<supervisor_per_event::SupervisorPerEvent>(),
        Entry::of::<terminate_child_by_name::TerminateChildByName>(),
        Entry::of::<undeclared_supervised_name::UndeclaredSupervisedName>(),
        Entry::of::<unsupervised_fire_and_forget::UnsupervisedFireAndForget>(),
        Entry::of::<unsupervised_process::UnsupervisedProcess>(),
    ]
}
