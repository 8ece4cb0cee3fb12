use std::collections::BTreeMap;

use exlint_facts::{CallFacts, Callee, Code, FileRole, Name, Shape};
use exlint_findings::FileId;
use exlint_project::{At, ModuleId};

use super::{async_use, codes};
use crate::{prelude::*, settings::follow};

/// Tests that run at the same time start a process under the same name.
///
/// A name belongs to one process of the node. Where two `async` modules start the same one, the second gets
/// `{:error, {:already_started, pid}}`, or talks to the process of the first, which stops when the first is done. Whether
/// this happens depends on the number of cores and on the order of the day.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.CacheTest do
///   use ExUnit.Case, async: true
///
///   test "keeps values" do
///     start_supervised!(Shop.Cache)
///     assert Shop.Cache.get(:a) == nil
///   end
/// end
///
/// defmodule Shop.PricesTest do
///   use ExUnit.Case, async: true
///
///   test "are cached" do
///     start_supervised!(Shop.Cache)
///     assert Shop.Prices.get(:a) == 1
///   end
/// end
///
/// # file: lib/shop/cache.ex
/// defmodule Shop.Cache do
///   use GenServer
///
///   def start_link(options), do: GenServer.start_link(__MODULE__, options, name: __MODULE__)
///   def init(options), do: {:ok, options}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.CacheTest do
///   use ExUnit.Case, async: true
///
///   test "keeps values" do
///     cache = start_supervised!(Shop.Cache)
///     assert Shop.Cache.get(cache, :a) == nil
///   end
/// end
///
/// defmodule Shop.PricesTest do
///   use ExUnit.Case, async: true
///
///   test "are cached" do
///     cache = start_supervised!(Shop.Cache)
///     assert Shop.Prices.get(cache, :a) == 1
///   end
/// end
///
/// # file: lib/shop/cache.ex
/// defmodule Shop.Cache do
///   use GenServer
///
///   def start_link(options), do: GenServer.start_link(__MODULE__, options)
///   def init(options), do: {:ok, options}
/// end
/// ```
///
/// Names are those that tests give, and those under which the servers of the project register themselves. The tests of one
/// module, and modules of one `group:`, run one after the other. What helpers of other modules start is not seen, but for
/// the `setup` of a case template.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Testing, confidence = High, scope = Project, tests)]
pub struct NamedProcessInAsyncTest {}

impl Rule for NamedProcessInAsyncTest {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// A place where the tests of a module start a process.
struct Start<'p> {
    module: ModuleId,
    group: Option<&'p Shape>,
    at: At,
}

impl NamedProcessInAsyncTest {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        // By the folder of the tests, as each application runs its own, and the name.
        let mut starts: BTreeMap<(&str, Name), Vec<Start>> = BTreeMap::new();
        for module in project.modules() {
            if project.role_of_module(module) != FileRole::Test
                || async_use(project, project.module(module)).is_none()
            {
                continue;
            }
            for (name, start) in started_by(project, module) {
                let path = &project.file(project.file_of_module(module)).path;
                let folder = path.split_once("test/").map_or("", |it| it.0);
                let known = starts.entry((folder, name)).or_default();
                if known.iter().all(|it| it.module != module) {
                    known.push(start);
                }
            }
        }
        for ((_, name), starts) in starts {
            if let Some((first, others)) = starts.split_first() {
                judge(project, name, first, others, cx);
            }
        }
    }
}

fn judge(project: &Project, name: Name, first: &Start, others: &[Start], cx: &mut ProjectCx) {
    let is_apart = |it: &&Start| first.group.is_none() || first.group != it.group;
    let others: Vec<&Start> = others.iter().filter(is_apart).collect();
    if others.is_empty() {
        return;
    }
    let text = project.text(name).trim_start_matches("Elixir.");
    let message =
        format!("`{text}` is the name of one process, which tests start at the same time");
    let finding = cx.report(first.at.file, first.at.span, message);
    for other in others.iter().take(MOST_LABELS) {
        let module = project.module_name(other.module);
        finding.label_in(
            other.at.file,
            other.at.span,
            format!("the tests of `{module}` start it, too"),
        );
    }
    finding.help("name the process after the test, use its pid, or say `async: false`");
}

