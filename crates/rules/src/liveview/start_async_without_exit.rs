use crate::prelude::*;

/// `handle_async/3` handles a task that succeeds, and not one that fails.
///
/// When the function given to `start_async` raises or exits, `handle_async/3` receives `{:exit, reason}`. Without a
/// clause for it the LiveView itself crashes: the failure that the task was to keep away from the page empties it.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.OrdersLive do
///   use Phoenix.LiveView
///
///   def handle_event("load", _params, socket) do
///     {:noreply, start_async(socket, :orders, fn -> Shop.Orders.list() end)}
///   end
///
///   def handle_async(:orders, {:ok, orders}, socket) do
///     {:noreply, assign(socket, orders: orders)}
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
///   def handle_event("load", _params, socket) do
///     {:noreply, start_async(socket, :orders, fn -> Shop.Orders.list() end)}
///   end
///
///   def handle_async(:orders, {:ok, orders}, socket) do
///     {:noreply, assign(socket, orders: orders)}
///   end
///
///   def handle_async(:orders, {:exit, _reason}, socket) do
///     {:noreply, put_flash(socket, :error, "The orders could not be loaded.")}
///   end
/// end
/// ```
///
/// Clauses are compared by the name of the task where it is an atom. A clause with a variable in place of the result
/// handles everything.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Liveview, confidence = High, scope = Module)]
pub struct StartAsyncWithoutExit {}

impl Rule for StartAsyncWithoutExit {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl StartAsyncWithoutExit {
    fn check(&self, module: Module, cx: &mut Cx) {
        let clauses: Vec<Def> = module.clauses("handle_async", 3).collect();
        for (nth, clause) in clauses.iter().enumerate() {
            let Some(name) = clause.parameter(0).filter(|it| it.is(Kind::Atom)) else {
                continue;
            };
            let same = |it: &&Def| it.parameter(0).is_some_and(|it| it.is_atom(name.name()));
            let is_first = !clauses[..nth].iter().any(|it| same(&it));
            let covered = clauses.iter().any(|it| {
                let is_for_it = it
                    .parameter(0)
                    .is_none_or(|it| !it.is(Kind::Atom) || it.is_atom(name.name()));
                is_for_it && it.parameter(1).is_none_or(takes_exit)
            });
            if is_first && !covered {
                let finding = cx.report(
                    clause.head().unwrap_or(clause.node()),
                    format!("no clause handles a failure of the task `:{}`", name.name()),
                );
                if let Some(result) = clause.parameter(1) {
                    finding.label(result, "only success is expected");
                }
                finding.help(format!(
                    "add `def handle_async(:{}, {{:exit, reason}}, socket)`",
                    name.name()
                ));
            }
        }
    }
}

/// Whether a pattern for the result matches `{:exit, reason}`.
fn takes_exit(pattern: Node) -> bool {
    match pattern.kind() {
        Kind::Tuple => pattern
            .children()
            .next()
            .is_some_and(|it| !it.is(Kind::Atom) || it.is_atom("exit")),
        Kind::Match => pattern.children().all(takes_exit),
        kind => kind == Kind::Var,
    }
}
