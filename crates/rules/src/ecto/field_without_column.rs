use exlint_project::{ModuleId, Project};

use super::database::{Database, Field, schema};
use crate::prelude::*;

/// A schema has a field that no migration makes a column for.
///
/// Every query of the schema names all its fields, so that each fails with `column ... does not exist`: wherever the
/// migrations are what makes the database. It often works for the one who wrote it, whose database has the column.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Order do
///   use Ecto.Schema
///
///   schema "orders" do
///     field :number, :string
///     field :note, :string
///   end
/// end
///
/// defmodule Shop.Repo.Migrations.CreateOrders do
///   use Ecto.Migration
///
///   def change do
///     create table(:orders) do
///       add :number, :string
///     end
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Order do
///   use Ecto.Schema
///
///   schema "orders" do
///     field :number, :string
///     field :note, :string
///   end
/// end
///
/// defmodule Shop.Repo.Migrations.CreateOrders do
///   use Ecto.Migration
///
///   def change do
///     create table(:orders) do
///       add :number, :string
///       add :note, :text
///     end
///   end
/// end
/// ```
///
/// Only tables that a migration creates are judged; virtual fields have no column. Silent where columns come from SQL,
/// from helpers or from computed names.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Ecto, confidence = High, scope = Project)]
pub struct FieldWithoutColumn {}

impl Rule for FieldWithoutColumn {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl FieldWithoutColumn {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let database = Database::of(project);
        if database.has_unknown_sql || database.has_stray_columns || database.tables.is_empty() {
            return;
        }
        for module in project.modules() {
            if !cx.covers(project.role_of_module(module)) {
                continue;
            }
            if let Some((table, fields)) = schema(project, module) {
                check_schema(project, &database, module, &table, &fields, cx);
            }
        }
    }
}

fn check_schema(
    project: &Project,
    database: &Database,
    module: ModuleId,
    table: &str,
    fields: &[Field],
    cx: &mut ProjectCx,
) {
    let known = database.tables.get(table);
    let known = known.filter(|it| !it.has_other_columns && !database.has_columns_from_sql(table));
    let Some((known, created)) = known.and_then(|it| Some((it, it.created?))) else {
        return;
    };
    for field in fields {
        let column = known.columns.get(&field.column);
        let removed = column.and_then(|it| it.removed);
        // The key that every table has unless told otherwise.
        if column.is_some() && removed.is_none() || field.column == "id" {
            continue;
        }
        let name = &field.column;
        let message = match removed {
            None => format!("no migration gives `{table}` the column `{name}`"),
            Some(_) => format!("a migration removes the column `{name}` of `{table}`"),
        };
        let finding = cx.report(project.file_of_module(module), field.span, message);
        let (at, told) = match removed {
            None => (created, format!("`{table}` is created here")),
            Some(at) => (at, "removed here".to_owned()),
        };
        finding.label_in(at.file, at.span, told);
        finding.help("add the column in a migration, or remove the field");
    }
}
