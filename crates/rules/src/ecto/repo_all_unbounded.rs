use exlint_facts::Shape;

use crate::{
    app::{is_web, production, repo_function},
    prelude::*,
};

/// A page loads a whole table.
///
/// `Repo.all(Schema)` reads every row into the memory of the process that serves the request. It is quick in development,
/// and slower with each row in production.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.OrderController do
///   def index(conn, _params), do: render(conn, orders: Shop.Repo.all(Shop.Order))
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule ShopWeb.OrderController do
///   import Ecto.Query
///
///   def index(conn, _params) do
///     render(conn, orders: Shop.Repo.all(from(Shop.Order, order_by: [desc: :id], limit: 50)))
///   end
/// end
/// ```
///
/// Looked at are modules of the web layer, and functions without parameters that they call and that do nothing but
/// `Repo.all(Schema)`. Opt-in: some tables are small and stay so.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Ecto, confidence = Low, scope = Project)]
#[serde(default)]
pub struct RepoAllUnbounded {}

impl Rule for RepoAllUnbounded {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl RepoAllUnbounded {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for clause in production(project) {
            for (id, call) in project.calls_of(clause) {
                let is_all = project.is(call.name, "all") && repo_function(project, id).is_some();
                let query = call.arguments.first().filter(|_| is_all);
                let Some(Shape::Module(schema)) = query.map(|it| project.value(clause, it)) else {
                    continue;
                };
                let own = project.module_name(project.module_of_clause(clause));
                let user = project
                    .callers(clause)
                    .iter()
                    .find(|it| is_web(project.module_name(project.module_of_clause(it.clause))));
                if !is_web(own) && user.is_none() {
                    continue;
                }
                let at = project.at(id);
                let schema = project.text(*schema);
                let finding = cx.report(
                    at.file,
                    at.span,
                    format!("a request loads every row of `{schema}`"),
                );
                if let Some(user) = user {
                    let at = project.at(*user);
                    finding.label_in(at.file, at.span, "called by the web layer");
                }
                finding.help("load a page of them: `limit`, `where`, or a cursor");
            }
        }
    }
}
