use exlint_facts::Callee;
use exlint_project::{CallId, ClauseId, ModuleId, Project, Target};
use rustc_hash::FxHashSet;

use crate::{
    app::{is_transaction, is_web, production},
    prelude::*,
};

/// An action of a controller runs a transaction over several contexts.
///
/// Which changes belong together is a rule of the business. In a controller it holds for this page only: a job, another
/// page or a console has to repeat it, or goes without.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.OrderController do
///   use Phoenix.Controller
///
///   def create(conn, params) do
///     Shop.Repo.transaction(fn ->
///       order = Shop.Orders.create!(params)
///       Shop.Stock.take!(order)
///       Shop.Billing.charge!(order)
///     end)
///
///     redirect(conn, to: "/orders")
///   end
/// end
///
/// defmodule Shop.Orders do
///   def create!(params), do: params
/// end
///
/// defmodule Shop.Stock do
///   def take!(order), do: order
/// end
///
/// defmodule Shop.Billing do
///   def charge!(order), do: order
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule ShopWeb.OrderController do
///   use Phoenix.Controller
///
///   def create(conn, params) do
///     Shop.Orders.place(params)
///     redirect(conn, to: "/orders")
///   end
/// end
///
/// defmodule Shop.Orders do
///   def place(params), do: params
/// end
/// ```
///
/// Opt-in: whether logic belongs into a context is for people to say. A transaction and calls to two or more modules of
/// the application in one action are the sign for it.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Phoenix, confidence = Low, scope = Project)]
pub struct FatController {}

impl Rule for FatController {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl FatController {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for clause in production(project) {
            let module = project.module_of_clause(clause);
            if !project.implements(module, "Phoenix.Controller") {
                continue;
            }
            let transaction = project
                .calls_of(clause)
                .map(|(id, _)| id)
                .find(|it| is_transaction(project, *it) || is_multi(project, *it));
            let Some(transaction) = transaction else {
                continue;
            };
            let contexts = contexts(project, clause);
            if contexts.len() > 1 {
                report(project, clause, transaction, contexts.len(), cx);
            }
        }
    }
}

fn is_multi(project: &Project, id: CallId) -> bool {
    matches!(&project.call(id).callee, Callee::Remote(module) if project.is(*module, "Ecto.Multi"))
}

/// The modules of the application that the clause calls, repositories and the web layer left out.
fn contexts(project: &Project, clause: ClauseId) -> FxHashSet<ModuleId> {
    let called = |(id, _)| match project.target(id) {
        Target::Function { function, .. } => Some(project.module_of(*function)),
        _ => None,
    };
    let calls = project.calls_of(clause).filter_map(called);
    calls
        .filter(|it| !is_web(project.module_name(*it)) && !project.implements(*it, "Ecto.Repo"))
        .collect()
}

fn report(
    project: &Project,
    clause: ClauseId,
    transaction: CallId,
    count: usize,
    cx: &mut ProjectCx,
) {
    let at = project.at_clause(clause);
    let action = project.function_text(clause);
    let begins = project.at(transaction);
    cx.report(
        at.file,
        at.span,
        format!("the action `{action}` runs a transaction over {count} modules of the application"),
    )
    .label_in(begins.file, begins.span, "it begins here")
    .help("move it into a function of a context, and call that");
}
