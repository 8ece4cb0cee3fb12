//! What the rules about servers share: which behaviour a module has, its callbacks, how they end, and what becomes of
//! the state on the way.
//!
//! The state is never told by its name: it is the parameter that the behaviour passes it in, and whatever the source
//! shows to be made of that.
pub(crate) mod agent;
mod calls;
mod flow;
mod outcome;
mod reach;
mod value;
mod variables;

use std::{cell::OnceCell, rc::Rc};

pub(crate) use outcome::{Discarded, Outcome, Shape, function_tails, may_reach, own_call};
pub(crate) use reach::{Reached, is_spawner, runs_elsewhere};
pub(crate) use value::{Change, Effect, Value, Values};

use exlint_project::Tables;

use crate::prelude::*;

/// What runs the callbacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    GenServer,
    GenStage,
    Agent,
    /// `:gen_statem`, or `GenStateMachine` on top of it.
    StateMachine,
    LiveView,
    LiveComponent,
    Channel,
}

impl Behaviour {
    fn of(module: Module) -> Option<Self> {
        let used = module.directives("use").find_map(|it| {
            let name = it.argument()?.module_name()?;
            let what = it.written_arguments().nth(1).and_then(Node::tag);
            Self::used(&name, what)
        });
        used.or_else(|| {
            let is = |name| module.implements(name);
            match () {
                () if is("GenServer") || is(":gen_server") => Some(Self::GenServer),
                () if is("GenStage") => Some(Self::GenStage),
                () if is(":gen_statem") || is("GenStateMachine") => Some(Self::StateMachine),
                () if is("Phoenix.LiveView") => Some(Self::LiveView),
                () if starts_itself(module) => Some(Self::GenServer),
                () => None,
            }
        })
    }

    /// `use name, what`.
    fn used(name: &str, what: Option<&str>) -> Option<Self> {
        match (name, what) {
            ("GenServer", _) => Some(Self::GenServer),
            ("GenStage", _) => Some(Self::GenStage),
            ("GenStateMachine", _) => Some(Self::StateMachine),
            ("Agent", _) => Some(Self::Agent),
            ("Phoenix.LiveView", _) => Some(Self::LiveView),
            ("Phoenix.LiveComponent", _) => Some(Self::LiveComponent),
            ("Phoenix.Channel", _) => Some(Self::Channel),
            (_, Some("live_view")) => Some(Self::LiveView),
            (_, Some("live_component")) => Some(Self::LiveComponent),
            (web, Some("channel")) if web.ends_with("Web") => Some(Self::Channel),
            _ => None,
        }
    }

    /// Whether the state is a socket with assigns.
    pub fn has_socket(self) -> bool {
        matches!(self, Self::LiveView | Self::LiveComponent | Self::Channel)
    }

    /// Whether it speaks OTP's protocol of calls, casts and messages with a state of any kind.
    pub fn is_server(self) -> bool {
        matches!(self, Self::GenServer | Self::GenStage)
    }

