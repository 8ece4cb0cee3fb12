use exlint_facts::{EventFacts, EventTarget, FileRole};
use exlint_project::{Behaviour, ClauseId, ModuleId, Pages};

use super::events::{Hooks, clauses, may_handle, takes};
use crate::prelude::*;

/// Sends an event that no clause of `handle_event/3` takes.
///
/// An event without a clause crashes the LiveView: what the user has typed is gone, and the page mounts again. It
/// happens only when somebody clicks there, so it is found late: after a rename, or where an element moved to another
/// module. An element in a LiveComponent sends its events to the LiveView around it, unless it has
/// `phx-target={@myself}`.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.CartLive do
///   use Phoenix.LiveView
///
///   def render(assigns) do
///     ~H"""
///     <button phx-click="remove-item">Remove</button>
///     """
///   end
///
///   def handle_event("remove", _params, socket), do: {:noreply, socket}
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
///     """
///   end
///
///   def handle_event("remove", _params, socket), do: {:noreply, socket}
/// end
/// ```
///
/// Templates in `~H` and in files are read, and function components and LiveComponents are followed to the LiveViews
/// that show them: reported is what none of those handles. Silent where it is not certain who receives an event (another
/// `phx-target`, a component that a layout or a controller shows), where a hook or a macro may handle it, and where its
/// name is computed.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Liveview, confidence = High, scope = Project)]
pub struct LiveviewUnhandledEvent {}

impl Rule for LiveviewUnhandledEvent {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl LiveviewUnhandledEvent {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let pages = Pages::of(project);
        let hooks = Hooks::of(project);
        for clause in project.clauses() {
            let Some(markup) = &project.code(clause).markup else {
                continue;
            };
            if project.role_of(clause) != FileRole::Production {
                continue;
            }
            for event in &markup.events {
                // The client handles events of this kind itself.
                if project.text(event.name).starts_with("lv:") {
                    continue;
                }
                let receivers = receivers(project, &pages, clause, event);
                let mut handlers = receivers.iter();
                if !receivers.is_empty()
                    && !handlers.any(|it| may_handle(project, &hooks, *it, event.name))
                {
                    report(project, clause, event, &receivers, cx);
                }
            }
        }
    }
}

/// Who may receive an event; nobody where that is not certain.
fn receivers(
    project: &Project,
    pages: &Pages,
    clause: ClauseId,
    event: &EventFacts,
) -> Vec<ModuleId> {
    match event.target {
        EventTarget::View => {
            let shown = pages.shown_by(clause);
            if shown.is_open {
                Vec::new()
            } else {
                shown.views
            }
        }
        EventTarget::Own => {
            let module = project.module_of_clause(clause);
            let behaviour = project.server(module).map(|it| it.behaviour);
            match behaviour == Some(Behaviour::LiveComponent) {
                true => vec![module],
                false => Vec::new(),
            }
        }
        EventTarget::Unknown => Vec::new(),
    }
}

fn report(
    project: &Project,
    clause: ClauseId,
    event: &EventFacts,
    receivers: &[ModuleId],
    cx: &mut ProjectCx,
) {
    let name = project.text(event.name);
    let own = project.module_of_clause(clause);
    let receiver = receivers[0];
    let mut receiver_names = format!("`{}`", project.module_name(receiver));
    if receivers.len() > 1 {
        receiver_names = format!("any of the {} LiveViews that show it", receivers.len());
    }
    let finding = cx.report(
        project.file_of(clause),
        event.span,
        format!("the event `{name}` has no clause of `handle_event/3` in {receiver_names}"),
    );
    let receiver_file = project.file_of_module(receiver);
    finding.label_in(
        receiver_file,
        project.module(receiver).span,
        "this process crashes when it comes",
    );
    let is_other = !receivers.contains(&own);
    let own_clause = clauses(project, own).find(|it| takes(project, *it, event.name));
    match own_clause.filter(|_| is_other) {
        Some(handler) => {
            let at = project.at_clause(handler);
            finding.label_in(
                at.file,
                at.span,
                "this one is for events sent to the component",
            );
            finding.help("send it to the component: `phx-target={@myself}`");
        }
        None => {
            _ = finding.help(format!(
                "add a clause for `\"{name}\"`, or correct the name"
            ))
        }
    }
}
