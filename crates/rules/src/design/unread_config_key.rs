use exlint_facts::{FileRole, Name, Shape};
use exlint_project::Project;
use rustc_hash::FxHashSet;

use crate::{
    app::{first_segment, last_segment},
    prelude::*,
    settings::{Setting, Settings},
};

/// A setting belongs to a module that does not exist, or nothing reads it.
///
/// The setting has no effect: its name is misspelt, or the module was renamed and its configuration was not, so that it
/// runs with its defaults.
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
/// config :shop, Shop.Mailr, from: "shop@example.org"
/// # file: lib/shop/mailer.ex
/// defmodule Shop.Mailer do
///   def from, do: Application.get_env(:shop, __MODULE__, [])[:from]
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
/// config :shop, Shop.Mailer, from: "shop@example.org"
/// # file: lib/shop/mailer.ex
/// defmodule Shop.Mailer do
///   def from, do: Application.get_env(:shop, __MODULE__, [])[:from]
/// end
/// ```
///
/// What modules use may read their keys, so that those of modules that exist are left alone. Other keys are reported only
/// with `plain_keys`; silent then where some key of the application is computed when it is read, and for keys that
/// libraries read (`ecto_repos`, `generators`).
#[derive(Deserialize, RuleMeta)]
#[rule(family = Design, confidence = Medium, scope = Project)]
#[serde(default)]
pub struct UnreadConfigKey {
    /// Whether keys that are no modules are reported, too. Templates and quoted code that read them are not seen.
    pub plain_keys: bool,
    /// Keys that libraries read.
    pub allowed: Vec<String>,
}

impl Default for UnreadConfigKey {
    fn default() -> Self {
        let allowed = [
            "ecto_repos",
            "generators",
            "namespace",
            "ash_domains",
            "ash_apis",
            "event_stores",
            "scopes",
            "migration_timestamps",
            "env",
            "pow",
            "pow_assent",
            "phoenix_swagger",
        ];
        Self {
            plain_keys: false,
            allowed: allowed.map(str::to_owned).to_vec(),
        }
    }
}

impl Rule for UnreadConfigKey {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl UnreadConfigKey {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let settings = Settings::of(project);
        let roots: FxHashSet<&str> = project
            .modules()
            .map(|it| first_segment(project.module_name(it)))
            .collect();
        let mut told = FxHashSet::default();
        for setting in &settings.set {
            if !settings.own.contains(&setting.app) || told.contains(&(setting.app, setting.key)) {
                continue;
            }
            let is_dead = if setting.is_module {
                is_of_missing_module(project, &settings, setting, &roots)
            } else {
                self.is_unread(project, &settings, setting)
            };
            if is_dead {
                told.insert((setting.app, setting.key));
                report(project, setting, cx);
            }
        }
    }

    fn is_unread(&self, project: &Project, settings: &Settings, setting: &Setting) -> bool {
        let key = project.text(setting.key);
        self.plain_keys
            && !self.allowed.iter().any(|it| it == key)
            && !may_be_read(settings, setting)
            && !is_mentioned(project, setting.key)
    }
}

/// Whether some code reads the key, or a key that is not known.
fn may_be_read(settings: &Settings, setting: &Setting) -> bool {
    settings.accesses.iter().any(|it| {
        it.app.is_none_or(|app| app == setting.app) && it.key.is_none_or(|key| key == setting.key)
    })
}

/// Whether production code gives the key to anything: `app_env :key, ...` of a library that reads settings.
fn is_mentioned(project: &Project, key: Name) -> bool {
    let is_key = |shape: &Shape| match shape {
        Shape::Atom(name) => *name == key,
        Shape::List(path) => path.contains(&Shape::Atom(key)),
        _ => false,
    };
    let files = project
        .files()
        .filter(|(_, it)| it.role == FileRole::Production);
    let mut modules = files.flat_map(|(_, it)| &it.modules);
    modules.any(|module| {
        let clauses = module.functions.iter().flat_map(|it| &it.clauses);
        let mut codes = clauses.map(|it| &it.code).chain([&module.body]);
        codes.any(|it| it.calls.iter().any(|it| it.arguments.iter().any(is_key)))
    })
}

fn is_of_missing_module(
    project: &Project,
    settings: &Settings,
    setting: &Setting,
    roots: &FxHashSet<&str>,
) -> bool {
    let name = project.text(setting.key);
    let exists = project
        .modules()
        .any(|it| project.module(it).name == setting.key);
    let is_read = settings
        .accesses
        .iter()
        .any(|it| it.key == Some(setting.key));
    name.contains('.') && roots.contains(first_segment(name)) && !exists && !is_read
}

fn report(project: &Project, setting: &Setting, cx: &mut ProjectCx) {
    let (app, key) = (project.text(setting.app), project.text(setting.key));
    let message = if setting.is_module {
        format!("`{key}` is configured, and there is no such module")
    } else {
        format!("nothing reads `{key}` of `:{app}`")
    };
    let alike = project.modules().map(|it| project.module_name(it));
    let alike = alike
        .filter(|_| setting.is_module)
        .find(|it| last_segment(it) == last_segment(key));
    let help = match alike {
        Some(other) => format!("`{other}` may be meant"),
        None => "correct the name, or remove the setting".to_owned(),
    };
    cx.report(setting.at.file, setting.at.span, message)
        .help(help);
}
