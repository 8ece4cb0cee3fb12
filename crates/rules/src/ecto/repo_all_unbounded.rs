use exlint_facts::Shape;
use exlint_project::{CallId, ModuleId, Project};

use crate::{
    app::{is_live, is_web, production, repo_function},
    prelude::*,
};

/// A page loads a whole table.
///
/// It works as long as there are few rows. With the rows grow the time, the memory of the process, and of every process
/// that shows the page.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.EventController do
///   use Phoenix.Controller
///
///   def index(conn, _params), do: json(conn, Shop.Repo.all(Shop.Event))
/// end
///
/// defmodule Shop.Repo do
///   use Ecto.Repo, otp_app: :shop, adapter: Ecto.Adapters.Postgres
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule ShopWeb.EventController do
///   use Phoenix.Controller
///   import Ecto.Query
///
///   def index(conn, _params), do: json(conn, Shop.Repo.all(from e in Shop.Event, limit: 50))
/// end
///
/// defmodule Shop.Repo do
///   use Ecto.Repo, otp_app: :shop, adapter: Ecto.Adapters.Postgres
/// end
/// ```
///
/// Opt-in: some tables stay small. Only `Repo.all(Schema)` in modules of the web layer and in LiveViews is reported.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Ecto, confidence = Low, scope = Project)]
pub struct RepoAllUnbounded {}

impl Rule for RepoAllUnbounded {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl RepoAllUnbounded {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for clause in production(project) {
            if !shows_pages(project, project.module_of_clause(clause)) {
                continue;
            }
            for (id, _) in project.calls_of(clause) {
                if let Some(table) = whole_table(project, id) {
                    let at = project.at(id);
                    cx.report(
                        at.file,
                        at.span,
                        format!("every row of `{table}` is loaded for a page"),
                    )
                    .help("say how many, with `limit:`, and show the rest page by page");
                }
            }
        }
    }
}

fn shows_pages(project: &Project, module: ModuleId) -> bool {
    is_web(project.module_name(module)) || is_live(project, module)
}

/// The schema of `Repo.all(Schema)`.
fn whole_table(project: &Project, id: CallId) -> Option<&str> {
    if repo_function(project, id) != Some("all") {
        return None;
    }
    let query = project.call(id).arguments.first()?;
    match project.value(id.clause, query) {
        Shape::Module(name) => Some(project.text(*name)),
        _ => None,
    }
}
