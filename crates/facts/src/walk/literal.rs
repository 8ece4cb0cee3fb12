//! Values that are written out.
use exlint_syntax::{Call, Callee, Kind, Node, Pipe, Role, View};
use thin_vec::{ThinVec, thin_vec};

use super::parts;
use crate::{collect::Names, model::*};

/// Longer strings are of no use as topics, events or keys.
pub(crate) const LONGEST_STRING: usize = 80;

/// The shape of a value that needs no evaluation; of others what can be seen without following variables.
pub(crate) fn shape_of_literal(node: Node, names: &mut Names) -> Shape {
    match node.kind() {
        Kind::Atom => match node.module_name().filter(|it| !it.starts_with(':')) {
            Some(module) => Shape::Module(names.name(&module)),
            None => Shape::Atom(names.name(node.name())),
        },
        Kind::Alias => node
            .module_name()
            .map_or(Shape::Unknown, |it| Shape::Module(names.name(&it))),
        Kind::Var => node
            .module_name()
            .map_or(Shape::Unknown, |it| Shape::Module(names.name(&it))),
        Kind::Integer | Kind::Unary => node.integer().map_or(Shape::Unknown, Shape::Int),
        Kind::Char => Shape::Int(i64::from(exlint_syntax::character(node.text()))),
        Kind::Float => Shape::Float,
        Kind::String => match node.string_value() {
            Some(text) => {
                let end = text
                    .char_indices()
                    .map(|(at, _)| at)
                    .find(|at| *at >= LONGEST_STRING);
                Shape::String(names.name(&text[..end.unwrap_or(text.len())]))
            }
            None => Shape::Unknown,
        },
        Kind::Tuple => Shape::Tuple(parts(node, |it| shape_of_literal(it, names))),
        Kind::List | Kind::Keywords if node.children().all(|it| it.is(Kind::Pair)) => {
            let pairs: Vec<_> = node.pairs().filter(|(key, _)| key.is(Kind::Atom)).collect();
            if pairs.is_empty() {
                return Shape::List(ThinVec::new());
            }
            let pair = |(key, value): (Node, Node)| {
                (names.name(key.name()), shape_of_literal(value, names))
            };
            Shape::Keywords(pairs.into_iter().map(pair).collect())
        }
        Kind::List => Shape::List(parts(node, |it| shape_of_literal(it, names))),
        Kind::Map => {
            let pairs: Vec<_> = node.pairs().filter(|(key, _)| key.is(Kind::Atom)).collect();
            let pair = |(key, value): (Node, Node)| {
                (names.name(key.name()), shape_of_literal(value, names))
            };
            Shape::Map(pairs.into_iter().map(pair).collect(), false)
        }
        Kind::Attribute => match node.attribute_value() {
            Some(value) if names.has_room_for(value) => shape_of_literal(value, names),
            _ => Shape::Unknown,
        },
        Kind::Call if node.child(Role::Receiver).is_some() => match setting(node) {
            Some(call) => Shape::Setting(
                call.arguments()
                    .map(|it| shape_of_literal(it, names))
                    .collect(),
            ),
            None => match option(node, names) {
                Some(option) => option,
                // `:timer.seconds(5)`
                None => node.milliseconds().map_or(Shape::Unknown, Shape::Int),
            },
        },
        Kind::Pipe => match Pipe::cast(node).and_then(Pipe::right) {
            Some(call) if call.is(Kind::Call) => shape_of_literal(call, names),
            _ => Shape::Unknown,
        },
        // `Application.compile_env(:shop, Shop.Mail)[:adapter]`
        Kind::Access => {
            let (base, key) = (node.child(Role::Receiver), node.child(Role::Key));
            match base.zip(key.filter(|it| it.is(Kind::Atom))) {
                Some((base, key)) => {
                    let base = shape_of_literal(base, names);
                    Shape::Field(Box::new(base), names.name(key.name()))
                }
                None => Shape::Unknown,
            }
        }
        Kind::Binary => node.milliseconds().map_or(Shape::Unknown, Shape::Int),
        _ => Shape::Unknown,
    }
}

/// `Keyword.get(Application.compile_env(:shop, Shop.Mail), :adapter, Shop.Smtp)`
fn option(node: Node, names: &mut Names) -> Option<Shape> {
    let call = Call::cast(node)?;
    let reads = match call.callee() {
        Callee::Remote(module) => matches!(
            (module.as_ref(), call.name()),
            ("Keyword" | "Map", "get" | "fetch!") | ("Access", "get")
        ),
        _ => false,
    };
    let key = call.argument(1).filter(|it| reads && it.is(Kind::Atom))?;
    let base = shape_of_literal(call.argument(0)?, names);
    let set = Shape::Field(Box::new(base), names.name(key.name()));
    Some(match call.argument(2) {
        Some(default) => Shape::Choice(thin_vec![set, shape_of_literal(default, names)]),
        None => set,
    })
}

/// `Application.compile_env(...)` and its like.
fn setting<'t>(node: Node<'t>) -> Option<Call<'t>> {
    const READS: &[&str] = &["compile_env", "compile_env!", "get_env", "fetch_env!"];
    let call = Call::cast(node).filter(|it| READS.contains(&it.name()))?;
    (call.callee() == Callee::Remote("Application".into())).then_some(call)
}
