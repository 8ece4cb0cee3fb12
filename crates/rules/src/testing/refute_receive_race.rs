use crate::prelude::*;

/// `refute_received` looks into the mailbox once, right after something was started.
///
/// A message that another process sends a moment later is not seen: the test passes whether the message comes or not.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.OrdersTest do
///   use ExUnit.Case
///
///   test "tells nobody" do
///     GenServer.cast(Shop.Orders, {:place, self()})
///     refute_received {:placed, _}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.OrdersTest do
///   use ExUnit.Case
///
///   test "tells nobody" do
///     GenServer.cast(Shop.Orders, {:place, self()})
///     refute_receive {:placed, _}
///   end
/// end
/// ```
///
/// Only reported right after a cast, a send, or the start of a task or process.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Testing, confidence = Medium, scope = File, tests)]
pub struct RefuteReceiveRace {}

impl Rule for RefuteReceiveRace {
    fn listen(on: &mut On<Self>) {
        on.calls(Self::check);
    }
}

impl RefuteReceiveRace {
    fn check(&self, call: Call, cx: &mut Cx) {
        if !cx.is_test() || call.name() != "refute_received" || call.is_remote() {
            return;
        }
        let Some(parent) = call.parent() else { return };
        let before = parent
            .children()
            .take_while(|it| it.id() < call.id())
            .last()
            .and_then(Call::cast)
            .filter(|it| is_asynchronous(*it));
        if let Some(before) = before {
            cx.report(
                call,
                "`refute_received` does not wait for a message that is still on its way",
            )
            .label(before, "another process works on this meanwhile")
            .help("use `refute_receive`, which waits");
        }
    }
}

fn is_asynchronous(call: Call) -> bool {
    matches!(
        (call.module().as_deref(), call.name()),
        (Some("GenServer"), "cast")
            | (Some("Task"), "start" | "async")
            | (Some("Task.Supervisor"), "start_child" | "async_nolink")
            | (Some("Process"), "send_after" | "exit")
            | (Some("Phoenix.PubSub"), "broadcast" | "broadcast!")
            | (None, "spawn" | "spawn_link")
    )
}
