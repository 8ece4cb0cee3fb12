use crate::prelude::*;

/// A migration changes the structure of the database and its rows at once.
///
/// Both happen in one transaction, which holds the lock of the changed table until the last row is written: on a large
/// table the application stands still for that time. Schemas and contexts used in a migration are those of today; next
/// year the same migration selects columns that do not exist yet when it runs.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Repo.Migrations.AddSlug do
///   use Ecto.Migration
///
///   def up do
///     alter table(:posts) do
///       add :slug, :string
///     end
///
///     flush()
///
///     for post <- Shop.Repo.all(Shop.Post) do
///       Shop.Repo.update!(Shop.Post.slug_changeset(post))
///     end
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Repo.Migrations.AddSlug do
///   use Ecto.Migration
///
///   def change do
///     alter table(:posts) do
///       add :slug, :string
///     end
///   end
/// end
/// ```
///
/// Statements given to `execute` are not read.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Ecto, confidence = Medium, scope = Module, scripts)]
pub struct MigrationDataManipulation {}

impl Rule for MigrationDataManipulation {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

const WRITES: &[&str] = &[
    "insert",
    "insert!",
    "insert_all",
    "update",
    "update!",
    "update_all",
    "delete",
    "delete!",
    "delete_all",
    "insert_or_update",
    "insert_or_update!",
];

impl MigrationDataManipulation {
    fn check(&self, module: Module, cx: &mut Cx) {
        if !module.implements("Ecto.Migration") {
            return;
        }
        let calls = || module.descendants().filter_map(Call::cast);
        let changes_structure = calls().find(|it| {
            !it.is_remote() && matches!(it.name(), "alter" | "create" | "drop" | "rename")
        });
        let writes = calls().find(|it| {
            WRITES.contains(&it.name())
                && it.receiver().is_some_and(|it| match it.module_name() {
                    Some(module) => module == "Repo" || module.ends_with(".Repo"),
                    None => it.text() == "repo()",
                })
        });
        if let (Some(structure), Some(write)) = (changes_structure, writes) {
            cx.report(
                write,
                "the migration writes rows in the transaction that changes the structure",
            )
            .label(
                structure,
                "the lock that this takes is held until the rows are written",
            )
            .help(
                "change the structure here, and the rows in a migration of their own or in a task",
            );
        }
    }
}
