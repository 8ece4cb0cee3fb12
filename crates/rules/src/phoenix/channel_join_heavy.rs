use exlint_project::{Behaviour, Project};

use super::slow::{report, slow_work};
use crate::prelude::*;

/// Joining a channel waits for another service.
///
/// The client waits for the answer of `join/3` and gives up after ten seconds; all clients join again at once when the
/// server restarts.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.PriceChannel do
///   use Phoenix.Channel
///
///   def join("prices", _params, socket), do: {:ok, Req.get!("https://prices.example.org").body, socket}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule ShopWeb.PriceChannel do
///   use Phoenix.Channel
///
///   def join("prices", _params, socket) do
///     send(self(), :after_join)
///     {:ok, socket}
///   end
///
///   def handle_info(:after_join, socket) do
///     push(socket, "prices", Req.get!("https://prices.example.org").body)
///     {:noreply, socket}
///   end
/// end
/// ```
///
/// Opt-in: where the answer decides who may join, `join/3` has to wait for it.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Phoenix, confidence = Low, scope = Project)]
pub struct ChannelJoinHeavy {}

impl Rule for ChannelJoinHeavy {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl ChannelJoinHeavy {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let channels = project
            .servers()
            .iter()
            .filter(|it| it.behaviour == Behaviour::Channel);
        let mut channels = channels.peekable();
        if channels.peek().is_none() {
            return;
        }
        let waits = slow_work(project);
        let Some(join) = project.name("join") else {
            return;
        };
        for server in channels {
            let Some(function) = project.find_function(server.module, join, 3) else {
                continue;
            };
            for clause in project.clauses_of(function) {
                if let Some(path) = waits.path_from(clause)
                    && let Some(finding) =
                        report(project, clause, &path, "with it the client that joins", cx)
                {
                    finding.help("send yourself a message, and do the work in `handle_info/2`");
                }
            }
        }
    }
}
