use std::collections::BTreeMap;

use exlint_project::Project;

use super::{
    routes::{Method, Route, Routes, routers},
    unguarded_action::{has_plugs, is_open},
};
use crate::prelude::*;

/// A route for administrators is open to everybody, where those beside it demand a login.
///
/// Routes below `/admin` that go through a plug such as `require_admin` say what all of them need. A scope without it is
/// as a rule one where it was forgotten, and whoever knows the path gets in.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.Router do
///   use Phoenix.Router
///
///   scope "/admin", ShopWeb.Admin do
///     pipe_through [:browser, :require_admin]
///
///     get "/orders", OrderController, :index
///     get "/orders/:id", OrderController, :show
///     get "/users", UserController, :index
///   end
///
///   scope "/admin", ShopWeb.Admin do
///     pipe_through :browser
///
///     get "/reports", ReportController, :index
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
///   scope "/admin", ShopWeb.Admin do
///     pipe_through [:browser, :require_admin]
///
///     get "/orders", OrderController, :index
///     get "/orders/:id", OrderController, :show
///     get "/users", UserController, :index
///     get "/reports", ReportController, :index
///   end
/// end
/// ```
///
/// Looked at are paths with a segment that is `admin` or means the same, where at least three routes below it demand a
/// login and fewer are open. Plugs and pipelines are known by their names. Silent for routes that lead to a login, where
/// the open route goes through any plug that may ask for something, and where the controller has plugs of its own.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Phoenix, confidence = Medium, scope = Project)]
pub struct UnguardedRoute {}

impl Rule for UnguardedRoute {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// Segments of paths that are for few people.
const RESTRICTED: &[&str] = &["admin", "backoffice", "staff", "superadmin"];

/// What stands in the paths, modules and actions by which people get in, or machines report.
const ENTRANCES: &[&str] = &[
    "login", "log_in", "signin", "sign_in", "session", "auth", "password", "confirm", "register",
    "invit", "callback", "webhook", "health", "token",
];

/// So many guarded routes say what all of them need.
const FEWEST_GUARDED: usize = 3;

impl UnguardedRoute {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for router in routers(project) {
            let routes = Routes::of(project, router);
            let mut areas: BTreeMap<String, Vec<&Route>> = BTreeMap::new();
            for route in &routes.all {
                if let Some(area) = area(route) {
                    areas.entry(area).or_default().push(route);
                }
            }
            for (area, inside) in areas {
                check_area(project, &routes, &area, &inside, cx);
            }
        }
    }
}

/// The path down to the restricted segment.
fn area(route: &Route) -> Option<String> {
    let path = route.path.as_deref()?;
    let segments: Vec<&str> = path.split('/').collect();
    let last = segments.iter().position(|it| RESTRICTED.contains(it))?;
    Some(segments[..=last].join("/"))
}

fn check_area(
    project: &Project,
    routes: &Routes,
    area: &str,
    inside: &[&Route],
    cx: &mut ProjectCx,
) {
    let mut guarded = inside
        .iter()
        .filter(|it| routes.is_guarded(it) == Some(true));
    let open: Vec<&&Route> = inside
        .iter()
        .filter(|it| {
            it.method != Method::Live
                && is_open(routes, it)
                && !is_entrance(project, it)
                && !has_plugs(project, &it.module)
        })
        .collect();
    let Some(neighbour) = guarded.next() else {
        return;
    };
    let guarded = 1 + guarded.count();
    if guarded < FEWEST_GUARDED || open.len() >= guarded {
        return;
    }
    for route in open {
        let path = route.path.as_deref().unwrap_or_default();
        let message = format!("everybody can reach `{path}`");
        let finding = cx.report(route.at.file, route.at.span, message);
        let text = format!("this and others below `{area}` demand a login");
        finding.label_in(neighbour.at.file, neighbour.at.span, text);
        finding.help("move it to the scope with the plug, or send it through that plug");
    }
}

fn is_entrance(project: &Project, route: &Route) -> bool {
    let action = route.action.map_or("", |it| project.text(it));
    let path = route.path.as_deref().unwrap_or_default();
    [path, &route.module, action].iter().any(|text| {
        let text = text.to_lowercase();
        ENTRANCES.iter().any(|it| text.contains(it))
    })
}
