use exlint_facts::{CallFacts, Callee, Code, FileRole, Shape, Use};
use exlint_findings::FileId;
use exlint_project::{CallId, ModuleId, Project, Target, Witnesses};

use crate::{
    app::{is_repo, last_segment},
    prelude::*,
};

/// A test module touches nothing that others share, and runs alone all the same.
///
/// Modules without `async: true` run one after the other, when all the others are done. For tests of plain functions that
/// is time given away, on every run.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.PriceTest do
///   use ExUnit.Case
///
///   test "adds" do
///     assert Shop.Price.add(1, 2) == 3
///   end
/// end
///
/// # file: lib/shop/price.ex
/// defmodule Shop.Price do
///   def add(one, other), do: one + other
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.PriceTest do
///   use ExUnit.Case, async: true
///
///   test "adds" do
///     assert Shop.Price.add(1, 2) == 3
///   end
/// end
///
/// # file: lib/shop/price.ex
/// defmodule Shop.Price do
///   def add(one, other), do: one + other
/// end
/// ```
///
/// Opt-in. Only modules that use `ExUnit.Case` itself are judged, and only where every call in them is to functions of the
/// project or the standard library that come to no setting, process, table, file, database or output.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Testing, confidence = Medium, scope = Project, fix = Unsafe, tests)]
pub struct TestNotAsync {}

impl Rule for TestNotAsync {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// Modules without anything that is shared.
const PURE: &[&str] = &[
    "Access",
    "Base",
    "Bitwise",
    "Date",
    "DateTime",
    "Decimal",
    "Enum",
    "Exception",
    "Float",
    "Integer",
    "Jason",
    "Kernel",
    "Keyword",
    "List",
    "Map",
    "MapSet",
    "NaiveDateTime",
    "Path",
    "Range",
    "Regex",
    "Stream",
    "String",
    "Time",
    "Tuple",
    "URI",
    "Version",
];

/// What tests are made of.
const OF_TESTS: &[&str] = &[
    "test",
    "describe",
    "assert",
    "refute",
    "assert_raise",
    "assert_receive",
    "assert_received",
    "refute_receive",
    "refute_received",
    "assert_in_delta",
    "refute_in_delta",
    "flunk",
    "setup",
    "doctest",
];

impl TestNotAsync {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let shared = project.calls();
        let shared = shared.filter(|(id, call)| is_shared(project, *id, call));
        let shared = Witnesses::to(project, shared.map(|(id, _)| id));
        for module in project.modules() {
            if project.role_of_module(module) != FileRole::Test {
                continue;
            }
            let Some(used) = plain_case(project, module) else {
                continue;
            };
            let file = project.file_of_module(module);
            let facts = project.module(module);
            let clauses = facts.functions.iter().flat_map(|it| &it.clauses);
            let mut codes = clauses.map(|it| &it.code).chain([&facts.body]);
            if codes.all(|it| is_private(project, module, it, &shared)) {
                report(file, used, cx);
            }
        }
    }
}

/// The `use ExUnit.Case` of a module that uses nothing else and has tests.
fn plain_case(project: &Project, module: ModuleId) -> Option<&Use> {
    let facts = project.module(module);
    let [used] = facts.uses.as_slice() else {
        return None;
    };
    let is_plain = project.is(used.module, "ExUnit.Case") && used.argument == Shape::Unknown;
    let has_tests = facts
        .body
        .calls
        .iter()
        .any(|it| project.is(it.name, "test"));
    let mut around = facts.outer.into_iter().chain(
        project
            .file(project.file_of_module(module))
            .modules
            .iter()
            .filter_map(|it| it.outer),
    );
    (is_plain && has_tests && around.next().is_none()).then_some(used)
}

/// Whether code calls nothing but what is private to the test.
fn is_private(project: &Project, module: ModuleId, code: &Code, shared: &Witnesses) -> bool {
    code.calls.iter().all(|call| {
        let name = project.text(call.name);
        match &call.callee {
            Callee::Remote(called) => {
                PURE.contains(&project.text(*called))
                    || is_own(project, module, *called, call, shared)
            }
            Callee::Local => {
                OF_TESTS.contains(&name)
                    || project
                        .find_function(module, call.name, call.arity)
                        .is_some()
            }
            Callee::Dynamic(_) => false,
            Callee::Apply(_) => true,
        }
    })
}

/// Whether a function of the project is called that comes to nothing shared.
fn is_own(
    project: &Project,
    module: ModuleId,
    called: exlint_facts::Name,
    call: &CallFacts,
    shared: &Witnesses,
) -> bool {
    let file = project.file_of_module(module);
    let function = project
        .find_module(called, file)
        .and_then(|it| project.find_function(it, call.name, call.arity));
    function.is_some_and(|it| {
        let mut clauses = project.clauses_of(it);
        clauses.all(|it| shared.path_from(it).is_none())
    })
}

/// Whether a call touches what others share, or what is not known.
fn is_shared(project: &Project, id: CallId, call: &CallFacts) -> bool {
    match project.target(id) {
        Target::Function { .. } => false,
        Target::External(module) => {
            !PURE.contains(&project.text(*module))
                || is_repo(project, *module, id)
                || last_segment(project.text(*module)) == "Repo"
                || matches!(
                    project.text(call.name),
                    "send" | "spawn" | "spawn_link" | "apply"
                )
        }
        Target::Configured(_) | Target::Unknown => true,
    }
}

fn report(file: FileId, used: &Use, cx: &mut ProjectCx) {
    let end = Span::new(used.span.end, used.span.end);
    cx.report(
        file,
        used.span,
        "these tests touch nothing that others share, and run alone",
    )
    .help("say `async: true`")
    .fix(Fix::replace("Run them with the others", end, ", async: true").may_change_behaviour());
}
