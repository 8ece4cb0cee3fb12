use exlint_facts::{FileRole, Name, Shape};
use exlint_project::{CallId, ClauseId, ModuleId, Project, Target};
use rustc_hash::FxHashSet;

use super::view::set_by;
use crate::{
    app::{is_live, repo_function},
    prelude::*,
};

/// Keeps all rows of a table in an assign, and renders one element for each.
///
/// Each visitor's process holds all of them as long as the page is open, and the whole list is rendered anew whenever the
/// assign changes: the page gets slower, and its server larger, with every row. Streams keep the rows in the browser, and
/// a limit keeps them few.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.OrdersLive do
///   use Phoenix.LiveView
///
///   def mount(_params, _session, socket), do: {:ok, assign(socket, :orders, Shop.Orders.list())}
///
///   def render(assigns) do
///     ~H"""
///     <p :for={order <- @orders}>{order.id}</p>
///     """
///   end
/// end
///
/// defmodule Shop.Orders do
///   def list, do: Shop.Repo.all(Shop.Order)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule ShopWeb.OrdersLive do
///   use Phoenix.LiveView
///
///   def mount(_params, _session, socket), do: {:ok, stream(socket, :orders, Shop.Orders.list())}
///
///   def render(assigns) do
///     ~H"""
///     <p :for={{id, order} <- @streams.orders} id={id}>{order.id}</p>
///     """
///   end
/// end
///
/// defmodule Shop.Orders do
///   def list, do: Shop.Repo.all(Shop.Order)
/// end
/// ```
///
/// Reported where the query has neither a condition nor a limit, and the list is run through in a template of the
/// LiveView or of a component that is given it. Silent where the assign is one of the `temporary_assigns`. A table that
/// stays small is not known as such, so this is opt-in.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Liveview, confidence = Medium, scope = Project)]
pub struct LiveviewUnboundedList {}

impl Rule for LiveviewUnboundedList {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl LiveviewUnboundedList {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for module in project.modules().filter(|it| is_live(project, *it)) {
            if project.role_of_module(module) == FileRole::Production {
                check_module(project, module, cx);
            }
        }
    }
}

fn check_module(project: &Project, module: ModuleId, cx: &mut ProjectCx) {
    for clause in clauses_of(project, module) {
        for (id, call) in project.calls_of(clause) {
            for (key, value) in set_by(project, call) {
                let Some(rows) = rows_of(project, clause, value, DEEPEST) else {
                    continue;
                };
                let Some(shown) = run_through(project, module, key) else {
                    continue;
                };
                if !is_temporary(project, module, key) {
                    report(project, id, key, rows, shown, cx);
                }
            }
        }
    }
}

fn clauses_of(project: &Project, module: ModuleId) -> impl Iterator<Item = ClauseId> {
    let functions = project.functions_of(module);
    functions.flat_map(|it| project.clauses_of(it))
}

/// How many functions a list, and a query, is followed through.
const DEEPEST: usize = 4;

/// The call that loads a list: all rows of a table.
fn rows_of(project: &Project, clause: ClauseId, value: &Shape, depth: usize) -> Option<CallId> {
    let Shape::Call(index) = project.value(clause, value) else {
        return None;
    };
    let id = CallId {
        clause,
        index: *index,
    };
    let call = project.call(id);
    if repo_function(project, id) == Some("all") {
        let query = call.arguments.first()?;
        return is_whole_table(project, clause, query, DEEPEST).then_some(id);
    }
    let (clause, tail) = only_value(project, id)?;
    rows_of(project, clause, tail, depth.checked_sub(1)?)
}

/// What a function of the project with one clause gives.
fn only_value(project: &Project, id: CallId) -> Option<(ClauseId, &Shape)> {
    let clause = project.only_clause(id)?;
    match project.code(clause).tails.as_slice() {
        [tail] => Some((clause, &tail.shape)),
        _ => None,
    }
}

