use exlint_facts::{CallFacts, Callee, FileRole, Name, Shape};
use exlint_findings::{FileId, Span};
use exlint_project::ModuleId;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{async_use, codes};
use crate::prelude::{Deserialize, On, Project, ProjectCx, Rule, RuleMeta};

/// An `async` test changes what all tests share.
///
/// Modules with `async: true` run at the same time as others. The application environment, the variables of the operating
/// system, the working directory and mocks of whole modules belong to the node, so that a test that changes one changes it
/// under the feet of whoever else runs: failures that come and go with the order of the tests.
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
///
/// # file: lib/shop/mailer.ex
/// defmodule Shop.Mailer do
///   def deliver(_), do: Application.fetch_env!(:shop, :mailer)
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
///
/// # file: lib/shop/mailer.ex
/// defmodule Shop.Mailer do
///   def deliver(_), do: Application.fetch_env!(:shop, :mailer)
/// end
/// ```
///
/// A key of the environment is only reported where the application, or another file of tests, speaks of it as well: keys
/// of one test alone harm nobody. Each setting is reported once in a module.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Testing, confidence = High, scope = Project, tests)]
pub struct GlobalConfigInAsyncTest {}

impl Rule for GlobalConfigInAsyncTest {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// A setting: of an application, or a variable of the operating system.
type Key = (Option<Name>, Name);

impl GlobalConfigInAsyncTest {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let tests: Vec<(ModuleId, Span)> = project
            .modules()
            .filter(|it| project.role_of_module(*it) == FileRole::Test)
            .filter_map(|it| Some((it, async_use(project, project.module(it))?)))
            .collect();
        if tests.is_empty() {
            return;
        }
        let speakers = speakers(project);
        for (module, asks) in tests {
            let file = project.file_of_module(module);
            // One finding for each setting.
            let mut told = FxHashSet::default();
            for call in codes(project.module(module)).flat_map(|it| &it.calls) {
                let Some(what) = change(project, call) else {
                    continue;
                };
                let is_shared = match what {
                    Change::Everything => true,
                    Change::Of(key) => speakers
                        .get(&key)
                        .is_some_and(|it| it.iter().any(|other| *other != file)),
                };
                if is_shared && told.insert(what) {
                    let name = project.text(call.name);
                    cx.report(
                        file,
                        call.span,
                        format!("`{name}` changes what other tests see while they run"),
                    )
                    .label_in(
                        file,
                        asks,
                        "the tests of this module run at the same time as others",
                    )
                    .help("pass the setting as an argument, or say `async: false`");
                }
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Change {
    Of(Key),
    /// Whatever the argument.
    Everything,
}

/// What a call changes for everybody.
fn change(project: &Project, call: &CallFacts) -> Option<Change> {
    let Callee::Remote(module) = &call.callee else {
        return None;
    };
    match (project.text(*module), project.text(call.name)) {
        ("Application", "put_env" | "delete_env") | ("System", "put_env" | "delete_env") => {
            Some(Change::Of(key(project, call)?))
        }
        ("File", "cd" | "cd!") if call.arity == 1 => Some(Change::Everything),
        ("Logger", "configure") | ("Mox", "set_mox_global") | ("Mimic", "set_mimic_global") => {
            Some(Change::Everything)
        }
        _ => None,
    }
}

/// The setting that a call of `Application` or `System` is about.
fn key(project: &Project, call: &CallFacts) -> Option<Key> {
    let Callee::Remote(module) = &call.callee else {
        return None;
    };
    match (project.text(*module), call.arguments.as_slice()) {
        ("Application", [Shape::Atom(app), Shape::Atom(key) | Shape::Module(key), ..]) => {
            Some((Some(*app), *key))
        }
        ("System", [Shape::String(name), ..]) => Some((None, *name)),
        _ => None,
    }
}

/// The files that read or change each setting.
fn speakers(project: &Project) -> FxHashMap<Key, FxHashSet<FileId>> {
    let mut speakers: FxHashMap<Key, FxHashSet<FileId>> = FxHashMap::default();
    for module in project.modules() {
        let file = project.file_of_module(module);
        if project.file(file).role == FileRole::Script {
            continue;
        }
        let calls = codes(project.module(module)).flat_map(|it| &it.calls);
        for key in calls.filter_map(|it| key(project, it)) {
            speakers.entry(key).or_default().insert(file);
        }
    }
    speakers
}
