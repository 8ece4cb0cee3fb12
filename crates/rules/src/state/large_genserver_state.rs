use exlint_syntax::Bindings;
use rustc_hash::FxHashMap;

use crate::{
    prelude::*,
    server::{CallbackKind, Effect, Server, Value, function_tails, is_spawner},
};

/// A server keeps a whole table, file or document in its state, and copies or searches it for each message.
///
/// Every process has a heap of its own. What a large state holds is copied whenever it is sent to another process, walked
/// whenever the server collects garbage, and can only be read by waiting in the server's queue. An ETS table is read by
/// all processes at once and copies only what is looked up.
///
/// # Bad
///
/// ```elixir
/// defmodule Places do
///   use GenServer
///
///   def init(_opts), do: {:ok, %{places: MyApp.Repo.all(Place)}}
///
///   def handle_call(:all, _from, state), do: {:reply, state.places, state}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Places do
///   use GenServer
///
///   def init(_opts) do
///     table = :ets.new(__MODULE__, [:named_table, :protected, read_concurrency: true])
///     Enum.each(MyApp.Repo.all(Place), &:ets.insert(table, {&1.id, &1}))
///     {:ok, %{table: table}}
///   end
/// end
/// ```
///
/// How large the state gets is not written in the source. Two signs must come together: a key is filled from a database,
/// file or HTTP response, and that key is replied whole, searched for a caller, or copied into another process, or the
/// state holds a second collection that grows with the messages.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = State, confidence = Low, scope = Module)]
pub struct LargeGenserverState {}

impl Rule for LargeGenserverState {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl LargeGenserverState {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module).filter(|it| it.behaviour.is_server()) else {
            return;
        };
        let mut reported = Vec::new();
        let mut loads = Loads::default();
        let calls = module.descendants().filter_map(Call::cast);
        for call in calls.filter(|it| it.mode() == Mode::Code) {
            let load = call.node();
            if !loads.is_load(call) {
                continue;
            }
            let Some(key) = stored_under(load, 8) else {
                continue;
            };
            if reported.contains(&key) {
                continue;
            }
            if let Some((sign, why)) = second_sign(&server, key, cx) {
                reported.push(key);
                report(load, key, sign, why, cx);
            }
        }
    }
}

fn report(load: Node, key: Symbol, sign: Node, why: &str, cx: &mut Cx) {
    let key = cx.file.symbol_text(key);
    cx.report(
        load.whole_pipe(),
        format!("all of this is kept in the state, under `{key}`"),
    )
    .label(sign, why)
    .help("keep it in an ETS table that the server owns, and let callers read that");
}

/// Which calls read a table, file or document as a whole; remembers what it has found of each function.
#[derive(Default)]
struct Loads {
    by_function: FxHashMap<u32, bool>,
}

impl Loads {
    fn is_load(&mut self, call: Call) -> bool {
        match call.callee() {
            Callee::Own => self.gives_load(call, call.enclosing::<Module>()),
            Callee::Remote(module) => match (module.as_ref(), call.name()) {
                (module, "all") if module == "Repo" || module.ends_with(".Repo") => true,
                ("File", "read!" | "read" | "stream!") => true,
                ("Req" | "HTTPoison" | "Tesla", "get!" | "get") => true,
                (":code", "all_loaded" | "all_available") => true,
                (name, _) => {
                    let module = call.file().module(name);
                    self.gives_load(call, module)
                }
            },
            _ => false,
        }
    }

    /// Whether the function that is called, in a module of this file, ends with such a call.
    fn gives_load<'t>(&mut self, call: Call<'t>, module: Option<Module<'t>>) -> bool {
        let clauses: Vec<_> = module
            .into_iter()
            .flat_map(|it| it.clauses(call.name(), call.arity()).collect::<Vec<_>>())
            .collect();
        let Some(first) = clauses.first() else {
            return false;
        };
        if let Some(known) = self.by_function.get(&first.id()) {
            return *known;
        }
        self.by_function.insert(first.id(), false);
        let tails = clauses.iter().flat_map(|it| function_tails(*it));
        let gives = tails
            .filter_map(|it| Call::cast(it.node))
            .any(|it| self.is_load(it));
        self.by_function.insert(first.id(), gives);
        gives
    }
}

