use exlint_project::Project;

use super::{
    database::{Database, columns},
    promises::{Promise, promises},
};
use crate::prelude::*;

/// `unique_constraint` waits for an error that the database never raises, or that goes by another name.
///
/// The check is the database's: `unique_constraint/3` only turns the violation of a unique index into an error of the
/// changeset, and finds it by the name of the index. Without such an index two rows with the same value are simply
/// inserted; with an index of another name, `Repo.insert/1` raises `Ecto.ConstraintError` and the user sees a crash.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.User do
///   use Ecto.Schema
///
///   schema "users" do
///     field :email, :string
///   end
///
///   def changeset(user, attrs), do: user |> cast(attrs, [:email]) |> unique_constraint(:email)
/// end
///
/// defmodule Shop.Repo.Migrations.CreateUsers do
///   use Ecto.Migration
///
///   def change do
///     create table(:users) do
///       add :email, :string
///     end
///
///     create index(:users, [:email])
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.User do
///   use Ecto.Schema
///
///   schema "users" do
///     field :email, :string
///   end
///
///   def changeset(user, attrs), do: user |> cast(attrs, [:email]) |> unique_constraint(:email)
/// end
///
/// defmodule Shop.Repo.Migrations.CreateUsers do
///   use Ecto.Migration
///
///   def change do
///     create table(:users) do
///       add :email, :string
///     end
///
///     create unique_index(:users, [:email])
///   end
/// end
/// ```
///
/// Only tables that a migration creates are judged. Silent where a migration does anything to the table's indexes that
/// is not written out: SQL of its own, renamed tables or indexes, computed names.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Ecto, confidence = High, scope = Project)]
pub struct UniqueConstraintWithoutIndex {}

impl Rule for UniqueConstraintWithoutIndex {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl UniqueConstraintWithoutIndex {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        if project.name("unique_constraint").is_none() {
            return;
        }
        let database = Database::of(project);
        if database.has_unknown_sql || database.has_stray_indexes {
            return;
        }
        for promise in promises(project, cx, &["unique_constraint"]) {
            check_promise(project, &database, &promise, cx);
        }
    }
}

fn check_promise(project: &Project, database: &Database, promise: &Promise, cx: &mut ProjectCx) {
    let table = &promise.table;
    let known = database.tables.get(table);
    let Some(known) = known.filter(|it| it.created.is_some() && !it.is_unsure) else {
        return;
    };
    if database.is_changed_by_sql(table) {
        return;
    }
    let fields = promise.argument(project, 1);
    let Some(fields) = fields.and_then(|it| columns(project, it)) else {
        return;
    };
    let default = || format!("{table}_{}_index", fields.join("_"));
    let Some(expected) = promise.expected_name(project, default) else {
        return;
    };
    let unique: Vec<_> = known.indexes.iter().filter(|it| it.is_unique).collect();
    let is_named_by_expression = unique.iter().any(|it| it.name.is_none() && !it.is_plain());
    if is_named_by_expression || unique.iter().any(|it| it.name_on(table) == expected) {
        return;
    }
    let covering = unique.iter().find(|it| {
        fields
            .iter()
            .all(|field| it.columns.iter().any(|it| it.contains(field.as_str())))
    });
    let at = project.at(promise.call);
    match covering.map(|it| it.name_on(table)) {
        Some(other) => {
            cx.report(
                at.file,
                at.span,
                format!("the unique index of `{table}` is called `{other}`, and this waits for `{expected}`"),
            )
            .help(format!("name it: `unique_constraint(..., name: :{other})`"));
        }
        None => {
            let columns: Vec<_> = fields.iter().map(|it| format!(":{it}")).collect();
            cx.report(
                at.file,
                at.span,
                format!("no migration makes the unique index `{expected}` that this waits for"),
            )
            .help(format!(
                "create it: `create unique_index(:{table}, [{}])`",
                columns.join(", ")
            ));
        }
    }
}
