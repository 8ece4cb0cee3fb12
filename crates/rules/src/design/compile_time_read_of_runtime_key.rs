use exlint_facts::{FileRole, Shape};
use exlint_project::Project;

use crate::{
    prelude::*,
    settings::{Access, Setting, Settings},
};

/// Code fixes a setting when it is compiled, and `config/runtime.exs` sets it when the system starts.
///
/// `Application.compile_env/3` remembers the value that it saw. A release compares it with the value at its start, and
/// refuses to start where they differ: "the application ... has a different value set for key ... during runtime compared
/// to compile time".
///
/// # Bad
///
/// ```elixir
/// # file: mix.exs
/// defmodule Shop.MixProject do
///   use Mix.Project
///
///   def project, do: [app: :shop]
/// end
/// # file: config/runtime.exs
/// import Config
///
/// config :shop, :api_url, System.fetch_env!("API_URL")
/// # file: lib/shop/api.ex
/// defmodule Shop.Api do
///   @url Application.compile_env(:shop, :api_url)
///
///   def url, do: @url
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// # file: mix.exs
/// defmodule Shop.MixProject do
///   use Mix.Project
///
///   def project, do: [app: :shop]
/// end
/// # file: config/runtime.exs
/// import Config
///
/// config :shop, :api_url, System.fetch_env!("API_URL")
/// # file: lib/shop/api.ex
/// defmodule Shop.Api do
///   def url, do: Application.fetch_env!(:shop, :api_url)
/// end
/// ```
///
/// Silent where the other file sets the same value, where only a key beside it is set, and in projects that switch the
/// comparison off (`validate_compile_env: false`).
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Design, confidence = High, scope = Project)]
pub struct CompileTimeReadOfRuntimeKey {}

impl Rule for CompileTimeReadOfRuntimeKey {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl CompileTimeReadOfRuntimeKey {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        if project.name("validate_compile_env").is_some() {
            return;
        }
        let settings = Settings::of(project);
        let at_start: Vec<_> = settings
            .set
            .iter()
            .filter(|it| it.is_at_run_time() && settings.own.contains(&it.app))
            .collect();
        for access in &settings.accesses {
            let is_fixed = matches!(access.function, "compile_env" | "compile_env!");
            if !is_fixed || access.role != FileRole::Production {
                continue;
            }
            let set = at_start
                .iter()
                .find(|it| changes(it, access) && !is_same_before(&settings, it));
            if let Some(setting) = set {
                report(project, access, setting, cx);
            }
        }
    }
}

/// Whether a setting changes what the access reads.
fn changes(setting: &Setting, access: &Access) -> bool {
    if (Some(setting.app), Some(setting.key)) != (access.app, access.key) {
        return false;
    }
    let mut value = setting.value;
    let Some(below) = &access.below else {
        return false;
    };
    for key in below {
        match value {
            Shape::Keywords(_) => match value.get(*key) {
                Some(inner) => value = inner,
                // What is set beside it is merged with it.
                None => return false,
            },
            _ => return false,
        }
    }
    true
}

/// Whether the value is written out, and is what another file sets.
fn is_same_before(settings: &Settings, setting: &Setting) -> bool {
    let is_written = matches!(
        setting.value,
        Shape::Atom(_) | Shape::Module(_) | Shape::Int(_) | Shape::String(_)
    );
    let mut others = settings.set.iter().filter(|it| !it.is_at_run_time());
    is_written
        && others.any(|it| (it.app, it.key, it.value) == (setting.app, setting.key, setting.value))
}

fn report(project: &Project, access: &Access, setting: &Setting, cx: &mut ProjectCx) {
    let (app, key) = (project.text(setting.app), project.text(setting.key));
    let finding = cx.report(
        access.at.file,
        access.at.span,
        format!("`{key}` of `:{app}` is fixed here, and set when the system starts"),
    );
    finding.label_in(
        setting.at.file,
        setting.at.span,
        "a release sets it here at its start",
    );
    finding.help(
        "read it in a function, with `Application.fetch_env!/2`, or set it in `config/config.exs`",
    );
}