/// What leaves a query as large as it is.
const KEEPING: &[&str] = &["order_by", "preload", "select", "select_merge", "distinct"];

/// Options of `from` that do.
const KEEPING_OPTIONS: &[&str] = &[
    "order_by",
    "preload",
    "select",
    "select_merge",
    "left_join",
    "on",
    "as",
];

/// Whether a query is for all rows of a table.
fn is_whole_table(project: &Project, clause: ClauseId, query: &Shape, depth: usize) -> bool {
    let index = match project.value(clause, query) {
        Shape::Module(_) => return true,
        Shape::Call(index) => *index,
        _ => return false,
    };
    let id = CallId { clause, index };
    let call = project.call(id);
    let name = project.text(call.name);
    if matches!(project.target(id), Target::Function { .. }) {
        let inner = only_value(project, id).zip(depth.checked_sub(1));
        return inner
            .is_some_and(|((clause, tail), depth)| is_whole_table(project, clause, tail, depth));
    }
    let keeps = |(key, _): &(Name, Shape)| KEEPING_OPTIONS.contains(&project.text(*key));
    match (name, call.arguments.as_slice()) {
        ("from", [_]) => true,
        ("from", [_, Shape::Keywords(options)]) => options.iter().all(keeps),
        (_, [inner, ..]) if KEEPING.contains(&name) => {
            is_whole_table(project, clause, inner, depth)
        }
        _ => false,
    }
}

/// Where a template runs through an assign of a module, or a component through what it is given of it.
fn run_through(project: &Project, module: ModuleId, key: Name) -> Option<CallId> {
    let mut rest: Vec<(ClauseId, Name)> = clauses_of(project, module)
        .filter(|it| project.code(*it).markup.is_some())
        .map(|it| (it, key))
        .collect();
    let mut seen = FxHashSet::default();
    while let Some((clause, key)) = rest.pop() {
        if !seen.insert((clause, key)) {
            continue;
        }
        let is_it = |shape: &Shape| matches!(shape, Shape::Field(base, name) if *name == key && **base == Shape::Unknown);
        for (id, call) in project.calls_of(clause) {
            let given = call.arguments.first();
            if project.is(call.name, "for") && given.is_some_and(is_it) {
                return Some(id);
            }
            let Target::Function { clauses, .. } = project.target(id) else {
                continue;
            };
            let pairs = given.into_iter().flat_map(Shape::pairs);
            for (attribute, _) in pairs.filter(|(_, value)| is_it(value)) {
                rest.extend(clauses.iter().map(|it| (*it, *attribute)));
            }
        }
    }
    None
}

/// Whether a module forgets an assign after each render.
fn is_temporary(project: &Project, module: ModuleId, key: Name) -> bool {
    let Some(option) = project.name("temporary_assigns") else {
        return false;
    };
    let lists = |shape: &Shape| {
        let listed = shape.get(option);
        listed.is_some_and(|it| it.pairs().iter().any(|(name, _)| *name == key))
    };
    clauses_of(project, module).any(|it| {
        let tails = project.code(it).tails.iter();
        let mut parts = tails.flat_map(|it| match &it.shape {
            Shape::Tuple(parts) => parts.as_slice(),
            _ => &[],
        });
        parts.any(lists)
    })
}

fn report(
    project: &Project,
    id: CallId,
    key: Name,
    rows: CallId,
    shown: CallId,
    cx: &mut ProjectCx,
) {
    let (at, key) = (project.at(id), project.text(key));
    let finding = cx.report(
        at.file,
        at.span,
        format!("the assign `{key}` holds every row of a table for as long as the page is open"),
    );
    let rows = project.at(rows);
    finding.label_in(rows.file, rows.span, "loads all rows");
    let shown = project.at(shown);
    finding.label_in(shown.file, shown.span, "renders each of them");
    finding.help(format!(
        "use a stream: `stream(socket, :{key}, ...)`, or load a page of them"
    ));
}
