//! Whether a value written in the source can match a pattern.
use crate::prelude::*;

/// Whether the literal `value` never matches `pattern`; `false` where it cannot be told.
pub(super) fn cannot_match(pattern: Node, value: Node) -> bool {
    let (pattern, value) = (pattern.constant(), value.constant());
    if pattern.is(Kind::Match) {
        return pattern.children().any(|it| cannot_match(it, value));
    }
    let (Some(wanted), Some(given)) = (Shape::of(pattern), Shape::of(value)) else {
        return false;
    };
    if wanted != given {
        return true;
    }
    match wanted {
        Shape::Atom | Shape::Integer => pattern.name() != value.name() || differs(pattern, value),
        Shape::Tuple => lists_differ(&pattern.tuple(), &value.tuple()),
        Shape::List => list_cannot_match(pattern, value),
        Shape::Map => map_cannot_match(pattern, value),
        Shape::Text => text_cannot_match(pattern, value),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Atom,
    Integer,
    Tuple,
    List,
    Map,
    Text,
}

impl Shape {
    fn of(node: Node) -> Option<Shape> {
        match node.kind() {
            Kind::Atom => Some(Shape::Atom),
            Kind::Integer => Some(Shape::Integer),
            Kind::Tuple => Some(Shape::Tuple),
            Kind::List => Some(Shape::List),
            Kind::Map | Kind::Struct => Some(Shape::Map),
            Kind::String | Kind::Bitstring => Some(Shape::Text),
            Kind::Binary if node.op() == Op::Concat => Some(Shape::Text),
            _ => None,
        }
    }
}

fn differs(pattern: Node, value: Node) -> bool {
    match (pattern.integer(), value.integer()) {
        (Some(wanted), Some(given)) => wanted != given,
        _ => false,
    }
}

fn lists_differ(patterns: &[Node], values: &[Node]) -> bool {
    patterns.len() != values.len()
        || patterns
            .iter()
            .zip(values)
            .any(|(pattern, value)| cannot_match(*pattern, *value))
}

fn list_cannot_match(pattern: Node, value: Node) -> bool {
    let is_open = |list: &[Node]| list.iter().any(|it| it.op() == Op::Bar);
    let (wanted, given) = (
        pattern.children().collect::<Vec<_>>(),
        value.children().collect::<Vec<_>>(),
    );
    match (is_open(&wanted), is_open(&given)) {
        (false, false) => {
            let has_pairs = wanted.iter().chain(&given).any(|it| it.is(Kind::Pair));
            wanted.len() != given.len() || !has_pairs && lists_differ(&wanted, &given)
        }
        (true, false) => wanted.len() > given.len(),
        (false, true) => given.len() > wanted.len(),
        (true, true) => false,
    }
}

fn map_cannot_match(pattern: Node, value: Node) -> bool {
    let name = |node: Node| {
        Struct::cast(node)
            .and_then(Struct::name_node)
            .and_then(Node::module_name)
            .map(|it| it.into_owned())
    };
    let is_updated = value.child(Role::Left).is_some();
    match (pattern.kind(), value.kind()) {
        (Kind::Struct, Kind::Map) => !is_updated,
        (Kind::Struct, Kind::Struct) => {
            let (wanted, given) = (name(pattern), name(value));
            wanted.is_some() && given.is_some() && wanted != given
        }
        (_, Kind::Map) if !is_updated => pattern.pairs().any(|(key, wanted)| {
            let given = value
                .pairs()
                .find(|(it, _)| it.is_literal() && it.name() == key.name() && key.is(Kind::Atom));
            let knows_all = value.pairs().all(|(it, _)| it.is(Kind::Atom));
            match given {
                Some((_, given)) => cannot_match(wanted, given),
                None => knows_all && key.is(Kind::Atom),
            }
        }),
        _ => false,
    }
}

fn text_cannot_match(pattern: Node, value: Node) -> bool {
    let Some(given) = plain_text(value) else {
        return false;
    };
    match pattern.kind() {
        Kind::String => plain_text(pattern).is_some_and(|it| it != given),
        Kind::Binary => pattern
            .child(Role::Left)
            .and_then(plain_text)
            .is_some_and(|it| !given.starts_with(it)),
        _ => false,
    }
}

/// The text of a string without interpolation or escapes.
fn plain_text(node: Node) -> Option<&str> {
    let is_plain =
        node.is(Kind::String) && node.children().next().is_none() && !node.text().contains('\\');
    let text = node.text().strip_prefix('"')?.strip_suffix('"')?;
    (is_plain && !text.starts_with('"')).then_some(text)
}
