use exlint_facts::{FileRole, Name, Shape};
use exlint_project::{CallId, Item, ModuleId, Server, ServerCall, Step, Target};

use super::names::addressed;
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
/// catches and no look at the process precedes. Order is known for children whose supervisors list them; names that are only known at run time are not followed.
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
            if project.role_of_module(server.module) == FileRole::Production {
                check_server(project, server, cx);
            }
        }
    }
}

fn check_server(project: &Project, server: &Server, cx: &mut ProjectCx) {
    for clause in server.clauses(project, "terminate", 2) {
        let runs = project.runs(clause);
        for call in runs.calls(project) {
            let Some(other) = called(project, call) else {
                continue;
            };
            let steps = runs.path_to(call);
            let is_caught = steps
                .iter()
                .any(|it| project.call(it.call).in_try || looks_first(project, it.call));
            if !is_caught
                && traps_exits(project, server)
                && is_stopped_first(project, other, Sought::Module(server.module))
            {
                report(project, server, other, &steps, cx);
                return;
            }
        }
    }
}

/// Whether a call depends on a look at whether a process is there.
fn looks_first(project: &Project, call: CallId) -> bool {
    let mut earlier = project
        .calls_of(call.clause)
        .filter(|(it, _)| it.index < call.index);
    project.call(call).is_conditional
        && earlier.any(|(_, it)| matches!(project.text(it.name), "whereis" | "alive?" | "lookup"))
}

/// Whether one module is stopped before the other, wherever the tree has them.
fn is_stopped_first(project: &Project, one: Sought, other: Sought) -> bool {
    let (ones, others) = (places(project, one), places(project, other));
    let mut pairs = ones
        .iter()
        .flat_map(|one| others.iter().map(move |other| (one, other)))
        .peekable();
    pairs.peek().is_some() && pairs.all(|(one, other)| stops_before(one, other))
}

fn report(project: &Project, server: &Server, other: Sought, steps: &[Step], cx: &mut ProjectCx) {
    let Some(last) = steps.last() else { return };
    let name = project.module_name(server.module);
    let other_name = match other {
        Sought::Module(module) => project.module_name(module),
        Sought::Name(name) => project.text(name),
    };
    let at = project.at(last.call);
    let finding = cx.report(
        at.file,
        at.span,
        format!("`{other_name}` has been stopped when `terminate/2` of `{name}` calls it"),
    );
    let children = [
        (Sought::Module(server.module), "the server is started here"),
        (other, "started later, so stopped earlier"),
    ];
    for (sought, text) in children {
        if let Some(at) = child_place(project, sought) {
            finding.label_in(at.file, at.span, text);
        }
    }
    let path: Vec<CallId> = steps.iter().map(|it| it.call).collect();
    tell(
        finding,
        project,
        &path,
        "fails then: nothing is there any more",
    );
    finding.help("start it before the server that calls it, or catch the failure");
}

/// A child that is looked for: a module of the project, or what is registered under a name.
#[derive(Clone, Copy)]
enum Sought {
    Module(ModuleId),
    Name(Name),
}

/// What a call needs to be there: a server of the project that it waits for, a repository, or a supervisor or the like by
/// its name.
fn called(project: &Project, call: CallId) -> Option<Sought> {
    if let Some(message) = project.message(call) {
        let waits = matches!(message.kind, ServerCall::Call | ServerCall::Stop);
        let to = message.to.filter(|_| waits && message.to_singleton);
        return to.map(Sought::Module);
    }
    if let Some(name) = addressed(project, call) {
        return Some(Sought::Name(name));
    }
    let Target::External(module) = project.target(call) else {
        return None;
    };
    let module = project.find_module(*module, project.file_of(call.clause))?;
    let is_repository = project.implements(module, "Ecto.Repo");
    let asks = !matches!(
        project.text(project.call(call).name),
        "config" | "in_transaction?"
    );
    (is_repository && asks).then_some(Sought::Module(module))
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

/// The places that a child has in the tree.
fn places(project: &Project, sought: Sought) -> Vec<Place> {
    let mut found = Vec::new();
    for (supervisor, number) in project.tree().supervisors.iter().zip(0..) {
        for (item, position) in supervisor.children.iter().zip(0..) {
            if is_child(project, item, sought) {
                found.push(place(project, number, position));
            }
        }
    }
    found
}

fn is_child(project: &Project, item: &Item, sought: Sought) -> bool {
    item.child().is_some_and(|it| match sought {
        Sought::Module(module) => {
            let file = project.file_of(it.clause);
            it.module.and_then(|it| project.find_module(it, file)) == Some(module)
        }
        Sought::Name(name) => it.name == Some(name),
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

fn child_place(project: &Project, sought: Sought) -> Option<exlint_project::At> {
    let supervisors = project.tree().supervisors.iter();
    let mut items = supervisors.flat_map(|it| &it.children);
    items.find(|it| is_child(project, it, sought)).map(Item::at)
}
