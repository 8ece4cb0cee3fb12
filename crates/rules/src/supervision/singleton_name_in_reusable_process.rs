use exlint_facts::{Name, Shape};
use exlint_project::{At, Behaviour, Child, Item, ModuleId, Server};
use rustc_hash::FxHashMap;

use crate::prelude::*;

/// A server that is started more than once registers a name that only one process can have.
///
/// `name: __MODULE__` in `start_link/1` is for the one process of a module. Where a `DynamicSupervisor` starts one for
/// each user or file, or a supervisor lists the module twice, every start but the first returns
/// `{:error, {:already_started, pid}}`: who does not look at it talks to the process of somebody else.
///
/// # Bad
///
/// ```elixir
/// defmodule Session do
///   use GenServer
///   def start_link(user), do: GenServer.start_link(__MODULE__, user, name: __MODULE__)
///   def init(user), do: {:ok, user}
/// end
///
/// defmodule Sessions do
///   def open(user), do: DynamicSupervisor.start_child(Sessions.Supervisor, {Session, user})
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Session do
///   use GenServer
///
///   def start_link(user) do
///     GenServer.start_link(__MODULE__, user, name: {:via, Registry, {Sessions.Names, user}})
///   end
///
///   def init(user), do: {:ok, user}
/// end
///
/// defmodule Sessions do
///   def open(user), do: DynamicSupervisor.start_child(Sessions.Supervisor, {Session, user})
/// end
/// ```
///
/// A `start_child` whose argument is written out is taken for the start of a single process, on demand. Opt-in: some
/// servers are single on purpose, and the second start is meant to fail.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = Low, scope = Project)]
#[serde(default)]
pub struct SingletonNameInReusableProcess {}

impl Rule for SingletonNameInReusableProcess {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl SingletonNameInReusableProcess {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let starts = dynamic_starts(project);
        let again = second_children(project);
        for server in project.servers() {
            let Some(name) = only_name(server) else {
                continue;
            };
            let module = server.module;
            let again = starts.get(&module).or_else(|| again.get(&module));
            let own = again.and_then(|_| registration(project, module));
            let (Some(again), Some(own)) = (again.copied(), own) else {
                continue;
            };
            let (name, text) = (project.text(name), project.module_name(module));
            cx.report(
                own.file,
                own.span,
                format!(
                    "every process of `{text}` is named `{name}`, so that there can only be one"
                ),
            )
            .label_in(again.file, again.span, "more than one is started here")
            .help("name each process after what it is for, by a `Registry`");
        }
    }
}

fn only_name(server: &Server) -> Option<Name> {
    match server.names.as_slice() {
        [Some(name)] if server.behaviour != Behaviour::Application => Some(*name),
        _ => None,
    }
}

/// `DynamicSupervisor.start_child(supervisor, {Module, argument})` with an argument that is known at run time.
fn dynamic_starts(project: &Project) -> FxHashMap<ModuleId, At> {
    let mut starts = FxHashMap::default();
    for (id, call) in project.calls_named(&["start_child"]) {
        if project.external_module(id) != Some("DynamicSupervisor")
            || project.role_of(id.clause) != exlint_facts::FileRole::Production
        {
            continue;
        }
        let spec = call.arguments.get(1);
        if let Some(Shape::Tuple(parts)) = spec.map(|it| project.value(id.clause, it))
            && let [module, argument] = parts.as_slice()
            && let Some(name) = module.module()
            && !is_fixed(project.value(id.clause, argument))
            && let Some(module) = project.find_module(name, project.file_of(id.clause))
        {
            starts.entry(module).or_insert_with(|| project.at(id));
        }
    }
    starts
}

fn is_fixed(shape: &Shape) -> bool {
    match shape {
        Shape::Parameter(_) | Shape::Variable(_) | Shape::Call(_) | Shape::Within(_) => false,
        Shape::Field(..) | Shape::Unknown => false,
        Shape::Tuple(parts) | Shape::List(parts) => parts.iter().all(is_fixed),
        Shape::Keywords(pairs) | Shape::Map(pairs, _) => pairs.iter().all(|(_, it)| is_fixed(it)),
        _ => true,
    }
}

/// The second place where one supervisor has a module as its child.
fn second_children(project: &Project) -> FxHashMap<ModuleId, At> {
    let mut again = FxHashMap::default();
    for supervisor in &project.tree().supervisors {
        let mut seen: FxHashMap<ModuleId, Vec<&Child>> = FxHashMap::default();
        for child in supervisor.children.iter().filter_map(Item::child) {
            let file = project.file_of(child.clause);
            if let Some(module) = child.module.and_then(|it| project.find_module(it, file)) {
                seen.entry(module).or_default().push(child);
            }
        }
        for (module, children) in seen {
            if let [first, second, ..] = children.as_slice()
                && !first.excludes(second)
            {
                again.entry(module).or_insert(second.at);
            }
        }
    }
    again
}

/// Where the module registers its name.
fn registration(project: &Project, module: ModuleId) -> Option<At> {
    let clauses = project
        .functions_of(module)
        .flat_map(|it| project.clauses_of(it));
    let mut calls = clauses.flat_map(|it| project.calls_of(it));
    let found = calls.find(|(id, call)| {
        project.is(call.name, "start_link")
            && matches!(
                project.external_module(*id),
                Some("GenServer" | "GenStage" | "Agent" | "Supervisor" | ":gen_statem")
            )
    });
    found.map(|(id, _)| project.at(id))
}
