//! What a child does once, when it starts, and what is lost when a sibling is restarted without it.
use exlint_facts::{Name, Shape};
use exlint_project::{CallId, Child, ClauseId, ModuleId, Project, Runs, Server, ServerCall};

/// A child that is a module of the project, and what it runs while it starts.
pub(super) struct Starting<'p> {
    pub child: &'p Child,
    pub module: ModuleId,
    pub runs: Vec<Runs>,
}

/// Something between two siblings that is made when one of them starts, and at no other time.
pub(super) struct Tie {
    /// Where that one makes it.
    pub made: CallId,
    /// What the other one does for it.
    pub counterpart: Option<CallId>,
    pub kind: TieKind,
}

/// Whether a child is started before its sibling or after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Older,
    Younger,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TieKind {
    /// An entry in the other one's table.
    Entry,
    /// A membership in a group of the other one, which is a scope of `:pg`.
    Membership,
    /// The other one gets to know its pid.
    Registration,
    /// It keeps the other one's pid.
    Pid,
}

/// Words that messages begin with which make the receiver remember the sender.
const REGISTERS: &[&str] = &[
    "register",
    "subscribe",
    "join",
    "attach",
    "track",
    "watch",
    "monitor",
    "add_",
    "hello",
    "checkin",
    "check_in",
    "announce",
];

impl<'p> Starting<'p> {
    pub fn of(project: &Project, child: &'p Child) -> Option<Self> {
        let module = project.find_module(child.module?, project.file_of(child.clause))?;
        let server = project.server(module)?;
        let mut clauses: Vec<ClauseId> = server.clauses(project, "init", 1).collect();
        if !continues_later(project, server) {
            clauses.extend(server.clauses(project, "handle_continue", 2));
        }
        let runs = clauses.into_iter().map(|it| project.runs(it)).collect();
        Some(Starting {
            child,
            module,
            runs,
        })
    }

    /// The calls that it makes while it starts, once siblings of this order are there.
    fn calls(&self, project: &Project, order: Order) -> Vec<CallId> {
        let is_in_time = |runs: &&Runs| {
            let function = project.function_of_clause(runs.root);
            order == Order::Older || !project.is(function.name, "init")
        };
        let runs = self.runs.iter().filter(is_in_time);
        runs.flat_map(|it| it.calls(project)).collect()
    }

    /// What ties it to a sibling. One that is started after it is not there yet during `init/1`.
    pub fn tie_to(
        &self,
        project: &Project,
        sibling: &Child,
        owner: Option<&Starting>,
        order: Order,
    ) -> Option<Tie> {
        if self.watches(project) {
            return None;
        }
        let calls = self.calls(project, order);
        let mut calls = calls.iter();
        calls.find_map(|call| {
            let tie = self
                .entry(project, *call, owner)
                .or_else(|| self.membership(project, *call, sibling))
                .or_else(|| self.registration(project, *call, owner))
                .or_else(|| self.pid(project, *call, sibling))?;
            (!self.repeats(project, *call)).then_some(tie)
        })
    }

    fn entry(&self, project: &Project, call: CallId, owner: Option<&Starting>) -> Option<Tie> {
        let name = project.text(project.call(call).name);
        let inserted = Some(name)
            .filter(|it| matches!(*it, "insert" | "insert_new"))
            .and_then(|it| table(project, call, it))?;
        let created = owner?
            .calls(project, Order::Older)
            .into_iter()
            .find(|it| table(project, *it, "new") == Some(inserted))?;
        Some(Tie {
            made: call,
            counterpart: Some(created),
            kind: TieKind::Entry,
        })
    }

    fn membership(&self, project: &Project, call: CallId, sibling: &Child) -> Option<Tie> {
        let is_scope = sibling.module.is_some_and(|it| project.is(it, "pg"));
        let joins = is_scope && project.is_to(call, ":pg", "join", 3);
        let scope = joins
            .then(|| project.call(call).arguments.first())
            .flatten()?;
        let scope = name_of(project.value(call.clause, scope))?;
        (name_of(&sibling.argument) == Some(scope)).then_some(Tie {
            made: call,
            counterpart: None,
            kind: TieKind::Membership,
        })
    }

    /// A message to the sibling with the sender's pid in it, which the sibling keeps.
    fn registration(
        &self,
        project: &Project,
        call: CallId,
        owner: Option<&Starting>,
    ) -> Option<Tie> {
        let message = project.message(call)?;
        let owner = owner.filter(|it| message.to == Some(it.module) && message.to_singleton)?;
        let server = project.server(owner.module)?;
        if message.kind == ServerCall::Stop {
            return None;
        }
        let runs = self
            .runs
            .iter()
            .find(|it| it.clauses.contains(&call.clause))?;
        let sent = project
            .call(call)
            .arguments
            .get(message.argument? as usize)?;
        let (clause, sent) = runs.origin(project, call.clause, sent);
        let tag = sent.tag().map(|(tag, _)| project.text(tag))?;
        let registers = REGISTERS.iter().any(|it| tag.starts_with(it));
        let handlers = project.receivers(call, server, Some(runs));
        let kept = handlers.iter().find_map(|it| watched(project, *it));
        let holds_self = match sent {
            Shape::Tuple(parts) => parts.iter().skip(1).any(|it| {
                let (clause, it) = runs.origin(project, clause, it);
                project.is_self(clause, it)
                    || registers && is_default(project, clause, it) && clause != runs.root
            }),
            // The server takes the pid from whoever calls.
            _ => {
                registers && kept.is_some() && handlers.iter().all(|it| takes_caller(project, *it))
            }
        };
        let made = runs.path_to(call).first().map_or(call, |it| it.call);
        (holds_self && (registers || kept.is_some())).then_some(Tie {
            made,
            counterpart: kept,
            kind: TieKind::Registration,
        })
    }

