//! Which process of several of one kind a value means: the one that started this one, or one that this one started.
use exlint_facts::{Name, Shape};

use crate::{CallId, ClauseId, Edge, Entry, ModuleId, Project, Runs, Target};

/// What a server starts while it handles something: it waits for the `init/1` of the other one.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    pub from: Entry,
    /// `GenServer.start_link/3` in the other one's start function, or `start_child/2` of its supervisor.
    pub call: CallId,
    pub to: ModuleId,
    /// Whether the other one is given the pid of the one that starts it.
    pub gives_self: bool,
}

/// Functions that take a value out of another one.
const TAKES: &[&str] = &[
    "Keyword.fetch!",
    "Keyword.get",
    "Map.fetch!",
    "Map.get",
    "Access.get",
];

impl Project {
    /// The server that a call of `from` starts.
    pub(crate) fn start(&self, from: Entry, runs: &Runs, call: CallId) -> Option<Start> {
        let to = self.started_by(call).filter(|it| *it != from.server)?;
        let mut steps = runs.path_to(call).into_iter();
        Some(Start {
            from,
            call,
            to,
            gives_self: steps.any(|it| self.is_given_self(it.call)),
        })
    }

    /// The server that a call starts, and whose `init/1` it waits for.
    pub(crate) fn started_by(&self, id: CallId) -> Option<ModuleId> {
        let call = self.call(id);
        if !matches!(self.text(call.name), "start_link" | "start" | "start_child") {
            return None;
        }
        let argument = |nth: usize| Some(self.value(id.clause, call.arguments.get(nth)?));
        let module = match (self.external_module(id)?, self.text(call.name)) {
            ("GenServer" | "GenStage", "start_link" | "start") => argument(0)?.module(),
            ("DynamicSupervisor" | "Supervisor", "start_child") => match argument(1)? {
                Shape::Tuple(parts) => self.module_value(id.clause, parts.first()?),
                other => other.module(),
            },
            _ => None,
        };
        let module = self.find_module(module?, self.file_of(id.clause))?;
        self.server(module).map(|it| it.module)
    }

    /// Whether `self()` is among the arguments of a call.
    fn is_given_self(&self, id: CallId) -> bool {
        let mut arguments = self.call(id).arguments.iter();
        arguments.any(|it| self.holds_self(id.clause, it))
    }

    fn holds_self(&self, clause: ClauseId, shape: &Shape) -> bool {
        if self.is_self(clause, shape) {
            return true;
        }
        let any = |parts: &[Shape]| parts.iter().any(|it| self.holds_self(clause, it));
        match self.value(clause, shape) {
            Shape::Tuple(parts) | Shape::List(parts) => any(parts),
            Shape::Keywords(pairs) | Shape::Map(pairs, _) => {
                pairs.iter().any(|(_, it)| self.holds_self(clause, it))
            }
            _ => false,
        }
    }

    /// Whether `edge` leads to a process that its sender started, and `back` from there to the process that started
    /// it, so that one and the same process is at both ends.
    pub fn is_to_own_child_and_back(&self, starts: &[Start], edge: &Edge, back: &Edge) -> bool {
        let (parent, child) = (edge.from.server, edge.to);
        let mut starts = starts.iter();
        back.from.server == child
            && back.to == parent
            && starts.any(|it| it.from.server == parent && it.to == child && it.gives_self)
            && self.is_child(edge, child)
            && self.is_parent(back)
    }

    /// Whether a message from `init/1` goes to a process that it was given.
    pub fn is_to_given(&self, edge: &Edge) -> bool {
        let receiver = self.receiver(edge);
        receiver
            .is_some_and(|(clause, it)| clause == edge.from.clause && self.is_argument(clause, it))
    }

    /// The value that a message goes to, as its sender sees it.
    fn receiver(&self, edge: &Edge) -> Option<(ClauseId, Shape)> {
        let message = self.message(edge.call)?;
        let receiver = self
            .call(edge.call)
            .arguments
            .get(message.receiver as usize)?;
        let runs = self.runs_of(edge.from);
        let (clause, shape) = runs.origin(self, edge.call.clause, receiver);
        Some((clause, shape.clone()))
    }

    /// Whether a message goes to what the sender's state keeps of a call that started `child`.
    fn is_child(&self, edge: &Edge, child: ModuleId) -> bool {
        let Some(key) = self.state_key_of_receiver(edge) else {
            return false;
        };
        self.kept_under(edge.from.server, key)
            .iter()
            .any(|(clause, shape)| self.is_started(*clause, shape, child))
    }

    /// Whether a message goes to what the sender's `init/1` was given.
    fn is_parent(&self, edge: &Edge) -> bool {
        let Some(key) = self.state_key_of_receiver(edge) else {
            return false;
        };
        let inits: Vec<ClauseId> = self
            .server(edge.from.server)
            .into_iter()
            .flat_map(|it| it.clauses(self, "init", 1))
            .collect();
        self.kept_under(edge.from.server, key)
            .into_iter()
            .any(|(clause, shape)| inits.contains(&clause) && self.is_argument(clause, shape))
    }

    /// `key` where a message goes to `state.key`.
    fn state_key_of_receiver(&self, edge: &Edge) -> Option<Name> {
        let (clause, shape) = self.receiver(edge)?;
        let state = self.clause(clause).parameters.len().checked_sub(1)?;
        match shape {
            Shape::Field(base, key) if clause == edge.from.clause => {
                let base = self.value(clause, &base);
                (*base == Shape::Parameter(state as u8)).then_some(key)
            }
            _ => None,
        }
    }

    /// What callbacks put under a key into the states they return.
    fn kept_under(&self, server: ModuleId, key: Name) -> Vec<(ClauseId, &Shape)> {
        let mut kept = Vec::new();
        let callbacks = self.server(server).map_or(&[][..], |it| &it.callbacks);
        for (_, _, clause) in callbacks {
            for tail in &self.code(*clause).tails {
                let Shape::Tuple(parts) = self.value(*clause, &tail.shape) else {
                    continue;
                };
                let states = parts.iter().map(|it| self.value(*clause, it));
                let values = states.filter_map(|it| it.get(key));
                kept.extend(values.map(|it| (*clause, self.value(*clause, it))));
            }
        }
        kept
    }

    /// Whether a value comes out of a call that starts a process of this module.
    fn is_started(&self, clause: ClauseId, shape: &Shape, module: ModuleId) -> bool {
        match self.value(clause, shape) {
            Shape::Within(base) => self.is_started(clause, base, module),
            Shape::Call(index) => {
                let id = CallId {
                    clause,
                    index: *index,
                };
                let is_start = self.text(self.call(id).name).starts_with("start");
                let is_own = match self.target(id) {
                    Target::Function { function, .. } => self.module_of(*function) == module,
                    _ => self.started_by(id) == Some(module),
                };
                is_start && is_own
            }
            _ => false,
        }
    }

    /// Whether a value is, or is taken out of, the first argument of a clause.
    fn is_argument(&self, clause: ClauseId, shape: impl std::borrow::Borrow<Shape>) -> bool {
        match self.value(clause, shape.borrow()) {
            Shape::Parameter(0) => true,
            Shape::Within(base) | Shape::Field(base, _) => self.is_argument(clause, &**base),
            Shape::Call(index) => {
                let id = CallId {
                    clause,
                    index: *index,
                };
                let name = self.external_name(id);
                let base = self.call(id).arguments.first();
                name.is_some_and(|it| TAKES.contains(&it.as_str()))
                    && base.is_some_and(|it| self.is_argument(clause, it))
            }
            _ => false,
        }
    }
}
