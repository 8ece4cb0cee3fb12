use exlint_facts::{CallFacts, Callee, Shape};
use exlint_project::{ModuleId, Project};

use super::routes::{Method, Route, Routes, Session, routers};
use crate::prelude::*;

/// A LiveView behind a plug that demands a login, without an `on_mount` that demands it too.
///
/// Plugs run for requests. A LiveView that is reached by live navigation, or that connects again, is mounted over the
/// socket and no plug runs: whoever came in by another LiveView of the session, or has been logged out meanwhile, gets
/// in. `on_mount` runs in every case.
///
/// Also reported: a `live_session` without `on_mount`, where all the others of the router have one.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.Router do
///   use Phoenix.Router
///
///   scope "/", ShopWeb do
///     pipe_through [:browser, :require_authenticated_user]
///
///     live "/account", AccountLive, :show
///   end
/// end
///
/// defmodule ShopWeb.AccountLive do
///   use Phoenix.LiveView
///
///   def mount(_params, _session, socket), do: {:ok, socket}
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
///     live_session :user, on_mount: [{ShopWeb.UserAuth, :ensure_authenticated}] do
///       live "/account", AccountLive, :show
///     end
///   end
/// end
///
/// defmodule ShopWeb.AccountLive do
///   use Phoenix.LiveView
///
///   def mount(_params, _session, socket), do: {:ok, socket}
/// end
/// ```
///
/// An `on_mount` in the LiveView itself, or in what it uses, is seen; so is a `mount/3` that reads the session or calls
/// what sounds like asking who is there. Plugs and pipelines are known by their names:
/// `require_authenticated_user`, `EnsureAuth`, `require_admin`.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Phoenix, confidence = High, scope = Project)]
pub struct UnguardedLiveRoute {}

impl Rule for UnguardedLiveRoute {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl UnguardedLiveRoute {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for router in routers(project) {
            let routes = Routes::of(project, router);
            let lives = routes.all.iter().filter(|it| it.method == Method::Live);
            let open = lives.filter(|it| {
                !it.session.is_some_and(|it| it.mounts) && !mounts_itself(project, router, it)
            });
            let mut told = Vec::new();
            let mut behind: Vec<&Route> = Vec::new();
            for route in open {
                if routes.is_guarded(route) == Some(true) {
                    behind.push(route);
                } else if let Some(session) = odd_session(&routes, route)
                    && !told.contains(&session.at)
                {
                    told.push(session.at);
                    without_hook(&routes, session, cx);
                }
            }
            for together in behind.chunk_by(|one, other| one.block == other.block) {
                behind_plug(together, cx);
            }
        }
    }
}

/// Reports the routes of one scope together: they have the same cure.
fn behind_plug(together: &[&Route], cx: &mut ProjectCx) {
    let [route, others @ ..] = together else {
        return;
    };
    let finding = cx.report(
        route.at.file,
        route.at.span,
        format!(
            "`{}` is behind a plug that demands a login, but mounts without asking",
            route.module
        ),
    );
    if let Some(session) = route.session {
        finding.label_in(
            session.at.file,
            session.at.span,
            "this session has no `on_mount`",
        );
    }
    for other in others.iter().take(5) {
        finding.label_in(other.at.file, other.at.span, "and so does this one");
    }
    finding.help("put it into a `live_session` with an `on_mount` that demands the login too");
}

/// The session around a route, where it alone of the router's sessions has no `on_mount`.
fn odd_session(routes: &Routes, route: &Route) -> Option<Session> {
    let session = route.session?;
    let others = || routes.sessions.iter().filter(|it| it.at != session.at);
    (others().count() > 1 && others().all(|it| it.mounts)).then_some(session)
}

fn without_hook(routes: &Routes, session: Session, cx: &mut ProjectCx) {
    let finding = cx.report(
        session.at.file,
        session.at.span,
        "this `live_session` has no `on_mount`, as all others of the router have",
    );
    if let Some(other) = routes.sessions.iter().find(|it| it.mounts) {
        finding.label_in(other.at.file, other.at.span, "this one has, for example");
    }
    finding.help("add the `on_mount` that loads the user, or demands one");
}

/// Whether a LiveView asks for the user itself: by an `on_mount`, or when it mounts; also where that is not known.
fn mounts_itself(project: &Project, router: ModuleId, route: &Route) -> bool {
    let file = project.file_of_module(router);
    let name = project.name(&route.module);
    let Some(module) = name.and_then(|it| project.find_module(it, file)) else {
        return true;
    };
    let mut calls = project.module(module).body.calls.iter();
    project.traits(module).mounts
        || calls.any(|it| project.is(it.name, "on_mount"))
        || asks(project, module)
}

/// Whether `mount/3` or `handle_params/3` reads the session, or calls what sounds like asking who is there.
fn asks(project: &Project, module: ModuleId) -> bool {
    let callbacks = ["mount", "handle_params"].into_iter().filter_map(|name| {
        let function = project.find_function(module, project.name(name)?, 3)?;
        Some((name, function))
    });
    let mut clauses = callbacks.flat_map(|(name, function)| {
        let clauses = project.clauses_of(function);
        clauses.map(move |it| (name, it))
    });
    clauses.any(|(name, clause)| {
        let reads_session = |shape: &Shape| match project.value(clause, shape) {
            Shape::Parameter(1) => true,
            Shape::Field(of, _) | Shape::Within(of) => {
                matches!(project.value(clause, of), Shape::Parameter(1))
            }
            _ => false,
        };
        let takes_apart = name == "mount"
            && !matches!(
                project.clause(clause).parameters.get(1),
                None | Some(Shape::Variable(_) | Shape::Unknown)
            );
        takes_apart
            || project.calls_of(clause).any(|(_, call)| {
                let is_read = name == "mount" && call.arguments.iter().any(reads_session);
                is_read || sounds_like_asking(project, call)
            })
    })
}

fn sounds_like_asking(project: &Project, call: &CallFacts) -> bool {
    let module = match &call.callee {
        Callee::Remote(module) => project.text(*module),
        _ => "",
    };
    let name = project.text(call.name);
    let words = [
        "auth",
        "allow",
        "require",
        "permission",
        "current_user",
        "can?",
        "permit",
    ];
    words.iter().any(|it| name.contains(it)) || module.contains("Auth")
}
