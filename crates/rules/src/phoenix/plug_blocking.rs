use exlint_project::{ClauseId, Reach, Severity, SinkKind};

use crate::{
    app::{production, tell},
    prelude::*,
};

/// A plug waits for another service on each request.
///
/// What `call/2` of a plug does, it does before every action behind it. When the service it asks is slow, so is each page;
/// when it is down, so is the site.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.Country do
///   @behaviour Plug
///
///   def init(opts), do: opts
///
///   def call(conn, _opts) do
///     country = Req.get!("https://geo.example/#{:inet.ntoa(conn.remote_ip)}").body
///     Plug.Conn.assign(conn, :country, country)
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule ShopWeb.Country do
///   @behaviour Plug
///
///   def init(opts), do: opts
///
///   def call(conn, _opts) do
///     Plug.Conn.assign(conn, :country, ShopWeb.GeoDatabase.country(conn.remote_ip))
///   end
/// end
/// ```
///
/// Only requests over the network and other programs count; a query is what most plugs are for. Opt-in: a plug may have
/// nothing else to do.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Phoenix, confidence = Low, scope = Project)]
#[serde(default)]
pub struct PlugBlocking {}

impl Rule for PlugBlocking {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl PlugBlocking {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for clause in production(project).filter(|it| is_plug(project, *it)) {
            let waits = |it: &&Reach| {
                it.certain
                    && it.severity == Severity::High
                    && matches!(
                        it.kind,
                        SinkKind::Http | SinkKind::ExternalCommand | SinkKind::Sleep
                    )
            };
            let Some(reach) = project.reaches(clause).iter().find(waits) else {
                continue;
            };
            let path: Vec<_> = project
                .path(clause, reach)
                .iter()
                .map(|it| it.call)
                .collect();
            let Some(last) = path.last() else { continue };
            let waits_for = project.callee_text(*last);
            let module = project.module_name(project.module_of_clause(clause));
            let at = project.at_clause(clause);
            let message = format!("each request through `{module}` waits for `{waits_for}`");
            let finding = cx.report(at.file, at.span, message);
            tell(finding, project, &path, "every request waits here");
            finding.help("keep the answer in a cache, or ask in the action that needs it");
        }
    }
}

/// `call/2` of a module that also has `init/1`, and says that it is a plug.
fn is_plug(project: &Project, clause: ClauseId) -> bool {
    let function = project.function_of_clause(clause);
    if !project.is(function.name, "call") || function.max_arity != 2 || function.is_private {
        return false;
    }
    let module = project.module_of_clause(clause);
    let imports = &project.traits(module).imports;
    let has_init = project
        .name("init")
        .is_some_and(|it| project.find_function(module, it, 1).is_some());
    has_init
        && (project.implements(module, "Plug")
            || project.implements(module, "Plug.Builder")
            || imports.iter().any(|it| project.is(it.module, "Plug.Conn")))
}
