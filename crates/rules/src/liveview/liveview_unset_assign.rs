use exlint_facts::{FileRole, Shape};
use exlint_project::{Behaviour, ClauseId, NameSet};

use crate::prelude::*;

/// Renders an assign that nothing sets.
///
/// `@name` raises where the socket has no such assign. In the branch of a template that is rarely shown, nobody finds out
/// before a user sees it: the LiveView crashes, mounts again, and crashes again.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.OrdersLive do
///   use Phoenix.LiveView
///
///   def mount(_params, _session, socket), do: {:ok, assign(socket, :orders, [])}
///
///   def render(assigns) do
///     ~H"""
///     <p :if={@orders == []}>{@mesage}</p>
///     """
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule ShopWeb.OrdersLive do
///   use Phoenix.LiveView
///
///   def mount(_params, _session, socket) do
///     {:ok, assign(socket, orders: [], message: "No orders yet.")}
///   end
///
///   def render(assigns) do
///     ~H"""
///     <p :if={@orders == []}>{@message}</p>
///     """
///   end
/// end
/// ```
///
/// Looked at are templates of LiveViews, of LiveComponents, of function components and of the views of controllers. An
/// assign counts as set where its name is an atom or a key anywhere in the code of the project, so that hooks and helpers
/// are not asked in vain, for components also where one is given it, and where a template asks for `assigns[:name]`; this
/// finds names that are misspelt, and assigns that were removed.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Liveview, confidence = High, scope = Project)]
pub struct LiveviewUnsetAssign {}

impl Rule for LiveviewUnsetAssign {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// What Phoenix sets.
const GIVEN: &[&str] = &[
    "flash",
    "live_action",
    "socket",
    "streams",
    "uploads",
    "myself",
    "inner_content",
    "inner_block",
    "__changed__",
    "conn",
    "layout",
    "view_module",
    "view_template",
    // Of the view that renders errors.
    "kind",
    "reason",
    "stack",
    "status",
];

impl LiveviewUnsetAssign {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let is_template = |it: &ClauseId| {
            project.role_of(*it) == FileRole::Production && project.code(*it).markup.is_some()
        };
        let rendering: Vec<ClauseId> = project.clauses().filter(is_template).collect();
        if rendering.is_empty() {
            return;
        }
        let mut known = known(project);
        let markups = project
            .clauses()
            .filter_map(|it| project.code(it).markup.as_ref());
        known.extend(markups.flat_map(|it| it.optional.iter().copied()));
        let given = given(project);
        for clause in rendering {
            let is_given = !is_page(project, clause);
            let markup = project.code(clause).markup.iter();
            for assign in markup.flat_map(|it| &it.assigns) {
                let name = project.text(assign.name);
                if known.contains(assign.name)
                    || GIVEN.contains(&name)
                    || is_given && given.contains(assign.name)
                {
                    continue;
                }
                let module = project.module_name(project.module_of_clause(clause));
                cx.report(
                    project.file_of(clause),
                    assign.span,
                    format!("nothing sets the assign `@{name}` that `{module}` renders"),
                )
                .help(match is_given {
                    true => "give it to the template, or correct the name",
                    false => "set it in `mount/3`, or correct the name",
                });
            }
        }
    }
}

/// What components are given in templates.
fn given(project: &Project) -> NameSet {
    let mut given = NameSet::default();
    let templates = project.files().map(|(_, file)| &file.top);
    let templates = templates.chain(project.clauses().map(|it| project.code(it)));
    for code in templates.filter(|it| it.markup.is_some()) {
        let given_to_components = code.calls.iter().flat_map(|it| &it.arguments);
        given_to_components.for_each(|it| names(it, &mut given));
    }
    given
}

/// Whether a clause is `render/1` of a LiveView, which is given nothing but what the LiveView sets.
fn is_page(project: &Project, clause: ClauseId) -> bool {
    let function = project.function(project.function_of(clause));
    let module = project.module_of_clause(clause);
    let is_view = project
        .server(module)
        .is_some_and(|it| it.behaviour == Behaviour::LiveView);
    is_view && project.is(function.name, "render") && function.max_arity == 1
}

/// Every name that is an atom or a key in the project.
fn known(project: &Project) -> NameSet {
    let mut known = NameSet::default();
    for (_, file) in project
        .files()
        .filter(|(_, it)| it.role != FileRole::Template)
    {
        file.top.values().for_each(|it| names(it, &mut known));
        for module in &file.modules {
            known.extend(module.fields.iter().flatten().copied());
            module.body.values().for_each(|it| names(it, &mut known));
            let clauses = module.functions.iter().flat_map(|it| &it.clauses);
            for clause in clauses.filter(|it| it.template.is_none()) {
                let values = clause.code.values().chain(&clause.parameters);
                values.for_each(|it| names(it, &mut known));
            }
        }
    }
    known
}

fn names(shape: &Shape, known: &mut NameSet) {
    shape.walk(&mut |it| {
        match it {
            Shape::Atom(name) => _ = known.insert(*name),
            _ => known.extend(it.pairs().iter().map(|(key, _)| *key)),
        }
        true
    });
}
