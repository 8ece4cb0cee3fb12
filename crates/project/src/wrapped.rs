//! Messages as the callers of wrappers send them.
//!
//! `def call(server, request), do: GenServer.call(server, {:request, request})` sends what it is given to whom it is
//! given. Here each way of so many calls that leads to such a call makes one message of its own, with what the
//! outermost call passes.
use exlint_facts::Shape;

use crate::{CallId, ClauseId, Message, ModuleId, Project, Runs};

/// Through how many functions a message is followed to where it is made.
const MAX_WRAPPERS: usize = 3;

/// How many ways to one call are looked at.
const MAX_WAYS: usize = 64;

/// How many parts of a message are looked at: what stands twice in it is two of them, and may be made of others.
const MAX_PARTS: usize = 256;

/// A message as the outermost of the calls that lead to it makes it.
#[derive(Clone, Debug)]
pub struct Passed {
    /// From the outermost call to the one that sends.
    pub way: Vec<CallId>,
    /// What is sent: no variables and parameters, [`Shape::Unknown`] in their place.
    pub message: Shape,
    /// The server that is named, of those that have one name.
    pub to: Option<ModuleId>,
    /// Whether the sender is the receiver.
    pub to_self: bool,
}

impl Project {
    /// The messages that callers send through the function around a call that passes on a message or a receiver it is
    /// given; none where the call says itself what it sends, or where it passes it on in some branch only.
    pub fn passed(&self, message: &Message) -> Vec<Passed> {
        let call = message.call;
        let sent = message.argument.and_then(|it| self.argument(call, it));
        let receiver = self.argument(call, message.receiver);
        let is_given = |it: &Shape| {
            let mut left = MAX_PARTS;
            self.takes_parameter(call.clause, it, &mut left)
        };
        if self.call(call).is_conditional || ![sent, receiver].into_iter().flatten().any(is_given) {
            return Vec::new();
        }
        let mut ways = vec![vec![call]];
        let mut passed = Vec::new();
        for _ in 0..MAX_WRAPPERS {
            let mut longer = Vec::new();
            for way in ways {
                for caller in self.production_callers(way[0].clause) {
                    if !way.contains(&caller) && passed.len() < MAX_WAYS {
                        let mut way = way.clone();
                        way.insert(0, caller);
                        passed.push(self.as_passed(message, &way));
                        longer.push(way);
                    }
                }
            }
            // What a branch passes on may not be what it is given.
            longer.retain(|way| !self.call(way[0]).is_conditional);
            ways = longer;
        }
        passed
    }

    fn as_passed(&self, message: &Message, way: &[CallId]) -> Passed {
        let last = message.call;
        let sent = message.argument.and_then(|it| self.argument(last, it));
        let receiver = self.argument(last, message.receiver);
        let (clause, receiver) = match receiver {
            Some(receiver) => self.origin_on(way, last.clause, receiver),
            None => (last.clause, &Shape::Unknown),
        };
        let mut left = MAX_PARTS;
        let message = sent.map(|it| self.made(way, last.clause, it, &mut left));
        Passed {
            message: message.unwrap_or(Shape::Unknown),
            to: receiver
                .module()
                .or(receiver.atom())
                .and_then(|it| self.server_named(it)),
            to_self: self.is_self(clause, receiver),
            way: way.to_vec(),
        }
    }

    /// The server with one process that a message goes to, as far as the way to it tells.
    pub fn addressed(&self, runs: &Runs, message: &Message) -> Option<ModuleId> {
        if message.to_singleton || message.to_self {
            return message.to.filter(|_| message.to_singleton);
        }
        let receiver = self.argument(message.call, message.receiver)?;
        let (_, receiver) = runs.origin(self, message.call.clause, receiver);
        let name = receiver.module().or(receiver.atom())?;
        self.server_named(name)
    }

    /// What a call passes for a parameter of a clause that it leads to.
    pub fn argument_for(&self, call: CallId, clause: ClauseId, parameter: u8) -> Option<&Shape> {
        let arguments = &self.call(call).arguments;
        let function = self.function_of_clause(clause);
        arguments.get(function.argument_for(parameter, arguments.len())?)
    }

    fn argument(&self, call: CallId, nth: u8) -> Option<&Shape> {
        self.call(call).arguments.get(nth as usize)
    }

    /// Whether a value is, or holds, a parameter of its clause.
    fn takes_parameter(&self, clause: ClauseId, shape: &Shape, left: &mut usize) -> bool {
        match self.value(clause, shape) {
            Shape::Parameter(_) => true,
            Shape::Tuple(parts) => parts
                .iter()
                .any(|it| is_one_of(left) && self.takes_parameter(clause, it, left)),
            _ => false,
        }
    }

    /// What a value is where it comes from, on a way of calls that leads to its clause.
    fn origin_on<'p>(
        &'p self,
        way: &[CallId],
        clause: ClauseId,
        shape: &'p Shape,
    ) -> (ClauseId, &'p Shape) {
        let here = way.iter().position(|it| it.clause == clause);
        let (mut clause, mut shape) = (clause, self.value(clause, shape));
        for call in way[..here.unwrap_or(0)].iter().rev() {
            let Shape::Parameter(nth) = shape else { break };
            let Some(given) = self.argument_for(*call, clause, *nth) else {
                break;
            };
            clause = call.clause;
            shape = self.value(clause, given);
        }
        (clause, shape)
    }

    /// A value with what the calls of a way pass for its parameters.
    fn made(&self, way: &[CallId], clause: ClauseId, shape: &Shape, left: &mut usize) -> Shape {
        let (clause, shape) = self.origin_on(way, clause, shape);
        match shape {
            Shape::Tuple(parts) => {
                let parts = parts.iter().map(|it| match is_one_of(left) {
                    true => self.made(way, clause, it, left),
                    false => Shape::Unknown,
                });
                Shape::Tuple(parts.collect())
            }
            Shape::Atom(_)
            | Shape::Module(_)
            | Shape::Int(_)
            | Shape::Float
            | Shape::String(_)
            | Shape::Prefix(_) => shape.clone(),
            Shape::Struct(name, _) => Shape::Struct(*name, Default::default()),
            Shape::Map(..) => Shape::Map(Default::default(), true),
            _ => Shape::Unknown,
        }
    }
}

/// Counts one off, if any is left.
fn is_one_of(left: &mut usize) -> bool {
    let next = left.checked_sub(1);
    *left = next.unwrap_or(0);
    next.is_some()
}
