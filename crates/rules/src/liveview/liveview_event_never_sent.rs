use exlint_facts::{Code, FileRole, Name, Shape};
use exlint_project::{ClauseId, ModuleId, NameSet, Project};
use rustc_hash::FxHashSet;

use super::{
    events::clauses,
    view::{Shown, is_plain},
};
use crate::{app::is_live, prelude::*};

/// A LiveView has a clause for an event that nothing sends.
///
/// Such a clause is left over from an element that is gone, and misleads whoever reads or changes the page; or its element
/// sends the event under another name, and nothing happens when somebody clicks there, or the page crashes.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.CartLive do
///   use Phoenix.LiveView
///
///   def render(assigns) do
///     ~H"""
///     <button phx-click="remove">Remove</button>
///     """
///   end
///
///   def handle_event("remove", _params, socket), do: {:noreply, socket}
///   def handle_event("empty_cart", _params, socket), do: {:noreply, socket}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule ShopWeb.CartLive do
///   use Phoenix.LiveView
///
///   def render(assigns) do
///     ~H"""
///     <button phx-click="remove">Remove</button>
///     <button phx-click="empty_cart">Empty</button>
///     """
///   end
///
///   def handle_event("remove", _params, socket), do: {:noreply, socket}
///   def handle_event("empty_cart", _params, socket), do: {:noreply, socket}
/// end
/// ```
///
/// An event counts as sent where its name is a text anywhere in the code or the templates of the project, tests left
/// out, or is pushed by its JavaScript in `assets/` or beside the code. Silent for pages that send events of computed
/// names, that show components of libraries, or that have hooks (`phx-hook`) while the JavaScript of the project is not
/// there or pushes events of computed names.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Liveview, confidence = Medium, scope = Project)]
pub struct LiveviewEventNeverSent {}

impl Rule for LiveviewEventNeverSent {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl LiveviewEventNeverSent {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let mut sent: Option<Sent> = None;
        for module in project.modules().filter(|it| is_live(project, *it)) {
            if project.role_of_module(module) != FileRole::Production {
                continue;
            }
            let named: Vec<(ClauseId, Name)> = clauses(project, module)
                .filter_map(|it| Some((it, event_of(project, it)?)))
                .collect();
            if named.is_empty() {
                continue;
            }
            let sent = sent.get_or_insert_with(|| Sent::of(project));
            let unsent = named.iter().filter(|(_, event)| !sent.has(project, *event));
            let unsent: Vec<_> = unsent.collect();
            if !unsent.is_empty() && sent.is_all_of(project, module) {
                unsent.iter().for_each(|it| report(project, it.0, it.1, cx));
            }
        }
    }
}

/// The event that a clause is for, where its name is written out.
fn event_of(project: &Project, clause: ClauseId) -> Option<Name> {
    match project.clause(clause).parameters.first()? {
        // The client handles events of this kind itself, before anybody else.
        Shape::String(name) if !project.text(*name).starts_with("lv:") => Some(*name),
        _ => None,
    }
}

/// What is sent, as far as it is known.
struct Sent {
    /// Texts of the project, which may be names of events.
    texts: NameSet,
    /// What texts begin with that are computed.
    starts: FxHashSet<Name>,
    /// Whether hooks may send what is not known.
    has_open_hooks: bool,
}

impl Sent {
    fn of(project: &Project) -> Self {
        let mut sent = Sent {
            texts: NameSet::default(),
            starts: FxHashSet::default(),
            has_open_hooks: true,
        };
        let clauses = project.clauses();
        for clause in clauses.filter(|it| project.role_of(*it) != FileRole::Test) {
            sent.code(project.code(clause));
        }
        let in_tests = |it: &ModuleId| project.role_of_module(*it) == FileRole::Test;
        for module in project.modules().filter(|it| !in_tests(it)) {
            sent.code(&project.module(module).body);
        }
        let files = project.files().filter(|it| it.1.role != FileRole::Test);
        for (_, file) in files {
            sent.code(&file.top);
        }
        let clients = project.files().filter(|it| it.1.role == FileRole::Client);
        let mut markups = clients.map(|(_, it)| it.top.markup.as_ref()).peekable();
        let is_seen = markups.peek().is_some();
        let is_open = markups.flatten().any(|it| it.has_unknown_events);
        sent.has_open_hooks = is_open || !is_seen;
        sent
    }

    fn code(&mut self, code: &Code) {
        for value in code.values() {
            value.walk(&mut |shape| {
                match shape {
                    Shape::String(text) => _ = self.texts.insert(*text),
                    Shape::Prefix(start) => _ = self.starts.insert(*start),
                    _ => {}
                }
                true
            });
        }
        let events = code.markup.iter().flat_map(|it| &it.events);
        self.texts.extend(events.map(|it| it.name));
    }

    fn has(&self, project: &Project, event: Name) -> bool {
        let text = project.text(event);
        let begins = |start: &Name| {
            let start = project.text(*start);
            !start.is_empty() && text.starts_with(start)
        };
        self.texts.contains(event) || self.starts.iter().any(begins)
    }

    /// Whether nothing can be sent to `module` that is not known.
    fn is_all_of(&self, project: &Project, module: ModuleId) -> bool {
        let shown = Shown::by(project, module);
        !shown.is_open
            && is_plain(project, module)
            && shown
                .markups()
                .all(|it| !(it.has_unknown_events || it.has_hooks && self.has_open_hooks))
    }
}

fn report(project: &Project, clause: ClauseId, event: Name, cx: &mut ProjectCx) {
    let at = project.at_clause(clause);
    let event = project.text(event);
    let module = project.module_name(project.module_of_clause(clause));
    let message =
        format!("nothing sends the event `{event}` that this clause of `{module}` is for");
    cx.report(at.file, at.span, message)
        .help("remove the clause, or correct the name where the event is sent");
}
