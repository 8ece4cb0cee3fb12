use exlint_project::Project;

use super::{
    database::{Database, Table, schema, text},
    promises::{Promise, promises},
};
use crate::prelude::*;

/// `foreign_key_constraint`, `assoc_constraint`, `check_constraint` or `exclusion_constraint` waits for a constraint that
/// the database does not have.
///
/// The check is the database's: these functions only turn its error into one of the changeset, and find it by the name
/// of the constraint. Without the constraint, rows that should be refused are stored; with one of another name,
/// `Repo.insert/1` raises `Ecto.ConstraintError` and the user sees a crash.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Order do
///   use Ecto.Schema
///
///   schema "orders" do
///     belongs_to :user, Shop.User
///   end
///
///   def changeset(order, attrs), do: order |> cast(attrs, [:user_id]) |> foreign_key_constraint(:user_id)
/// end
///
/// defmodule Shop.Repo.Migrations.CreateOrders do
///   use Ecto.Migration
///
///   def change do
///     create table(:orders) do
///       add :user_id, :integer
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
///     belongs_to :user, Shop.User
///   end
///
///   def changeset(order, attrs), do: order |> cast(attrs, [:user_id]) |> foreign_key_constraint(:user_id)
/// end
///
/// defmodule Shop.Repo.Migrations.CreateOrders do
///   use Ecto.Migration
///
///   def change do
///     create table(:orders) do
///       add :user_id, references(:users)
///     end
///   end
/// end
/// ```
///
/// Only tables that a migration creates are judged. Silent where a migration does anything to the table that is not
/// written out: SQL of its own, renamed tables or columns, computed names.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Ecto, confidence = High, scope = Project)]
pub struct ConstraintNotInDatabase {}

impl Rule for ConstraintNotInDatabase {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

const FUNCTIONS: &[&str] = &[
    "foreign_key_constraint",
    "assoc_constraint",
    "check_constraint",
    "exclusion_constraint",
];

impl ConstraintNotInDatabase {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let promises = promises(project, cx, FUNCTIONS);
        if promises.is_empty() {
            return;
        }
        let database = Database::of(project);
        if database.has_unknown_sql || database.has_stray_columns {
            return;
        }
        for promise in promises {
            check_promise(project, &database, &promise, cx);
        }
    }
}

fn check_promise(project: &Project, database: &Database, promise: &Promise, cx: &mut ProjectCx) {
    let known = database
        .tables
        .get(&promise.table)
        .filter(|it| it.created.is_some() && !it.is_unsure && !it.has_other_columns);
    let Some(known) = known.filter(|_| !database.is_changed_by_sql(&promise.table)) else {
        return;
    };
    let function = project.text(project.call(promise.call).name);
    let Some(expected) = expected(project, promise, function) else {
        return;
    };
    let names = match function {
        "foreign_key_constraint" | "assoc_constraint" => foreign_keys(known),
        _ => Some(known.constraints.clone()),
    };
    let Some(names) = names.filter(|it| !it.contains(&expected)) else {
        return;
    };
    let at = project.at(promise.call);
    let finding = cx.report(
        at.file,
        at.span,
        format!("no migration makes the constraint `{expected}` that this waits for"),
    );
    if let Some(created) = known.created {
        finding.label_in(
            created.file,
            created.span,
            format!("`{}` is created here", promise.table),
        );
    }
    finding.help(match names.as_slice() {
        [only] => format!("the table has `{only}`: name that, or add the constraint"),
        _ => "add the constraint in a migration, or name the one there is".to_owned(),
    });
}

/// The names of the foreign keys of a table; `None` where one is computed.
fn foreign_keys(table: &Table) -> Option<Vec<String>> {
    let references = table
        .columns
        .values()
        .filter_map(|it| it.reference.as_ref());
    let mut names: Vec<String> = references
        .map(|it| it.name.clone())
        .collect::<Option<_>>()?;
    names.extend(table.constraints.iter().cloned());
    names.sort();
    Some(names)
}

fn expected(project: &Project, promise: &Promise, function: &str) -> Option<String> {
    let field = promise
        .argument(project, 1)
        .and_then(|it| text(project, it))?;
    let table = &promise.table;
    let default = match function {
        "foreign_key_constraint" => format!("{table}_{field}_fkey"),
        "assoc_constraint" => {
            let (_, fields) = schema(project, promise.module)?;
            let key = fields
                .iter()
                .find(|it| it.is_key && project.text(it.name) == field)?;
            format!("{table}_{}_fkey", key.column)
        }
        "exclusion_constraint" => format!("{table}_{field}_exclusion"),
        _ => String::new(),
    };
    let name = promise.expected_name(project, || default)?;
    (!name.is_empty()).then_some(name)
}
