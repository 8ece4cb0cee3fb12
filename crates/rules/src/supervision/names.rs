//! The names of processes that calls address, and the names that values mention.
use exlint_facts::{CallFacts, Name, Shape};
use exlint_project::{CallId, ClauseId, NameSet, Project, Runs, Target};
use rustc_hash::{FxHashMap, FxHashSet};

/// Modules whose functions are given the name of a process, and the argument that holds it.
const SERVICES: &[(&str, usize)] = &[
    ("Registry", 0),
    ("Task.Supervisor", 0),
    ("DynamicSupervisor", 0),
    ("PartitionSupervisor", 0),
    ("Phoenix.PubSub", 0),
    ("Cachex", 0),
    ("ConCache", 0),
];

/// Its name is not the first argument.
const FINCH: &str = "Finch";

/// Functions of these modules that take options, or start the process.
const NOT_ADDRESSED: &[&str] = &["start_link", "child_spec", "init", "node_name"];

/// The process that a call addresses by its name: `Task.Supervisor.start_child(Shop.Tasks, ...)`, and the registry of
/// `{:via, Registry, {Shop.Names, key}}`.
pub(crate) fn addressed(project: &Project, id: CallId) -> Option<Name> {
    Some(addressed_argument(project, id)?.0)
}

/// The calls that address a process by its name, with that name and the argument that holds it.
pub(crate) fn addressed_arguments(project: &Project) -> FxHashMap<CallId, (Name, usize)> {
    let services = SERVICES.iter().map(|(module, _)| *module);
    let services: NameSet = services
        .chain([FINCH])
        .filter_map(|it| project.name(it))
        .collect();
    let addresses = |id: &CallId| matches!(project.target(*id), Target::External(module) if services.contains(*module));
    let calls = project.calls().map(|(id, _)| id).filter(addresses);
    calls
        .filter_map(|id| Some((id, addressed_argument(project, id)?)))
        .collect()
}

/// The process that a call addresses, and which of its arguments says so.
fn addressed_argument(project: &Project, id: CallId) -> Option<(Name, usize)> {
    let call = project.call(id);
    if call.is_capture {
        return None;
    }
    let module = project.external_module(id)?;
    let name = project.text(call.name);
    let nth = match (module, name) {
        _ if NOT_ADDRESSED.contains(&name) => return None,
        (FINCH, "request" | "stream" | "async_request") => 1,
        _ => SERVICES.iter().find(|(it, _)| *it == module)?.1,
    };
    Some((literal(project, id.clause, call.arguments.get(nth)?)?, nth))
}

/// A module or atom that stands in the source.
pub(crate) fn literal(project: &Project, clause: ClauseId, shape: &Shape) -> Option<Name> {
    match project.value(clause, shape) {
        Shape::Module(name) => Some(*name),
        _ => None,
    }
}

/// The registries of the `:via` names among the arguments of a call.
pub(crate) fn via(project: &Project, call: &CallFacts, found: &mut Vec<Name>) {
    for argument in &call.arguments {
        via_in(project, argument, found);
    }
}

/// The registries of the `:via` names in a value.
pub(crate) fn via_in(project: &Project, value: &Shape, found: &mut Vec<Name>) {
    walk(value, &mut |shape| {
        if let Shape::Tuple(parts) = shape
            && let [via, Shape::Module(registry), Shape::Tuple(key)] = parts.as_slice()
            && via.atom().is_some_and(|it| project.is(it, "via"))
            && matches!(project.text(*registry), "Registry" | "PartitionSupervisor")
            && let Some(Shape::Module(name)) = key.first()
        {
            found.push(*name);
        }
    });
}

/// `{:via, Module, {...}}`.
fn is_via(parts: &[Shape]) -> bool {
    matches!(parts, [Shape::Atom(_), Shape::Module(_), Shape::Tuple(_)])
}

/// Visits a shape and all that it is made of, but not the names of `:via` tuples.
pub(super) fn walk(shape: &Shape, visit: &mut impl FnMut(&Shape)) {
    shape.walk(&mut |it| {
        visit(it);
        !matches!(it, Shape::Tuple(parts) if is_via(parts))
    });
}

/// What code comes to use: functions and modules it calls, and names it addresses.
#[derive(Default)]
pub(crate) struct Used {
    pub clauses: FxHashSet<ClauseId>,
    /// Names addressed, and modules of functions that the project does not define, each with the first call.
    pub names: Vec<(Name, CallId)>,
    /// Calls that wait for a server of the project.
    pub called: FxHashSet<CallId>,
}

impl Used {
    /// What the clauses and all that they call come to use.
    pub fn by(project: &Project, roots: impl IntoIterator<Item = ClauseId>) -> Used {
        let mut used = Used::default();
        let mut queue: Vec<ClauseId> = Vec::new();
        for root in roots {
            if used.clauses.insert(root) {
                queue.push(root);
            }
        }
        let mut seen = FxHashSet::default();
        let mut next = 0;
        while let Some(&clause) = queue.get(next) {
            next += 1;
            for (id, call) in project.calls_of(clause) {
                let mut names = Vec::new();
                names.extend(addressed(project, id));
                via(project, call, &mut names);
                if let Target::External(module) = project.target(id) {
                    names.push(*module);
                }
                let new = names.into_iter().filter(|it| seen.insert(*it));
                used.names.extend(new.map(|it| (it, id)));
                used.called.insert(id);
                if let Target::Function {
                    clauses,
                    certain: true,
                    ..
                } = project.target(id)
                {
                    queue.extend(clauses.iter().filter(|it| used.clauses.insert(**it)));
                }
            }
        }
        used
    }

    /// What a process comes to use itself, without what it leaves to other processes or keeps.
    pub fn inline_by(project: &Project, runs: &Runs) -> Used {
        let mut used = Used::default();
        for clause in &runs.clauses {
            for (id, call) in project.inline_calls(*clause) {
                let mut names = Vec::new();
                names.extend(addressed(project, id));
                via(project, call, &mut names);
                if let Target::External(module) = project.target(id) {
                    names.push(*module);
                }
                used.names.extend(names.into_iter().map(|it| (it, id)));
                used.called.insert(id);
            }
        }
        used.clauses = runs.clauses.iter().copied().collect();
        used
    }

    /// The first call that addresses a name.
    pub fn call_to(&self, name: Name) -> Option<CallId> {
        let mut names = self.names.iter();
        names.find(|(it, _)| *it == name).map(|(_, call)| *call)
    }
}
