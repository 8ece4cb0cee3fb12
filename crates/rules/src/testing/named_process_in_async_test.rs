use crate::prelude::*;

/// An `async` test starts a process under a fixed name.
///
/// A name belongs to one process of the node. Two tests that run at the same time and start the same name get
/// `{:error, {:already_started, pid}}`, or talk to each other's process.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.CacheTest do
///   use ExUnit.Case, async: true
///
///   test "keeps values" do
///     start_supervised!({Shop.Cache, name: :cache})
///     assert Shop.Cache.get(:cache, :a) == nil
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.CacheTest do
///   use ExUnit.Case, async: true
///
///   test "keeps values", %{test: test} do
///     start_supervised!({Shop.Cache, name: test})
///     assert Shop.Cache.get(test, :a) == nil
///   end
/// end
/// ```
///
/// Names in the namespace of the test module, and names that no other test could use (`:shop_cache_test_cache`), are left
/// alone: only a name that is a module of the application or an atom of one word is reported.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Testing, confidence = Medium, scope = Module, tests)]
pub struct NamedProcessInAsyncTest {}

impl Rule for NamedProcessInAsyncTest {
    fn listen(on: &mut On<Self>) {
        on.calls(Self::check);
    }
}

impl NamedProcessInAsyncTest {
    fn check(&self, call: Call, cx: &mut Cx) {
        if !cx.is_test()
            || !matches!(
                call.name(),
                "start_supervised" | "start_supervised!" | "start_link_supervised!" | "start_link"
            )
        {
            return;
        }
        let Some(module) = call.enclosing::<Module>() else {
            return;
        };
        let Some(asks) = super::global_config_in_async_test::async_use(module) else {
            return;
        };
        let name = match call.name() {
            "start_link" => call.option("name"),
            _ => call
                .argument(0)
                .filter(|it| it.is(Kind::Tuple))
                .and_then(|it| it.children().nth(1))
                .and_then(|it| it.value_of("name")),
        };
        let Some(name) = name.filter(|it| is_shared(*it, module)) else {
            return;
        };
        cx.report(
            name,
            format!(
                "`{}` is one name for all tests that run at the same time",
                name.text()
            ),
        )
        .label(
            asks,
            "the tests of this module run at the same time as others",
        )
        .help("name the process after the test, or use its pid");
    }
}

fn is_shared(name: Node, module: Module) -> bool {
    match name.kind() {
        Kind::Atom => !name.name().contains('_') && !name.is_nil(),
        Kind::Alias => name.module_name().is_some_and(|name| {
            let test = module.name();
            let mut defined = module.file().modules();
            let subject = test.strip_suffix("Test").unwrap_or(test);
            !name.starts_with(test)
                && !name.contains("Test")
                && name != subject
                && !defined.any(|it| it.name() == name)
                && name.contains('.')
        }),
        _ => false,
    }
}
