//! How callbacks end.
use std::rc::Rc;

use super::{
    Behaviour, Callback, CallbackKind, Change, Server, Value, Values,
    flow::{Flow, Frame},
};
use crate::prelude::*;

/// One expression that may give a callback its value.
#[derive(Debug)]
pub(crate) struct Outcome<'t> {
    pub callback: Callback<'t>,
    pub tail: Tail<'t>,
    /// The calls of own helper functions that lead to it, outermost first.
    pub through: Vec<Call<'t>>,
    pub shape: Shape,
    /// What the next callback gets as state: one value for each way that leads here. Empty where there is no next one.
    pub states: Values<'t>,
    /// Own calls in the function that ends here whose value is thrown away.
    pub discarded: Rc<Vec<Discarded<'t>>>,
}

/// A call whose value is thrown away.
#[derive(Debug)]
pub(crate) struct Discarded<'t> {
    pub call: Call<'t>,
    pub values: Values<'t>,
    /// What the function itself has done to the state.
    pub changes: Vec<Change<'t>>,
}

impl<'t> Discarded<'t> {
    fn new(call: Call<'t>, flow: &Flow<'t>, frame: &Frame<'t>) -> Self {
        let given: Vec<_> = call
            .arguments()
            .flat_map(|it| flow.value(it, frame))
            .flat_map(|it| it.changes().to_vec())
            .collect();
        let values = flow.value(call.node(), frame);
        let changes = values.iter().flat_map(|it| it.changes().to_vec());
        let changes = changes.filter(|it| !given.contains(it)).collect();
        Self {
            call,
            values,
            changes,
        }
    }
}

impl<'t> Outcome<'t> {
    /// What follows the state: a timeout, `:hibernate`, `{:continue, _}`.
    pub fn action(&self) -> Option<Node<'t>> {
        let index = self.shape.state_index()? + 1;
        self.tail.node.tuple().get(index).copied()
    }
}

/// What a callback's value says, as far as its outermost tuple or atom does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `{:ok, state}` of `init/1` and its like; the index of the state.
    Ok(usize),
    Reply(usize),
    NoReply(usize),
    /// With the index of the reply and of the state.
    Stop(Option<usize>, usize),
    /// `:ignore`, `{:stop, reason}` and other legal results without a state.
    Legal,
    /// Not a result of this callback.
    Illegal,
    /// Raises, or throws, or exits.
    Never,
    Unknown,
}

impl Shape {
    pub fn state_index(self) -> Option<usize> {
        match self {
            Shape::Ok(index) | Shape::Reply(index) | Shape::NoReply(index) => Some(index),
            Shape::Stop(_, index) => Some(index),
            _ => None,
        }
    }

    /// The shape of a tail of this callback.
    fn of(behaviour: Behaviour, callback: Callback, tail: Tail) -> Self {
        match tail.kind {
            _ if callback.kind == CallbackKind::Terminate => Shape::Unknown,
            TailKind::Nil => Shape::Illegal,
            TailKind::FallThrough => Shape::Unknown,
            TailKind::Value => Self::of_value(behaviour, callback, tail.node),
        }
    }

    /// The shape of a value that is written out.
    pub fn of_value(behaviour: Behaviour, callback: Callback, node: Node) -> Self {
        if never_returns(node) {
            return Shape::Never;
        }
        if callback.kind == CallbackKind::Terminate {
            return Shape::Unknown;
        }
        match node.kind() {
            Kind::Tuple => match node.tag() {
                Some(tag) => of_tuple(behaviour, callback, tag, node.tuple().len()),
                None if node.children().next().is_some_and(|it| it.is_literal()) => Shape::Illegal,
                None => Shape::Unknown,
            },
            Kind::Atom => of_atom(behaviour, callback, node.name()),
            Kind::Integer
            | Kind::Float
            | Kind::String
            | Kind::List
            | Kind::Map
            | Kind::Struct
            | Kind::Fn => Shape::Illegal,
            Kind::Call | Kind::Pipe if is_never_a_result(node) => Shape::Illegal,
            _ => Shape::Unknown,
        }
    }
}

