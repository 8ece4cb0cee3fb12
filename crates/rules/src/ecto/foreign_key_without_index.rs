use exlint_project::Project;

use super::database::{Column, Database, Table};
use crate::prelude::*;

/// A foreign key whose rows are looked up whenever the other row is deleted, without an index.
///
/// The database makes no index for a foreign key. With `on_delete: :delete_all` or `:nilify_all`, each deletion of the
/// row that is referred to reads the whole table to find what belongs to it, and holds its locks meanwhile. So does
/// every query for "what belongs to".
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Repo.Migrations.CreateOrders do
///   use Ecto.Migration
///
///   def change do
///     create table(:orders) do
///       add :user_id, references(:users, on_delete: :delete_all)
///     end
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Repo.Migrations.CreateOrders do
///   use Ecto.Migration
///
///   def change do
///     create table(:orders) do
///       add :user_id, references(:users, on_delete: :delete_all)
///     end
///
///     create index(:orders, [:user_id])
///   end
/// end
/// ```
///
/// An index that begins with the column will do, also a unique one, and the primary key. Silent where a migration does
/// anything to the table that is not written out, and for MySQL and SQLite no less than for PostgreSQL: MySQL makes the
/// index itself, so switch the rule off there.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Ecto, confidence = Medium, scope = Project, scripts)]
pub struct ForeignKeyWithoutIndex {}

impl Rule for ForeignKeyWithoutIndex {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl ForeignKeyWithoutIndex {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let database = Database::of(project);
        if database.has_unknown_sql || database.has_stray_indexes || is_mysql(project) {
            return;
        }
        let mut tables: Vec<_> = database.tables.iter().collect();
        tables.sort_by_key(|(name, _)| *name);
        for (name, table) in tables {
            if table.created.is_none() || table.is_unsure || database.is_changed_by_sql(name) {
                continue;
            }
            let mut columns: Vec<_> = table.columns.iter().collect();
            columns.sort_by_key(|(_, column)| column.at.span.start);
            for (column, facts) in columns {
                if is_searched_on_delete(facts) && !is_indexed(table, column) {
                    report(name, column, facts, cx);
                }
            }
        }
    }
}

fn is_mysql(project: &Project) -> bool {
    ["Ecto.Adapters.MyXQL", "Ecto.Adapters.MySQL"]
        .iter()
        .any(|it| project.name(it).is_some())
}

fn is_searched_on_delete(column: &Column) -> bool {
    let on_delete = column
        .reference
        .as_ref()
        .and_then(|it| it.on_delete.as_deref());
    column.removed.is_none() && matches!(on_delete, Some("delete_all" | "nilify_all"))
}

fn is_indexed(table: &Table, column: &str) -> bool {
    let begins = |columns: &[String]| columns.first().is_some_and(|it| it == column);
    let first_of_key = table
        .columns
        .iter()
        .filter(|(_, it)| it.is_primary)
        .min_by_key(|(_, it)| it.at.span.start);
    table.indexes.iter().any(|it| begins(&it.columns))
        || first_of_key.is_some_and(|(name, _)| name == column)
}

fn report(table: &str, name: &str, column: &Column, cx: &mut ProjectCx) {
    let other = column.reference.as_ref().and_then(|it| it.table.as_deref());
    let finding = cx.report(
        column.at.file,
        column.at.span,
        format!("the foreign key `{name}` of `{table}` has no index"),
    );
    finding.label_in(
        column.at.file,
        column.at.span,
        match other {
            Some(other) => format!("each deletion from `{other}` reads all of `{table}`"),
            None => format!("each deletion of what it refers to reads all of `{table}`"),
        },
    );
    finding.help(format!("create it: `create index(:{table}, [:{name}])`"));
}
