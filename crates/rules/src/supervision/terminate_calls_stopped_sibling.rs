use exlint_facts::{FileRole, Shape};
use exlint_project::{CallId, Item, Message, ModuleId, Server, ServerCall};

use crate::{app::tell, prelude::*};

/// `terminate/2` calls a server that the supervisor has stopped already.
///
/// A supervisor stops its children in the reverse order of their start. What was started after a server is gone when the
/// server's `terminate/2` runs: a call exits with `:noproc`, and the rest of the cleaning is skipped, at each deploy.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Cart do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///
///   def init(_) do
///     Process.flag(:trap_exit, true)
///     {:ok, []}
///   end
///
///   def terminate(_reason, items), do: GenServer.call(Shop.Archive, {:store, items})
/// end
///
/// defmodule Shop.Archive do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///   def init(_), do: {:ok, []}
///   def handle_call({:store, items}, _from, all), do: {:reply, :ok, [items | all]}
/// end
///
/// defmodule Shop.Supervisor do
///   use Supervisor
///   def init(_), do: Supervisor.init([Shop.Cart, Shop.Archive], strategy: :rest_for_one)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Cart do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///
///   def init(_) do
///     Process.flag(:trap_exit, true)
///     {:ok, []}
///   end
///
///   def terminate(_reason, items), do: GenServer.call(Shop.Archive, {:store, items})
/// end
///
/// defmodule Shop.Archive do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///   def init(_), do: {:ok, []}
///   def handle_call({:store, items}, _from, all), do: {:reply, :ok, [items | all]}
/// end
///
/// defmodule Shop.Supervisor do
///   use Supervisor
///   def init(_), do: Supervisor.init([Shop.Archive, Shop.Cart], strategy: :rest_for_one)
/// end
/// ```
///
/// Only servers that trap exits are looked at, since no other one runs `terminate/2` then, and only calls that nothing
/// catches. Order is known for children whose supervisors list them; names that are only known at run time are not followed.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = High, scope = Project)]
#[serde(default)]
pub struct TerminateCallsStoppedSibling {}

impl Rule for TerminateCallsStoppedSibling {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl TerminateCallsStoppedSibling {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for server in project.servers() {
            if project.role_of_module(server.module) == FileRole::Production
                && server.clauses(project, "terminate", 2).next().is_some()
                && traps_exits(project, server)
            {
                check_server(project, server, cx);
            }
        }
    }
}

fn check_server(project: &Project, server: &Server, cx: &mut ProjectCx) {
    let own = places(project, server.module);
    if own.is_empty() {
        return;
    }
    for clause in server.clauses(project, "terminate", 2) {
        let runs = project.runs(clause);
        for call in runs.calls(project) {
            let steps = runs.path_to(call);
            let is_caught = steps.iter().any(|it| project.call(it.call).in_try);
            let Some(other) = called(project, call).filter(|_| !is_caught) else {
                continue;
            };
            let others = places(project, other);
            if others.is_empty()
                || !own
                    .iter()
                    .all(|own| others.iter().all(|it| stops_before(it, own)))
            {
                continue;
            }
            let (name, other_name) = (
                project.module_name(server.module),
                project.module_name(other),
            );
            let at = project.at(call);
            let finding = cx.report(
                at.file,
                at.span,
                format!("`{other_name}` has been stopped when `terminate/2` of `{name}` calls it"),
            );
            for module in [server.module, other] {
                if let Some(at) = child_place(project, module) {
                    let text = if module == other {
                        "started later, so stopped earlier"
                    } else {
                        "the server is started here"
                    };
                    finding.label_in(at.file, at.span, text);
                }
            }
            let path: Vec<CallId> = steps.iter().map(|it| it.call).collect();
            tell(finding, project, &path, "exits with `:noproc` then");
            finding.help("start it before the server that calls it, or catch the exit");
            return;
        }
    }
}

/// The server of the project that a call waits for.
fn called(project: &Project, call: CallId) -> Option<ModuleId> {
    let message: &Message = project.message(call)?;
    let waits = matches!(message.kind, ServerCall::Call | ServerCall::Stop);
    message.to.filter(|_| waits && message.to_singleton)
}

fn traps_exits(project: &Project, server: &Server) -> bool {
    let clauses = project
        .functions_of(server.module)
        .flat_map(|it| project.clauses_of(it));
    let mut calls = clauses.flat_map(|it| project.calls_of(it));
    calls.any(|(id, call)| {
        project.is_to(id, "Process", "flag", 2)
            && call
                .arguments
                .first()
                .and_then(Shape::atom)
                .is_some_and(|it| project.is(it, "trap_exit"))
    })
}

/// A child's place: the supervisors from the root, each with the child's position in it.
type Place = Vec<(usize, usize)>;

/// The places that a module has in the tree.
fn places(project: &Project, module: ModuleId) -> Vec<Place> {
    let mut found = Vec::new();
    for (supervisor, number) in project.tree().supervisors.iter().zip(0..) {
        for (item, position) in supervisor.children.iter().zip(0..) {
            if is_child(project, item, module) {
                found.push(place(project, number, position));
            }
        }
    }
    found
}

fn is_child(project: &Project, item: &Item, module: ModuleId) -> bool {
    item.child().is_some_and(|it| {
        let file = project.file_of(it.clause);
        it.module.and_then(|it| project.find_module(it, file)) == Some(module)
    })
}

fn place(project: &Project, number: usize, position: usize) -> Place {
    let supervisors = &project.tree().supervisors;
    let mut place = vec![(number, position)];
    // A supervisor that is its own ancestor would never end.
    while place.len() <= supervisors.len() {
        let (number, _) = place[0];
        let parent = supervisors.iter().zip(0..).find_map(|(it, above)| {
            let position = it
                .children
                .iter()
                .position(|it| it.child().is_some_and(|it| it.supervisor == Some(number)))?;
            Some((above, position))
        });
        match parent {
            Some(parent) => place.insert(0, parent),
            None => break,
        }
    }
    place
}

/// Whether what has one place is stopped before what has the other: it is started after it by the same supervisor, or
/// below one that is.
fn stops_before(one: &Place, other: &Place) -> bool {
    let mut steps = one.iter().zip(other);
    let parted = steps.find(|(one, other)| one != other);
    parted.is_some_and(|(one, other)| one.0 == other.0 && one.1 > other.1)
}

fn child_place(project: &Project, module: ModuleId) -> Option<exlint_project::At> {
    let supervisors = project.tree().supervisors.iter();
    let mut items = supervisors.flat_map(|it| &it.children);
    items.find(|it| is_child(project, it, module)).map(Item::at)
}
