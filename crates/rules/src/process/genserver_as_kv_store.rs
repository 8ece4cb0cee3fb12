use crate::{
    prelude::*,
    server::{Behaviour, CallbackKind, Server},
};

/// A server is nothing but a map behind calls.
///
/// All readers queue at one process for what is a lookup. An ETS table answers them at once and in parallel; the server can
/// stay its owner and writer.
///
/// # Bad
///
/// ```elixir
/// defmodule Store do
///   use GenServer
///
///   def handle_call({:get, key}, _from, map), do: {:reply, Map.get(map, key), map}
///   def handle_call({:put, key, value}, _from, map), do: {:reply, :ok, Map.put(map, key, value)}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Store do
///   use GenServer
///
///   def get(key), do: :ets.lookup(__MODULE__, key)
///
///   def handle_call({:put, key, value}, _from, table) do
///     :ets.insert(table, {key, value})
///     {:reply, :ok, table}
///   end
/// end
/// ```
///
/// With one reader, or a few reads a second, a map is as good. Servers with any other logic are not reported.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Medium, scope = Module)]
pub struct GenserverAsKvStore {}

impl Rule for GenserverAsKvStore {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl GenserverAsKvStore {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let server = cx.server(module);
        let Some(server) = server.filter(|it| it.behaviour == Behaviour::GenServer) else {
            return;
        };
        let requests: Vec<_> = server
            .callbacks
            .iter()
            .filter(|it| matches!(it.kind, CallbackKind::Call | CallbackKind::Cast))
            .collect();
        let has_more = server.has(CallbackKind::Info)
            || server.has(CallbackKind::Continue)
            || server.has(CallbackKind::Terminate);
        let is_thin = requests.iter().all(|it| is_thin(it.def));
        let writes = requests
            .iter()
            .any(|it| uses(it.def, &["put", "put_new", "update"]));
        if has_more || !is_thin || !writes {
            return;
        }
        if let Some(read) = first_read(&server) {
            cx.report(
                read,
                "every lookup in this map waits in the queue of one process",
            )
            .help("keep the map in an ETS table that the server owns, and read that in the caller");
        }
    }
}

/// Nothing but calls of `Map` and brackets.
fn is_thin(def: Def) -> bool {
    let Some(body) = def.body() else {
        return false;
    };
    body.expressions().count() <= 2
        && body.descendants().all(|it| match it.kind() {
            Kind::Call => Call::cast(it).is_some_and(|it| it.module().as_deref() == Some("Map")),
            Kind::Fn | Kind::Capture | Kind::Binary => false,
            _ => true,
        })
}

fn uses(def: Def, names: &[&str]) -> bool {
    def.descendants()
        .any(|it| it.is(Kind::Call) && names.contains(&it.name()))
}

fn first_read<'t>(server: &Server<'t>) -> Option<Node<'t>> {
    let calls = server.clauses(CallbackKind::Call);
    let mut nodes = calls.flat_map(|it| it.def.descendants());
    nodes.find(|it| match it.kind() {
        Kind::Call => matches!(it.name(), "get" | "fetch" | "has_key?" | "fetch!"),
        Kind::Access => it.child(Role::Key).is_some_and(|it| !it.is_literal()),
        _ => false,
    })
}
