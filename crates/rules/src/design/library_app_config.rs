use exlint_facts::{FileRole, Shape};
use exlint_findings::FileId;
use exlint_project::{ModuleId, Project};

use rustc_hash::FxHashSet;

use crate::{prelude::*, settings::Settings};

/// A library reads its settings from the application environment.
///
/// There is one environment for all who use the library in a system: two of them cannot have different settings, a test
/// cannot set one for itself, and a value that is read in a function cannot be given to it.
///
/// # Bad
///
/// ```elixir
/// # file: mix.exs
/// defmodule DashSplitter.MixProject do
///   use Mix.Project
///
///   def project, do: [app: :dash_splitter, package: [licenses: ["MIT"]]]
/// end
/// # file: lib/dash_splitter.ex
/// defmodule DashSplitter do
///   def split(text) do
///     parts = Application.fetch_env!(:dash_splitter, :parts)
///     String.split(text, "-", parts: parts)
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// # file: mix.exs
/// defmodule DashSplitter.MixProject do
///   use Mix.Project
///
///   def project, do: [app: :dash_splitter, package: [licenses: ["MIT"]]]
/// end
/// # file: lib/dash_splitter.ex
/// defmodule DashSplitter do
///   def split(text, options \\ []) do
///     parts = Keyword.get(options, :parts, 2)
///     String.split(text, "-", parts: parts)
///   end
/// end
/// ```
///
/// Opt-in, and only for projects whose `mix.exs` describes a package and neither a release nor an escript. Each file is
/// reported once. Mix tasks, supervisors and applications are left
/// alone, and keys that name a module to be exchanged: adapters, clients, `json_library`.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Design, confidence = Medium, scope = Project)]
pub struct LibraryAppConfig {}

impl Rule for LibraryAppConfig {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl LibraryAppConfig {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let packages = packages(project);
        if packages.is_empty() {
            return;
        }
        let settings = Settings::of(project);
        let system_files = system_files(project);
        let mut told = FxHashSet::default();
        for access in &settings.accesses {
            let (Some(app), Some(key)) = (access.app, access.key) else {
                continue;
            };
            let reads = matches!(access.function, "get_env" | "fetch_env" | "fetch_env!");
            let key = project.text(key);
            if !reads
                || !matches!(access.role, FileRole::Production | FileRole::Template)
                || !packages.contains(&app)
                || is_exchanged(key)
                || system_files.contains(&access.at.file)
                || !told.insert(access.at.file)
            {
                continue;
            }
            cx.report(
                access.at.file,
                access.at.span,
                format!("the library reads `{key}` from the application environment"),
            )
            .help("take it as an option of the function, or of the process that is started");
        }
    }
}

/// The applications whose `mix.exs` has a `package:`.
fn packages(project: &Project) -> Vec<exlint_facts::Name> {
    let (Some(package), Some(app)) = (project.name("package"), project.name("app")) else {
        return Vec::new();
    };
    let files = project
        .files()
        .filter(|(_, it)| it.path.ends_with("mix.exs"));
    let functions = files
        .flat_map(|(_, it)| &it.modules)
        .flat_map(|it| &it.functions);
    let tails = functions
        .flat_map(|it| &it.clauses)
        .flat_map(|it| &it.code.tails);
    tails
        .filter(|it| it.shape.get(package).is_some() && !is_application(project, &it.shape))
        .filter_map(|it| it.shape.get(app).and_then(Shape::atom))
        .collect()
}

/// Whether a project is made to run on its own.
fn is_application(project: &Project, mix_project: &Shape) -> bool {
    ["releases", "escript"].iter().any(|key| {
        project
            .name(key)
            .is_some_and(|it| mix_project.get(it).is_some())
    })
}

/// Whether the key names a module that is exchanged for another.
fn is_exchanged(key: &str) -> bool {
    let ends = [
        "adapter", "client", "module", "library", "impl", "backend", "engine", "encoder",
    ];
    ends.iter().any(|it| key.ends_with(it))
}

/// The files with Mix tasks, supervisors and applications.
fn system_files(project: &Project) -> FxHashSet<FileId> {
    let serves = |module: &ModuleId| {
        ["Mix.Task", "Supervisor", "Application"]
            .iter()
            .any(|it| project.implements(*module, it))
    };
    let modules = project.modules().filter(serves);
    modules.map(|it| project.file_of_module(it)).collect()
}
