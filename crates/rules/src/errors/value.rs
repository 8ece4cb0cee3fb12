//! What an expression is worth to the caller: a failure told as such, or something that passes for a result.
use super::{handler::Handler, reach::clauses_of};
use crate::prelude::*;

/// What a handler gives instead of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// `nil`, `:ok`: says nothing.
    Nothing,
    /// A literal that could be a result.
    Of(Type),
    /// A variable from before the failure.
    Input,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Number,
    Text,
    Boolean,
    List,
    Map,
    Set,
    /// `{:ok, _}`
    OkTuple,
    /// A tuple without a tag.
    Tuple,
    /// Known, and none of these.
    Other,
}

/// The values a handler may give, if none of them tells of the failure and all are known.
pub(super) fn of_handler<'t>(
    body: Body<'t>,
    handler: &Handler<'t>,
    depth: usize,
) -> Option<Vec<(Node<'t>, Value)>> {
    let mut values = Vec::new();
    for tail in body.tails() {
        match tail.kind {
            TailKind::Nil => values.push((tail.node, Value::Nothing)),
            TailKind::Value => match of_tail(tail.node, handler) {
                Some(value) => values.push((tail.node, value)),
                None => values.extend(of_call(tail.node, handler, depth)?),
            },
            TailKind::FallThrough => return None,
        }
    }
    Some(values)
}

/// The values of a helper, by the clause that takes what the others leave over.
fn of_call<'t>(
    node: Node<'t>,
    handler: &Handler<'t>,
    depth: usize,
) -> Option<Vec<(Node<'t>, Value)>> {
    let call = Call::cast(last_call(node)?).filter(|_| depth < 3)?;
    match call.callee() {
        Callee::Remote(module) if is_quiet(&module) => return Some(vec![(node, Value::Nothing)]),
        Callee::Remote(_) | Callee::Own => {}
        Callee::Unknown | Callee::Dynamic => return None,
    }
    let clauses = clauses_of(call.node(), &call.callee(), call.name(), call.arity());
    let values = of_handler(clauses.last()?.body()?, handler, depth + 1)?;
    // What a helper was given is not known here.
    let is_known = values.iter().all(|(_, it)| *it != Value::Input);
    is_known.then(|| values.into_iter().map(|(_, it)| (node, it)).collect())
}

/// Their own value is `:ok`.
fn is_quiet(module: &str) -> bool {
    matches!(module, "Logger" | "IO")
}

fn of_tail(node: Node, handler: &Handler) -> Option<Value> {
    let node = node.constant();
    let is_discarded = handler.value_is_discarded();
    match node.kind() {
        Kind::Atom if node.is_boolean() => Some(Value::Of(Type::Boolean)),
        Kind::Atom if is_discarded || node.is_nil() || node.name() == "ok" => Some(Value::Nothing),
        Kind::Var => of_variable(node, handler),
        Kind::Tuple if is_discarded => Some(Value::Nothing),
        _ => neutral(node).map(Value::Of),
    }
}

fn of_variable(node: Node, handler: &Handler) -> Option<Value> {
    let is_exception = handler
        .clause
        .heads()
        .flat_map(Node::subtree)
        .any(|it| it.is_var(node.name()));
    (!is_exception && !node.name().starts_with("__")).then_some(Value::Input)
}

/// The type of a literal that says nothing: zero, empty, `{:ok, ...}`.
pub(super) fn neutral(node: Node) -> Option<Type> {
    let node = node.constant();
    match node.kind() {
        Kind::Integer | Kind::Float => Some(Type::Number),
        Kind::String => node.is_empty_text().then_some(Type::Text),
        Kind::List => node.children().all(is_neutral).then_some(Type::List),
        Kind::Map => {
            let is_plain = Map::cast(node).is_some_and(|it| it.base().is_none());
            (is_plain && node.pairs().all(|(_, value)| is_neutral(value))).then_some(Type::Map)
        }
        Kind::Tuple => {
            let elements = node.tuple();
            match (node.tag(), elements.as_slice()) {
                (Some("ok"), [_, rest @ ..]) => {
                    let is_known = |it: &&Node| it.is(Kind::Var) || is_neutral(**it);
                    (!rest.is_empty() && rest.iter().all(|it| is_known(&it)))
                        .then_some(Type::OkTuple)
                }
                (None, [_, ..]) => elements
                    .iter()
                    .all(|it| is_neutral(*it))
                    .then_some(Type::Tuple),
                _ => None,
            }
        }
        Kind::Call => match (Call::cast(node)?.module()?.as_ref(), node.name()) {
            ("Decimal", "new") => node
                .written_arguments()
                .all(|it| it.is_literal())
                .then_some(Type::Number),
            ("MapSet", "new") => (node.written_arguments().count() == 0).then_some(Type::Set),
            ("Map", "new") => (node.written_arguments().count() == 0).then_some(Type::Map),
            _ => None,
        },
        _ => None,
    }
}

fn is_neutral(node: Node) -> bool {
    node.is_nil() || node.is_boolean() || node.is_atom("ok") || neutral(node).is_some()
}

