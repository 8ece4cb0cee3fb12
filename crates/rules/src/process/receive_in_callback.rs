use crate::prelude::*;

/// A callback waits for a message with `receive`.
///
/// While it waits, the server answers nobody, and every message that arrives makes the search through its mailbox longer.
/// Without `after` it may wait for ever. The message would have come to `handle_info/2` anyway.
///
/// # Bad
///
/// ```elixir
/// defmodule Proxy do
///   use GenServer
///
///   def handle_call(:ask, _from, state) do
///     send(state.peer, {:ask, self()})
///
///     receive do
///       {:answer, answer} -> {:reply, answer, state}
///     end
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Proxy do
///   use GenServer
///
///   def handle_call(:ask, from, state) do
///     send(state.peer, {:ask, self()})
///     {:noreply, Map.put(state, :waiting, from)}
///   end
///
///   def handle_info({:answer, answer}, state) do
///     GenServer.reply(state.waiting, answer)
///     {:noreply, Map.delete(state, :waiting)}
///   end
/// end
/// ```
///
/// Emptying the mailbox (`after 0`), taking the message of a timer that has fired, waits of at most a second, waits for a
/// monitored process that answers or ends, and waits in `terminate/2` and `init/1` are not reported.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Medium, scope = Module)]
pub struct ReceiveInCallback {}

impl Rule for ReceiveInCallback {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl ReceiveInCallback {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module).filter(|it| it.behaviour.is_server()) else {
            return;
        };
        for (reached, call) in server.calls_to(&[("Kernel", "receive")], cx.tables) {
            if reached.in_loop && waits_long(call) && !takes_fired_timer(call) {
                let head = Span::new(
                    call.span().start,
                    call.span().start + "receive".len() as u32,
                );
                cx.report(head, "the server waits here and answers nobody")
                    .label(
                        reached.def.head().unwrap_or(reached.def.node()),
                        "runs in the server's process",
                    )
                    .help("return `{:noreply, state}` and take the message in `handle_info/2`");
            }
        }
    }
}

/// Waits for more than a second, for ever, or for a time that is not known and not short by name.
fn waits_long(receive: Call) -> bool {
    let Some(after) = receive.section(SectionKind::After) else {
        // The other process answers or ends.
        return !receive.descendants().any(|it| it.is_atom("DOWN"));
    };
    let time = after.clauses().next().and_then(|it| it.head(0));
    match time {
        Some(time) if time.is_atom("infinity") => true,
        Some(time) => time.milliseconds().is_some_and(|it| it > 1_000),
        None => false,
    }
}

/// `if Process.cancel_timer(ref) == false do receive do ... end end`: the message is there already.
fn takes_fired_timer(receive: Call) -> bool {
    let mut around = receive.ancestors().take_while(|it| !it.is(Kind::Def));
    around.any(|it| {
        it.is_control()
            && it
                .written_arguments()
                .any(|it| it.subtree().any(|it| it.name() == "cancel_timer"))
    })
}