/// The key of the state that `value` is put under as it is, or nearly so.
fn stored_under(value: Node, depth: usize) -> Option<Symbol> {
    let (parent, depth) = (value.parent()?, depth.checked_sub(1)?);
    match parent.kind() {
        Kind::Pair if value.role() == Role::Value => {
            let owner = parent.parent()?;
            let key = parent.child(Role::Key)?;
            (matches!(owner.kind(), Kind::Map | Kind::Struct) && key.is(Kind::Atom))
                .then(|| key.symbol())
        }
        Kind::Pipe if value.role() == Role::Left => {
            let call = parent.child(Role::Right).and_then(Call::cast)?;
            keeps_size(call).then(|| stored_under(call.whole_pipe(), depth))?
        }
        Kind::Pipe => stored_under(parent, depth),
        Kind::Field if parent.name() == "body" => stored_under(parent, depth),
        Kind::Call => {
            let call = Call::cast(parent)?;
            let is_put = matches!(call.name(), "put" | "put_new") && call.arity() == 3;
            if is_put && call.argument(2) == Some(value) {
                return call
                    .argument(1)
                    .filter(|it| it.is(Kind::Atom))
                    .map(Node::symbol);
            }
            let is_first = call.argument(0) == Some(value);
            (is_first && keeps_size(call)).then(|| stored_under(call.whole_pipe(), depth))?
        }
        Kind::Match if value.role() == Role::Right => {
            let variable = parent.child(Role::Left).filter(|it| it.is(Kind::Var))?;
            let def = variable.enclosing::<Def>()?;
            let bindings = Bindings::of(def.node());
            let uses = &bindings.binding(variable)?.uses;
            uses.iter()
                .find_map(|it| stored_under(value.file().node(*it), depth))
        }
        _ => None,
    }
}

/// Calls whose result holds about as much as their first argument.
fn keeps_size(call: Call) -> bool {
    matches!(
        call.name(),
        "new"
            | "map"
            | "into"
            | "filter"
            | "reject"
            | "sort"
            | "sort_by"
            | "group_by"
            | "uniq"
            | "to_list"
            | "preload"
            | "decode!"
            | "parse!"
            | "split"
            | "flat_map"
            | "reduce"
    )
}

/// What makes the size of the key matter, and why.
fn second_sign<'t>(server: &Server<'t>, key: Symbol, cx: &Cx) -> Option<(Node<'t>, &'static str)> {
    let is_key = |it: &Node| it.is(Kind::Field) && it.symbol() == key;
    for callback in server.callbacks.iter().filter(|it| it.is_repeatable()) {
        for read in callback.def.descendants().filter(is_key) {
            if let Some(why) = burden(read, callback.kind, cx) {
                return Some((read, why));
            }
        }
    }
    let grown = server.outcomes().iter().flat_map(|it| &it.states);
    let mut grown = grown.filter_map(|it| match it {
        Value::State(changes) => changes
            .iter()
            .find(|it| it.effect == Effect::Grow && it.key != key),
        _ => None,
    });
    grown
        .next()
        .map(|it| (it.at, "a second collection grows in the same state"))
}

fn burden(read: Node, kind: CallbackKind, cx: &Cx) -> Option<&'static str> {
    let parent = read.parent()?;
    if kind == CallbackKind::Call {
        if parent.tag() == Some("reply") && parent.tuple().get(1) == Some(&read) {
            return Some("copied to each caller");
        }
        let scan = match parent.kind() {
            Kind::Pipe => parent.child(Role::Right).and_then(Call::cast),
            _ => Call::cast(parent),
        };
        if scan.is_some_and(|it| it.module().as_deref() == Some("Enum")) {
            return Some("searched for each caller");
        }
    }
    let closure = read
        .ancestors()
        .take_while(|it| !it.is(Kind::Def))
        .find(|it| matches!(it.kind(), Kind::Fn | Kind::Capture))?;
    let call = closure.parent().and_then(Call::cast)?;
    is_spawner(call, cx.tables).then_some("copied into another process")
}