/// The call that gives a chain of pipes its value, or the call itself.
fn last_call(node: Node) -> Option<Node> {
    match Pipe::cast(node) {
        Some(pipe) => pipe.right(),
        None => Some(node),
    }
}

/// The type of an expression, if its form tells.
pub(super) fn type_of(node: Node, depth: usize) -> Option<Type> {
    let node = node.constant();
    match node.kind() {
        Kind::Pipe => type_of(Pipe::cast(node)?.right()?, depth),
        Kind::Call => type_of_call(Call::cast(node)?, depth),
        Kind::Integer | Kind::Float => Some(Type::Number),
        Kind::String => Some(Type::Text),
        Kind::List => Some(Type::List),
        Kind::Map => Some(Type::Map),
        Kind::Tuple => Some(match node.tag() {
            Some("ok") => Type::OkTuple,
            Some(_) => Type::Other,
            None => Type::Tuple,
        }),
        Kind::Atom if node.is_boolean() => Some(Type::Boolean),
        Kind::Atom if !node.is_nil() => Some(Type::Other),
        Kind::Unary if matches!(node.op(), Op::Not | Op::Bang) => Some(Type::Boolean),
        Kind::Binary => type_of_operation(node, depth),
        _ => None,
    }
}

fn type_of_operation(node: Node, depth: usize) -> Option<Type> {
    match node.op() {
        Op::Plus | Op::Minus | Op::Multiply | Op::Divide => Some(Type::Number),
        Op::Append | Op::Subtract => Some(Type::List),
        Op::Concat => Some(Type::Text),
        Op::OrOr | Op::AndAnd => type_of(node.child(Role::Right)?, depth),
        Op::Equal
        | Op::NotEqual
        | Op::StrictEqual
        | Op::StrictNotEqual
        | Op::Less
        | Op::Greater
        | Op::LessEqual
        | Op::GreaterEqual
        | Op::In
        | Op::NotIn
        | Op::And
        | Op::Or
        | Op::RegexMatch => Some(Type::Boolean),
        _ => None,
    }
}

fn type_of_call(call: Call, depth: usize) -> Option<Type> {
    if call.name().ends_with('?') || call.name().starts_with("is_") {
        return Some(Type::Boolean);
    }
    let callee = call.callee();
    let clauses = clauses_of(call.node(), &callee, call.name(), call.arity());
    if let Some(clause) = clauses.first().filter(|_| depth < 3) {
        let tails = clause.body()?.tails();
        return tails.iter().find_map(|it| type_of(it.node, depth + 1));
    }
    let Callee::Remote(module) = callee else {
        return None;
    };
    match (module.as_ref(), call.name()) {
        ("Enum" | "List" | ":lists", "reduce" | "foldl" | "foldr") if call.arity() == 3 => {
            type_of(call.argument(1)?, depth)
        }
        ("Enum", "into") => type_of(call.argument(1)?, depth),
        ("Kernel", "for") => call
            .option("into")
            .map_or(Some(Type::List), |it| type_of(it, depth)),
        (module, name) => type_of_function(module, name),
    }
}

fn type_of_function(module: &str, name: &str) -> Option<Type> {
    const LISTS: &[&str] = &[
        "map",
        "filter",
        "reject",
        "flat_map",
        "sort",
        "sort_by",
        "uniq",
        "uniq_by",
        "take",
        "drop",
        "to_list",
        "zip",
        "with_index",
        "reverse",
        "concat",
        "chunk_every",
        "take_while",
        "drop_while",
        "map_every",
        "dedup",
        "slice",
    ];
    const NUMBERS: &[&str] = &["sum", "count", "sum_by", "product"];
    const MAPS: &[&str] = &["group_by", "frequencies", "frequencies_by"];
    match (module, name) {
        ("Enum", name) if LISTS.contains(&name) => Some(Type::List),
        ("Enum", name) if NUMBERS.contains(&name) => Some(Type::Number),
        ("Enum", name) if MAPS.contains(&name) => Some(Type::Map),
        ("Enum", "join" | "map_join") => Some(Type::Text),
        (
            "Map",
            "new" | "put" | "merge" | "delete" | "drop" | "take" | "update" | "update!" | "filter"
            | "reject",
        ) => Some(Type::Map),
        ("Map", "keys" | "values" | "to_list") | ("String", "split") => Some(Type::List),
        ("String", "length") | ("Decimal", _) => Some(Type::Number),
        ("String", "to_integer" | "to_float" | "to_atom" | "to_existing_atom") => None,
        ("String", _) | ("Kernel", "to_string" | "inspect") => Some(Type::Text),
        (
            "Kernel",
            "length" | "round" | "trunc" | "div" | "rem" | "max" | "min" | "map_size" | "byte_size",
        ) => Some(Type::Number),
        ("MapSet", "new" | "put" | "union") => Some(Type::Set),
        (module, name) if module.ends_with("Repo") => match name {
            "all" => Some(Type::List),
            "aggregate" => Some(Type::Number),
            "insert" | "update" | "delete" | "transaction" => Some(Type::OkTuple),
            "insert!" | "update!" | "delete!" | "get!" | "one!" | "get_by!" => Some(Type::Other),
            _ => None,
        },
        _ => None,
    }
}
