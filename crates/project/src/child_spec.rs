//! What `Mod.child_spec/1` gives for a module: of the project, by what it uses or writes; of libraries, by a table.
use exlint_facts::{FileRole, Name, Shape};

use crate::{ClauseId, ModuleId, Project};

/// What a module's own child specification says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spec {
    pub id: Option<Shape>,
    pub restart: Option<Name>,
    pub shutdown: Option<Shape>,
}

/// Modules whose `use` defines `child_spec/1` with the module as its id.
const DEFINES: &[&str] = &[
    "GenServer",
    "Supervisor",
    "DynamicSupervisor",
    "Agent",
    "Task",
    "GenStage",
    "GenStateMachine",
    "Broadway",
    "Ecto.Repo",
    "Phoenix.Endpoint",
    "Phoenix.Presence",
];

/// Libraries whose children are known by their name, or else by the module.
const BY_NAME: &[&str] = &[
    "Registry",
    "DynamicSupervisor",
    "Task.Supervisor",
    "PartitionSupervisor",
    "Finch",
    "Oban",
];

/// Libraries whose children have the module as their id whatever they are started with.
const BY_MODULE: &[&str] = &["Agent", "Task", "Supervisor", "GenServer", "Redix"];

impl Spec {
    /// What `use GenServer, restart: ...` or `child_spec/1` of a module of the project says.
    pub fn of(project: &Project, module: Name, from: ClauseId) -> Spec {
        let file = project.file_of(from);
        let Some(id) = project.find_module(module, file) else {
            return Spec::default();
        };
        let mut spec = Spec::default();
        spec.read_module(project, id);
        spec
    }

    fn read_module(&mut self, project: &Project, id: ModuleId) {
        let defined = |it: &str| project.name(it);
        let own = defined("child_spec").and_then(|it| project.find_function(id, it, 1));
        for used in &project.module(id).uses {
            if DEFINES.contains(&project.text(used.module)) {
                self.read(project, &used.argument);
            }
        }
        if let Some(function) = own {
            for clause in project.clauses_of(function) {
                for tail in &project.code(clause).tails {
                    self.read(project, project.value(clause, &tail.shape));
                }
            }
        }
    }

    fn read(&mut self, project: &Project, options: &Shape) {
        let get = |key: &str| options.get(project.name(key)?);
        self.restart = get("restart").and_then(Shape::atom).or(self.restart);
        self.shutdown = get("shutdown").cloned().or(self.shutdown.take());
        if let Some(id) = get("id") {
            self.id = Some(id.clone()).filter(Shape::is_literal);
        }
    }
}

/// The id of a child that does not say one; `None` where it is not known.
pub(crate) fn default_id(
    project: &Project,
    module: Name,
    from: ClauseId,
    name: Option<&Shape>,
) -> Option<Shape> {
    let text = project.text(module);
    let file = project.file_of(from);
    if let Some(id) = project.find_module(module, file) {
        let is_own = project.name("child_spec").is_some_and(|it| {
            project.find_function(id, it, 1).is_some()
                || project
                    .traits(id)
                    .injected
                    .iter()
                    .any(|(name, _)| *name == it)
        });
        let mut uses = project.traits(id).uses.iter();
        let is_plain = project.role_of_module(id) == FileRole::Production
            && uses.any(|it| DEFINES.contains(&project.text(*it)));
        return (is_plain && !is_own).then_some(Shape::Module(module));
    }
    if BY_NAME.contains(&text) {
        return match name {
            Some(name @ (Shape::Module(_) | Shape::Atom(_))) => Some(name.clone()),
            Some(_) => None,
            None => Some(Shape::Module(module)).filter(|_| text == "Oban"),
        };
    }
    BY_MODULE.contains(&text).then_some(Shape::Module(module))
}

impl Project {
    /// How a supervisor restarts the process of a module of the project whose child specification says no more than the
    /// module does: `permanent`, unless the module says otherwise. `None` where the module defines no specification that
    /// is known.
    pub fn restart_of(&self, module: ModuleId) -> Option<&str> {
        let facts = self.module(module);
        let is_defined = facts
            .uses
            .iter()
            .any(|it| DEFINES.contains(&self.text(it.module)));
        let own = self.name("child_spec");
        let own = own.and_then(|it| self.find_function(module, it, 1));
        let mut spec = Spec::default();
        spec.read_module(self, module);
        match spec.restart {
            Some(restart) => Some(self.text(restart)),
            None if own.is_none() && is_defined => Some("permanent"),
            None => None,
        }
    }
}
