//! What goes wrong when data that cannot change, and state that others share, is written as if it were a variable.
use crate::Entry;

mod callers;
mod ets;
mod flow;
pub(crate) mod loops;
mod persisted_check_then_act;
mod pure;
mod stores;

mod accumulate_in_each;
mod agent_read_modify_write;
mod always_truthy_filter;
mod app_env_as_store;
mod append_in_loop;
mod check_then_act_ets;
mod ets_owner_lifetime;
mod ets_public_table;
mod file_toctou;
mod lost_rebind;
mod map_for_side_effects;
mod persistent_term_hot_put;
mod process_dictionary_state;
mod reduce_for_side_effects;
mod registry_check_then_start;
mod unused_pure_result;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<accumulate_in_each::AccumulateInEach>(),
        Entry::of::<agent_read_modify_write::AgentReadModifyWrite>(),
        Entry::of::<always_truthy_filter::AlwaysTruthyFilter>(),
        Entry::of::<app_env_as_store::AppEnvAsStore>(),
        Entry::of::<append_in_loop::AppendInLoop>(),
        Entry::of::<check_then_act_ets::CheckThenActEts>(),
        Entry::of::<ets_owner_lifetime::EtsOwnerLifetime>(),
        Entry::of::<ets_public_table::EtsPublicTable>(),
        Entry::of::<file_toctou::FileToctou>(),
        Entry::of::<lost_rebind::LostRebind>(),
        Entry::of::<map_for_side_effects::MapForSideEffects>(),
        Entry::of::<persisted_check_then_act::PersistedCheckThenAct>(),
        Entry::of::<persistent_term_hot_put::PersistentTermHotPut>(),
        Entry::of::<process_dictionary_state::ProcessDictionaryState>(),
        Entry::of::<reduce_for_side_effects::ReduceForSideEffects>(),
        Entry::of::<registry_check_then_start::RegistryCheckThenStart>(),
        Entry::of::<unused_pure_result::UnusedPureResult>(),
    ]
}
