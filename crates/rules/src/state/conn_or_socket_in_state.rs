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
                let kept = change
                    .with
                    .filter(|_| change.effect != Effect::Shrink)
                    .map(put_value)
                    .filter(|it| it.is(Kind::Var));
                let Some(kept) = kept.filter(|it| !seen.contains(&it.id())) else {
                    continue;
                };
                let bound = message
                    .subtree()
                    .find(|it| it.is_binding() && it.symbol() == kept.symbol());
                if let Some(bound) = bound.filter(|it| is_request(*it)) {
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

/// The value of `Map.put(state, key, value)`.
fn put_value(node: Node<'_>) -> Node<'_> {
    let put = Call::cast(node).filter(|it| it.name() == "put" && it.arity() == 3);
    put.and_then(|it| it.argument(2)).unwrap_or(node)
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
