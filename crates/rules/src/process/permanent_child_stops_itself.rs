use crate::{
    prelude::*,
    server::{CallbackKind, Shape},
};

/// A server that its supervisor restarts in any case stops when its work is done.
///
/// `use GenServer` makes a `:permanent` child: however it ends, the supervisor starts it again, and it does its work once
/// more. When that happens quickly enough, the supervisor gives up and takes its other children along.
///
/// # Bad
///
/// ```elixir
/// defmodule Import do
///   use GenServer
///
///   def handle_continue(:run, state) do
///     Rows.import(state)
///     {:stop, :normal, state}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Import do
///   use GenServer, restart: :transient
///
///   def handle_continue(:run, state) do
///     Rows.import(state)
///     {:stop, :normal, state}
///   end
/// end
/// ```
///
/// Whether a supervisor starts it, and with which options, is written elsewhere; a module with a `child_spec/1` of its own
/// is left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Low, scope = Module)]
pub struct PermanentChildStopsItself {}

impl Rule for PermanentChildStopsItself {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl PermanentChildStopsItself {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module).filter(|it| it.behaviour.is_server()) else {
            return;
        };
        let uses = module.directives("use").find(|it| {
            let name = it.argument().and_then(Node::module_name);
            name.is_some_and(|it| it == "GenServer" || it == "GenStage")
        });
        let Some(uses) = uses.filter(|it| it.option("restart").is_none()) else {
            return;
        };
        if module.function("child_spec", 1).is_some() {
            return;
        }
        let stop = server.outcomes().iter().find(|it| {
            let reason = it.tail.node.tuple().get(1).copied();
            let is_event = matches!(
                it.callback.message().and_then(Node::tag),
                Some("DOWN" | "EXIT")
            );
            matches!(
                it.callback.kind,
                CallbackKind::Info | CallbackKind::Cast | CallbackKind::Continue
            ) && matches!(it.shape, Shape::Stop(..))
                && reason.is_some_and(|it| it.is_atom("normal"))
                && !is_event
        });
        if let Some(stop) = stop {
            cx.report(
                stop.tail.node,
                "a supervisor starts this server again after it has stopped by itself",
            )
            .label(uses, "a permanent child, unless told otherwise")
            .help("`use GenServer, restart: :transient`, or `:temporary`");
        }
    }
}
