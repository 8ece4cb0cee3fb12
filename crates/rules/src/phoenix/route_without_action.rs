use exlint_facts::{FileRole, Name, Shape};
use exlint_project::{ModuleId, Project};

use super::routes::{Method, Route, Routes, routers};
use crate::{
    app::{first_segment, is_live},
    prelude::*,
};

/// A route leads to a controller, an action or a LiveView that does not exist.
///
/// The compiler does not look: a router holds names. Whoever visits the page gets an error 500 (`UndefinedFunctionError`,
/// or `FunctionClauseError` where `apply_action/3` of a LiveView has no clause for its live action).
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.Router do
///   use Phoenix.Router
///
///   scope "/", ShopWeb do
///     get "/orders", OrderController, :index
///     get "/orders/:id", OrderController, :display
///   end
/// end
///
/// defmodule ShopWeb.OrderController do
///   use Phoenix.Controller
///
///   def index(conn, _params), do: text(conn, "orders")
///   def show(conn, _params), do: text(conn, "order")
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule ShopWeb.Router do
///   use Phoenix.Router
///
///   scope "/", ShopWeb do
///     get "/orders", OrderController, :index
///     get "/orders/:id", OrderController, :show
///   end
/// end
///
/// defmodule ShopWeb.OrderController do
///   use Phoenix.Controller
///
///   def index(conn, _params), do: text(conn, "orders")
///   def show(conn, _params), do: text(conn, "order")
/// end
/// ```
///
/// Routes inside macros of the project's own are not judged, nor controllers that may get their actions from elsewhere:
/// from a `use` of another library, from a macro that is given the action's name, from an `action/2` or `call/2` of their
/// own, from a plug of a library that answers before.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Phoenix, confidence = High, scope = Project)]
pub struct RouteWithoutAction {}

impl Rule for RouteWithoutAction {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// What a controller may use without getting actions from it.
const KNOWN_USES: &[&str] = &[
    "Phoenix.Controller",
    "Phoenix.VerifiedRoutes",
    "Gettext",
    "Gettext.Backend",
    "OpenApiSpex.ControllerSpecs",
    "PhoenixSwagger",
    "Plug.ErrorHandler",
    "Plug.Builder",
];

/// Macros that take the name of an action and do not define it.
const ABOUT_ACTIONS: &[&str] = &[
    "plug",
    "operation",
    "tags",
    "security",
    "swagger_path",
    "action_fallback",
];

impl RouteWithoutAction {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for router in routers(project) {
            let routes = Routes::of(project, router);
            // Where only the router is looked at, nothing is there.
            let is_alone = !routes
                .all
                .iter()
                .any(|it| find(project, router, &it.module).is_some());
            if is_alone {
                continue;
            }
            for route in &routes.all {
                check_route(project, router, route, cx);
            }
        }
    }
}

fn find(project: &Project, router: ModuleId, module: &str) -> Option<ModuleId> {
    project.find_module(project.name(module)?, project.file_of_module(router))
}

fn check_route(project: &Project, router: ModuleId, route: &Route, cx: &mut ProjectCx) {
    match find(project, router, &route.module) {
        None => missing_module(project, router, route, cx),
        Some(module) if route.method == Method::Live => {
            if is_live(project, module) {
                missing_live_action(project, module, route, cx);
            }
        }
        Some(module) => missing_action(project, module, route, cx),
    }
}

fn missing_module(project: &Project, router: ModuleId, route: &Route, cx: &mut ProjectCx) {
    let root = first_segment(project.module_name(router));
    // One of a library, or one that stands in several places.
    let exists = project
        .name(&route.module)
        .is_some_and(|name| project.modules().any(|it| project.module(it).name == name));
    if exists || first_segment(&route.module) != root {
        return;
    }
    let finding = cx.report(
        route.at.file,
        route.at.span,
        format!(
            "the route leads to `{}`, which does not exist",
            route.module
        ),
    );
    let last = crate::app::last_segment(&route.module);
    let alike = project.modules().find(|it| {
        project.role_of_module(*it) == FileRole::Production
            && crate::app::last_segment(project.module_name(*it)) == last
    });
    finding.help(match alike {
        Some(module) => format!(
            "there is a `{}`: mind the alias of the scope",
            project.module_name(module)
        ),
        None => "correct the name, or remove the route".to_owned(),
    });
}

