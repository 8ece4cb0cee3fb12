use exlint_project::Project;

use super::routes::{Method, Route, Routes, routers};
use crate::prelude::*;

/// An action that changes something is behind a login by one route, and open to everybody by another.
///
/// The route that demands a login says who may call the action. The other route leads past it.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.Router do
///   use Phoenix.Router
///
///   scope "/", ShopWeb do
///     pipe_through :browser
///
///     post "/orders/:id", OrderController, :update
///   end
///
///   scope "/admin", ShopWeb do
///     pipe_through [:browser, :require_authenticated_user]
///
///     put "/orders/:id", OrderController, :update
///   end
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
///     pipe_through [:browser, :require_authenticated_user]
///
///     post "/orders/:id", OrderController, :update
///   end
///
///   scope "/admin", ShopWeb do
///     pipe_through [:browser, :require_authenticated_user]
///
///     put "/orders/:id", OrderController, :update
///   end
/// end
/// ```
///
/// Plugs and pipelines are known by their names: `require_authenticated_user`, `EnsureAuth`, `require_admin`. Silent
/// where the open route goes through any plug that may ask for something, and where the controller has plugs of its own.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Phoenix, confidence = Medium, scope = Project)]
pub struct UnguardedAction {}

impl Rule for UnguardedAction {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// Plugs that let everybody through.
const OPEN: &[&str] = &[
    "accepts",
    "fetch_session",
    "fetch_flash",
    "fetch_live_flash",
    "fetch_query_params",
    "fetch_current_user",
    "fetch_current_scope_for_user",
    "put_root_layout",
    "put_layout",
    "put_secure_browser_headers",
    "protect_from_forgery",
];

impl UnguardedAction {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for router in routers(project) {
            let routes = Routes::of(project, router);
            let changing: Vec<&Route> = routes
                .all
                .iter()
                .filter(|it| it.method == Method::Other && it.action.is_some())
                .collect();
            for open in changing.iter().filter(|it| is_open(&routes, it)) {
                let guarded = changing.iter().find(|it| {
                    (&it.module, it.action) == (&open.module, open.action)
                        && routes.is_guarded(it) == Some(true)
                });
                if let Some(guarded) = guarded.filter(|_| !has_plugs(project, &open.module)) {
                    report(project, open, guarded, cx);
                }
            }
        }
    }
}

/// Whether everything that the request goes through lets everybody through.
pub(super) fn is_open(routes: &Routes, route: &Route) -> bool {
    let lets_through = |name: &String| {
        let mut pipelines = routes.pipelines.iter().filter(|(it, _)| it == name);
        OPEN.contains(&name.as_str())
            || matches!(name.as_str(), "browser" | "api")
                && pipelines.all(|(_, plugs)| plugs.iter().all(|it| OPEN.contains(&it.as_str())))
    };
    route
        .through
        .as_ref()
        .is_some_and(|it| it.iter().all(lets_through))
}

/// Whether a controller has plugs of its own.
pub(super) fn has_plugs(project: &Project, controller: &str) -> bool {
    let name = project.name(controller);
    let mut modules = project
        .modules()
        .filter(|it| Some(project.module(*it).name) == name);
    modules.any(|it| {
        let mut calls = project.module(it).body.calls.iter();
        calls.any(|it| project.is(it.name, "plug"))
    })
}

fn report(project: &Project, open: &Route, guarded: &Route, cx: &mut ProjectCx) {
    let action = open.action.map_or("", |it| project.text(it));
    let finding = cx.report(
        open.at.file,
        open.at.span,
        format!(
            "this route to `{action}` of `{}` is open to everybody",
            open.module
        ),
    );
    finding.label_in(
        guarded.at.file,
        guarded.at.span,
        "another route to it demands a login",
    );
    finding.help("demand the login on both, or remove the open route");
}
