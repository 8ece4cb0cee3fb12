//! Ecto: transactions, queries, schemas and migrations.
use crate::Entry;

mod broadcast_in_transaction;
mod concurrent_index_half_done;
mod ecto_read_modify_write;
mod filter_after_repo_all;
mod float_money;
mod io_in_transaction;
mod irreversible_change;
mod migration_data_manipulation;
mod migration_unsafe_operation;
mod query_in_loop;
mod repo_all_unbounded;
mod unique_constraint_without_index;

pub(crate) use broadcast_in_transaction::is_broadcast;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<broadcast_in_transaction::BroadcastInTransaction>(),
        Entry::of::<concurrent_index_half_done::ConcurrentIndexHalfDone>(),
        Entry::of::<ecto_read_modify_write::EctoReadModifyWrite>(),
        Entry::of::<filter_after_repo_all::FilterAfterRepoAll>(),
        Entry::of::<float_money::FloatMoney>(),
        Entry::of::<io_in_transaction::IoInTransaction>(),
        Entry::of::<irreversible_change::IrreversibleChange>(),
        Entry::of::<migration_data_manipulation::MigrationDataManipulation>(),
        Entry::of::<migration_unsafe_operation::MigrationUnsafeOperation>(),
        Entry::of::<query_in_loop::QueryInLoop>(),
        Entry::of::<repo_all_unbounded::RepoAllUnbounded>(),
        Entry::of::<unique_constraint_without_index::UniqueConstraintWithoutIndex>(),
    ]
}
