//! The supervision tree: every supervisor of the project, its children in order, and which of them are supervisors.
//!
//! Roots are the supervisors that `start/2` of the applications start: of modules that use `Application`, or that a
//! `mix.exs` names. Lists of children are evaluated by
//! [`children`](crate::children); a child's module, or the supervisor written out in its specification, leads to its
//! own children.
use exlint_facts::{CallFacts, FileRole, Name, Scope, Shape};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    At, Behaviour, Body, CallId, ClauseId, ModuleId, Project,
    child::{Child, DynamicChild, Item, Written},
    children::Interpreter,
};

/// Functions that start supervisors or children of theirs, or say what supervisors start.
const STARTS: &[&str] = &["init", "start_child", "start_link", "supervise"];

/// A supervisor with its children.
#[derive(Clone, Debug)]
pub struct Supervisor {
    /// `Supervisor.init/2`, `Supervisor.start_link/2`, or the specification it is written out in.
    pub at: At,
    pub clause: ClauseId,
    /// The module whose process it is, unless it is only a call.
    pub module: Option<ModuleId>,
    pub kind: SupervisorKind,
    pub name: Option<Name>,
    pub strategy: Option<Name>,
    pub max_restarts: Option<i64>,
    pub max_seconds: Option<i64>,
    pub children: Vec<Item>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupervisorKind {
    /// Its children are listed.
    Static,
    /// `DynamicSupervisor`: its children are started one by one.
    Dynamic,
}

/// An application: the supervisors that its `start/2` starts.
#[derive(Clone, Debug)]
pub struct Application {
    pub module: ModuleId,
    pub start: ClauseId,
    pub roots: Vec<usize>,
}

/// The supervision tree of a project.
#[derive(Default)]
pub struct Tree {
    pub supervisors: Vec<Supervisor>,
    pub applications: Vec<Application>,
    /// In the order of the calls that start them.
    pub dynamic: Vec<DynamicChild>,
    by_module: FxHashMap<ModuleId, usize>,
}

impl Tree {
    /// The supervisor that a module is.
    pub fn of_module(&self, module: ModuleId) -> Option<usize> {
        self.by_module.get(&module).copied()
    }

    pub(crate) fn of(project: &Project) -> Tree {
        let mut tree = Tree::default();
        for (id, call) in project.calls_named(STARTS) {
            if !call.is_capture && project.role_of(id.clause) == FileRole::Production {
                tree.read(project, id, call);
                tree.dynamic.extend(started(project, id, call));
            }
        }
        tree.nest(project);
        tree.applications = applications(project, &tree);
        tree
    }

    /// The supervisor that a call describes.
    fn read(&mut self, project: &Project, id: CallId, call: &CallFacts) {
        let name = project.text(call.name);
        if !matches!(name, "start_link" | "init" | "supervise") {
            return;
        }
        let kind = match (project.external_module(id), name, call.arity) {
            (Some("Supervisor"), "start_link" | "init", 2) => SupervisorKind::Static,
            (Some("Supervisor.Spec") | None, "supervise", 2) => SupervisorKind::Static,
            (Some("DynamicSupervisor"), "start_link" | "init", 1) => SupervisorKind::Dynamic,
            _ => return,
        };
        let mut interpreter = Interpreter::new(project);
        let frame = interpreter.open(id.clause);
        let options = match (kind, call.arguments.as_slice()) {
            (SupervisorKind::Static, [children, options]) => {
                // `Supervisor.start_link(Mod, argument)`: the children are those of `Mod.init/1`.
                if interpreter.value(children, frame).0.module().is_some() {
                    return;
                }
                options.clone()
            }
            (SupervisorKind::Dynamic, [options]) => options.clone(),
            _ => return,
        };
        let module = project.module_of_clause(id.clause);
        let Written {
            name: own_name,
            strategy,
            max_restarts,
            max_seconds,
            ..
        } = interpreter.supervisor(&options, frame);
        let supervisor = Supervisor {
            at: project.at(id),
            clause: id.clause,
            module: is_own_process(project, id).then_some(module),
            kind,
            name: own_name.or_else(|| registered_name(project, module)),
            strategy,
            max_restarts,
            max_seconds,
            children: match kind {
                SupervisorKind::Static => {
                    interpreter.list(&call.arguments[0], frame, project.at(id), 0)
                }
                SupervisorKind::Dynamic => Vec::new(),
            },
        };
        if supervisor.module.is_some() {
            self.by_module
                .entry(module)
                .or_insert(self.supervisors.len());
        }
        self.supervisors.push(supervisor);
    }

