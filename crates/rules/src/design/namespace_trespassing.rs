use exlint_facts::{FileRole, ModuleKind, Shape};
use exlint_project::Project;
use rustc_hash::FxHashSet;

use crate::{app::first_segment, prelude::*, settings::Settings};

/// A module is defined under the name of a library that the project depends on, or of Elixir itself.
///
/// The virtual machine loads one module of a name. If the library defines the same one, now or in its next version, one of
/// the two is gone, and which one depends on the order of the code path.
///
/// # Bad
///
/// ```elixir
/// # file: mix.exs
/// defmodule Shop.MixProject do
///   use Mix.Project
///
///   def project, do: [app: :shop, deps: deps()]
///   defp deps, do: [{:plug, "~> 1.15"}]
/// end
/// # file: lib/shop/auth.ex
/// defmodule Plug.ShopAuth do
///   def call(conn, _options), do: conn
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
///   def project, do: [app: :shop, deps: deps()]
///   defp deps, do: [{:plug, "~> 1.15"}]
/// end
/// # file: lib/shop/auth.ex
/// defmodule Shop.AuthPlug do
///   def call(conn, _options), do: conn
/// end
/// ```
///
/// Implementations of protocols and Mix tasks have their places there, and packages that extend another one carry its
/// name: `plug_cowboy` may define `Plug.Cowboy`. What stands below one name is reported once.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Design, confidence = High, scope = Project)]
pub struct NamespaceTrespassing {}

impl Rule for NamespaceTrespassing {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// Packages, and the name that all their modules are below.
const PACKAGES: &[(&str, &str)] = &[
    ("absinthe", "Absinthe"),
    ("ash", "Ash"),
    ("bamboo", "Bamboo"),
    ("bandit", "Bandit"),
    ("broadway", "Broadway"),
    ("cachex", "Cachex"),
    ("commanded", "Commanded"),
    ("credo", "Credo"),
    ("db_connection", "DBConnection"),
    ("decimal", "Decimal"),
    ("ecto", "Ecto"),
    ("ecto_sql", "Ecto"),
    ("ex_aws", "ExAws"),
    ("finch", "Finch"),
    ("floki", "Floki"),
    ("gen_stage", "GenStage"),
    ("guardian", "Guardian"),
    ("httpoison", "HTTPoison"),
    ("jason", "Jason"),
    ("mint", "Mint"),
    ("mox", "Mox"),
    ("nebulex", "Nebulex"),
    ("nimble_options", "NimbleOptions"),
    ("oban", "Oban"),
    ("phoenix", "Phoenix"),
    ("phoenix_live_view", "Phoenix"),
    ("plug", "Plug"),
    ("postgrex", "Postgrex"),
    ("quantum", "Quantum"),
    ("req", "Req"),
    ("sentry", "Sentry"),
    ("swoosh", "Swoosh"),
    ("tesla", "Tesla"),
    ("timex", "Timex"),
    ("ueberauth", "Ueberauth"),
];

/// Names of Elixir's own that others should not define modules below.
const OF_ELIXIR: &[&str] = &[
    "Access",
    "Agent",
    "Application",
    "Base",
    "Calendar",
    "Code",
    "Date",
    "DateTime",
    "EEx",
    "Enum",
    "ExUnit",
    "File",
    "Float",
    "Function",
    "GenServer",
    "IO",
    "Integer",
    "Kernel",
    "Keyword",
    "List",
    "Logger",
    "Macro",
    "Map",
    "MapSet",
    "Module",
    "Node",
    "Path",
    "Port",
    "Process",
    "Range",
    "Regex",
    "Registry",
    "Stream",
    "String",
    "Supervisor",
    "System",
    "Task",
    "Time",
    "Tuple",
    "URI",
    "Version",
];

impl NamespaceTrespassing {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let own: Vec<&str> = Settings::of(project)
            .own
            .iter()
            .map(|it| project.text(*it))
            .collect();
        if own.is_empty()
            || own
                .iter()
                .any(|it| matches!(*it, "elixir" | "mix" | "logger"))
        {
            return;
        }
        let dependencies = dependencies(project);
        let mut told = FxHashSet::default();
        for module in project.modules() {
            let facts = project.module(module);
            let name = project.module_name(module);
            let root = first_segment(name);
            if project.role_of_module(module) != FileRole::Production
                || facts.kind == ModuleKind::Implementation
            {
                continue;
            }
            let package = PACKAGES.iter().find(|(package, namespace)| {
                *namespace == root
                    && dependencies.contains(package)
                    && !own.iter().any(|it| extends(it, package))
            });
            let is_of_elixir = name != root && OF_ELIXIR.contains(&root);
            let whose = match package {
                Some((package, _)) => format!("`:{package}`"),
                None if is_of_elixir => "Elixir".to_owned(),
                None => continue,
            };
            // Modules below a reported one share its fate.
            let mut segments = name.split('.');
            let (_, second) = (segments.next(), segments.next());
            if second == Some("Strategy") || !told.insert((root, second)) {
                continue;
            }
            cx.report(
                project.file_of_module(module),
                facts.span,
                format!("`{name}` is defined below a name of {whose}"),
            )
            .help("define it below a name of your own");
        }
    }
}

/// Whether an application is the package, or carries its name: `plug_cowboy`.
fn extends(own: &str, package: &str) -> bool {
    let root = package.split('_').next().unwrap_or(package);
    own == package || own.split('_').next() == Some(root)
}

/// What the `mix.exs` files name as dependencies.
fn dependencies(project: &Project) -> FxHashSet<&str> {
    let mut found = FxHashSet::default();
    let files = project
        .files()
        .filter(|(_, it)| it.path.ends_with("mix.exs"));
    for (_, file) in files {
        let functions = file.modules.iter().flat_map(|it| &it.functions);
        let tails = functions
            .flat_map(|it| &it.clauses)
            .flat_map(|it| &it.code.tails);
        for tail in tails {
            collect(project, &tail.shape, &mut found);
        }
    }
    found
}

/// `{:plug, ...}` in lists.
fn collect<'p>(project: &'p Project, shape: &Shape, found: &mut FxHashSet<&'p str>) {
    match shape {
        Shape::List(elements) | Shape::Choice(elements) => {
            elements.iter().for_each(|it| collect(project, it, found));
        }
        Shape::Concat(left, right) => {
            collect(project, left, found);
            collect(project, right, found);
        }
        Shape::Tuple(parts) => {
            found.extend(
                parts
                    .first()
                    .and_then(Shape::atom)
                    .map(|it| project.text(it)),
            );
        }
        _ => {}
    }
}
