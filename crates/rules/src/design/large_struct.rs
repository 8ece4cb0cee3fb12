use crate::prelude::*;

/// A struct with 32 fields or more.
///
/// The virtual machine keeps maps of up to 32 keys, `__struct__` among them, as one tuple of values with the keys shared
/// by all; larger ones become trees. Each instance then takes more memory, and an update copies more of it, at a size
/// at which most fields belong together in smaller structs anyway.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Customer do
///   defstruct [
///     :a1, :a2, :a3, :a4, :a5, :a6, :a7, :a8, :b1, :b2, :b3, :b4, :b5, :b6, :b7, :b8,
///     :c1, :c2, :c3, :c4, :c5, :c6, :c7, :c8, :d1, :d2, :d3, :d4, :d5, :d6, :d7, :d8
///   ]
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Customer do
///   defstruct [:name, :address, :contact, :payment]
/// end
/// ```
///
/// The fields of an Ecto schema count with the ones that it adds: `__meta__`, the id, timestamps, and two for each
/// `belongs_to`.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Design, confidence = High, scope = File)]
pub struct LargeStruct {}

impl Rule for LargeStruct {
    fn listen(on: &mut On<Self>) {
        on.calls(Self::check);
    }
}

/// The most keys of a small map, without `__struct__`.
const MOST: usize = 31;

impl LargeStruct {
    fn check(&self, call: Call, cx: &mut Cx) {
        if call.is_remote() {
            return;
        }
        let fields = match call.name() {
            "defstruct" => call
                .argument(0)
                .map(Node::constant)
                .filter(|it| matches!(it.kind(), Kind::List | Kind::Keywords))
                .map_or(0, |it| it.children().count()),
            "schema" | "embedded_schema" => schema_fields(call),
            _ => return,
        };
        if fields > MOST {
            let name = call.enclosing_module_name().unwrap_or_default();
            let span = Span::new(call.span().start, call.name_span().end);
            cx.report(
                span,
                format!("`%{name}{{}}` has {fields} fields, and from 32 on each instance takes a larger kind of map"),
            )
            .help("put fields that belong together into structs of their own");
        }
    }
}

fn schema_fields(schema: Call) -> usize {
    let Some(body) = schema.section(SectionKind::Do) else {
        return 0;
    };
    let implicit = if schema.name() == "schema" { 2 } else { 1 };
    let fields = body
        .expressions()
        .filter_map(Call::cast)
        .map(|it| match it.name() {
            "field" | "has_many" | "has_one" | "many_to_many" | "embeds_one" | "embeds_many" => 1,
            "belongs_to" | "timestamps" => 2,
            _ => 0,
        });
    fields.sum::<usize>() + implicit
}