    /// Leads from children to the supervisors that they are; those written out in a specification are added.
    fn nest(&mut self, project: &Project) {
        let mut number = 0;
        while number < self.supervisors.len() {
            let mut children = std::mem::take(&mut self.supervisors[number].children);
            for item in &mut children {
                if let Item::Child(child) = item {
                    self.nest_child(project, number, child);
                }
            }
            self.supervisors[number].children = children;
            number += 1;
        }
        let mut dynamic = std::mem::take(&mut self.dynamic);
        for it in &mut dynamic {
            self.nest_child(project, usize::MAX, &mut it.child);
        }
        self.dynamic = dynamic;
    }

    fn nest_child(&mut self, project: &Project, number: usize, child: &mut Child) {
        if let Some(written) = child.written.take() {
            child.supervisor = Some(self.supervisors.len());
            self.supervisors.push(Supervisor {
                at: child.at,
                clause: child.clause,
                module: None,
                kind: SupervisorKind::Static,
                name: written.name,
                strategy: written.strategy,
                max_restarts: written.max_restarts,
                max_seconds: written.max_seconds,
                children: written.children,
            });
            return;
        }
        let file = project.file_of(child.clause);
        let module = child.module.and_then(|it| project.find_module(it, file));
        child.supervisor = module
            .and_then(|it| self.of_module(it))
            .filter(|it| *it != number);
        if child.name.is_none() {
            child.name = module.and_then(|it| registered_name(project, it));
        }
    }