fn of_atom(behaviour: Behaviour, callback: Callback, name: &str) -> Shape {
    use Behaviour::*;
    match (behaviour, callback.kind, name) {
        (GenServer | GenStage | StateMachine, CallbackKind::Init, "ignore") => Shape::Legal,
        (
            StateMachine,
            CallbackKind::Event,
            "keep_state_and_data" | "repeat_state_and_data" | "stop",
        ) => Shape::Legal,
        _ => Shape::Illegal,
    }
}

fn of_tuple(behaviour: Behaviour, callback: Callback, tag: &str, size: usize) -> Shape {
    use CallbackKind::*;
    match behaviour {
        Behaviour::GenServer => match (callback.kind, tag, size) {
            (Init, "ok", 2 | 3) => Shape::Ok(1),
            (Init, "stop", 2) => Shape::Legal,
            (Call, "reply", 3 | 4) => Shape::Reply(2),
            (Call, "stop", 4) => Shape::Stop(Some(2), 3),
            (Call | Cast | Info | Continue, "noreply", 2 | 3) => Shape::NoReply(1),
            (Call | Cast | Info | Continue, "stop", 3) => Shape::Stop(None, 2),
            _ => Shape::Illegal,
        },
        Behaviour::GenStage => match (callback.kind, tag, size) {
            (Init, "producer" | "consumer" | "producer_consumer", 2 | 3) => Shape::Ok(1),
            (Init, "stop", 2) => Shape::Legal,
            (Call, "reply", 4 | 5) => Shape::Reply(3),
            (Call, "stop", 4) => Shape::Stop(Some(2), 3),
            (Subscribe, "automatic" | "manual", 2) => Shape::NoReply(1),
            (Call | Cast | Info | Event, "noreply", 3 | 4) => Shape::NoReply(2),
            (Call | Cast | Info | Event | Subscribe, "stop", 3) => Shape::Stop(None, 2),
            _ => Shape::Illegal,
        },
        Behaviour::StateMachine => of_machine(callback, tag, size),
        _ => of_socket(behaviour, callback, tag, size),
    }
}

fn of_machine(callback: Callback, tag: &str, size: usize) -> Shape {
    match (callback.kind, tag, size) {
        (CallbackKind::Init, "ok", 3 | 4) => Shape::Ok(2),
        (CallbackKind::Init, "stop" | "error", 2) => Shape::Legal,
        (CallbackKind::Init, ..) => Shape::Illegal,
        (_, "next_state", 3 | 4) => Shape::NoReply(2),
        (_, "keep_state" | "repeat_state", 2 | 3) => Shape::NoReply(1),
        (_, "keep_state_and_data" | "repeat_state_and_data", 2) => Shape::Legal,
        (_, "stop", 2) => Shape::Legal,
        (_, "stop", 3) => Shape::Stop(None, 2),
        (_, "stop_and_reply", 3) => Shape::Legal,
        (_, "stop_and_reply", 4) => Shape::Stop(Some(2), 3),
        _ => Shape::Illegal,
    }
}

fn of_socket(behaviour: Behaviour, callback: Callback, tag: &str, size: usize) -> Shape {
    use CallbackKind::*;
    let is_channel = behaviour == Behaviour::Channel;
    match (callback.kind, tag, size) {
        (Init, "ok", 2) => Shape::Ok(1),
        (Init, "ok", 3) if is_channel => Shape::Ok(2),
        (Init, "ok", 3) => Shape::Ok(1),
        (Init, "error", 2) if is_channel => Shape::Legal,
        (Event | Info | Cast | Call | Async, "noreply", 2) => Shape::NoReply(1),
        (Call, "reply", 3) => Shape::Reply(2),
        (Event, "reply", 3) => Shape::Reply(2),
        (_, "noreply", 3) if is_channel => Shape::NoReply(1),
        (_, "stop", 3) if is_channel => Shape::Stop(None, 2),
        (_, "stop", 4) if is_channel => Shape::Stop(Some(2), 3),
        // Hooks and adapters have results of their own.
        (Async | Cast | Call, ..) => Shape::Unknown,
        _ => Shape::Illegal,
    }
}

