use rustc_hash::FxHashSet;

use crate::{
    prelude::*,
    server::{Server, Value},
};

/// A key of the state is written and never read.
///
/// The code that keeps it up to date does work for nobody, and what it holds stays in memory. Often it is a leftover, or
/// the reader was forgotten.
///
/// # Bad
///
/// ```elixir
/// defmodule Door do
///   use GenServer
///
///   def init(_opts), do: {:ok, %{open: false, last: nil}}
///
///   def handle_call(:open?, _from, state), do: {:reply, state.open, state}
///
///   def handle_cast({:knock, who}, state), do: {:noreply, %{state | last: who}}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Door do
///   use GenServer
///
///   def init(_opts), do: {:ok, %{open: false, last: nil}}
///
///   def handle_call(:open?, _from, state), do: {:reply, state.open, state}
///   def handle_call(:last, _from, state), do: {:reply, state.last, state}
///
///   def handle_cast({:knock, who}, state), do: {:noreply, %{state | last: who}}
/// end
/// ```
///
/// Modules that pass the whole state on (in a reply, to another module, to a log) are left alone, since it may be read
/// there. So are keys that hold timers and references: they keep something alive or are there for `:sys.get_state/1`.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = State, confidence = Medium, scope = Module)]
pub struct WriteOnlyState {}

impl Rule for WriteOnlyState {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl WriteOnlyState {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module).filter(|it| it.behaviour.is_server()) else {
            return;
        };
        let writes = writes(&server);
        if writes.is_empty() || state_leaves(&server) {
            return;
        }
        let read = read(module);
        for (key, at) in writes {
            let name = cx.file.symbol_text(key);
            if !read.contains(&key) && !is_handle(name) {
                cx.report(
                    at,
                    format!("`{name}` of the state is written here and read nowhere"),
                )
                .help("remove the key, or read it");
            }
        }
    }
}

/// The keys that callbacks write, with the first place of each.
fn writes<'t>(server: &Server<'t>) -> Vec<(Symbol, Node<'t>)> {
    let mut writes: Vec<(Symbol, Node)> = Vec::new();
    let mut known = FxHashSet::default();
    let outcomes = server
        .outcomes()
        .iter()
        .filter(|it| it.callback.is_repeatable());
    for state in outcomes.flat_map(|it| &it.states) {
        let Value::State(changes) = state else {
            continue;
        };
        for change in changes.iter().filter(|it| it.key != Symbol::NONE) {
            if known.insert(change.key) {
                writes.push((change.key, change.at));
            }
        }
    }
    writes
}

/// Whether the state as a whole goes where this module does not see what becomes of it.
fn state_leaves(server: &Server) -> bool {
    let file = server.module.file();
    let names: Vec<_> = server
        .callbacks
        .iter()
        .filter_map(|it| it.def.parameter(it.state?))
        .flat_map(|it| it.matched_patterns())
        .filter(|it| it.is_binding())
        .map(Node::symbol)
        .collect();
    server.module.descendants().any(|it| {
        let is_state = it.is(Kind::Var) && it.mode() == Mode::Code && names.contains(&it.symbol());
        let Some(parent) = it.parent().filter(|_| is_state) else {
            return false;
        };
        match parent.kind() {
            Kind::Call => Call::cast(parent).is_some_and(|call| match call.callee() {
                Callee::Own => false,
                Callee::Remote(module) => {
                    !KEEPS.contains(&module.as_ref())
                        && file.module(&module).is_none()
                        && (module != "Kernel" || call.name() == "inspect")
                }
                _ => true,
            }),
            Kind::Tuple => parent.tag() == Some("reply") && parent.tuple().get(1) == Some(&it),
            Kind::Pipe if it.role() == Role::Left => false,
            // Not the value of `do: state`.
            Kind::Pair => !SectionKind::ALL.iter().any(|it| {
                parent
                    .child(Role::Key)
                    .is_some_and(|key| key.is_atom(it.name()))
            }),
            Kind::List => true,
            Kind::Apply => true,
            _ => false,
        }
    })
}

const KEEPS: &[&str] = &["Map", "GenServer"];

/// The keys that are read: as a field, in a pattern, under brackets, or named as an atom in any other way.
fn read(module: Module) -> FxHashSet<Symbol> {
    let is_read = |it: &Node| match it.kind() {
        Kind::Field => !is_path_of_put(*it),
        Kind::Atom => match it.role() {
            Role::Key => it.mode() == Mode::Pattern && !is_type(*it),
            _ => !is_key_of_write(*it) && !is_declared(*it) && it.mode() != Mode::Type,
        },
        _ => false,
    };
    let read = module.descendants().filter(is_read);
    read.map(Node::symbol).collect()
}

fn is_type(node: Node) -> bool {
    node.mode() == Mode::Type
}

/// `state.k` of `put_in(state.k, v)` and of `put_in(state.k[id].name, v)`.
fn is_path_of_put(field: Node) -> bool {
    let mut path = field;
    while let Some(parent) = path.parent()
        && matches!(parent.kind(), Kind::Field | Kind::Access)
        && path.role() == Role::Receiver
    {
        path = parent;
    }
    path.parent()
        .and_then(Call::cast)
        .is_some_and(|it| it.name() == "put_in" && it.argument(0) == Some(path))
}

/// `:k` of `Map.put(state, :k, v)`.
fn is_key_of_write(key: Node) -> bool {
    key.parent().and_then(Call::cast).is_some_and(|it| {
        matches!(
            it.name(),
            "put" | "replace" | "replace!" | "put_new" | "delete"
        ) && it.argument(1) == Some(key)
    })
}

/// `:k` of `defstruct [:k]`.
fn is_declared(key: Node) -> bool {
    key.ancestors()
        .take(2)
        .any(|it| it.is(Kind::Call) && it.name() == "defstruct" || it.is(Kind::Attribute))
}

/// Held for what it keeps alive, or to be looked at from outside.
fn is_handle(name: &str) -> bool {
    [
        "timer", "ref", "monitor", "pid", "port", "socket", "table", "tab",
    ]
    .iter()
    .any(|it| name.ends_with(it) || name.starts_with(it))
}
