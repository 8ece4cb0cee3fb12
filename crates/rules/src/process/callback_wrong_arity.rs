use crate::prelude::*;

/// A function has the name of a callback but not its number of arguments.
///
/// The behaviour never calls it. `handle_info/1` compiles without a warning, and the message that it was written for
/// goes to the default clause, which logs it, or crashes the server in another clause's place.
///
/// # Bad
///
/// ```elixir
/// defmodule Clock do
///   use GenServer
///
///   def handle_info(:tick), do: {:noreply, nil}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Clock do
///   use GenServer
///
///   def handle_info(:tick, state), do: {:noreply, state}
/// end
/// ```
///
/// Functions with `@impl` (the compiler checks them), functions that the module itself calls, and modules that implement
/// a second behaviour are left alone. So is `terminate`, which is a natural name for what clients call.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Module)]
pub struct CallbackWrongArity {}

impl Rule for CallbackWrongArity {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

const CALLBACKS: &[(&str, usize)] = &[
    ("handle_call", 3),
    ("handle_cast", 2),
    ("handle_info", 2),
    ("handle_continue", 2),
];

impl CallbackWrongArity {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let is_gen_server = cx
            .server(module)
            .is_some_and(|it| it.behaviour.is_server() && !it.may_have_more_callbacks);
        let behaviours = module
            .body()
            .filter(|it| it.is(Kind::Attribute) && it.name() == "behaviour");
        if !is_gen_server || behaviours.count() > 0 {
            return;
        }
        for function in module.functions() {
            let name = cx.file.symbol_text(function.name);
            let Some((_, arity)) = CALLBACKS.iter().find(|(it, _)| *it == name) else {
                continue;
            };
            let first = function.clauses.first().and_then(|it| cx.file.def(*it));
            let Some(def) = first.filter(|_| !function.accepts(*arity) && !function.is_private)
            else {
                continue;
            };
            if def.attribute("impl").is_none() && !is_called(module, name, function) {
                let head = def.head().unwrap_or(def.node());
                let has = function.max_arity;
                cx.report(
                    head,
                    format!("`{name}/{has}` is never called: the callback is `{name}/{arity}`"),
                )
                .help("give it the arguments of the callback, or another name");
            }
        }
    }
}

fn is_called(module: Module, name: &str, function: &Function) -> bool {
    module.descendants().any(|it| match it.kind() {
        Kind::Call => {
            it.name() == name && Call::cast(it).is_some_and(|it| function.accepts(it.arity()))
        }
        Kind::Capture => Capture::cast(it)
            .and_then(Capture::function)
            .is_some_and(|(it, arity)| it.name() == name && function.accepts(arity)),
        _ => false,
    })
}
