use exlint_facts::Shape;
use exlint_project::{ClauseId, ModuleId, Project};
use rustc_hash::{FxHashMap, FxHashSet};

use super::routes::{Routes, routers};
use crate::prelude::*;

/// An action of a controller that no route leads to.
///
/// It is never run, but it is read, changed and kept working with the others. Often its route was removed, or has
/// another name.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.Router do
///   use Phoenix.Router
///
///   scope "/", ShopWeb do
///     get "/orders", OrderController, :index
///   end
/// end
///
/// defmodule ShopWeb.OrderController do
///   use Phoenix.Controller
///
///   def index(conn, _params), do: text(conn, "orders")
///   def export(conn, _params), do: text(conn, "orders.csv")
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
///     get "/orders.csv", OrderController, :export
///   end
/// end
///
/// defmodule ShopWeb.OrderController do
///   use Phoenix.Controller
///
///   def index(conn, _params), do: text(conn, "orders")
///   def export(conn, _params), do: text(conn, "orders.csv")
/// end
/// ```
///
/// Only controllers that some route leads to are judged, and only where every route of the project is written out.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Phoenix, confidence = Medium, scope = Project)]
pub struct ActionWithoutRoute {}

impl Rule for ActionWithoutRoute {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl ActionWithoutRoute {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let mut routed: FxHashMap<ModuleId, FxHashSet<&str>> = FxHashMap::default();
        for router in routers(project) {
            let routes = Routes::of(project, router);
            if routes.is_partial {
                return;
            }
            let file = project.file_of_module(router);
            for route in routes.all {
                let name = project.name(&route.module);
                let module = name.and_then(|it| project.find_module(it, file));
                if let (Some(module), Some(action)) = (module, route.action) {
                    routed
                        .entry(module)
                        .or_default()
                        .insert(project.text(action));
                }
            }
        }
        let mut controllers: Vec<_> = routed.into_iter().collect();
        controllers.sort_by_key(|(module, _)| *module);
        for (module, actions) in controllers {
            if project.implements(module, "Phoenix.Controller") {
                check_controller(project, module, &actions, cx);
            }
        }
    }
}

fn check_controller(
    project: &Project,
    module: ModuleId,
    actions: &FxHashSet<&str>,
    cx: &mut ProjectCx,
) {
    for function in project.functions_of(module) {
        let facts = project.function(function);
        let name = project.text(facts.name);
        let is_action = !facts.is_private && !facts.is_macro && facts.max_arity == 2;
        if !is_action || actions.contains(name) || matches!(name, "action" | "call" | "init") {
            continue;
        }
        let clauses: Vec<ClauseId> = project.clauses_of(function).collect();
        let is_called = clauses.iter().any(|it| !project.callers(*it).is_empty());
        if is_called || is_mentioned(project, module, facts.name) {
            continue;
        }
        if let Some(first) = clauses.iter().find(|it| takes_request(project, **it)) {
            let at = project.at_clause(*first);
            cx.report(
                at.file,
                at.span,
                format!("no route leads to the action `{name}/2`"),
            )
            .help("add its route, or remove it");
        }
    }
}

/// Whether a plug, or another macro of the module, is given the name.
fn is_mentioned(project: &Project, module: ModuleId, name: exlint_facts::Name) -> bool {
    let mut calls = project.module(module).body.calls.iter();
    calls.any(|it| it.arguments.contains(&Shape::Atom(name)))
}

/// Whether the clause takes a `conn` and something that may be parameters.
fn takes_request(project: &Project, clause: ClauseId) -> bool {
    let parameters = &project.clause(clause).parameters;
    let is_conn = match parameters.first() {
        Some(Shape::Variable(_) | Shape::Map(..)) => true,
        Some(Shape::Struct(name, _)) => project.is(*name, "Plug.Conn"),
        _ => false,
    };
    is_conn
        && matches!(
            parameters.get(1),
            Some(Shape::Variable(_) | Shape::Unknown | Shape::StringMap(..) | Shape::Map(..))
        )
}
