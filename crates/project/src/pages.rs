//! Which LiveViews show what a clause renders.
//!
//! A template in `render/1` of a LiveView is shown by that; one in a function component by whoever calls it, which may be
//! many; one of a LiveComponent by whoever has it in a template of theirs; a layout may stand around any LiveView.
use exlint_facts::{FileRole, Name, Shape};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{Behaviour, CallId, ClauseId, ModuleId, Project};

/// The LiveViews that show something.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// In the order of their numbers.
    pub views: Vec<ModuleId>,
    /// Whether somebody else may show it as well: a controller, a layout, who is not known.
    pub is_open: bool,
}

/// Answers which LiveViews show what.
pub struct Pages<'p> {
    project: &'p Project,
    /// The templates with each LiveComponent.
    places: FxHashMap<ModuleId, Vec<CallId>>,
    /// Whether there is a template with a LiveComponent that is not known.
    has_unknown_places: bool,
}

/// What is shown in more places than this is shown by anybody.
const MOST_PLACES: usize = 2_000;

impl<'p> Pages<'p> {
    pub fn of(project: &'p Project) -> Self {
        let mut pages = Pages {
            project,
            places: FxHashMap::default(),
            has_unknown_places: false,
        };
        pages.find_places();
        pages
    }

    fn find_places(&mut self) {
        let project = self.project;
        let Some(key) = project.name("module") else {
            return;
        };
        for (id, call) in project.calls_named(&["live_component"]) {
            match placed(project, id, &call.arguments, key) {
                Some(module) => self.places.entry(module).or_default().push(id),
                None => self.has_unknown_places = true,
            }
        }
    }

    /// The templates that have a LiveComponent in them.
    pub fn places_of(&self, component: ModuleId) -> &[CallId] {
        self.places.get(&component).map_or(&[], Vec::as_slice)
    }

    /// The LiveViews that show what a clause renders.
    pub fn shown_by(&self, clause: ClauseId) -> Shown {
        let mut shown = Shown::default();
        let mut seen = FxHashSet::from_iter([clause]);
        let mut rest = vec![clause];
        while let Some(clause) = rest.pop() {
            match self.place(clause) {
                Place::View(module) => shown.views.push(module),
                Place::Around => {
                    shown.views.extend(self.views());
                    shown.is_open |= shown.views.is_empty();
                }
                Place::Anywhere => shown.is_open = true,
                Place::In(calls) => {
                    let clauses = calls.iter().map(|it| it.clause);
                    rest.extend(clauses.filter(|it| seen.insert(*it)));
                }
            }
            shown.is_open |= seen.len() > MOST_PLACES;
            if shown.is_open {
                break;
            }
        }
        shown.views.sort();
        shown.views.dedup();
        shown
    }

    /// Whether the templates of a module are layouts: by its name, as Phoenix makes it.
    fn is_layout(&self, module: ModuleId) -> bool {
        let name = self.project.module_name(module);
        name.ends_with("Layouts") || name.ends_with("LayoutView")
    }

    /// The LiveViews of the project that are not for tests.
    fn views(&self) -> impl Iterator<Item = ModuleId> {
        let servers = self.project.servers().iter();
        let views = servers.filter(|it| it.behaviour == Behaviour::LiveView);
        views.map(|it| it.module)
    }

    fn place(&self, clause: ClauseId) -> Place {
        let project = self.project;
        let module = project.module_of_clause(clause);
        let behaviour = project.server(module).map(|it| it.behaviour);
        let function = project.function(project.function_of(clause));
        let is_render = project.is(function.name, "render") && function.max_arity == 1;
        if behaviour == Some(Behaviour::LiveComponent) && is_render {
            let places = self.places_of(module);
            return match places.is_empty() || self.has_unknown_places {
                true => Place::Anywhere,
                false => Place::In(places.to_vec()),
            };
        }
        let in_tests = |it: &&CallId| project.role_of(it.clause) == FileRole::Test;
        let callers = project.callers(clause).iter().filter(|it| !in_tests(it));
        let callers: Vec<CallId> = callers.copied().collect();
        let is_own = |call: &CallId| project.module_of_clause(call.clause) == module;
        let is_shown = is_render || !callers.is_empty();
        if behaviour == Some(Behaviour::LiveView) && is_shown && callers.iter().all(is_own) {
            return Place::View(module);
        }
        if callers.is_empty() && project.clause(clause).template.is_some() && self.is_layout(module)
        {
            return Place::Around;
        }
        // Who holds a function may call it anywhere.
        if callers.is_empty() || callers.iter().any(|it| project.call(*it).is_capture) {
            return Place::Anywhere;
        }
        Place::In(callers)
    }
}

/// Where a clause is shown.
enum Place {
    View(ModuleId),
    In(Vec<CallId>),
    /// Around every LiveView, as far as is known.
    Around,
    Anywhere,
}

/// The LiveComponent that a call of `live_component` shows.
fn placed(project: &Project, id: CallId, arguments: &[Shape], key: Name) -> Option<ModuleId> {
    let module = match arguments {
        // `<.live_component module={Cart} id="cart" />`
        [given @ Shape::Map(..)] => given.get(key)?,
        // `live_component(Cart, id: "cart")`, `live_component(@socket, Cart, id: "cart")`
        [module, ..] if project.module_value(id.clause, module).is_some() => module,
        [_, module, ..] => module,
        _ => return None,
    };
    let name = project.module_value(id.clause, module)?;
    project.find_module(name, project.file_of(id.clause))
}
