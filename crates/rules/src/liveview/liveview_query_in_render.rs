use exlint_facts::FileRole;
use exlint_project::{CallId, ClauseId, SinkKind, Target, Witnesses};
use rustc_hash::FxHashSet;

use crate::{app::tell, prelude::*, process::story};

/// Asks the database, or somebody slower, while a page is rendered.
///
/// A LiveView renders again whenever an assign that is used there changes: with every event, message and key press. A
/// query in a template, or in what a template calls, runs each time, once for each row where it stands in a loop, and
/// nothing shows that it is there. Where it fails, the page is gone and not just the part that needed it.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Repo do
///   use Ecto.Repo, otp_app: :shop, adapter: Ecto.Adapters.Postgres
/// end
///
/// defmodule ShopWeb.OrdersLive do
///   use Phoenix.LiveView
///
///   def render(assigns) do
///     ~H"""
///     <p>{length(Shop.Repo.all(Shop.Order))} orders</p>
///     """
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Repo do
///   use Ecto.Repo, otp_app: :shop, adapter: Ecto.Adapters.Postgres
/// end
///
/// defmodule ShopWeb.OrdersLive do
///   use Phoenix.LiveView
///
///   def mount(_params, _session, socket) do
///     {:ok, assign(socket, :count, Shop.Repo.aggregate(Shop.Order, :count))}
///   end
///
///   def render(assigns) do
///     ~H"""
///     <p>{@count} orders</p>
///     """
///   end
/// end
/// ```
///
/// Templates of controllers count as well: what they need belongs into the action. Calls are followed through
/// components and helpers, where it is certain what they call; of a helper that many templates call the first is
/// named. A cache on the way is taken at its word.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Liveview, confidence = High, scope = Project)]
pub struct LiveviewQueryInRender {}

impl Rule for LiveviewQueryInRender {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl LiveviewQueryInRender {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let rendering: Vec<ClauseId> = project
            .clauses()
            .filter(|it| renders(project, *it))
            .collect();
        if rendering.is_empty() {
            return;
        }
        let queries = Witnesses::to_sinks(project, |_, kind, _| is_query(kind));
        // A helper that many templates call has one cure.
        let mut told = FxHashSet::default();
        for clause in rendering {
            for (id, _) in project.calls_of(clause) {
                if !project.is_inline(id) || leads_to_template(project, id) {
                    continue;
                }
                let path = queries.path(project, id);
                let path = path.filter(|it| !asks_cache(project, it) && is_taken(project, it));
                let Some(path) = path else { continue };
                let helper = path.get(1).map(|it| project.function_of(it.clause));
                if helper.is_none_or(|it| told.insert(it)) {
                    report(project, clause, &path, cx);
                }
            }
        }
    }
}

/// Whether a clause is `render/1`, a function component, or a template of a view.
fn renders(project: &Project, clause: ClauseId) -> bool {
    let function = project.function(project.function_of(clause));
    let is_template = project.clause(clause).template.is_some();
    project.code(clause).markup.is_some()
        && (function.max_arity == 1 || is_template)
        && project.role_of(clause) == FileRole::Production
}

fn is_query(kind: SinkKind) -> bool {
    matches!(
        kind,
        SinkKind::Db | SinkKind::Http | SinkKind::Mail | SinkKind::ExternalCommand
    )
}

/// Whether a call is of a component, which is looked at on its own.
fn leads_to_template(project: &Project, id: CallId) -> bool {
    match project.target(id) {
        Target::Function { clauses, .. } => clauses.iter().any(|it| renders(project, *it)),
        _ => false,
    }
}

fn asks_cache(project: &Project, path: &[CallId]) -> bool {
    let is_cache = |it: CallId| project.callee_text(it).to_lowercase().contains("cache");
    let fills_cache = |it: CallId| {
        let around = project.closures_around(it);
        around.iter().filter_map(|it| it.given_to).any(is_cache)
    };
    path.iter().any(|it| is_cache(*it) || fills_cache(*it))
}

/// Whether the path goes through no clause that is one of several by the type of what it is given, as
/// `admin?(id) when is_integer(id)` beside `admin?(%User{})`.
fn is_taken(project: &Project, path: &[CallId]) -> bool {
    path.iter().skip(1).all(|it| {
        let clauses = project.clauses_of(project.function_of(it.clause));
        project.clause(it.clause).guards.is_empty() || clauses.count() == 1
    })
}

fn report(project: &Project, clause: ClauseId, path: &[CallId], cx: &mut ProjectCx) {
    let (Some(first), Some(last)) = (path.first(), path.last()) else {
        return;
    };
    let kind = project.sink(*last).map(|(kind, _)| kind);
    let what = kind.map_or("a query", story::what);
    let at = project.at(*first);
    let own = project.mfa(project.function_of(clause));
    let finding = cx.report(
        at.file,
        at.span,
        format!("rendering `{own}` waits for {what}, each time"),
    );
    let query = project.callee_text(*last);
    tell(
        finding,
        project,
        path,
        &format!("`{query}` waits for {what}"),
    );
    finding.help("load it in `mount/3`, `handle_params/3` or the action, and render an assign");
}