const MOST_LABELS: usize = 3;

/// What the tests of a module start under names: in the module, and in the case templates that it uses.
fn started_by(project: &Project, module: ModuleId) -> Vec<(Name, Start<'_>)> {
    let facts = project.module(module);
    let file = project.file_of_module(module);
    let option = |key: &str| {
        let key = project.name(key)?;
        facts.uses.iter().rev().find_map(|it| it.argument.get(key))
    };
    let group = option("group");
    let used = facts.uses.iter().filter_map(|it| {
        let template = project.find_module(it.module, file)?;
        let is_template = project.role_of_module(template) == FileRole::Test;
        is_template.then(|| {
            (
                &project.module(template).body,
                project.file_of_module(template),
            )
        })
    });
    let codes = codes(facts).map(|it| (it, file)).chain(used);
    let started = codes.flat_map(|(code, file)| {
        let named = code.calls.iter().filter_map(move |call| {
            let name = started_name(project, file, code, call)?;
            Some((
                name,
                At {
                    file,
                    span: call.span,
                },
            ))
        });
        named.map(|(name, at)| (name, Start { module, group, at }))
    });
    started.collect()
}

/// The name under which a call starts a process.
fn started_name(project: &Project, file: FileId, code: &Code, call: &CallFacts) -> Option<Name> {
    if call.is_capture {
        return None;
    }
    let argument = |nth: usize| call.arguments.get(nth).map(|it| follow(code, it));
    match (&call.callee, project.text(call.name)) {
        (Callee::Local, "start_supervised" | "start_supervised!" | "start_link_supervised!") => {
            child_name(project, file, code, argument(0)?)
        }
        (Callee::Remote(module), "start_link") => {
            let options = call.arguments.last().map(|it| follow(code, it));
            name_of(project, file, *module, options)
        }
        _ => None,
    }
}

/// The name of a child: `Module`, `{Module, options}`, a map, or a changed one of these.
fn child_name(project: &Project, file: FileId, code: &Code, child: &Shape) -> Option<Name> {
    match child {
        Shape::Module(module) => name_of(project, file, *module, None),
        Shape::Tuple(parts) => match parts.as_slice() {
            [Shape::Module(module), options] => {
                name_of(project, file, *module, Some(follow(code, options)))
            }
            _ => None,
        },
        Shape::Map(..) => match child.get(project.name("start")?)? {
            Shape::Tuple(parts) => match parts.as_slice() {
                [Shape::Module(module), _, Shape::List(arguments)] => {
                    name_of(project, file, *module, arguments.last())
                }
                _ => None,
            },
            _ => None,
        },
        Shape::Call(index) => {
            let call = code.calls.get(*index as usize)?;
            let is_spec = project.is(call.name, "child_spec");
            let inner = call.arguments.first().filter(|_| is_spec)?;
            match follow(code, inner) {
                Shape::Call(_) => None,
                inner => child_name(project, file, code, inner),
            }
        }
        _ => None,
    }
}

/// The name that the options say, or the one under which the module registers itself.
fn name_of(project: &Project, file: FileId, module: Name, options: Option<&Shape>) -> Option<Name> {
    let given = project.name("name").and_then(|it| options?.get(it));
    if let Some(given) = given {
        let name = given.module().or(given.atom())?;
        return (project.text(name) != "nil").then_some(name);
    }
    // Options that are computed may hold a name.
    let is_known = options.is_none_or(is_written);
    let server = project.find_module(module, file)?;
    match project.server(server)?.names.as_slice() {
        [Some(name)] if is_known => Some(*name),
        _ => None,
    }
}

/// Whether a value is written out.
fn is_written(value: &Shape) -> bool {
    match value {
        Shape::Atom(_) | Shape::Module(_) | Shape::Int(_) | Shape::String(_) => true,
        Shape::Keywords(_) | Shape::List(_) | Shape::Tuple(_) | Shape::Closure(_) => true,
        Shape::Map(_, is_open) => !is_open,
        _ => false,
    }
}