/// A call whose value is `:ok`, a number, a map: nothing that a callback may return.
fn is_never_a_result(node: Node) -> bool {
    let call = match node.kind() {
        Kind::Pipe => node.child(Role::Right).and_then(Call::cast),
        _ => Call::cast(node),
    };
    let Some(call) = call else { return false };
    let Callee::Remote(module) = call.callee() else {
        return false;
    };
    matches!(
        (module.as_ref(), call.name()),
        ("Enum", "each" | "count" | "sum" | "join")
            | (
                "Logger",
                "debug" | "info" | "notice" | "warn" | "warning" | "error" | "critical"
            )
            | ("IO", "puts" | "write")
            | ("GenServer", "cast" | "reply")
            | (
                "Process",
                "send_after" | "sleep" | "monitor" | "demonitor" | "cancel_timer"
            )
            | (":timer", "sleep" | "send_interval" | "send_after")
            | (
                ":ets",
                "insert" | "insert_new" | "delete" | "new" | "lookup"
            )
            | (
                "Map",
                "put" | "put_new" | "delete" | "merge" | "update" | "update!" | "drop"
            )
            | ("MapSet", "put" | "delete")
            | ("List", "delete")
    )
}

/// `raise`, `throw`, `exit` and their like.
fn never_returns(node: Node) -> bool {
    let Some(call) = Call::cast(node) else {
        return false;
    };
    let name = call.name();
    matches!(
        name,
        "raise" | "reraise" | "throw" | "exit" | "stop" | "halt"
    ) && match call.callee() {
        Callee::Remote(module) => match module.as_ref() {
            "Kernel" => true,
            "System" => matches!(name, "stop" | "halt"),
            _ => false,
        },
        _ => false,
    }
}

/// The expressions that may give a function clause its value, its own `rescue`, `catch` and `else` included.
pub(crate) fn function_tails<'t>(def: Def<'t>) -> Vec<Tail<'t>> {
    let has_else = def.section(SectionKind::Else).is_some();
    let gives_value = |kind: &SectionKind| match kind {
        SectionKind::Do => !has_else,
        SectionKind::After => false,
        _ => true,
    };
    def.sections()
        .filter(|(kind, _)| gives_value(kind))
        .flat_map(|(_, body)| body.tails())
        .collect()
}

/// The own function that this expression calls last: `f(x)`, `x |> f()`, `__MODULE__.f(x)`.
pub(crate) fn own_call<'t>(node: Node<'t>) -> Option<Call<'t>> {
    let node = match Pipe::cast(node) {
        Some(pipe) => pipe.right()?,
        None => node,
    };
    Call::cast(node).filter(|it| is_own(*it))
}

/// Whether the call is to a function of the module around it.
pub(super) fn is_own(call: Call) -> bool {
    match call.callee() {
        Callee::Own => true,
        Callee::Remote(module) if call.is_remote() => {
            Some(module.as_ref()) == call.enclosing_module_name()
        }
        _ => false,
    }
}

const MAX_DEPTH: usize = 5;

pub(super) fn outcomes<'t>(server: &Server<'t>) -> Vec<Outcome<'t>> {
    let flow = Flow::new(server.module, server.behaviour);
    let mut outcomes = Vec::new();
    for callback in &server.callbacks {
        let count = callback.def.parameters().count();
        let parameters = (0..count).map(|index| match callback.state == Some(index) {
            true => vec![Value::state()],
            false => vec![Value::Other],
        });
        let frame = flow.frame(callback.def, parameters.collect());
        let mut walk = Walk {
            flow: &flow,
            server,
            callback: *callback,
            through: Vec::new(),
            outcomes: &mut outcomes,
        };
        walk.function(callback.def, &frame);
    }
    outcomes
}

