use exlint_facts::{CallFacts, FileRole, Flow, Shape};
use exlint_project::Behaviour;

use crate::prelude::*;

/// A test starts a server of the project with `start_link` and leaves it to die with the test.
///
/// The test process exits when the test is over, and what is linked to it gets its exit signal; nobody waits for it to be
/// gone. A server with a name may still be there when the next test starts it: `{:error, {:already_started, pid}}`, now
/// and then. `start_supervised!/1` stops it, and waits, before the next test begins.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.CacheTest do
///   use ExUnit.Case
///
///   test "keeps values" do
///     {:ok, cache} = Shop.Cache.start_link([])
///     assert Shop.Cache.get(cache, :a) == nil
///   end
/// end
///
/// # file: lib/shop/cache.ex
/// defmodule Shop.Cache do
///   use GenServer
///
///   def start_link(options), do: GenServer.start_link(__MODULE__, options, name: __MODULE__)
///   def init(options), do: {:ok, options}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.CacheTest do
///   use ExUnit.Case
///
///   test "keeps values" do
///     cache = start_supervised!(Shop.Cache)
///     assert Shop.Cache.get(cache, :a) == nil
///   end
/// end
///
/// # file: lib/shop/cache.ex
/// defmodule Shop.Cache do
///   use GenServer
///
///   def start_link(options), do: GenServer.start_link(__MODULE__, options, name: __MODULE__)
///   def init(options), do: {:ok, options}
/// end
/// ```
///
/// Only servers that register a name are reported: of others a second one does no harm. Silent in modules that trap exits
/// or say `Process.unlink`, which are about the link itself, and in tests whose name says that they are about starting.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Testing, confidence = Medium, scope = Project, tests)]
pub struct StartLinkInTest {}

impl Rule for StartLinkInTest {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl StartLinkInTest {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for module in project.modules() {
            if project.role_of_module(module) != FileRole::Test {
                continue;
            }
            let calls = &project.module(module).body.calls;
            let is_about_links = calls
                .iter()
                .any(|it| matches!(project.text(it.name), "flag" | "unlink" | "trap_exit"));
            if is_about_links {
                continue;
            }
            for call in calls {
                let exlint_facts::Callee::Remote(name) = &call.callee else {
                    continue;
                };
                if project.text(call.name) != "start_link"
                    || call.flow == Flow::Returned
                    || is_about_starting(project, calls, call)
                {
                    continue;
                }
                let file = project.file_of_module(module);
                let server = project
                    .find_module(*name, file)
                    .and_then(|it| project.server(it))
                    .filter(|it| it.behaviour == Behaviour::GenServer && it.is_singleton());
                if let Some(server) = server {
                    let name = project.module_name(server.module);
                    cx.report(
                        file,
                        call.span,
                        format!("the test does not wait until `{name}` is gone"),
                    )
                    .help(format!("use `start_supervised!({{{name}, argument}})`"));
                }
            }
        }
    }
}

/// Whether the call stands in a test, or a group of tests, whose name says that it is about starting.
fn is_about_starting(project: &Project, calls: &[CallFacts], call: &CallFacts) -> bool {
    calls.iter().any(|around| {
        let name = match around.arguments.first() {
            Some(Shape::String(name) | Shape::Prefix(name)) => project.text(*name),
            _ => return false,
        };
        matches!(project.text(around.name), "test" | "describe")
            && around.span.contains(call.span)
            && name.contains("start")
    })
}
