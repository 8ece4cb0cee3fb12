use crate::prelude::*;

/// A test sleeps and hopes that the work is done by then.
///
/// On a busy machine it is not, and the test fails now and then; on all others every run of the suite waits for nothing.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.OrdersTest do
///   use ExUnit.Case
///
///   test "tells" do
///     Shop.Orders.place(self())
///     Process.sleep(100)
///     assert_received {:placed, _}
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
///   test "tells" do
///     Shop.Orders.place(self())
///     assert_receive {:placed, _}
///   end
/// end
/// ```
///
/// Only a sleep that an assertion follows at once is reported. Some of them wait for the clock, which is what the test is
/// about; so the rule is for projects that ask for it.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Testing, confidence = Low, scope = File, tests)]
pub struct SleepInTest {}

impl Rule for SleepInTest {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&["Process.sleep/1", ":timer.sleep/1"], Self::check);
    }
}

impl SleepInTest {
    fn check(&self, call: Call, cx: &mut Cx) {
        if !cx.is_test() {
            return;
        }
        let Some(parent) = call.parent() else { return };
        let next = parent.children().find(|it| it.id() > call.id());
        let asserts = next.is_some_and(|it| {
            it.is(Kind::Call)
                && (it.name().starts_with("assert") || it.name().starts_with("refute"))
        });
        if asserts {
            cx.report(call, "the test waits for a fixed time and hopes that this is enough")
                .help("wait for the event itself: `assert_receive`, or a call to the server that answers after it");
        }
    }
}
