use exlint_project::Project;

use super::slow::{report, slow_work};
use crate::{app::production, prelude::*};

/// A plug calls another service for every request that goes through it.
///
/// Every page is then as slow as that service, and none works while it is down.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.Geo do
///   @behaviour Plug
///
///   def init(options), do: options
///   def call(conn, _options), do: Plug.Conn.assign(conn, :geo, Req.get!("https://geo.example.org").body)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule ShopWeb.Geo do
///   @behaviour Plug
///
///   def init(options), do: options
///   def call(conn, _options), do: Plug.Conn.assign(conn, :geo, Shop.GeoCache.lookup(conn.remote_ip))
/// end
/// ```
///
/// Opt-in: what a plug caches, and which requests go through it, the source does not always tell.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Phoenix, confidence = Low, scope = Project)]
pub struct PlugBlocking {}

impl Rule for PlugBlocking {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl PlugBlocking {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let (Some(call), Some(init)) = (project.name("call"), project.name("init")) else {
            return;
        };
        let waits = slow_work(project);
        for clause in production(project) {
            let function = project.function(project.function_of(clause));
            let module = project.module_of_clause(clause);
            let is_plug = function.name == call
                && function.max_arity == 2
                && !function.is_private
                && project.find_function(module, init, 1).is_some();
            if let Some(path) = waits.path_from(clause).filter(|_| is_plug)
                && let Some(finding) = report(project, clause, &path, "with it every request", cx)
            {
                finding.help("keep the answer for a while, or ask only where it is needed");
            }
        }
    }
}
