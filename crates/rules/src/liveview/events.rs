//! Whether a LiveView or LiveComponent handles an event.
use exlint_facts::{Callee, FileRole, Name, Shape};
use exlint_project::{ClauseId, ModuleId, Project};
use rustc_hash::FxHashSet;

/// Modules outside of the project that add no `handle_event/3` to those that use them.
const HARMLESS: &[&str] = &["Phoenix.", "Gettext", "Logger", "Ecto.", "Bitwise"];

/// Macros in the body of a module that define no functions of that name.
const HARMLESS_IN_BODY: &[&str] = &[
    "attr",
    "slot",
    "embed_templates",
    "on_mount",
    "plug",
    "defstruct",
    "embedded_schema",
    "import_types",
    "raise",
    "if",
];

/// What `attach_hook(socket, name, :handle_event, ...)` does for events.
pub(crate) struct Hooks {
    /// The events that clauses of the modules with hooks speak of.
    events: FxHashSet<Name>,
    /// Whether a hook takes whatever comes.
    is_open: bool,
}

impl Hooks {
    pub fn of(project: &Project) -> Self {
        let mut hooks = Hooks {
            events: FxHashSet::default(),
            is_open: false,
        };
        let attached = project.calls_named(&["attach_hook"]);
        let attached = attached.filter(|(id, call)| {
            let mut atoms = call.arguments.iter().filter_map(Shape::atom);
            project.role_of(id.clause) == FileRole::Production
                && atoms.any(|it| project.is(it, "handle_event"))
        });
        for module in attached.map(|(id, _)| project.module_of_clause(id.clause)) {
            hooks.module(project, module);
        }
        hooks
    }

    fn module(&mut self, project: &Project, module: ModuleId) {
        for clause in project
            .functions_of(module)
            .flat_map(|it| project.clauses_of(it))
        {
            let code = project.code(clause);
            let parameters = project.clause(clause).parameters.iter();
            let in_closures = code.closures.iter().flat_map(|it| &it.parameters);
            let texts = parameters.chain(in_closures).filter_map(|it| match it {
                Shape::String(text) => Some(*text),
                _ => None,
            });
            self.events.extend(texts);
            // Of a closure only the first clause is known.
            let attaches = |it: &exlint_facts::Closure| {
                it.given_to.is_some_and(|(call, _)| {
                    project.is(code.calls[call as usize].name, "attach_hook")
                })
            };
            let holds_own = code
                .closures
                .iter()
                .filter(|it| attaches(it))
                .any(|closure| {
                    let inside = code.calls.iter().find(|it| it.span == closure.span);
                    !inside.is_some_and(|it| it.is_capture && it.callee == Callee::Local)
                });
            self.is_open |= holds_own;
        }
    }
}

/// Whether a module handles an event, where that is not known to be wrong.
pub(crate) fn may_handle(project: &Project, hooks: &Hooks, module: ModuleId, event: Name) -> bool {
    hooks.is_open
        || hooks.events.contains(&event)
        || may_have_hidden_clauses(project, module)
        || clauses(project, module).any(|it| takes(project, it, event))
}

/// The clauses of `handle_event/3`.
pub(crate) fn clauses(project: &Project, module: ModuleId) -> impl Iterator<Item = ClauseId> {
    let name = project.name("handle_event");
    let function = name.and_then(|it| project.find_function(module, it, 3));
    function.into_iter().flat_map(|it| project.clauses_of(it))
}

/// Whether a clause of `handle_event/3` takes an event.
pub(crate) fn takes(project: &Project, clause: ClauseId, event: Name) -> bool {
    match project.clause(clause).parameters.first() {
        Some(Shape::String(text)) => *text == event,
        Some(Shape::Prefix(start)) => project.text(event).starts_with(project.text(*start)),
        Some(Shape::Atom(_) | Shape::Tuple(_) | Shape::Map(..)) => false,
        _ => true,
    }
}

/// Whether what `module` uses is of the project, or known to add nothing to it that rules ask for.
pub(crate) fn is_harmless(project: &Project, used: Name, module: ModuleId) -> bool {
    let text = project.text(used);
    project
        .find_module(used, project.file_of_module(module))
        .is_some()
        || HARMLESS
            .iter()
            .any(|it| text.starts_with(it) || text == *it)
}

/// Whether `handle_event/3` may have clauses that the source does not show.
pub(crate) fn may_have_hidden_clauses(project: &Project, module: ModuleId) -> bool {
    let traits = project.traits(module);
    let is_known = |it: &Name| is_harmless(project, *it, module);
    let injects = traits
        .injected
        .iter()
        .any(|(name, _)| project.is(*name, "handle_event"));
    let mut calls = project.module(module).body.calls.iter();
    let is_macro = |name: Name| !HARMLESS_IN_BODY.contains(&project.text(name));
    let mut is_unknown = || {
        !traits.uses.iter().all(is_known)
            || calls.any(|it| it.callee == Callee::Local && is_macro(it.name))
    };
    // A library that brings clauses of its own leaves none to the module.
    injects || clauses(project, module).next().is_none() && is_unknown()
}
