use crate::prelude::*;

/// An `async` test changes what all tests share.
///
/// Modules with `async: true` run at the same time as others. The application environment, the variables of the operating
/// system, persistent terms, the working directory and mocks of whole modules belong to the node, so that a test that
/// changes one changes it under the feet of whoever else runs: failures that come and go with the order of the tests.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.MailerTest do
///   use ExUnit.Case, async: true
///
///   test "disabled" do
///     Application.put_env(:shop, :mailer, enabled: false)
///     assert Shop.Mailer.deliver(:hello) == :disabled
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.MailerTest do
///   use ExUnit.Case, async: false
///
///   test "disabled" do
///     Application.put_env(:shop, :mailer, enabled: false)
///     assert Shop.Mailer.deliver(:hello) == :disabled
///   end
/// end
/// ```
///
/// Silent where the key is the test's own: `__MODULE__`, a module defined in the file, a name made from the test.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Testing, confidence = High, scope = Module, tests)]
pub struct GlobalConfigInAsyncTest {}

impl Rule for GlobalConfigInAsyncTest {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[
                "Application.put_env",
                "Application.delete_env",
                "Application.put_all_env",
                "System.put_env",
                "System.delete_env",
                ":persistent_term.put/2",
                ":persistent_term.erase/1",
                "Logger.configure/1",
                "File.cd!/1",
                "File.cd/1",
                ":meck.new",
                "Mox.set_mox_global",
                "Mimic.set_mimic_global",
            ],
            Self::check,
        );
    }
}

impl GlobalConfigInAsyncTest {
    fn check(&self, call: Call, cx: &mut Cx) {
        let Some(module) = call.enclosing::<Module>().filter(|_| cx.is_test()) else {
            return;
        };
        // Modules that the test defines for itself run when and how it says.
        let Some(asks) = async_use(module) else {
            return;
        };
        if call.arguments().take(2).any(|it| is_own(it, module)) {
            return;
        }
        cx.report(
            call,
            format!(
                "`{}` changes what other tests see while they run",
                call.mfa()
            ),
        )
        .label(
            asks,
            "the tests of this module run at the same time as others",
        )
        .help("pass the setting as an argument, or say `async: false`");
    }
}

/// The `use` that makes the tests of a module asynchronous: the last one that says anything.
pub(super) fn async_use(module: Module) -> Option<Directive> {
    let last = module
        .directives("use")
        .filter(|it| it.option("async").is_some())
        .last()?;
    last.option("async")
        .is_some_and(|it| it.is_atom("true"))
        .then_some(last)
}

/// Whether an argument names something of the test alone.
fn is_own(argument: Node, module: Module) -> bool {
    argument.subtree().any(|it| match it.kind() {
        Kind::Var => !it.name().starts_with("__") || it.name() == "__MODULE__",
        Kind::Field | Kind::Interpolation | Kind::Call => true,
        Kind::Alias => it.module_name().is_some_and(|name| {
            let mut defined = it.file().modules();
            name == module.name() || defined.any(|it| it.name() == name)
        }),
        _ => false,
    })
}
