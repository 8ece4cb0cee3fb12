use exlint_findings::Confidence;

use super::callers::{is_handler, only_from, some_from};
use crate::prelude::*;

/// Changes the application environment while the system runs.
///
/// The environment is a table that all processes share and nobody guards: two requests that read and write it lose
/// updates, readers see a change at any moment, whatever was computed from the old value stays, and a restart forgets
/// it all. It is there to be set before the application starts.
///
/// # Bad
///
/// ```elixir
/// defmodule Blog.Settings do
///   def set_theme(theme), do: Application.put_env(:blog, :theme, theme)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Blog.Settings do
///   def set_theme(theme), do: GenServer.call(__MODULE__, {:set_theme, theme})
/// end
/// ```
///
/// Left alone: `Application.start/2` and what only it calls, Mix tasks, release commands, settings of OTP's own
/// applications, code that loads configuration for whatever application it is given, and functions that end the system
/// or start applications right after.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Immutability, confidence = High, scope = Module)]
pub struct AppEnvAsStore {}

impl Rule for AppEnvAsStore {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &["Application.put_env", "Application.delete_env"],
            Self::check,
        );
    }
}

impl AppEnvAsStore {
    fn check(&self, call: Call, cx: &mut Cx) {
        let Some((def, module)) = call.enclosing::<Def>().zip(call.enclosing::<Module>()) else {
            return;
        };
        // Code that is given the application's name loads configuration.
        let Some(app) = call
            .argument(0)
            .map(Node::constant)
            .filter(|it| it.is(Kind::Atom))
        else {
            return;
        };
        if OF_OTP.contains(&app.name()) || def.is_macro() {
            return;
        }
        if runs_at_boot(def, module) || hands_over(def) {
            return;
        }
        let is_served = some_from(def, is_handler) || takes_request(def);
        let message = format!(
            "`{}` changes what every process shares, while they run",
            call.mfa()
        );
        let finding = cx.report(call, message);
        if !is_served {
            finding.confidence(Confidence::Medium);
        }
        finding.help("keep what changes in a process, an ETS table or the database; the environment is for configuration");
    }
}

const OF_OTP: &[&str] = &[
    "logger", "kernel", "stdlib", "sasl", "ssl", "mnesia", "elixir", "mix", "ex_unit", "iex",
    "os_mon",
];

fn runs_at_boot(def: Def, module: Module) -> bool {
    let behaviours = ["Application", "Mix.Task", "Config.Provider"];
    let name = module.name();
    let names = [
        "Release", "IEx", "CLI", "Cli", "Boot", "Config", "Test", "Mix",
    ];
    behaviours.iter().any(|it| module.implements(it))
        || name
            .split('.')
            .any(|part| names.iter().any(|it| part.starts_with(it)))
        || module.function("main", 1).is_some()
        || only_from(def, |it| it.is_named("start", 2) || it.is_named("init", 1))
}

/// Ends the system, or starts applications that read what is set here.
fn hands_over(def: Def) -> bool {
    if def.descendants().any(|it| it.is_atom("sigterm")) {
        return true;
    }
    let mut calls = def.descendants().filter_map(Call::cast);
    calls.any(|it| {
        let names = match it.callee() {
            Callee::Remote(module) => match &*module {
                "System" => &["halt", "stop"][..],
                "Application" => &[
                    "load",
                    "start",
                    "ensure_all_started",
                    "ensure_started",
                    "stop",
                ][..],
                ":init" => &["stop", "restart", "reboot"][..],
                ":application" => &["load", "start", "ensure_all_started", "stop"][..],
                _ => return false,
            },
            _ => return false,
        };
        names.contains(&it.name())
    })
}

fn takes_request(def: Def) -> bool {
    def.parameters()
        .flat_map(Node::subtree)
        .any(|it| it.is_var("conn") || it.is_var("socket"))
}
