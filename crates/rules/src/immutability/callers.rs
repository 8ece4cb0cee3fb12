//! Who calls a function inside its own module.
use crate::prelude::*;

/// The clauses that call or capture the function of `def` by its bare name.
pub(super) fn callers<'t>(def: Def<'t>) -> Vec<Def<'t>> {
    let Some((name, module)) = def.name_node().zip(def.module()) else {
        return Vec::new();
    };
    let (fewest, most) = def.arity();
    let is_call = |it: &Node<'t>| {
        it.symbol() == name.symbol()
            && match it.kind() {
                Kind::Call => {
                    let call = Call::cast(*it).filter(|it| !it.is_remote());
                    call.is_some_and(|it| (fewest..=most).contains(&it.arity()))
                }
                Kind::Var => is_captured(*it) || fewest == 0 && it.mode() == Mode::Code,
                _ => false,
            }
    };
    let mut callers: Vec<Def> = Vec::new();
    for call in module.descendants().filter(is_call) {
        if let Some(caller) = call.enclosing::<Def>()
            && caller.head().is_none_or(|it| !it.contains(call))
            && !callers.contains(&caller)
        {
            callers.push(caller);
        }
    }
    callers
}

/// Whether every way to `def` inside its module starts at a function that `is_start` accepts, and nothing outside can
/// call it.
pub(super) fn only_from<'t>(def: Def<'t>, is_start: fn(Def<'t>) -> bool) -> bool {
    let mut seen = vec![def];
    let mut next = 0;
    while let Some(&def) = seen.get(next) {
        next += 1;
        if is_start(def) {
            continue;
        }
        let callers = callers(def);
        if !def.is_private() || callers.is_empty() {
            return false;
        }
        for caller in callers {
            if !seen.contains(&caller) {
                seen.push(caller);
            }
        }
    }
    true
}

/// Whether a function that `is_start` accepts leads to `def` inside its module.
pub(super) fn some_from<'t>(def: Def<'t>, is_start: fn(Def<'t>) -> bool) -> bool {
    let mut seen = vec![def];
    let mut next = 0;
    while let Some(&def) = seen.get(next) {
        next += 1;
        if is_start(def) {
            return true;
        }
        for caller in callers(def) {
            if !seen.contains(&caller) {
                seen.push(caller);
            }
        }
    }
    false
}

/// A function that a server calls for what arrives: `handle_call/3` and its like.
pub(super) fn is_handler(def: Def) -> bool {
    let name = def.function_name();
    match def.arity().1 {
        2 => [
            "handle_info",
            "handle_cast",
            "handle_continue",
            "handle_demand",
        ]
        .contains(&name),
        3 => {
            let names = [
                "handle_call",
                "handle_in",
                "handle_out",
                "handle_event",
                "handle_params",
                "handle_async",
                "handle_message",
                "handle_events",
            ];
            names.contains(&name)
        }
        4 => name == "handle_batch",
        _ => false,
    }
}

/// A handler, or another callback that runs in the server's process.
pub(super) fn is_server_callback(def: Def) -> bool {
    is_handler(def)
        || matches!(
            (def.function_name(), def.arity().1),
            ("init", 1) | ("terminate", 2) | ("code_change", 3) | ("mount", 3)
        )
}

fn is_captured(name: Node) -> bool {
    let slash = name.parent().filter(|it| it.op() == Op::Divide);
    slash
        .and_then(Node::parent)
        .is_some_and(|it| it.is(Kind::Capture))
}
