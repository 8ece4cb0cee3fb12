use super::flow::is_decided_by;
use crate::prelude::*;

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
        let found = look_before(start.node(), scope).map(|look| (start, look));
        let Some((at, look)) = found.or_else(|| in_callers(start)) else {
            return;
        };
        let finding = cx.report(
            at,
            "another process may have started it since it was looked up",
        );
        finding.label(look, "nobody is registered at this moment");
        if at != start {
            finding.label(at, "nor here, but somebody may be in a moment");
        }
        finding
            .label(start, "here somebody may be")
            .help("start it without looking, and match `{:error, {:already_started, pid}}`");
    }
}

/// The look-up that decides whether `start` runs.
fn look_before<'t>(start: Node<'t>, scope: Node<'t>) -> Option<Call<'t>> {
    let mut calls = scope.descendants().filter_map(Call::cast);
    calls.find(|look| {
        (is_look(*look) || looks_for_it(*look))
            && is_decided_by(start, |it| it.subtree().any(|it| it == look.node()))
    })
}

/// A function of the module that does nothing but look a process up.
fn looks_for_it(call: Call) -> bool {
    let module = call
        .enclosing::<Module>()
        .filter(|_| call.callee() == Callee::Own);
    let clauses = module
        .into_iter()
        .flat_map(|it| it.clauses(call.name(), call.arity()));
    let steps = clauses.flat_map(|it| it.body().into_iter().flat_map(Body::descendants));
    let mut looks = false;
    for step in steps
        .filter_map(Call::cast)
        .filter(|it| it.mode() == Mode::Code)
    {
        looks |= is_look(step);
        if matches!(step.name(), "start_child" | "start_link" | "start") {
            return false;
        }
    }
    looks
}

/// The call of the function that starts the process, where a look-up decides about it.
fn in_callers(start: Call) -> Option<(Call, Call)> {
    let (def, module) = start.enclosing::<Def>().zip(start.enclosing::<Module>())?;
    let is_asserted = is_asserted(start);
    let is_result = def
        .body()
        .is_some_and(|it| it.tails().iter().any(|it| it.node == start.whole_pipe()));
    if !is_result && !is_asserted || module.descendants().any(|it| it.is_atom("already_started")) {
        return None;
    }
    let calls = module.descendants().filter_map(Call::cast);
    let mut calls = calls.filter(|it| {
        it.mode() == Mode::Code
            && it.name() == def.function_name()
            && it.arity() == def.arity().1
            && it.callee() == Callee::Own
    });
    calls.find_map(|call| {
        let caller = call.enclosing::<Def>().filter(|it| *it != def)?;
        let look = look_before(call.node(), caller.node())?;
        (is_asserted || !call.whole_pipe().is_discarded()).then_some((call, look))
    })
}

/// `{:ok, pid} = start()`: whoever is too late crashes.
fn is_asserted(start: Call) -> bool {
    let matched = start.whole_pipe().parent().and_then(Match::cast);
    matched
        .and_then(Match::pattern)
        .is_some_and(|it| it.tag() == Some("ok"))
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
