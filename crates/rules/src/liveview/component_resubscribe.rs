use exlint_project::{Behaviour, Witnesses};

use super::{connected::is_conditional, liveview_subscribe_unconnected::subscribes};
use crate::{app::tell, phoenix::topics::SUBSCRIBES, prelude::*};

/// Subscribes in a callback that runs again and again.
///
/// `update/2` of a LiveComponent runs whenever its parent renders, `handle_params/3` whenever the URL changes. Each
/// time, one more subscription is added to the LiveView's process, and from then on every message arrives as many
/// times as the callback has run.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.CartComponent do
///   use Phoenix.LiveComponent
///
///   def update(assigns, socket) do
///     Phoenix.PubSub.subscribe(Shop.PubSub, "cart:#{assigns.cart_id}")
///     {:ok, assign(socket, assigns)}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule ShopWeb.CartComponent do
///   use Phoenix.LiveComponent
///
///   def update(assigns, socket) do
///     if is_nil(socket.assigns[:cart_id]) do
///       Phoenix.PubSub.subscribe(Shop.PubSub, "cart:#{assigns.cart_id}")
///     end
///
///     {:ok, assign(socket, assigns)}
///   end
/// end
/// ```
///
/// Silent where any step on the way is conditional, or the module unsubscribes.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Liveview, confidence = Medium, scope = Project)]
pub struct ComponentResubscribe {}

impl Rule for ComponentResubscribe {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl ComponentResubscribe {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let ways = Witnesses::of(project, SUBSCRIBES, |id, call| {
            subscribes(project, id, call)
        });
        for server in project.servers() {
            let (callback, arity) = match server.behaviour {
                Behaviour::LiveComponent => ("update", 2),
                Behaviour::LiveView => ("handle_params", 3),
                _ => continue,
            };
            let unsubscribes = project
                .functions_of(server.module)
                .flat_map(|it| project.clauses_of(it))
                .flat_map(|it| project.calls_of(it))
                .any(|(_, call)| project.text(call.name).contains("unsubscribe"));
            if unsubscribes {
                continue;
            }
            for clause in server.clauses(project, callback, arity) {
                let path = project
                    .calls_of(clause)
                    .filter(|(id, _)| project.is_inline(*id))
                    .filter_map(|(id, _)| ways.path(project, id))
                    .find(|path| path.iter().all(|it| !is_conditional(project, *it)));
                let Some(path) = path else { continue };
                let Some(first) = path.first() else { continue };
                let at = project.at(*first);
                let finding = cx.report(
                    at.file,
                    at.span,
                    format!(
                        "`{callback}/{arity}` of `{}` subscribes again each time it runs",
                        project.module_name(server.module)
                    ),
                );
                tell(
                    finding,
                    project,
                    &path,
                    "one more subscription of the same process",
                );
                finding.help(
                    "subscribe in `mount`, or only when the topic has changed, after `unsubscribe`",
                );
            }
        }
    }
}