    /// `Process.whereis(Sibling)` whose value goes into the state.
    fn pid(&self, project: &Project, call: CallId, sibling: &Child) -> Option<Tie> {
        let finds = ["Process", "GenServer"]
            .iter()
            .any(|it| project.is_to(call, it, "whereis", 1));
        let name = finds
            .then(|| project.call(call).arguments.first())
            .flatten()?;
        let name = name_of(project.value(call.clause, name))?;
        let is_kept = self.runs.iter().any(|it| {
            it.root == call.clause
                && project
                    .code(it.root)
                    .tails
                    .iter()
                    .any(|tail| holds(project, call, &tail.shape))
        });
        (sibling.name == Some(name) && is_kept).then_some(Tie {
            made: call,
            counterpart: None,
            kind: TieKind::Pid,
        })
    }

    /// Whether it hears of the end of others: it monitors or links somebody.
    fn watches(&self, project: &Project) -> bool {
        let functions = project.functions_of(self.module);
        let clauses = functions.flat_map(|it| project.clauses_of(it));
        let mut calls = clauses.flat_map(|it| project.calls_of(it));
        calls.any(|(_, call)| matches!(project.text(call.name), "monitor" | "link"))
    }

    /// Whether it does the same again at another time, or others do it for it.
    fn repeats(&self, project: &Project, first: CallId) -> bool {
        let starts = |clause: ClauseId| self.runs.iter().any(|it| it.clauses.contains(&clause));
        let callbacks = project
            .server(self.module)
            .map_or(&[][..], |it| &it.callbacks);
        let later = callbacks.iter().map(|it| it.2).filter(|it| !starts(*it));
        let by_callbacks = later.flat_map(|it| project.runs(it).calls(project));
        let clauses = project
            .functions_of(self.module)
            .flat_map(|it| project.clauses_of(it))
            .filter(|it| !starts(*it));
        let by_functions = clauses.flat_map(|it| project.calls_of(it).map(|(id, _)| id));
        by_callbacks
            .chain(by_functions)
            .any(|it| it == first || is_alike(project, it, first))
    }
}

/// Whether two calls are to the same function with the same first argument and, if they send a message, of one tag.
fn is_alike(project: &Project, one: CallId, other: CallId) -> bool {
    let stem = |id: CallId| {
        let name = project.text(project.call(id).name);
        name.trim_end_matches("_new").trim_end_matches('!')
    };
    let first = |id: CallId| {
        let argument = project.call(id).arguments.first()?;
        name_of(project.value(id.clause, argument))
    };
    let tag = |id: CallId| {
        let argument = project.message(id)?.argument?;
        let sent = project.call(id).arguments.get(argument as usize)?;
        project.value(id.clause, sent).tag()
    };
    let module = project.external_module(one);
    module.is_some()
        && module == project.external_module(other)
        && stem(one) == stem(other)
        && first(one) == first(other)
        && tag(one) == tag(other)
}

/// Whether callbacks other than `init/1` lead to `handle_continue/2`.
fn continues_later(project: &Project, server: &Server) -> bool {
    let mut later = server
        .callbacks
        .iter()
        .filter(|(name, _, _)| !project.is(*name, "init"));
    later.any(|(_, _, clause)| {
        let mut tails = project.code(*clause).tails.iter();
        tails.any(|it| match project.value(*clause, &it.shape) {
            Shape::Tuple(parts) => parts.last().is_some_and(|it| {
                let tag = project.value(*clause, it).tag();
                tag.is_some_and(|(tag, size)| size == 2 && project.is(tag, "continue"))
            }),
            _ => false,
        })
    })
}

/// The table that a call of `:ets` names.
fn table(project: &Project, id: CallId, function: &str) -> Option<Name> {
    let call = project.call(id);
    if !project.is(call.name, function) || project.external_module(id) != Some(":ets") {
        return None;
    }
    name_of(project.value(id.clause, call.arguments.first()?))
}

/// Whether a value is a parameter that has a default.
fn is_default(project: &Project, clause: ClauseId, shape: &Shape) -> bool {
    let defaults = &project.function_of_clause(clause).defaults;
    matches!(shape, Shape::Parameter(nth) if defaults.contains(nth))
}

/// `handle_call(message, {pid, _tag}, state)`.
fn takes_caller(project: &Project, clause: ClauseId) -> bool {
    let from = project.clause(clause).parameters.get(1);
    matches!(from, Some(Shape::Tuple(_)))
}

/// Where a clause monitors what is in its message.
fn watched(project: &Project, clause: ClauseId) -> Option<CallId> {
    let calls = project.runs(clause).calls(project).into_iter();
    let mut monitors = calls.filter(|it| project.is_to(*it, "Process", "monitor", 1));
    monitors.next()
}

/// Whether a value is made of what a call gives.
fn holds(project: &Project, call: CallId, shape: &Shape) -> bool {
    let any = |parts: &[Shape]| parts.iter().any(|it| holds(project, call, it));
    match project.value(call.clause, shape) {
        Shape::Call(index) => *index == call.index,
        Shape::Tuple(parts) => any(parts),
        shape => shape.pairs().iter().any(|(_, it)| holds(project, call, it)),
    }
}

fn name_of(shape: &Shape) -> Option<Name> {
    shape.atom().or(shape.module())
}