    /// The supervisors that others have among their children.
    pub(crate) fn held(&self) -> FxHashSet<usize> {
        let items = self.supervisors.iter().flat_map(|it| &it.children);
        items.filter_map(|it| it.child()?.supervisor).collect()
    }
}

/// The child that a call of `start_child/2` starts.
fn started(project: &Project, id: CallId, call: &CallFacts) -> Option<DynamicChild> {
    let is_start = call.arity == 2 && project.is(call.name, "start_child");
    let module = project.external_module(id).filter(|_| is_start)?;
    if !matches!(module, "DynamicSupervisor" | "Supervisor") {
        return None;
    }
    let [supervisor, spec] = call.arguments.as_slice() else {
        return None;
    };
    let mut interpreter = Interpreter::new(project);
    let frame = interpreter.open(id.clause);
    let under = match interpreter.value(supervisor, frame).0 {
        Shape::Module(name) | Shape::Atom(name) => Some(name),
        // `{:via, PartitionSupervisor, {Shop.Carts, key}}`.
        Shape::Tuple(parts) => match parts.as_slice() {
            [_, _, Shape::Tuple(key)] => key.first().and_then(Shape::module),
            _ => None,
        },
        _ => None,
    };
    let items = interpreter.element(spec, frame, project.at(id), 0);
    let mut children = items.into_iter().filter_map(|it| match it {
        Item::Child(child) => Some(*child),
        Item::Hole(_) => None,
    });
    Some(DynamicChild {
        under,
        call: id,
        child: children.next()?,
    })
}

/// Whether a supervisor is the process of its module: it is described in `init/1`, or started by `start_link`.
fn is_own_process(project: &Project, id: CallId) -> bool {
    let module = project.module_of_clause(id.clause);
    let is_application = project
        .server(module)
        .is_some_and(|it| it.behaviour == Behaviour::Application);
    let function = project.text(project.function_of_clause(id.clause).name);
    match project.text(project.call(id).name) {
        "init" | "supervise" => function == "init",
        _ => !is_application && function.starts_with("start_link"),
    }
}

/// The one name that a module's process is registered under.
fn registered_name(project: &Project, module: ModuleId) -> Option<Name> {
    let server = project.server(module)?;
    match server.names.as_slice() {
        _ if server.behaviour == Behaviour::Application => None,
        [Some(name)] => Some(*name),
        _ => None,
    }
}

/// The applications of the project, and the supervisors that they start.
fn applications(project: &Project, tree: &Tree) -> Vec<Application> {
    let servers = project.servers().iter();
    let using = servers.filter(|it| it.behaviour == Behaviour::Application);
    let mut modules: Vec<ModuleId> = using.map(|it| it.module).collect();
    modules.extend(named_in_mix(project));
    modules.retain(|it| project.role_of_module(*it) == FileRole::Production);
    modules.sort();
    modules.dedup();
    let mut applications = Vec::new();
    for module in modules {
        for start in functions(project, module, "start", 2) {
            applications.push(Application {
                module,
                start,
                roots: roots(project, tree, start),
            });
        }
    }
    applications
}

/// The modules that `application/0` of a `mix.exs` names: `mod: {Shop.Application, []}`.
fn named_in_mix(project: &Project) -> Vec<ModuleId> {
    let mut named = Vec::new();
    let Some(key) = project.name("mod") else {
        return named;
    };
    let is_mix = |it: &ModuleId| {
        let path = &project.file(project.file_of_module(*it)).path;
        path == "mix.exs" || path.ends_with("/mix.exs")
    };
    for mix in project.modules().filter(is_mix) {
        for clause in functions(project, mix, "application", 0) {
            let mut interpreter = Interpreter::new(project);
            let frame = interpreter.open(clause);
            for tail in &project.code(clause).tails {
                let module = module_in(&mut interpreter, frame, &tail.shape, key);
                let file = project.file_of_module(mix);
                named.extend(module.and_then(|it| project.find_module(it, file)));
            }
        }
    }
    named
}

/// The module of `mod: {Module, argument}`, which a keyword list, or one of those it is joined of, holds.
fn module_in(
    interpreter: &mut Interpreter,
    frame: usize,
    shape: &Shape,
    key: Name,
) -> Option<Name> {
    let (shape, frame) = interpreter.value(shape, frame);
    match &shape {
        Shape::Concat(left, right) => module_in(interpreter, frame, left, key)
            .or_else(|| module_in(interpreter, frame, right, key)),
        Shape::Choice(shapes) => {
            let mut shapes = shapes.iter();
            shapes.find_map(|it| module_in(interpreter, frame, it, key))
        }
        _ => match interpreter.value(shape.get(key)?, frame).0 {
            Shape::Tuple(parts) => parts.first()?.module(),
            _ => None,
        },
    }
}

/// The clauses of a module's function.
fn functions<'p>(
    project: &'p Project,
    module: ModuleId,
    name: &str,
    arity: u8,
) -> impl Iterator<Item = ClauseId> + 'p {
    let name = project.name(name);
    let function = name.and_then(|it| project.find_function(module, it, arity));
    function.into_iter().flat_map(|it| project.clauses_of(it))
}

fn roots(project: &Project, tree: &Tree, start: ClauseId) -> Vec<usize> {
    let body = Body {
        clause: start,
        scope: Scope::CLAUSE,
    };
    let below = project.bodies_below(body, 2);
    let held = tree.held();
    let mut roots: Vec<usize> = Vec::new();
    for (supervisor, number) in tree.supervisors.iter().zip(0..) {
        let is_started = below.iter().any(|it| it.clause == supervisor.clause);
        if is_started && supervisor.module.is_none() && !held.contains(&number) {
            roots.push(number);
        }
    }
    for body in &below {
        for (id, call) in project.calls_in(*body) {
            let module = match project.external_module(id) {
                // `Supervisor.start_link(Mod, argument)`.
                Some("Supervisor" | "DynamicSupervisor") => call
                    .arguments
                    .first()
                    .and_then(|it| project.module_value(body.clause, it)),
                _ => None,
            };
            let module =
                module.and_then(|it| project.find_module(it, project.file_of(body.clause)));
            if let Some(number) = module.and_then(|it| tree.of_module(it))
                && !roots.contains(&number)
            {
                roots.push(number);
            }
        }
    }
    for body in &below {
        let module = project.module_of_clause(body.clause);
        let function = project.text(project.function_of_clause(body.clause).name);
        if body.clause != start
            && function.starts_with("start")
            && let Some(number) = tree.of_module(module)
            && !roots.contains(&number)
        {
            roots.push(number);
        }
    }
    roots
}
