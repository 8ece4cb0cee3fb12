//! Functions that raise, and the ones that say the same by their result.
use exlint_project::Tables;

use super::reach::Step;
use crate::prelude::*;

/// The function that gives what `step` raises, as `Module.name/arity`.
pub(super) fn twin_of(step: &Step, tables: &Tables) -> Option<String> {
    let named = match (step.module(), step.name) {
        ("String", "to_integer") => Some("Integer.parse/1"),
        ("String", "to_float") => Some("Float.parse/1"),
        ("Decimal", "new") if step.arity == 1 => Some("Decimal.parse/1"),
        _ => None,
    };
    if named.is_some() {
        return named.map(str::to_owned);
    }
    // `struct/2` takes what `struct!/2` does not, instead of saying so.
    let name = step.name.strip_suffix('!').filter(|it| *it != "struct")?;
    let (module, arity) = (step.module(), step.arity);
    let exists = match &step.callee {
        Callee::Own => step
            .node
            .enclosing::<Module>()
            .is_some_and(|it| it.function(name, arity).is_some()),
        Callee::Remote(_) => {
            exlint_syntax::stdlib::exports(module, name, arity)
                || tables.sink(module, name, arity).is_some()
                || matches!(
                    module,
                    "Jason"
                        | "Poison"
                        | "Ecto.UUID"
                        | "Ecto.Type"
                        | "Ecto.Enum"
                        | "YamlElixir"
                        | "Toml"
                )
        }
        _ => false,
    };
    exists.then(|| match module {
        "" => format!("{name}/{arity}"),
        module => format!("{module}.{name}/{arity}"),
    })
}

/// The only call of a body that is one expression, with its twin.
pub(super) fn only_call_with_twin<'s, 't>(
    body: Body<'t>,
    steps: &'s [Step<'t>],
    tables: &Tables,
) -> Option<(&'s Step<'t>, String)> {
    let mut expressions = body.expressions();
    let (only, None) = (expressions.next()?, expressions.next()) else {
        return None;
    };
    let value = match only.kind() {
        // `{:ok, call}`
        Kind::Tuple if only.tag() == Some("ok") => *only.tuple().get(1)?,
        _ => only,
    };
    let call = match Pipe::cast(value) {
        Some(pipe) => pipe.right()?,
        None => value,
    };
    let mut direct = steps.iter().filter(|it| it.node == it.from);
    let (step, None) = (direct.next()?, direct.next()) else {
        return None;
    };
    (step.node == call).then_some((step, twin_of(step, tables)?))
}