fn missing_action(project: &Project, module: ModuleId, route: &Route, cx: &mut ProjectCx) {
    let Some(action) = route.action else { return };
    if !project.implements(module, "Phoenix.Controller") || may_be_injected(project, module, action)
    {
        return;
    }
    let defines = |name: Name| project.find_function(module, name, 2).is_some();
    let dispatches = ["action", "call"]
        .iter()
        .any(|it| project.name(it).is_some_and(defines));
    if defines(action) || dispatches || answers_before(project, module) {
        return;
    }
    let action = project.text(action);
    let finding = cx.report(
        route.at.file,
        route.at.span,
        format!("`{}` has no action `{action}/2`", route.module),
    );
    finding.label_in(
        project.file_of_module(module),
        project.module(module).span,
        "the controller is here",
    );
    finding.help("define the action, or remove the route");
}

/// Whether a plug of a library may answer in the action's place: `plug Ueberauth`.
fn answers_before(project: &Project, module: ModuleId) -> bool {
    let file = project.file_of_module(module);
    let mut calls = project.module(module).body.calls.iter();
    calls.any(|it| {
        let plugged = it.arguments.first().and_then(Shape::module);
        project.is(it.name, "plug")
            && plugged.is_some_and(|it| project.find_module(it, file).is_none())
    })
}

fn may_be_injected(project: &Project, module: ModuleId, action: Name) -> bool {
    let traits = project.traits(module);
    let file = project.file_of_module(module);
    let is_known = |name: &Name| {
        KNOWN_USES.contains(&project.text(*name))
            // The module that says what a controller is: `use ShopWeb, :controller`.
            || project
                .find_module(*name, file)
                .is_some_and(|it| !project.module_name(it).contains('.'))
    };
    let is_given = |shape: &Shape| match shape {
        Shape::Atom(name) => *name == action,
        Shape::List(elements) => elements.contains(&Shape::Atom(action)),
        Shape::Keywords(pairs) => pairs.iter().any(|(key, _)| *key == action),
        _ => false,
    };
    let mut macros = project.module(module).body.calls.iter();
    traits.injected.contains(&(action, 2))
        || !traits.uses.iter().all(is_known)
        || macros.any(|it| {
            !ABOUT_ACTIONS.contains(&project.text(it.name)) && it.arguments.iter().any(is_given)
        })
}

/// Where `apply_action(socket, socket.assigns.live_action, params)` has no clause for the action.
fn missing_live_action(project: &Project, module: ModuleId, route: &Route, cx: &mut ProjectCx) {
    let Some(function) = project
        .name("apply_action")
        .and_then(|it| project.find_function(module, it, 3))
    else {
        return;
    };
    let action = route.action.map_or("nil", |it| project.text(it));
    let mut clauses = project.clauses_of(function);
    let matches = clauses.any(|it| match project.clause(it).parameters.get(1) {
        Some(Shape::Atom(name)) => project.is(*name, action),
        _ => true,
    });
    if matches || !is_given_live_action(project, module) {
        return;
    }
    let finding = cx.report(
        route.at.file,
        route.at.span,
        format!(
            "`apply_action/3` of `{}` has no clause for the live action `{}`",
            route.module,
            if action == "nil" {
                "nil".to_owned()
            } else {
                format!(":{action}")
            }
        ),
    );
    if let Some(first) = project.clauses_of(function).next() {
        let at = project.at_clause(first);
        finding.label_in(at.file, at.span, "none of these clauses takes it");
    }
    finding.help("add a clause, or give the route an action that has one");
}

/// Whether every call of `apply_action/3` is given the live action of the socket.
fn is_given_live_action(project: &Project, module: ModuleId) -> bool {
    let mut calls = project
        .functions_of(module)
        .flat_map(|it| project.clauses_of(it))
        .flat_map(|it| project.calls_of(it))
        .filter(|(_, call)| project.is(call.name, "apply_action") && call.arity == 3)
        .peekable();
    calls.peek().is_some()
        && calls.all(|(id, call)| {
            let action = call.arguments.get(1);
            let action = action.map(|it| project.value(id.clause, it));
            matches!(action, Some(Shape::Field(_, key)) if project.is(*key, "live_action"))
        })
}
