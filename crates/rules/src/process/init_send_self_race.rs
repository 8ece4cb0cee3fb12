use crate::prelude::*;

/// `init/1` sends a message to its own process to go on with the work later.
///
/// Other processes may already send calls by then when the server has a name: theirs can be first in the mailbox, and are
/// answered from a state that is not ready. `{:continue, term}` runs before any message.
///
/// # Bad
///
/// ```elixir
/// defmodule Cache do
///   use GenServer
///
///   def init(opts) do
///     send(self(), :load)
///     {:ok, opts}
///   end
///
///   def handle_info(:load, state), do: {:noreply, state}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Cache do
///   use GenServer
///
///   def init(opts), do: {:ok, opts, {:continue, :load}}
///
///   def handle_continue(:load, state), do: {:noreply, state}
/// end
/// ```
///
/// A message that other code sends too (a periodic one) is not reported: the clause is needed anyway.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Medium, scope = Module)]
pub struct InitSendSelfRace {}

impl Rule for InitSendSelfRace {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl InitSendSelfRace {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module).filter(|it| it.behaviour.is_server()) else {
            return;
        };
        let sends = [
            ("Kernel", "send"),
            ("GenServer", "cast"),
            ("Process", "send_after"),
        ];
        for (reached, call) in server.calls_to(&sends, cx.tables) {
            let is_set_up = reached.in_init && !reached.in_loop && is_to_self(call, module);
            let Some(message) = call.argument(1).filter(|_| is_set_up) else {
                continue;
            };
            if message.tag().is_some() && !is_used_again(module, message) {
                let text = message.text();
                cx.report(call.node().whole_pipe(), format!("other messages may be handled before `{text}`"))
                    .help(format!("return `{{:ok, state, {{:continue, {text}}}}}` and handle it in `handle_continue/2`"));
            }
        }
    }
}

fn is_to_self(call: Call, module: Module) -> bool {
    let Some(target) = call.argument(0) else {
        return false;
    };
    let is_at_once =
        call.name() != "send_after" || call.argument(2).and_then(Node::milliseconds) == Some(0);
    let is_self = Call::cast(target).is_some_and(|it| it.is_to("Kernel", "self", 0));
    let is_own = call.name() == "cast" && target.module_name().as_deref() == Some(module.name());
    is_at_once && (is_self || is_own)
}

/// Whether the message is written elsewhere in code: something else sends it as well.
fn is_used_again(module: Module, message: Node) -> bool {
    let tag = message.tag().unwrap_or_default();
    module.descendants().any(|it| {
        it.mode() == Mode::Code
            && it.tag() == Some(tag)
            && it.kind() == message.kind()
            && it.role() != Role::Key
            && !message.contains(it)
    })
}
