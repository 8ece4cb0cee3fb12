use exlint_project::{CallId, ModuleId};

use crate::{
    app::{READS, WRITES, is_web, production, repo_function},
    prelude::*,
};

/// A controller, LiveView, channel or plug talks to the database itself.
///
/// Contexts are where an application decides what may be read and written. A query in the web layer goes past that:
/// rules about who may see what, and what has to happen along with a change, hold only where somebody remembered
/// them, and neither a job nor another page can use the code.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.PostController do
///   use Phoenix.Controller
///
///   def index(conn, _params), do: json(conn, Shop.Repo.all(Shop.Post))
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
/// defmodule ShopWeb.PostController do
///   use Phoenix.Controller
///
///   def index(conn, _params), do: json(conn, Shop.Blog.list_posts())
/// end
///
/// defmodule Shop.Blog do
///   def list_posts, do: Shop.Repo.all(Shop.Post)
/// end
///
/// defmodule Shop.Repo do
///   use Ecto.Repo, otp_app: :shop, adapter: Ecto.Adapters.Postgres
/// end
/// ```
///
/// Web modules are those whose name begins with `...Web`. Modules in it named in `allowed` (`Queries`, `Database` by
/// default), health checks, GraphQL loaders and
/// `Repo.preload/2` for what a page shows are left alone. Each module is reported once.
#[derive(Deserialize, RuleMeta)]
#[rule(family = Phoenix, confidence = Medium, scope = Project)]
#[serde(default)]
pub struct RepoInWeb {
    /// Segments of names of web modules that may talk to the database.
    pub allowed: Vec<String>,
}

impl Default for RepoInWeb {
    fn default() -> Self {
        let allowed = [
            "Queries",
            "Database",
            "Loaders",
            "Dataloader",
            "Schema",
            "Telemetry",
        ];
        Self {
            allowed: allowed.map(str::to_owned).to_vec(),
        }
    }
}

impl Rule for RepoInWeb {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl RepoInWeb {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let mut queries: Vec<(ModuleId, Vec<CallId>)> = Vec::new();
        for clause in production(project) {
            let module = project.module_of_clause(clause);
            let name = project.module_name(module);
            if !is_web(name) || self.is_allowed(name) {
                continue;
            }
            let calls = project.calls_of(clause).map(|(id, _)| id);
            let mut found = calls.filter(|it| is_query(project, *it)).peekable();
            if found.peek().is_none() {
                continue;
            }
            match queries.last_mut().filter(|(it, _)| *it == module) {
                Some((_, all)) => all.extend(found),
                None => queries.push((module, found.collect())),
            }
        }
        for (module, calls) in queries {
            report(project, module, &calls, cx);
        }
    }

    fn is_allowed(&self, module: &str) -> bool {
        module.split('.').any(|segment| {
            self.allowed.iter().any(|it| it == segment) || segment.contains("Health")
        })
    }
}

fn is_query(project: &Project, call: CallId) -> bool {
    repo_function(project, call).is_some_and(|it| {
        READS.contains(&it) && it != "preload"
            || WRITES.contains(&it)
            || matches!(
                it,
                "insert_all" | "update_all" | "delete_all" | "transaction" | "transact" | "stream"
            )
    })
}

/// Reports a module once, however often it does so.
fn report(project: &Project, module: ModuleId, calls: &[CallId], cx: &mut ProjectCx) {
    let [first, others @ ..] = calls else { return };
    let at = project.at(*first);
    let (module, query) = (project.module_name(module), project.callee_text(*first));
    let finding = cx.report(
        at.file,
        at.span,
        format!("`{module}` of the web layer calls `{query}` itself"),
    );
    for other in others.iter().take(3) {
        let at = project.at(*other);
        finding.label_in(at.file, at.span, "and here");
    }
    finding.help("move the query into a function of a context and call that");
}
