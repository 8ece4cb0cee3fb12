use super::flow::is_decided_by;
use crate::{prelude::*, server::own_call};

/// Looks whether a named process runs and starts it if not, without expecting somebody else to be faster.
///
/// Between the look and the start another process may do the same. The second start answers
/// `{:error, {:already_started, pid}}`, and code that has seen "nobody there" a moment ago crashes on it or reports a
/// failure although the process runs.
///
/// # Bad
///
/// ```elixir
/// case Registry.lookup(Rooms, id) do
///   [{pid, _}] -> {:ok, pid}
///   [] -> DynamicSupervisor.start_child(RoomSupervisor, {Room, id})
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// case DynamicSupervisor.start_child(RoomSupervisor, {Room, id}) do
///   {:ok, pid} -> {:ok, pid}
///   {:error, {:already_started, pid}} -> {:ok, pid}
/// end
/// ```
///
/// A function that mentions `:already_started` is taken to handle it, and one that drops the answer not to care.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Immutability, confidence = Medium, scope = File)]
pub struct RegistryCheckThenStart {}

impl Rule for RegistryCheckThenStart {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[
                "DynamicSupervisor.start_child/2",
                "Supervisor.start_child/2",
                "Horde.DynamicSupervisor.start_child/2",
                "GenServer.start/3",
                "GenServer.start_link/3",
                "Agent.start/2",
                "Agent.start_link/2",
            ],
            Self::check,
        );
    }
}

impl RegistryCheckThenStart {
    fn check(&self, start: Call, cx: &mut Cx) {
        let scope = match start.enclosing::<Def>() {
            Some(def) => def.node(),
            None => cx.file.root(),
        };
        if is_unseen(start) || scope.descendants().any(|it| it.is_atom("already_started")) {
            return;
        }
        let look = scope.descendants().filter_map(Call::cast).find(|look| {
            (is_look(*look) || is_own_look(*look))
                && is_decided_by(start.node(), |it| it.subtree().any(|it| it == look.node()))
        });
        let Some(look) = look else {
            return;
        };
        cx.report(
            start,
            "another process may have started it since it was looked up",
        )
        .label(look, "nobody is registered at this moment")
        .label(start, "here somebody may be")
        .help("start it without looking, and match `{:error, {:already_started, pid}}`");
    }
}

/// Whether nobody looks at the answer: it is dropped here, or wherever the private function around it is called.
fn is_unseen(start: Call) -> bool {
    let whole = start.whole_pipe();
    if whole.is_discarded() {
        return true;
    }
    let Some((def, module)) = start.enclosing::<Def>().zip(start.enclosing::<Module>()) else {
        return false;
    };
    let is_result = def
        .body()
        .is_some_and(|it| it.tails().iter().any(|it| it.node == whole));
    let Some(name) = def.name_node().filter(|_| is_result && def.is_private()) else {
        return false;
    };
    let mut calls = module.descendants().filter(|it| {
        let is_call = matches!(it.kind(), Kind::Call | Kind::Var) && it.mode() == Mode::Code;
        is_call && it.symbol() == name.symbol()
    });
    calls.all(Node::is_discarded)
}

/// Whether a function of the module is called that says what a look finds.
fn is_own_look(call: Call) -> bool {
    let module = call
        .enclosing::<Module>()
        .filter(|_| own_call(call.node()).is_some());
    let clauses = module.into_iter().flat_map(|it| {
        let clauses = it.clauses(call.name(), call.arity());
        clauses.collect::<Vec<_>>()
    });
    clauses.filter_map(Def::body).any(|body| {
        let looks = body.descendants().filter_map(Call::cast);
        let mut looks = looks.filter(|it| is_look(*it));
        looks.any(|look| {
            let holds = |it: Node| it.subtree().any(|it| it == look.node());
            let mut tails = body.tails().into_iter();
            tails.any(|it| holds(it.node) || is_decided_by(it.node, holds))
        })
    })
}

fn is_look(call: Call) -> bool {
    let Callee::Remote(module) = call.callee() else {
        return false;
    };
    matches!(
        (&*module, call.name()),
        ("Registry" | "Horde.Registry", "lookup" | "whereis_name")
            | ("Process" | "GenServer", "whereis")
            | (":global", "whereis_name")
            | (":erlang", "whereis")
    )
}
