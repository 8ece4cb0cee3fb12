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
///     start_supervised!({Shop.Cache, name: Shop.Shared})
///     assert Shop.Cache.get(Shop.Shared, :a) == nil
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
/// Only names in the namespace of the application are reported. Those below the name of the test module, those of modules
/// that the test defines, and the name of the module that it tests are left alone.
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
        let Some(asks) = async_use(module) else {
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

/// Whether the name is a module of the application that the test is about, other than the one it tests.
fn is_shared(name: Node, module: Module) -> bool {
    let root = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    name.is(Kind::Alias)
        && name.module_name().is_some_and(|name| {
            let test = module.name();
            let mut defined = module.file().modules();
            let subject = test.strip_suffix("Test").unwrap_or(test);
            root(&name) == root(test)
                && !name.starts_with(test)
                && !name.contains("Test")
                && name != subject
                && !defined.any(|it| it.name() == name)
        })
}

/// The `use` that makes the tests of a module asynchronous: the last one that says anything.
fn async_use(module: Module<'_>) -> Option<Directive<'_>> {
    let last = module
        .directives("use")
        .filter(|it| it.option("async").is_some())
        .last()?;
    last.option("async")
        .is_some_and(|it| it.is_atom("true"))
        .then_some(last)
}
