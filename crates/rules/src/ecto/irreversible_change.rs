use crate::prelude::*;

/// `change/0` of a migration does something that Ecto cannot turn round.
///
/// `mix ecto.rollback` runs `change/0` backwards. For a statement it knows no opposite of, it raises
/// `Ecto.MigrationError`, in the middle of a deployment that is being taken back.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Repo.Migrations.DropLegacy do
///   use Ecto.Migration
///
///   def change do
///     alter table(:users) do
///       remove :legacy
///     end
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Repo.Migrations.DropLegacy do
///   use Ecto.Migration
///
///   def change do
///     alter table(:users) do
///       remove :legacy, :string
///     end
///   end
/// end
/// ```
///
/// Reported is the first of `execute/1`, `remove/1`, `modify` without `from:`, and `drop` of a table or constraint in a migration. Migrations that
/// ask for the `direction()` are left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Ecto, confidence = Medium, scope = File, scripts)]
pub struct IrreversibleChange {}

impl Rule for IrreversibleChange {
    fn listen(on: &mut On<Self>) {
        on.defs(Self::check);
    }
}

impl IrreversibleChange {
    fn check(&self, def: Def, cx: &mut Cx) {
        if !def.is_named("change", 0)
            || !def
                .module()
                .is_some_and(|it| it.implements("Ecto.Migration"))
        {
            return;
        }
        let Some(body) = def.body() else { return };
        let calls: Vec<Call> = body.descendants().filter_map(Call::cast).collect();
        let asks = body
            .descendants()
            .any(|it| matches!(it.kind(), Kind::Call | Kind::Var) && it.name() == "direction");
        if asks {
            return;
        }
        let local = calls.into_iter().filter(|it| !it.is_remote());
        let mut found = local.filter_map(|it| Some((it, irreversible(it)?)));
        if let Some((call, (what, help))) = found.next() {
            cx.report(call, format!("`change/0` cannot be rolled back: {what}"))
                .label(call, "`mix ecto.rollback` raises here")
                .help(help);
        }
    }
}

fn irreversible(call: Call) -> Option<(&'static str, &'static str)> {
    match (call.name(), call.arity()) {
        ("execute", 1) => Some((
            "`execute/1` says nothing of the way back",
            "use `execute(up, down)`, or `up/0` and `down/0`",
        )),
        ("remove", 1) => Some((
            "the type of the removed column is not known",
            "give the type: `remove :column, :type`, or write `up/0` and `down/0`",
        )),
        ("modify", 2 | 3) if call.option("from").is_none() => Some((
            "the former type of the column is not known",
            "give it: `modify :column, :type, from: :former_type`",
        )),
        ("drop" | "drop_if_exists", _) => {
            let dropped = Call::cast(call.argument(0)?)?;
            matches!(dropped.name(), "table" | "constraint").then_some((
                "what is dropped cannot be made again",
                "write `up/0` and `down/0`",
            ))
        }
        _ => None,
    }
}
