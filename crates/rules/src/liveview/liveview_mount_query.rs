use exlint_project::{Project, Witnesses};

use super::liveview_subscribe_unconnected::report_mounts;
use crate::{
    app::{READS, repo_function},
    prelude::*,
};

/// `mount/3` reads from the database, which it does twice for each page.
///
/// A page is mounted once for the HTTP request and once more when the socket connects. What the first page need not show
/// can wait for the second, or for `assign_async/3`, which does not hold the page up.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.OrdersLive do
///   use Phoenix.LiveView
///
///   def mount(_params, _session, socket) do
///     {:ok, assign(socket, :orders, Shop.Repo.all(Shop.Order))}
///   end
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
/// defmodule ShopWeb.OrdersLive do
///   use Phoenix.LiveView
///
///   def mount(_params, _session, socket) do
///     {:ok, assign_async(socket, :orders, fn -> {:ok, %{orders: Shop.Repo.all(Shop.Order)}} end)}
///   end
/// end
///
/// defmodule Shop.Repo do
///   use Ecto.Repo, otp_app: :shop, adapter: Ecto.Adapters.Postgres
/// end
/// ```
///
/// Opt-in: what search engines and people without JavaScript see has to be loaded for the first page, and so has what
/// decides whether there is one.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Liveview, confidence = Low, scope = Project)]
pub struct LiveviewMountQuery {}

impl Rule for LiveviewMountQuery {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl LiveviewMountQuery {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let reads = Witnesses::of(project, READS, |id, call| {
            !call.is_capture && repo_function(project, id).is_some()
        });
        report_mounts(
            project,
            &reads,
            "reads from the database, and runs twice for each page",
            "once for the request, and once more for the socket",
            "load it `if connected?(socket)`, or in `assign_async/3`",
            cx,
        );
    }
}
