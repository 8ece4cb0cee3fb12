use crate::prelude::*;

/// Asks for an index to be built concurrently, and leaves out the other half.
///
/// `CREATE INDEX CONCURRENTLY` cannot run inside a transaction, and Ecto runs each migration in one: without
/// `@disable_ddl_transaction true` the migration fails. The other way round, the attribute alone gives up the
/// transaction, so that a migration that fails stays half done, while the table is still locked.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Repo.Migrations.IndexOrders do
///   use Ecto.Migration
///
///   def change do
///     create index(:orders, [:user_id], concurrently: true)
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Repo.Migrations.IndexOrders do
///   use Ecto.Migration
///
///   @disable_ddl_transaction true
///   @disable_migration_lock true
///
///   def change do
///     create index(:orders, [:user_id], concurrently: true)
///   end
/// end
/// ```
///
/// The attribute without a concurrent index is only reported where the migration builds indexes and does nothing else
/// that could be the reason for it.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Ecto, confidence = High, scope = Module, scripts)]
pub struct ConcurrentIndexHalfDone {}

impl Rule for ConcurrentIndexHalfDone {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl ConcurrentIndexHalfDone {
    fn check(&self, module: Module, cx: &mut Cx) {
        if !module.implements("Ecto.Migration") {
            return;
        }
        let attribute = module
            .body()
            .filter_map(Attribute::cast)
            .find(|it| it.name() == "disable_ddl_transaction");
        let is_disabled = attribute
            .and_then(Attribute::value)
            .is_some_and(|it| !it.is_atom("false"));
        let indexes: Vec<Call> = module
            .descendants()
            .filter_map(Call::cast)
            .filter(|it| matches!(it.name(), "index" | "unique_index") && !it.is_remote())
            .collect();
        let concurrent = indexes.iter().find(|it| {
            options(**it)
                .and_then(|it| it.value_of("concurrently"))
                .is_some_and(|it| !it.is_atom("false"))
        });
        let are_known = indexes.iter().all(|it| match options(*it) {
            None => true,
            Some(it) => matches!(it.kind(), Kind::Keywords | Kind::List),
        });
        match (is_disabled, concurrent) {
            (false, Some(index)) => {
                cx.report(
                    *index,
                    "an index cannot be built concurrently in the transaction of the migration",
                )
                .help("set `@disable_ddl_transaction true` and `@disable_migration_lock true` in the migration");
            }
            (true, None) if !indexes.is_empty() && are_known && only_indexes(module) => {
                if let Some(attribute) = attribute {
                    cx.report(
                        attribute,
                        "gives up the transaction, while the index still locks the table",
                    )
                    .help("build the index with `concurrently: true`, or keep the transaction");
                }
            }
            _ => {}
        }
    }
}

/// The options of an index, also of an attribute that holds them.
fn options(index: Call<'_>) -> Option<Node<'_>> {
    index.argument(2).map(Node::constant)
}

/// Whether a migration calls nothing but `create` and `drop` with indexes.
fn only_indexes(module: Module) -> bool {
    let defs = module.descendants().filter_map(Def::cast);
    let mut calls = defs
        .filter_map(Def::body)
        .flat_map(Body::descendants)
        .filter_map(Call::cast);
    calls.all(|it| {
        matches!(
            it.name(),
            "create"
                | "create_if_not_exists"
                | "drop"
                | "drop_if_exists"
                | "index"
                | "unique_index"
        )
    })
}