    /// The callbacks: name, arity, what they are for, and which parameter is the state.
    fn callbacks(self) -> &'static [(&'static str, usize, CallbackKind, Option<usize>)] {
        use CallbackKind::*;
        match self {
            Self::GenServer => &[
                ("init", 1, Init, None),
                ("handle_call", 3, Call, Some(2)),
                ("handle_cast", 2, Cast, Some(1)),
                ("handle_info", 2, Info, Some(1)),
                ("handle_continue", 2, Continue, Some(1)),
                ("terminate", 2, Terminate, Some(1)),
            ],
            Self::GenStage => &[
                ("init", 1, Init, None),
                ("handle_call", 3, Call, Some(2)),
                ("handle_cast", 2, Cast, Some(1)),
                ("handle_info", 2, Info, Some(1)),
                ("handle_demand", 2, Event, Some(1)),
                ("handle_events", 3, Event, Some(2)),
                ("handle_cancel", 3, Event, Some(2)),
                ("handle_subscribe", 4, Subscribe, Some(3)),
                ("terminate", 2, Terminate, Some(1)),
            ],
            Self::Agent => &[],
            Self::StateMachine => &[
                ("init", 1, Init, None),
                ("handle_event", 4, Event, Some(3)),
                ("terminate", 3, Terminate, Some(2)),
            ],
            Self::LiveView => &[
                ("mount", 3, Init, Some(2)),
                ("handle_params", 3, Event, Some(2)),
                ("handle_event", 3, Event, Some(2)),
                ("handle_info", 2, Info, Some(1)),
                ("handle_call", 3, Call, Some(2)),
                ("handle_cast", 2, Cast, Some(1)),
                ("handle_async", 3, Async, Some(2)),
                ("terminate", 2, Terminate, Some(1)),
            ],
            Self::LiveComponent => &[
                ("mount", 1, Init, Some(0)),
                ("update", 2, Init, Some(1)),
                ("handle_event", 3, Event, Some(2)),
                ("handle_async", 3, Async, Some(2)),
            ],
            Self::Channel => &[
                ("join", 3, Init, Some(2)),
                ("handle_in", 3, Event, Some(2)),
                ("handle_out", 3, Event, Some(2)),
                ("handle_info", 2, Info, Some(1)),
                ("handle_call", 3, Call, Some(2)),
                ("handle_cast", 2, Cast, Some(1)),
                ("terminate", 2, Terminate, Some(1)),
            ],
        }
    }
}

/// Whether the module is a GenServer although another module's macro says so: it marks its callbacks, or starts itself,
/// as one.
fn starts_itself(module: Module) -> bool {
    if module.uses().next().is_none() {
        return false;
    }
    let mut functions = module.body().filter_map(Def::cast);
    let is_marked = functions.any(|it| {
        let behaviour = it.attribute("impl").and_then(Node::module_name);
        behaviour.as_deref() == Some("GenServer")
    });
    is_marked || {
        let calls = module.descendants().filter_map(Call::cast);
        let mut starts = calls.filter(|it| matches!(it.name(), "start_link" | "start"));
        starts.any(|it| {
            let server = it.argument(0).and_then(Node::module_name);
            it.callee() == Callee::Remote("GenServer".into())
                && server.as_deref() == Some(module.name())
        })
    }
}

/// What a callback is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum CallbackKind {
    /// Builds the state, once.
    Init,
    Call,
    Cast,
    Info,
    Continue,
    Terminate,
    /// An event of a kind that the behaviour has of its own: `handle_event`, `handle_demand`, ...
    Event,
    /// `handle_async/3`.
    Async,
    /// `handle_subscribe/4` of a stage.
    Subscribe,
}

/// One clause of a callback.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Callback<'t> {
    pub def: Def<'t>,
    pub kind: CallbackKind,
    /// Which parameter is the state; `init/1` of a server has none.
    pub state: Option<usize>,
}

impl<'t> Callback<'t> {
    /// The pattern of the message, request or event.
    pub fn message(self) -> Option<Node<'t>> {
        self.def.parameter(0)
    }

    /// The parameter that says who waits for the reply.
    pub fn from(self) -> Option<Node<'t>> {
        match self.kind {
            CallbackKind::Call => self.def.parameter(1),
            // `{:call, from}` of a state machine.
            CallbackKind::Event => self
                .message()
                .filter(|it| it.is(Kind::Tuple) && it.tag() == Some("call"))
                .and_then(|it| it.tuple().get(1).copied()),
            _ => None,
        }
    }

    /// Whether it runs more than once in the life of the process.
    pub fn is_repeatable(self) -> bool {
        !matches!(self.kind, CallbackKind::Init | CallbackKind::Terminate)
    }

    /// Whether the clause takes every message, whatever the state.
    pub fn is_catch_all(self) -> bool {
        self.def.guard().is_none() && self.def.parameters().all(|it| it.is_irrefutable())
    }

    /// `handle_call/3` as it reads in documentation.
    pub fn title(self) -> String {
        format!("{}/{}", self.def.function_name(), self.def.arity().1)
    }
}

