use crate::prelude::*;

/// Reads configuration into a module attribute.
///
/// A module attribute is set when the module is compiled. What `config/runtime.exs` or the environment of the running
/// system says is never seen: a release keeps the values of the machine that built it, and a changed configuration does not
/// recompile the module.
///
/// # Bad
///
/// ```elixir
/// defmodule Mailer do
///   @sender Application.get_env(:shop, :sender)
///
///   def sender, do: @sender
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Mailer do
///   def sender, do: Application.fetch_env!(:shop, :sender)
/// end
/// ```
///
/// Where the value is needed to compile the module, `Application.compile_env/3` says so: Elixir then recompiles the module
/// when it changes, and refuses to start with another value. Values of options of `plug` and other macros are not looked
/// at: the macro decides when they are read. A variable of the environment that is only compared is taken to switch the
/// build.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Design, confidence = High, scope = File, fix = Unsafe)]
pub struct CompileTimeAppConfig {}

impl Rule for CompileTimeAppConfig {
    fn listen(on: &mut On<Self>) {
        on.attributes(Self::check);
    }
}

impl CompileTimeAppConfig {
    fn check(&self, attribute: Attribute, cx: &mut Cx) {
        let Some(value) = attribute.value() else {
            return;
        };
        let module = attribute.enclosing_module_name().unwrap_or_default();
        let is_tool = module.starts_with("Mix.") || module.ends_with("MixProject");
        if is_tool || attribute.enclosing::<Def>().is_some() || is_meant(attribute) {
            return;
        }
        let mut calls = value.subtree().filter_map(Call::cast);
        let Some(read) = calls.find(|it| is_read(*it) && !is_switch(*it)) else {
            return;
        };
        let message = format!(
            "`@{}` keeps the configuration of the moment it was compiled",
            attribute.name()
        );
        let is_app = read.module().is_some_and(|it| it == "Application");
        let finding = cx.report(read, message);
        finding.help(match is_app {
            true => "read it in a function, or say `Application.compile_env/3` if it must be known at compile time",
            false => "read it in a function, or in `config/runtime.exs`",
        });
        let name = match read.name() {
            "get_env" if is_app => "compile_env",
            "fetch_env!" if is_app => "compile_env!",
            _ => return,
        };
        let fix = Fix::replace(format!("Use `Application.{name}`"), read.name_span(), name);
        finding.fix(fix.may_change_behaviour());
    }
}

fn is_read(call: Call) -> bool {
    let Callee::Remote(module) = call.callee() else {
        return false;
    };
    match &*module {
        "Application" => matches!(
            call.name(),
            "get_env" | "fetch_env" | "fetch_env!" | "get_all_env"
        ),
        "System" => matches!(call.name(), "get_env" | "fetch_env" | "fetch_env!"),
        _ => false,
    }
}

/// The module asks for its own recompilation, or the attribute is set only where the variable is there.
fn is_meant(attribute: Attribute) -> bool {
    let module = attribute.enclosing::<Module>();
    let is_watched = module.is_some_and(|it| it.function("__mix_recompile__?", 0).is_some());
    is_watched || attribute.ancestors().any(Node::is_control)
}

/// Whether a variable of the environment switches something at build time: `System.get_env("TRACE") == "1"`.
fn is_switch(read: Call) -> bool {
    let is_test = |it: Node| {
        let is_question = it.is(Kind::Call) && matches!(it.name(), "is_nil" | "is_binary");
        let compares = [
            Op::In,
            Op::NotIn,
            Op::Equal,
            Op::NotEqual,
            Op::StrictEqual,
            Op::StrictNotEqual,
        ];
        is_question || compares.contains(&it.op()) || it.op() == Op::Bang
    };
    let around = read.ancestors().take_while(|it| !it.is(Kind::Attribute));
    read.module().is_some_and(|it| it == "System") && { around }.any(is_test)
}
