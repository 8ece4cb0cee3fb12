use crate::prelude::*;

/// Reads or replaces the state of another process behind its back.
///
/// `:sys.get_state/1` is there for debugging. What it returns is the inside of a server: any change of the server's state
/// breaks whoever reads it, and the compiler does not notice. The call waits in the server's mailbox like any other, and
/// copies all of its state. `:sys.replace_state/2` also goes past everything that the server's callbacks take care of.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Stats do
///   def size, do: map_size(:sys.get_state(Shop.Cache).entries)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Stats do
///   def size, do: Shop.Cache.size()
/// end
/// ```
///
/// Silent in tests, Mix tasks, and modules for debugging, as far as their names tell.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Design, confidence = Medium, scope = File)]
pub struct InappropriateIntimacy {}

impl Rule for InappropriateIntimacy {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&[":sys.get_state", ":sys.replace_state"], Self::check);
    }
}

/// Words of modules whose business is the inside of others.
const TOOLS: &[&str] = &[
    "Mix.",
    "Debug",
    "Dev",
    "Inspect",
    "Observer",
    "Dashboard",
    "Trace",
    "Test",
];

impl InappropriateIntimacy {
    fn check(&self, call: Call, cx: &mut Cx) {
        let module = call.enclosing_module_name().unwrap_or_default();
        if TOOLS.iter().any(|it| module.contains(it)) {
            return;
        }
        let what = match call.name() {
            "get_state" => "reads",
            _ => "replaces",
        };
        cx.report(
            call,
            format!("`{}` {what} the state of another process", call.mfa()),
        )
        .help("ask the server: give it a function for this");
    }
}
