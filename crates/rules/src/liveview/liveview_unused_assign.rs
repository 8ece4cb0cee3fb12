use exlint_facts::{FileRole, Shape, mention};
use exlint_project::{CallId, ModuleId, Project, Target};
use rustc_hash::FxHashSet;

use super::view::{Shown, is_plain, set_by};
use crate::{app::is_live, prelude::*};

/// Sets an assign that nothing reads.
///
/// The value is kept for each visitor as long as the page is open, and loaded again with each mount, for nothing. Often it
/// is left over from a template that no longer shows it, and the query that fills it is, too.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.OrdersLive do
///   use Phoenix.LiveView
///
///   def mount(_params, _session, socket) do
///     {:ok, assign(socket, orders: Shop.list_orders(), customers: Shop.list_customers())}
///   end
///
///   def render(assigns) do
///     ~H"""
///     <p :for={order <- @orders}>{order.id}</p>
///     """
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule ShopWeb.OrdersLive do
///   use Phoenix.LiveView
///
///   def mount(_params, _session, socket), do: {:ok, assign(socket, orders: Shop.list_orders())}
///
///   def render(assigns) do
///     ~H"""
///     <p :for={order <- @orders}>{order.id}</p>
///     """
///   end
/// end
/// ```
///
/// An assign counts as read where its name is an assign, a field, an atom or a key anywhere in the project but where it
/// is set. Silent for LiveViews that use libraries, show components of libraries, or hand all of their assigns to one.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Liveview, confidence = High, scope = Project)]
pub struct LiveviewUnusedAssign {}

impl Rule for LiveviewUnusedAssign {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// What Phoenix reads.
const READ: &[&str] = &[
    "page_title",
    "flash",
    "live_action",
    "streams",
    "uploads",
    "id",
];

/// Functions that take from a map what is named to them.
const SELECTIVE: &[&str] = &[
    "get", "fetch", "fetch!", "get_lazy", "has_key?", "take", "split", "pop",
];

impl LiveviewUnusedAssign {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let mut mentioned: Option<FxHashSet<u32>> = None;
        for module in project.modules().filter(|it| is_live(project, *it)) {
            if project.role_of_module(module) != FileRole::Production {
                continue;
            }
            let mentioned = mentioned.get_or_insert_with(|| {
                let files = project.files();
                files
                    .flat_map(|(_, it)| it.mentioned.iter().copied())
                    .collect()
            });
            let unused = unused(project, module, mentioned);
            if unused.is_empty() || !is_closed(project, module) {
                continue;
            }
            for (id, name) in unused {
                let at = project.at(id);
                cx.report(
                    at.file,
                    at.span,
                    format!("nothing reads the assign `{name}` that is set here"),
                )
                .help("remove it, and what is loaded for it");
            }
        }
    }
}

/// The calls that set what nobody mentions.
fn unused<'p>(
    project: &'p Project,
    module: ModuleId,
    mentioned: &FxHashSet<u32>,
) -> Vec<(CallId, &'p str)> {
    let clauses = project
        .functions_of(module)
        .flat_map(|it| project.clauses_of(it));
    let calls = clauses.flat_map(|it| project.calls_of(it));
    let set = calls.flat_map(|(id, call)| {
        let keys = set_by(project, call).into_iter();
        keys.map(move |(key, _)| (id, project.text(key)))
    });
    set.filter(|(_, name)| !READ.contains(name) && !mentioned.contains(&mention(name)))
        .collect()
}

/// Whether all that a module shows, and hands its assigns to, is part of the project.
fn is_closed(project: &Project, module: ModuleId) -> bool {
    let shown = Shown::by(project, module);
    let clauses = project
        .functions_of(module)
        .flat_map(|it| project.clauses_of(it));
    let mut calls = clauses.flat_map(|it| project.calls_of(it));
    !shown.is_open && is_plain(project, module) && !calls.any(|(id, _)| hands_out(project, id))
}

/// Whether a call gives all of `socket.assigns` to a library.
fn hands_out(project: &Project, id: CallId) -> bool {
    let call = project.call(id);
    let is_whole = |it: &Shape| {
        let value = project.value(id.clause, it);
        matches!(value, Shape::Field(_, name) if project.is(*name, "assigns"))
    };
    !matches!(project.target(id), Target::Function { .. })
        && !SELECTIVE.contains(&project.text(call.name))
        && call.arguments.iter().any(is_whole)
}
