use crate::prelude::*;

/// A migration locks a table that is in use, or breaks the code that still runs.
///
/// While a release is rolled out, the old code runs against the new tables. Building an index without `concurrently`
/// blocks every write to the table until it is done; a column that must not be null and has no default cannot be added
/// to a table with rows; and a column that is removed or renamed is still selected by the old code, which crashes.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Repo.Migrations.IndexOrders do
///   use Ecto.Migration
///
///   def change do
///     create index(:orders, [:user_id])
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
/// Tables that the same migration creates are empty and are left alone. Whether a table is large enough to matter is
/// not known, so this rule is for projects that ask for it; `since` leaves out migrations with an earlier timestamp.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Ecto, confidence = Medium, scope = Module, scripts)]
#[serde(default)]
pub struct MigrationUnsafeOperation {
    /// Migrations whose file name begins with an earlier timestamp are left alone: `20240131000000`.
    pub since: String,
}

impl Rule for MigrationUnsafeOperation {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl MigrationUnsafeOperation {
    fn check(&self, module: Module, cx: &mut Cx) {
        let file = cx.path.rsplit('/').next().unwrap_or_default();
        let is_old = file.starts_with(|it: char| it.is_ascii_digit()) && file < self.since.as_str();
        if is_old || !module.implements("Ecto.Migration") {
            return;
        }
        let created: Vec<&str> = tables_created(module);
        let up = module
            .descendants()
            .filter_map(Def::cast)
            .filter(|it| matches!(it.function_name(), "change" | "up"));
        for call in up
            .filter_map(Def::body)
            .flat_map(Body::descendants)
            .filter_map(Call::cast)
            .filter(|it| !it.is_remote())
        {
            let table = table_of(call);
            if table.is_some_and(|it| created.contains(&it)) {
                continue;
            }
            if let Some((message, help)) = unsafe_operation(call) {
                cx.report(call, message).help(help);
            }
        }
    }
}

fn tables_created(module: Module<'_>) -> Vec<&str> {
    let creates = module
        .descendants()
        .filter_map(Call::cast)
        .filter(|it| it.name().starts_with("create"));
    let tables = creates.filter_map(|it| it.argument(0).and_then(Call::cast));
    tables
        .filter(|it| it.name() == "table")
        .filter_map(|it| it.argument(0).map(Node::name))
        .collect()
}

/// The table that an operation is about, or the `alter table` around it.
fn table_of(call: Call<'_>) -> Option<&str> {
    if matches!(call.name(), "index" | "unique_index") {
        return call.argument(0).map(Node::name);
    }
    let around = call
        .ancestors()
        .filter_map(Call::cast)
        .find(|it| matches!(it.name(), "alter" | "create" | "create_if_not_exists"))?;
    Call::cast(around.argument(0)?)?.argument(0).map(Node::name)
}

fn unsafe_operation(call: Call) -> Option<(&'static str, &'static str)> {
    match call.name() {
        "index" | "unique_index" => {
            let is_created = call
                .parent()
                .and_then(Call::cast)
                .is_some_and(|it| it.name().starts_with("create"));
            (is_created && call.option("concurrently").is_none()).then_some((
                "building this index blocks every write to the table",
                "`concurrently: true`, with `@disable_ddl_transaction true` and `@disable_migration_lock true`",
            ))
        }
        "add" => {
            let required = call.option("null").is_some_and(|it| it.is_atom("false"));
            (required && call.option("default").is_none()).then_some((
                "a column that must not be null and has no default cannot be added to a table with rows",
                "add it without `null: false`, fill it, and then forbid nulls",
            ))
        }
        "remove" => Some((
            "the code that still runs selects this column",
            "remove the field from the schema in one release, and the column in the next",
        )),
        "rename" => Some((
            "the code that still runs uses the former name",
            "add the new one, copy, and remove the former in a later release",
        )),
        _ => None,
    }
}