struct Walk<'t, 'w> {
    flow: &'w Flow<'t>,
    server: &'w Server<'t>,
    callback: Callback<'t>,
    through: Vec<Call<'t>>,
    outcomes: &'w mut Vec<Outcome<'t>>,
}

impl<'t> Walk<'t, '_> {
    fn function(&mut self, def: Def<'t>, frame: &Frame<'t>) {
        let thrown_away = def.descendants().filter_map(Call::cast).filter(|it| {
            it.mode() == Mode::Code && is_own(*it) && it.node().whole_pipe().is_discarded()
        });
        let discarded = thrown_away.map(|it| Discarded::new(it, self.flow, frame));
        let discarded = Rc::new(discarded.collect());
        for tail in function_tails(def) {
            match own_call(tail.node).filter(|_| tail.kind == TailKind::Value) {
                Some(call) if self.follows(call) => self.call(call, frame),
                _ => self.tail(tail, frame, &discarded),
            }
        }
    }

    fn follows(&self, call: Call<'t>) -> bool {
        let name = (call.symbol(), call.arity());
        let seen = self.through.iter().map(|it| (it.symbol(), it.arity()));
        let is_callback = call.name() == self.callback.def.function_name()
            && call.arity() == self.callback.def.arity().1;
        self.through.len() < MAX_DEPTH && !seen.into_iter().any(|it| it == name) && !is_callback
    }

    fn call(&mut self, call: Call<'t>, frame: &Frame<'t>) {
        self.through.push(call);
        let callees: Vec<_> = self
            .server
            .module
            .clauses(call.name(), call.arity())
            .filter(|it| it.body().is_some() && may_reach(*it, call))
            .collect();
        for def in callees {
            let callee = self.flow.frame_of_call(def, call, frame);
            self.function(def, &callee);
        }
        self.through.pop();
    }

    fn tail(&mut self, tail: Tail<'t>, frame: &Frame<'t>, discarded: &Rc<Vec<Discarded<'t>>>) {
        let mut shape = Shape::of(self.server.behaviour, self.callback, tail);
        let mut states = Vec::new();
        if tail.kind == TailKind::Value && self.callback.state.is_some() {
            match shape.state_index() {
                Some(index) => {
                    if let Some(state) = tail.node.tuple().get(index) {
                        states = self.flow.value(*state, frame);
                    }
                }
                None if shape == Shape::Unknown => {
                    let value = self.flow.value(tail.node, frame);
                    (shape, states) = self.of_values(value);
                }
                None => {}
            }
        }
        self.outcomes.push(Outcome {
            callback: self.callback,
            tail,
            through: self.through.clone(),
            shape,
            states,
            discarded: Rc::clone(discarded),
        });
    }

    /// The states in results that a variable or an unknown call gives.
    fn of_values(&self, values: Values<'t>) -> (Shape, Values<'t>) {
        let mut states = Vec::new();
        for value in values {
            match value {
                Value::Tuple(elements) => {
                    let last = elements
                        .into_iter()
                        .find(|it| it.iter().any(Value::is_state));
                    states.extend(last.unwrap_or_else(|| vec![Value::Other]));
                }
                _ => states.push(Value::Other),
            }
        }
        (Shape::Unknown, states)
    }
}

/// Whether the arguments, where they are written out, may match the clause.
pub(crate) fn may_reach(def: Def, call: Call) -> bool {
    def.parameters().count() != call.arguments().count()
        || def
            .parameters()
            .zip(call.arguments())
            .all(|(pattern, argument)| pattern.may_match(argument))
}
