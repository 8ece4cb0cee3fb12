use crate::prelude::*;

/// Keeps an amount of money as a float.
///
/// A float cannot hold most amounts: `0.1 + 0.2` is `0.30000000000000004`. Sums drift, comparisons fail by a
/// fraction of a cent, and totals differ from what was charged.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Product do
///   use Ecto.Schema
///
///   schema "products" do
///     field :price, :float
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Product do
///   use Ecto.Schema
///
///   schema "products" do
///     field :price, :decimal
///   end
/// end
/// ```
///
/// A field is taken for money by its name: `price`, `amount`, `subtotal`, `balance`, `cost`, `fee`, `salary`, alone or as the
/// last word of the name. Columns are not looked at: a later migration may have changed their type.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Ecto, confidence = Medium, scope = File)]
pub struct FloatMoney {}

impl Rule for FloatMoney {
    fn listen(on: &mut On<Self>) {
        on.calls(Self::check);
    }
}

const MONEY: &[&str] = &[
    "price", "amount", "balance", "cost", "fee", "salary", "subtotal",
];

impl FloatMoney {
    fn check(&self, call: Call, cx: &mut Cx) {
        if call.name() != "field" || call.is_remote() || !is_in_schema(call) {
            return;
        }
        let (Some(field), Some(kind)) = (call.argument(0), call.argument(1)) else {
            return;
        };
        let last_word = field.name().rsplit('_').next().unwrap_or_default();
        if field.is(Kind::Atom) && kind.is_atom("float") && MONEY.contains(&last_word) {
            cx.report(
                call,
                format!(
                    "`{}` is money in a float, which cannot hold it exactly",
                    field.name()
                ),
            )
            .help("use `:decimal`, or an integer of the smallest unit");
        }
    }
}

/// Whether a field is one of an Ecto schema, not of another kind of schema that has fields.
fn is_in_schema(field: Call) -> bool {
    let mut around = field.ancestors().filter_map(Call::cast);
    around.any(|it| {
        let name = it.name();
        name.ends_with("schema") || name.starts_with("embeds_")
    })
}
