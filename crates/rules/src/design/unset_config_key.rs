use exlint_facts::FileRole;
use exlint_project::Project;

use crate::{
    prelude::*,
    settings::{Access, Setting, Settings},
};

/// Code insists on a setting that the configuration does not have, or has for development and tests only.
///
/// `Application.fetch_env!/2` raises where the key is not set: in production, when the function first runs.
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
/// # file: config/config.exs
/// import Config
///
/// config :shop, :mailer_from, "shop@example.org"
/// # file: lib/shop/mailer.ex
/// defmodule Shop.Mailer do
///   def from, do: Application.fetch_env!(:shop, :mail_from)
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
/// # file: config/config.exs
/// import Config
///
/// config :shop, :mail_from, "shop@example.org"
/// # file: lib/shop/mailer.ex
/// defmodule Shop.Mailer do
///   def from, do: Application.fetch_env!(:shop, :mail_from)
/// end
/// ```
///
/// Only the project's own applications are judged, where it configures them at all. Silent where a configuration file
/// sets computed keys, or imports a file that is not there, and where the code sets the key itself.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Design, confidence = High, scope = Project)]
pub struct UnsetConfigKey {}

impl Rule for UnsetConfigKey {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl UnsetConfigKey {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let settings = Settings::of(project);
        if settings.is_unsure {
            return;
        }
        for access in settings.accesses.iter().filter(|it| insists(it)) {
            let (Some(app), Some(key)) = (access.app, access.key) else {
                continue;
            };
            if settings.configures(app) && !sets_itself(&settings, access) {
                let set: Vec<_> = settings
                    .set
                    .iter()
                    .filter(|it| (it.app, it.key) == (app, key))
                    .collect();
                judge(project, access, &set, cx);
            }
        }
    }
}

fn insists(access: &Access) -> bool {
    access.role == FileRole::Production && matches!(access.function, "fetch_env!" | "compile_env!")
}

/// Whether production code sets the key, or keys that are not known.
fn sets_itself(settings: &Settings, access: &Access) -> bool {
    settings.accesses.iter().any(|it| {
        matches!(it.function, "put_env" | "put_all_env" | "set_env")
            && it.role == FileRole::Production
            && (it.app.is_none() || it.app == access.app)
            && (it.key.is_none() || it.key == access.key)
    })
}

fn judge(project: &Project, access: &Access, set: &[&Setting], cx: &mut ProjectCx) {
    let for_development = |it: &&Setting| matches!(it.file_name(), "dev.exs" | "test.exs");
    if !set.iter().all(for_development) {
        return;
    }
    let (app, key) = (text(project, access.app), text(project, access.key));
    let message = match set.first() {
        None => format!("no configuration file sets `{key}` of `:{app}`"),
        Some(_) => format!("`{key}` of `:{app}` is set for development and tests only"),
    };
    let finding = cx.report(access.at.file, access.at.span, message);
    if let Some(setting) = set.first() {
        finding.label_in(setting.at.file, setting.at.span, "it is set here");
    }
    finding.help("set it for production, or read it with a default");
}

fn text(project: &Project, name: Option<exlint_facts::Name>) -> &str {
    name.map_or("", |it| project.text(it))
}