/// A module with callbacks that a process runs.
#[derive(Debug)]
pub(crate) struct Server<'t> {
    pub module: Module<'t>,
    pub behaviour: Behaviour,
    /// In the order of the behaviour, then of the source.
    pub callbacks: Vec<Callback<'t>>,
    /// Whether code that the file does not show may add callbacks: an unknown `use` or macro, `@before_compile`.
    pub may_have_more_callbacks: bool,
    outcomes: OnceCell<Vec<Outcome<'t>>>,
    reached: OnceCell<Vec<Reached<'t>>>,
}

impl<'t> Server<'t> {
    /// The server that the module is; `None` for other modules.
    pub fn of(module: Module<'t>) -> Option<Self> {
        if module.keyword() != "defmodule" || module.mode() == Mode::Quoted {
            return None;
        }
        let behaviour = Behaviour::of(module)?;
        let clauses = |(name, arity, kind, state): &(&str, usize, _, _)| {
            let (kind, state) = (*kind, *state);
            let defs = module.clauses(name, *arity);
            defs.filter(|it| !it.is_private() && !it.is_macro())
                .map(move |def| Callback { def, kind, state })
                .collect::<Vec<_>>()
        };
        let mut callbacks: Vec<_> = behaviour.callbacks().iter().flat_map(clauses).collect();
        if behaviour == Behaviour::StateMachine {
            callbacks.extend(state_functions(module));
        }
        Some(Self {
            module,
            behaviour,
            callbacks,
            may_have_more_callbacks: adds_callbacks(module),
            outcomes: OnceCell::new(),
            reached: OnceCell::new(),
        })
    }

    /// The clauses of one kind of callback.
    pub fn clauses(&self, kind: CallbackKind) -> impl Iterator<Item = Callback<'t>> {
        self.callbacks
            .iter()
            .copied()
            .filter(move |it| it.kind == kind)
    }

    pub fn has(&self, kind: CallbackKind) -> bool {
        self.clauses(kind).next().is_some()
    }

    /// How the callbacks end, with what becomes of the state; own helper functions are seen through.
    pub fn outcomes(&self) -> &[Outcome<'t>] {
        self.outcomes.get_or_init(|| outcome::outcomes(self))
    }

    /// The function clauses that run in the process of the server.
    pub fn reached(&self, tables: &Tables) -> &[Reached<'t>] {
        self.reached.get_or_init(|| reach::reached(self, tables))
    }

    /// The calls to `functions`, as module and name, that run in the process of the server, with the clause they stand
    /// in.
    pub fn calls_to(
        &self,
        functions: &[(&str, &str)],
        tables: &Tables,
    ) -> Vec<(Reached<'t>, Call<'t>)> {
        let mut calls = Vec::new();
        for reached in self.reached(tables) {
            let named = reached.def.descendants().filter_map(Call::cast);
            let named = named.filter(|it| {
                it.mode() == Mode::Code
                    && functions.iter().any(|(_, name)| it.name() == *name)
                    && is_to_any(*it, functions)
                    && !runs_elsewhere(it.node(), tables)
            });
            calls.extend(named.map(|it| (*reached, it)));
        }
        calls.sort_by_key(|(_, call)| call.id());
        calls
    }

    /// The clauses of `handle_info/2` that may take a message of `size` elements whose first is `tag`.
    pub fn may_receive(&self, tag: &str, size: usize) -> bool {
        self.clauses(CallbackKind::Info).any(|it| {
            it.message().is_some_and(|it| {
                it.matched_patterns().into_iter().all(|it| match it.kind() {
                    Kind::Tuple => {
                        let elements = it.tuple();
                        elements.len() == size
                            && (elements[0].is_atom(tag) || !elements[0].is_literal())
                    }
                    Kind::Var | Kind::Attribute | Kind::Call => true,
                    _ => false,
                })
            })
        })
    }
}

