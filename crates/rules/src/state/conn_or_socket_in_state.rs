use crate::{
    prelude::*,
    server::{Effect, Value},
};

/// A server keeps a `Plug.Conn` or a Phoenix socket in its state.
///
/// They hold a whole request: headers, parameters, assigns with what was loaded for the page. All of it is copied into the
/// server and lives there long after the request is over, while the `conn` itself can no longer be answered.
///
/// # Bad
///
/// ```elixir
/// defmodule Tracker do
///   use GenServer
///
///   def handle_cast({:track, %Plug.Conn{} = conn}, state) do
///     {:noreply, %{state | last: conn}}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Tracker do
///   use GenServer
///
///   def handle_cast({:track, path}, state) do
///     {:noreply, %{state | last: path}}
///   end
/// end
/// ```
///
/// Known by the struct in the pattern, or by the name `conn` in a message, unless the file has to do with connections of
/// another kind; sockets of `:gen_tcp` and the like are meant
/// to be kept and are not reported.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = State, confidence = High, scope = Module)]
pub struct ConnOrSocketInState {}

impl Rule for ConnOrSocketInState {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl ConnOrSocketInState {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module).filter(|it| it.behaviour.is_server()) else {
            return;
        };
        let mut seen = Vec::new();
        for outcome in server.outcomes() {
            let Some(message) = outcome.callback.message() else {
                continue;
            };
            for change in outcome.states.iter().flat_map(Value::changes) {
                if change.effect == Effect::Shrink {
                    continue;
                }
                let added = change.with.into_iter().chain([change.at]).map(put_value);
                let added = added.filter(|it| it.is(Kind::Var));
                let request = added.filter(|it| !seen.contains(&it.id())).find_map(|it| {
                    let mut bound = message.subtree().filter(|bound| bound.is_binding());
                    let bound = bound.find(|bound| bound.symbol() == it.symbol())?;
                    is_request(bound).then_some((it, bound))
                });
                if let Some((kept, bound)) = request {
                    seen.push(kept.id());
                    cx.report(
                        kept,
                        format!("all of `{}` is kept in the state", kept.name()),
                    )
                    .label(bound, "copied here from another process")
                    .help("keep only the few values that are needed");
                }
            }
        }
    }
}

/// The value of `Map.put(state, key, value)` or `put_in(state.key[id], value)`.
fn put_value(node: Node<'_>) -> Node<'_> {
    let put = Call::cast(node).filter(|it| matches!(it.name(), "put" | "put_new" | "put_in"));
    let value = put.and_then(|it| it.argument(it.arity().checked_sub(1)?));
    value.unwrap_or(node)
}

/// Whether the file has to do with connections of another kind: of a database, a queue, a socket.
fn talks_to_others(file: &File) -> bool {
    const CLIENTS: &[&str] = &[
        "AMQP",
        "Mint",
        "Redix",
        "Postgrex",
        "Xandra",
        "Tortoise",
        "WebSockex",
        "gun",
        "ssl",
    ];
    file.symbols().any(|(_, name)| {
        name.to_ascii_lowercase().contains("connect")
            || CLIENTS
                .iter()
                .any(|it| name == *it || name.starts_with(&format!("{it}.")))
    })
}

/// `%Plug.Conn{} = conn`, or a variable of that name where names tell.
fn is_request(bound: Node) -> bool {
    let typed = bound
        .parent()
        .filter(|it| it.is(Kind::Match))
        .and_then(|it| {
            let pattern = it.children().find_map(Struct::cast)?;
            pattern.name_node()?.module_name()
        });
    match typed {
        Some(name) => matches!(
            name.as_ref(),
            "Plug.Conn" | "Phoenix.Socket" | "Phoenix.LiveView.Socket"
        ),
        None => bound.name() == "conn" && !talks_to_others(bound.file()),
    }
}
