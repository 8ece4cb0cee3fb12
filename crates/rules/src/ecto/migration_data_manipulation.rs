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
/// Statements given to `execute` are not read. Tables that the migration itself creates, which nobody waits for yet, and
/// changes of the structure that come after the rows are left alone.
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
        let mut writes = calls().filter(|it| is_write(*it));
        let found = writes.find_map(|write| {
            let mut locks = calls().filter(|it| takes_lock(*it));
            locks.find(|it| is_held(*it, write)).map(|it| (it, write))
        });
        if let Some((structure, write)) = found {
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

fn is_write(call: Call) -> bool {
    WRITES.contains(&call.name())
        && call.receiver().is_some_and(|it| match it.module_name() {
            Some(module) => module == "Repo" || module.ends_with(".Repo"),
            None => it.text() == "repo()",
        })
}

/// Whether a call changes the structure of a table that others use by now.
fn takes_lock(call: Call) -> bool {
    let is_new = || {
        let what = call.argument(0).and_then(Call::cast);
        what.is_some_and(|it| it.name() == "table")
    };
    !call.is_remote()
        && match call.name() {
            "alter" | "drop" | "rename" => true,
            "create" => !is_new(),
            _ => false,
        }
}

/// Whether what changes the structure runs first, in the same direction. Helpers belong to the way up.
fn is_held(structure: Call, write: Call) -> bool {
    let direction = |call: Call| match call.enclosing::<Def>().map(Def::function_name) {
        Some("down") => Some("down"),
        Some("up" | "change") => Some("up"),
        _ => None,
    };
    let (around, within) = (direction(structure), direction(write));
    around.unwrap_or("up") == within.unwrap_or("up")
        && (within.is_none() || structure.span().start < write.span().start)
}