/// Whether `call` calls one of these, as module and name.
pub(crate) fn is_to_any(call: Call, functions: &[(&str, &str)]) -> bool {
    match call.callee() {
        Callee::Remote(module) => functions
            .iter()
            .any(|(of, name)| module == *of && call.name() == *name),
        _ => false,
    }
}

/// Where a state machine says that it works in this way: in `callback_mode/0`, or in the options of `use GenStateMachine`.
pub(crate) fn callback_mode<'t>(module: Module<'t>, way: &str) -> Option<Node<'t>> {
    let written = module.clauses("callback_mode", 0).map(|it| it.node());
    let used = module
        .directives("use")
        .filter_map(|it| it.option("callback_mode"));
    let parts = written.chain(used).flat_map(Node::subtree);
    let mut values = parts.flat_map(|it| it.constant().subtree());
    values.find(|it| it.is_atom(way))
}

/// The state functions of a `:gen_statem`: `name/3` whose first argument is the type of the event.
fn state_functions<'t>(module: Module<'t>) -> Vec<Callback<'t>> {
    if callback_mode(module, "state_functions").is_none() {
        return Vec::new();
    }
    let functions = module.functions().iter();
    let functions = functions.filter(|it| it.max_arity == 3 && !it.is_private && !it.is_macro);
    let defs = functions
        .flat_map(|it| it.clauses.iter())
        .filter_map(|it| module.file().def(*it));
    defs.filter(|it| it.function_name() != "terminate")
        .filter(|it| it.parameter(0).is_some_and(is_event_type))
        .map(|def| Callback {
            def,
            kind: CallbackKind::Event,
            state: Some(2),
        })
        .collect()
}

fn is_event_type(pattern: Node) -> bool {
    matches!(
        pattern.tag(),
        Some("call" | "cast" | "info" | "enter" | "internal" | "timeout" | "state_timeout")
    )
}

/// Modules whose `use` adds no callback that answers messages.
const HARMLESS_USES: &[&str] = &[
    "Agent",
    "Bitwise",
    "GenServer",
    "GenStage",
    "GenStateMachine",
    "Phoenix.Channel",
    "Phoenix.Component",
    "Phoenix.LiveComponent",
    "Phoenix.LiveView",
    "Phoenix.VerifiedRoutes",
    "Supervisor",
    "Task",
    "TypedStruct",
];

/// Macros in the body of a module that define no functions of their own.
const HARMLESS_MACROS: &[&str] = &[
    "case",
    "cond",
    "defexception",
    "defoverridable",
    "defrecord",
    "defrecordp",
    "defstruct",
    "embedded_schema",
    "for",
    "if",
    "schema",
    "typedstruct",
    "unless",
];

fn adds_callbacks(module: Module) -> bool {
    let hooked = module
        .body()
        .any(|it| it.is(Kind::Attribute) && it.name() == "before_compile");
    let has_macros = module.body().any(|it| {
        it.is(Kind::Call)
            && it.child(Role::Receiver).is_none()
            && !HARMLESS_MACROS.contains(&it.name())
    });
    hooked
        || has_macros
        || module
            .uses()
            .any(|it| !HARMLESS_USES.contains(&it.as_ref()))
        || module.directives("use").any(|it| {
            let name = it.argument().and_then(Node::module_name);
            name.is_none()
        })
}

/// The servers of a file, found when first asked for.
#[derive(Debug, Default)]
pub(crate) struct Servers<'t>(OnceCell<Vec<Rc<Server<'t>>>>);

impl<'t> Servers<'t> {
    fn get(&self, file: &'t File) -> &[Rc<Server<'t>>] {
        self.0.get_or_init(|| {
            let servers = file.modules().filter_map(Server::of);
            servers.map(Rc::new).collect()
        })
    }
}

impl<'t> Cx<'t> {
    /// The server that a module of the file is.
    pub(crate) fn server(&self, module: Module<'t>) -> Option<Rc<Server<'t>>> {
        let servers = self.servers.get(self.file);
        // In the order of the source.
        let index = servers.binary_search_by_key(&module.id(), |it| it.module.id());
        index.ok().map(|it| servers[it].clone())
    }
}
