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
    "Map.fetch",
    "Map.get",
    "Map.pop",
    "Map.pop!",
    "Access.get",
];

/// Functions that make a map or struct of what they are given.
const MAKES: &[&str] = &["Map.new", "Enum.into", "Kernel.struct", "Kernel.struct!"];

/// Functions that start servers.
const STARTS: &[&str] = &["start", "start_child", "start_link"];

/// How deep in a value another one is looked for.
const MAX_TAKES: usize = 8;

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
        if !STARTS.contains(&self.text(call.name)) {
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

    /// The calls that start a server of the project, and the module of each.
    pub(crate) fn server_starts(&self) -> impl Iterator<Item = (CallId, ModuleId)> {
        let calls = self.calls_named(STARTS);
        calls.filter_map(|(id, _)| Some((id, self.started_by(id)?)))
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
        let mut of_child = starts.iter();
        back.from.server == child
            && back.to == parent
            && of_child.any(|it| it.from.server == parent && it.to == child && it.gives_self)
            && self.is_parent(back)
            && self.is_child(starts, edge, child)
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

    /// Whether a message goes to what the sender's state keeps of a call that started `child`, or to some process in
    /// the state where nobody else starts any `child`.
    fn is_child(&self, starts: &[Start], edge: &Edge, child: ModuleId) -> bool {
        let Some(key) = self.state_key_of_receiver(edge) else {
            return self.is_in_state(edge) && self.starts_alone(starts, edge.from.server, child);
        };
        self.kept_under(edge.from.server, key)
            .iter()
            .any(|(clause, shape)| self.is_started(*clause, shape, child))
    }

    /// Whether the value that a message goes to is somewhere in the sender's state.
    fn is_in_state(&self, edge: &Edge) -> bool {
        let Some((clause, shape)) = self.receiver(edge) else {
            return false;
        };
        let state = self.clause(clause).parameters.len().checked_sub(1);
        clause == edge.from.clause
            && state.is_some_and(|it| self.is_taken_from(clause, &shape, it as u8, MAX_TAKES))
    }

    /// Whether only `parent` starts processes of `child`, and gives each its pid.
    fn starts_alone(&self, starts: &[Start], parent: ModuleId, child: ModuleId) -> bool {
        let mut of_child = starts.iter().filter(|it| it.to == child).peekable();
        let gives_self = of_child.peek().is_some()
            && of_child.all(|it| it.from.server == parent && it.gives_self);
        gives_self && !self.is_supervised(child) && self.starters(child).all(|it| it == parent)
    }

    /// Whether a list of children names a module.
    fn is_supervised(&self, module: ModuleId) -> bool {
        let name = self.module(module).name;
        let supervisors = self.tree().supervisors.iter();
        let mut items = supervisors.flat_map(|it| it.children.iter());
        items.any(|it| it.child().is_some_and(|it| it.module == Some(name)))
    }

    /// The modules whose code starts processes of a module, itself only where nobody calls the function that does.
    fn starters(&self, module: ModuleId) -> impl Iterator<Item = ModuleId> {
        let starts = self.server_starts().filter(move |it| it.1 == module);
        starts.flat_map(move |(start, _)| {
            let own = self.module_of_clause(start.clause);
            let callers: Vec<ModuleId> = match own == module {
                true => self
                    .production_callers(start.clause)
                    .map(|it| self.module_of_clause(it.clause))
                    .collect(),
                false => vec![own],
            };
            match callers.is_empty() {
                true => vec![own],
                false => callers,
            }
        })
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
        let is_kept = self
            .kept_under(edge.from.server, key)
            .into_iter()
            .any(|(clause, shape)| inits.contains(&clause) && self.is_argument(clause, shape));
        is_kept || inits.iter().any(|it| self.keeps_argument(*it))
    }

    /// Whether the state that `init/1` returns is its argument, or a map or struct made of it.
    fn keeps_argument(&self, init: ClauseId) -> bool {
        let is_made = |shape: &Shape| match self.value(init, shape) {
            Shape::Call(index) => {
                let id = CallId {
                    clause: init,
                    index: *index,
                };
                let mut arguments = self.call(id).arguments.iter();
                self.external_name(id)
                    .is_some_and(|it| MAKES.contains(&it.as_str()))
                    && arguments.any(|it| self.is_argument(init, it))
            }
            other => *other == Shape::Parameter(0),
        };
        self.code(init)
            .tails
            .iter()
            .any(|it| match self.value(init, &it.shape) {
                Shape::Tuple(parts) => parts.get(1).is_some_and(is_made),
                _ => false,
            })
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
        self.is_taken_from(clause, shape.borrow(), 0, MAX_TAKES)
    }

    /// Whether a value is, or is taken out of, a parameter of a clause, in so many steps at most.
    fn is_taken_from(&self, clause: ClauseId, shape: &Shape, parameter: u8, steps: usize) -> bool {
        let Some(left) = steps.checked_sub(1) else {
            return false;
        };
        match self.value(clause, shape) {
            Shape::Parameter(nth) => *nth == parameter,
            Shape::Within(base) | Shape::Field(base, _) => {
                self.is_taken_from(clause, base, parameter, left)
            }
            Shape::Call(index) => {
                let id = CallId {
                    clause,
                    index: *index,
                };
                let name = self.external_name(id);
                let base = self.call(id).arguments.first();
                name.is_some_and(|it| TAKES.contains(&it.as_str()))
                    && base.is_some_and(|it| self.is_taken_from(clause, it, parameter, left))
            }
            _ => false,
        }
    }
}
