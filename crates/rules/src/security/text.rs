//! Texts that are put together at run time: commands, queries, markup.
use crate::prelude::*;

/// The parts of a text that are not written out in the source; none where the whole is not put together here.
pub(super) fn dynamic_parts(text: Node) -> Vec<Node> {
    let text = definition(text).unwrap_or(text);
    let mut parts = Vec::new();
    collect(text, &mut parts);
    parts
}

fn collect<'t>(text: Node<'t>, parts: &mut Vec<Node<'t>>) {
    match text.kind() {
        Kind::String | Kind::Charlist | Kind::Sigil => {
            let inserted = text.children().filter(|it| it.is(Kind::Interpolation));
            parts.extend(
                inserted
                    .flat_map(Node::children)
                    .filter(|it| !is_harmless(*it)),
            );
        }
        Kind::Binary if text.op() == Op::Concat => {
            for part in text.children() {
                match part.kind() {
                    Kind::String | Kind::Binary => collect(part, parts),
                    _ if is_harmless(part) => {}
                    _ => parts.push(part),
                }
            }
        }
        Kind::Pipe => {
            let is_conversion = |it: &Call| {
                matches!(
                    it.name(),
                    "to_charlist" | "to_string" | "trim" | "String.to_charlist"
                )
            };
            let call = text.child(Role::Right).and_then(Call::cast);
            if call.filter(is_conversion).is_some() {
                text.child(Role::Left)
                    .into_iter()
                    .for_each(|it| collect(it, parts));
            }
        }
        Kind::Call => {
            let call =
                Call::cast(text).filter(|it| matches!(it.name(), "to_charlist" | "to_string"));
            call.and_then(|it| it.argument(0))
                .into_iter()
                .for_each(|it| collect(it, parts));
        }
        _ => {}
    }
}

/// What the variable was bound to, in the same function.
pub(super) fn definition(variable: Node) -> Option<Node> {
    let def = variable
        .enclosing::<Def>()
        .filter(|_| variable.is(Kind::Var))?;
    let bindings = exlint_syntax::Bindings::of(def.node());
    let bound = variable.file().node(bindings.binding(variable)?.node);
    let update = bound.parent().and_then(Match::cast)?;
    update.value().filter(|_| update.pattern() == Some(bound))
}

/// Written in the source, or a number.
pub(super) fn is_harmless(part: Node) -> bool {
    let Some(call) = Call::cast(part) else {
        return part.is_literal() || part.is(Kind::Attribute) || part.name() == "__MODULE__";
    };
    let is_number = matches!(
        call.name(),
        "to_integer" | "length" | "count" | "pid" | "os_time" | "unique_integer"
    );
    is_number || matches!(call.name(), "inspect" | "__schema__")
}
