use crate::{
    prelude::*,
    server::{Behaviour, Server, Shape, callback_mode},
};

/// A state machine that asked for enter events enters a state that has no clause for them.
///
/// With `:state_enter` every change of state calls the state with the event type `:enter`. A state without a clause for
/// it crashes with a `FunctionClauseError` as soon as it is entered, and that may be a rare state.
///
/// # Bad
///
/// ```elixir
/// defmodule Door do
///   @behaviour :gen_statem
///
///   def callback_mode, do: [:state_functions, :state_enter]
///   def init(data), do: {:ok, :closed, data}
///
///   def closed(:enter, _old, data), do: {:keep_state, data}
///   def closed(:cast, :open, data), do: {:next_state, :open, data}
///
///   def open(:cast, :close, data), do: {:next_state, :closed, data}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Door do
///   @behaviour :gen_statem
///
///   def callback_mode, do: [:state_functions, :state_enter]
///   def init(data), do: {:ok, :closed, data}
///
///   def closed(:enter, _old, data), do: {:keep_state, data}
///   def closed(:cast, :open, data), do: {:next_state, :open, data}
///
///   def open(:enter, _old, data), do: {:keep_state, data}
///   def open(:cast, :close, data), do: {:next_state, :closed, data}
/// end
/// ```
///
/// Only states that are written as atoms in `{:ok, state, data}` and `{:next_state, state, data}` are followed.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Module)]
pub struct StatemMissingEnter {}

impl Rule for StatemMissingEnter {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl StatemMissingEnter {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx
            .server(module)
            .filter(|it| it.behaviour == Behaviour::StateMachine && !it.may_have_more_callbacks)
        else {
            return;
        };
        let Some(state_enter) = callback_mode(module, "state_enter") else {
            return;
        };
        let by_function = callback_mode(module, "state_functions").is_some();
        let mut reported = Vec::new();
        for state in entered_states(&server) {
            let takes_enter = match by_function {
                true => function_takes_enter(module, state),
                false => events_take_enter(&server, state),
            };
            if !takes_enter && !reported.contains(&state.symbol()) {
                reported.push(state.symbol());
                cx.report(
                    state,
                    format!("`{}` has no clause for the `:enter` event", state.text()),
                )
                .label(state_enter, "asks for enter events")
                .help("add a clause for `:enter`, if only to keep the state");
            }
        }
    }
}

/// The states that results name.
fn entered_states<'t>(server: &Server<'t>) -> Vec<Node<'t>> {
    let outcomes = server.outcomes().iter();
    let named = outcomes.filter_map(|it| match (it.shape, it.tail.node.tag()) {
        (Shape::Ok(_), _) | (_, Some("next_state")) => it.tail.node.tuple().get(1).copied(),
        _ => None,
    });
    named.filter(|it| it.is(Kind::Atom)).collect()
}

fn function_takes_enter(module: Module, state: Node) -> bool {
    let mut clauses = module.clauses(state.name(), 3).peekable();
    // A function that the source does not show.
    if clauses.peek().is_none() {
        return true;
    }
    clauses.any(|it| takes_enter(it.parameter(0)))
}

fn events_take_enter(server: &Server, state: Node) -> bool {
    server.callbacks.iter().any(|it| {
        it.def.function_name() == "handle_event"
            && takes_enter(it.def.parameter(0))
            && it.def.parameter(2).is_none_or(|it| it.may_match(state))
            && guard_takes(it.def, state)
    })
}

/// Whether the guard of a clause lets a state through, as far as it lists the states that it does: `state in [:a, :b]`.
fn guard_takes(def: Def, state: Node) -> bool {
    let Some((guard, name)) = def.guard().zip(def.parameter(2)) else {
        return true;
    };
    let compared = guard.child(Role::Right).map(Node::constant);
    let is_state = guard
        .child(Role::Left)
        .is_some_and(|it| it.is(Kind::Var) && name.is(Kind::Var) && it.symbol() == name.symbol());
    match (guard.op(), compared) {
        (Op::In, Some(listed)) if is_state && listed.is(Kind::List) && listed.is_literal() => {
            listed.children().any(|it| it.symbol() == state.symbol())
        }
        (Op::Equal, Some(other)) if is_state && other.is(Kind::Atom) => {
            other.symbol() == state.symbol()
        }
        _ => true,
    }
}

fn takes_enter(pattern: Option<Node>) -> bool {
    pattern.is_none_or(|it| match it.kind() {
        Kind::Atom => it.name() == "enter",
        Kind::Tuple => false,
        _ => true,
    })
}
