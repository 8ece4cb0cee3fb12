//! Reads and writes of the state that an agent or server keeps for others, directly or through one-line functions of
//! the same file.
use exlint_syntax::Bindings;

use crate::prelude::*;

/// One read or blind write.
pub(super) struct Access<'t> {
    pub call: Call<'t>,
    pub is_write: bool,
    pub store: Store<'t>,
    /// The function that runs in the agent, if it stands here.
    pub function: Option<Node<'t>>,
}

/// The process that keeps the state.
pub(super) enum Store<'t> {
    /// Registered under this name.
    Named(String),
    /// In this variable.
    Held(Node<'t>),
    /// Under a name that is computed each time, in the same way: `via(user)`, `{:global, user}`, `state.agent`.
    Computed(Node<'t>),
}

impl Store<'_> {
    pub fn is(&self, other: &Store, bindings: &Bindings) -> bool {
        match (self, other) {
            (Store::Named(one), Store::Named(other)) => one == other,
            (Store::Held(one), Store::Held(other)) => bindings.same(*one, *other),
            (Store::Computed(one), Store::Computed(other)) => {
                one.text() == other.text() && same_variables(*one, *other, bindings)
            }
            _ => false,
        }
    }
}

impl<'t> Access<'t> {
    pub fn of(call: Call<'t>) -> Option<Self> {
        Self::direct(call).or_else(|| Self::through_function(call))
    }

    /// `Agent.get(agent, fun)` and its like.
    fn direct(call: Call<'t>) -> Option<Self> {
        let is_write = match call.name() {
            "get" => false,
            "update" | "cast" => true,
            _ => return None,
        };
        if call.callee() != Callee::Remote("Agent".into()) {
            return None;
        }
        Some(Self {
            call,
            is_write,
            store: store(call.argument(0)?)?,
            function: call.argument(1),
        })
    }

    /// A call of a function that does nothing else: `def count, do: Agent.get(@name, & &1)`.
    fn through_function(call: Call<'t>) -> Option<Self> {
        let module = match call.callee() {
            Callee::Own => call.enclosing::<Module>()?,
            Callee::Remote(name) => call.file().module(&name)?,
            _ => return None,
        };
        let mut clauses = module.clauses(call.name(), call.arity());
        let def = clauses.next().filter(|_| clauses.next().is_none())?;
        let mut steps = def.body()?.expressions();
        let inner = steps.next().and_then(Call::cast)?;
        if steps.next().is_some() {
            return None;
        }
        let (is_write, kept) = match Self::direct(inner) {
            Some(access) => (access.is_write, access.store),
            None => request(inner, module)?,
        };
        let store = match kept {
            Store::Named(name) => Store::Named(name),
            Store::Held(process) => {
                let is_it = |it: &Node| it.is(Kind::Var) && it.name() == process.name();
                store(call.argument(def.parameters().position(|it| is_it(&it))?)?)?
            }
            Store::Computed(_) => return None,
        };
        Some(Self {
            call,
            is_write,
            store,
            function: None,
        })
    }
}

fn store(process: Node) -> Option<Store> {
    if let Some(name) = process.module_name() {
        return Some(Store::Named(name.into_owned()));
    }
    match process.kind() {
        Kind::Var => Some(Store::Held(process)),
        Kind::Tuple | Kind::Field => Some(Store::Computed(process)),
        Kind::Call => {
            let is_own = Call::cast(process).is_some_and(|it| it.callee() == Callee::Own);
            is_own.then_some(Store::Computed(process))
        }
        _ => None,
    }
}

fn same_variables(one: Node, other: Node, bindings: &Bindings) -> bool {
    let mut pairs = one.subtree().zip(other.subtree());
    pairs.all(|(one, other)| !one.is(Kind::Var) || bindings.same(one, other))
}

/// `GenServer.call(server, request)`, where the handler in `module` hands out the state or replaces it by what the
/// request brings.
fn request<'t>(call: Call<'t>, module: Module<'t>) -> Option<(bool, Store<'t>)> {
    let (handler, arity) = match call.name() {
        "call" => ("handle_call", 3),
        "cast" => ("handle_cast", 2),
        _ => return None,
    };
    if call.callee() != Callee::Remote("GenServer".into()) {
        return None;
    }
    let store = store(call.argument(0)?)?;
    let tag = call.argument(1)?.tag()?;
    let mut clauses = module
        .clauses(handler, arity)
        .filter(|it| it.parameter(0).and_then(Node::tag) == Some(tag));
    let clause = clauses.next().filter(|_| clauses.next().is_none())?;
    let message = clause.parameter(0)?;
    let state = clause.parameter(arity - 1).filter(|it| it.is(Kind::Var))?;
    let results = clause.body()?.tails();
    let results: Vec<_> = results.iter().map(|it| it.node.tuple()).collect();
    let reads = results.iter().all(|it| match it.as_slice() {
        [_, reply, kept] => mentions(*reply, state) && kept.is_var(state.name()),
        _ => false,
    });
    let writes = results.iter().all(|it| {
        let next = match it.as_slice() {
            [tag, _, next] if tag.is_atom("reply") => next,
            [tag, next] if tag.is_atom("noreply") => next,
            _ => return false,
        };
        replaces(*next, message, state)
    });
    (reads || writes).then_some((writes, store))
}

/// Whether the next state, or what is put into it, is as the message brings it.
fn replaces(next: Node, message: Node, state: Node) -> bool {
    let is_brought = |it: Node| it.is(Kind::Var) && mentions(message, it);
    match next.kind() {
        Kind::Var => is_brought(next),
        Kind::Map | Kind::Struct => {
            let updates_state = next
                .child(Role::Left)
                .is_some_and(|it| it.is_var(state.name()));
            updates_state && next.pairs().any(|(_, value)| is_brought(value))
        }
        Kind::Call => {
            let call = Call::cast(next).filter(|it| it.is_to("Map", "put", 3));
            call.and_then(|it| it.argument(2)).is_some_and(is_brought)
        }
        _ => false,
    }
}

fn mentions(node: Node, variable: Node) -> bool {
    node.subtree().any(|it| it.is_var(variable.name()))
}
