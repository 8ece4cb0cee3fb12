//! What a LiveView or LiveComponent shows, and whether its source tells all of it.
use exlint_facts::{CallFacts, Callee, Markup, Name, Shape};
use exlint_project::{CallId, ClauseId, ModuleId, Project, Target};
use rustc_hash::FxHashSet;

use super::events::is_harmless;

/// Components of Phoenix, which most modules import.
const COMPONENTS: &[&str] = &[
    "async_result",
    "dynamic_tag",
    "focus_wrap",
    "form",
    "inputs_for",
    "intersperse",
    "link",
    "live_component",
    "live_file_input",
    "live_flash",
    "live_img_preview",
    "live_title",
    "portal",
];

/// The clauses whose templates a module shows.
pub(crate) struct Shown<'p> {
    project: &'p Project,
    pub clauses: Vec<ClauseId>,
    /// Whether it shows more than is known: components of libraries, or a module that is computed.
    pub is_open: bool,
}

impl<'p> Shown<'p> {
    pub fn by(project: &'p Project, module: ModuleId) -> Self {
        let mut shown = Shown {
            project,
            clauses: Vec::new(),
            is_open: false,
        };
        let mut seen = FxHashSet::default();
        let mut rest: Vec<ClauseId> = clauses_of(project, module).collect();
        rest.extend(layouts(project));
        while let Some(clause) = rest.pop() {
            // `render/1` may leave the template to another function.
            let has_template = project.code(clause).markup.is_some();
            if !seen.insert(clause) || !(has_template || is_render(project, clause)) {
                continue;
            }
            if has_template {
                shown.clauses.push(clause);
            }
            for (id, call) in project.calls_of(clause) {
                shown.call(id, call, &mut rest);
            }
        }
        let is_own = |it: &ClauseId| project.module_of_clause(*it) == module;
        shown.is_open |= !seen.iter().any(|it| is_own(it) && is_render(project, *it));
        shown
    }

    fn call(&mut self, id: CallId, call: &CallFacts, rest: &mut Vec<ClauseId>) {
        let project = self.project;
        if project.is(call.name, "live_component") {
            match given_module(project, id, call) {
                Some(component) => rest.extend(clauses_of(project, component)),
                None => self.is_open = true,
            }
        }
        let is_component =
            matches!(call.arguments.as_slice(), [Shape::Map(_, true)]) && call.arity == 1;
        match project.target(id) {
            Target::Function { clauses, .. } => rest.extend(clauses),
            Target::External(module) if is_component => {
                let module = project.text(*module);
                self.is_open |= !module.starts_with("Phoenix.") && !module.contains("icon");
            }
            Target::Unknown if is_component => {
                self.is_open |=
                    call.callee != Callee::Local || !COMPONENTS.contains(&project.text(call.name));
            }
            _ => {}
        }
    }

    pub fn markups(&self) -> impl Iterator<Item = &'p Markup> {
        let project = self.project;
        let clauses = self.clauses.iter();
        clauses.filter_map(move |it| project.code(*it).markup.as_deref())
    }
}

fn clauses_of(project: &Project, module: ModuleId) -> impl Iterator<Item = ClauseId> {
    let functions = project.functions_of(module);
    functions.flat_map(|it| project.clauses_of(it))
}

fn is_render(project: &Project, clause: ClauseId) -> bool {
    let function = project.function(project.function_of(clause));
    project.is(function.name, "render") && function.max_arity == 1
}

/// What may stand around every page.
fn layouts(project: &Project) -> impl Iterator<Item = ClauseId> {
    let is_layout = |it: &ModuleId| {
        let name = project.module_name(*it);
        name.ends_with("Layouts") || name.ends_with("LayoutView")
    };
    let modules = project.modules().filter(is_layout);
    modules.flat_map(|it| clauses_of(project, it))
}

/// The LiveComponent of `<.live_component module={Cart}>`.
fn given_module(project: &Project, id: CallId, call: &CallFacts) -> Option<ModuleId> {
    let key = project.name("module")?;
    let given = call.arguments.iter().find_map(|it| it.get(key));
    let given = given.or_else(|| call.arguments.iter().find(|it| it.module().is_some()));
    let name = project.module_value(id.clause, given?)?;
    project.find_module(name, project.file_of(id.clause))
}

/// Whether nothing is brought into a module that its source does not show.
pub(crate) fn is_plain(project: &Project, module: ModuleId) -> bool {
    let mut uses = project.traits(module).uses.iter();
    uses.all(|it| is_harmless(project, *it, module))
}

/// The atom keys, with their values, that a call of `assign`, `assign_new` or `update` sets.
pub(crate) fn set_by<'p>(project: &Project, call: &'p CallFacts) -> Vec<(Name, &'p Shape)> {
    if !matches!(project.text(call.name), "assign" | "assign_new" | "update") {
        return Vec::new();
    }
    match call.arguments.as_slice() {
        [_, Shape::Atom(key), value] => vec![(*key, value)],
        [_, pairs @ (Shape::Keywords(_) | Shape::Map(..))] => {
            pairs.pairs().iter().map(|(key, it)| (*key, it)).collect()
        }
        _ => Vec::new(),
    }
}
