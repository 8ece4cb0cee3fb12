//! Ecto: transactions, queries, schemas and migrations.
use crate::Entry;

mod broadcast_in_transaction;
mod concurrent_index_half_done;
mod constraint_not_in_database;
mod database;
mod ecto_read_modify_write;
mod field_without_column;
mod filter_after_repo_all;
mod float_money;
mod foreign_key_without_index;
mod io_in_transaction;
mod irreversible_change;
mod migration_data_manipulation;
mod migration_unsafe_operation;
mod promises;
mod query_in_loop;
mod repo_all_unbounded;
mod unique_constraint_without_index;
mod write_to_partial_row;

pub(crate) use broadcast_in_transaction::is_broadcast;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<broadcast_in_transaction::BroadcastInTransaction>(),
        Entry::of::<concurrent_index_half_done::ConcurrentIndexHalfDone>(),
        Entry::of::<constraint_not_in_database::ConstraintNotInDatabase>(),
        Entry::of::<ecto_read_modify_write::EctoReadModifyWrite>(),
        Entry::of::<field_without_column::FieldWithoutColumn>(),
        Entry::of::<filter_after_repo_all::FilterAfterRepoAll>(),
        Entry::of::<float_money::FloatMoney>(),
        Entry::of::<foreign_key_without_index::ForeignKeyWithoutIndex>(),
        Entry::of::<io_in_transaction::IoInTransaction>(),
        Entry::of::<irreversible_change::IrreversibleChange>(),
        Entry::of::<migration_data_manipulation::MigrationDataManipulation>(),
        Entry::of::<migration_unsafe_operation::MigrationUnsafeOperation>(),
        Entry::of::<query_in_loop::QueryInLoop>(),
        Entry::of::<repo_all_unbounded::RepoAllUnbounded>(),
        Entry::of::<unique_constraint_without_index::UniqueConstraintWithoutIndex>(),
        Entry::of::<write_to_partial_row::WriteToPartialRow>(),
    ]
}
