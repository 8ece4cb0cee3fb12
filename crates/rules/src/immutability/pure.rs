//! Expressions that do nothing but compute their value.
use crate::prelude::*;

/// Modules whose functions most files import whole or by way of `use`, with the variable that shows they are meant.
const IMPORTED: &[(&str, &[&str])] = &[
    (
        "socket",
        &["Phoenix.Component", "Phoenix.LiveView", "Phoenix.Socket"],
    ),
    ("assigns", &["Phoenix.Component"]),
    ("conn", &["Plug.Conn", "Phoenix.Controller"]),
    ("changeset", &["Ecto.Changeset"]),
];

/// How many imports in force are looked at, the latest first.
const MAX_IMPORTS: usize = 50;

/// The name under which the table of pure functions knows what `call` calls: `Map.put`.
pub(super) fn pure_function(call: Call, cx: &Cx) -> Option<String> {
    let known = |module: &str| {
        let name = format!("{module}.{}", call.name());
        cx.tables.pure.contains(&name).then_some(name)
    };
    match call.callee() {
        Callee::Remote(module) => known(&module),
        Callee::Unknown => {
            let node = call.node();
            let mut imports = node.open_imports().take(MAX_IMPORTS);
            imports.find_map(known).or_else(|| {
                let first = first_value(call)?;
                let (_, modules) = IMPORTED.iter().find(|(name, _)| first.is_var(name))?;
                modules.iter().find_map(|it| known(it))
            })
        }
        Callee::Own | Callee::Dynamic => None,
    }
}

/// The value that a chain of pipes, or this call alone, starts from.
fn first_value(call: Call) -> Option<Node> {
    let first = call.argument(0)?;
    match Pipe::cast(first) {
        Some(pipe) => pipe.first(),
        None => Some(first),
    }
}

/// Whether evaluating `node` has no effect but to give its value. What is not known is not pure.
pub(super) fn is_pure(node: Node, cx: &Cx) -> bool {
    let parts_are_pure = || node.children().all(|it| is_pure(it, cx));
    match node.kind() {
        Kind::Call => is_pure_call(node, cx) && parts_are_pure(),
        Kind::Capture => match Capture::cast(node).and_then(Capture::function) {
            Some((function, arity)) => is_pure_reference(function, arity, cx),
            None => parts_are_pure(),
        },
        Kind::Apply | Kind::Invoke | Kind::Def | Kind::Module | Kind::Directive => false,
        Kind::Error | Kind::TooDeep => false,
        _ => parts_are_pure(),
    }
}

fn is_pure_call(node: Node, cx: &Cx) -> bool {
    let Some(call) = Call::cast(node) else {
        return false;
    };
    if !call.is_remote() && (call.name() == "for" || call.is_control() && call.name() != "receive")
    {
        return true;
    }
    pure_function(call, cx).is_some() && gives_known_functions(call, cx)
}

fn is_pure_reference(function: Node, arity: usize, cx: &Cx) -> bool {
    let module = match function.child(Role::Receiver) {
        Some(receiver) => receiver.module_name(),
        None => match function.local_callee(arity) {
            Callee::Remote(module) => Some(module),
            _ => None,
        },
    };
    module.is_some_and(|it| {
        cx.tables
            .pure
            .contains(&format!("{it}.{}", function.name()))
    })
}

/// Whether the functions given to a call that runs them are written out in its arguments, so that it can be seen what
/// they do.
pub(super) fn gives_known_functions(call: Call, cx: &Cx) -> bool {
    let runs_functions = match call.callee() {
        Callee::Remote(module) => {
            let name = format!("{module}.{}", call.name());
            cx.tables.inline.contains(&name)
        }
        _ => false,
    };
    let arity = call.arity();
    if !runs_functions || arity < fewest_with_function(call.name()) {
        return true;
    }
    let is_function = |it: &Node| matches!(it.kind(), Kind::Fn | Kind::Capture);
    let mut others = call.arguments().skip(1);
    call.arguments().any(|it| is_function(&it)) || others.all(Node::is_literal)
}

/// The arity from which a function of the standard library that runs functions takes one.
fn fewest_with_function(name: &str) -> usize {
    match name {
        "merge" | "into" | "foldl" | "foldr" | "reduce" => 3,
        "replace" => 4,
        _ => 2,
    }
}
