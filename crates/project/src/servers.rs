//! The servers of a project: which modules are processes, how they are named, and who talks to them.
use exlint_facts::{CallFacts, FileRole, Name, Shape};
use rustc_hash::FxHashMap;

use crate::{CallId, ClauseId, ModuleId, Project};

/// What kind of process a module is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Behaviour {
    GenServer,
    GenStage,
    StateMachine,
    Agent,
    Supervisor,
    DynamicSupervisor,
    LiveView,
    LiveComponent,
    Channel,
    Broadway,
    Worker,
    Application,
}

impl Behaviour {
    /// What a module uses or implements to be one.
    const BY_MODULE: &[(&str, Behaviour)] = &[
        ("GenServer", Behaviour::GenServer),
        (":gen_server", Behaviour::GenServer),
        ("GenStage", Behaviour::GenStage),
        (":gen_statem", Behaviour::StateMachine),
        ("GenStateMachine", Behaviour::StateMachine),
        ("Agent", Behaviour::Agent),
        ("Supervisor", Behaviour::Supervisor),
        (":supervisor", Behaviour::Supervisor),
        ("DynamicSupervisor", Behaviour::DynamicSupervisor),
        ("Phoenix.LiveView", Behaviour::LiveView),
        ("Phoenix.LiveComponent", Behaviour::LiveComponent),
        ("Phoenix.Channel", Behaviour::Channel),
        ("Broadway", Behaviour::Broadway),
        ("Oban.Worker", Behaviour::Worker),
        ("Oban.Pro.Worker", Behaviour::Worker),
        ("Application", Behaviour::Application),
    ];

    /// Whether clients call it and wait.
    pub fn serves_calls(self) -> bool {
        matches!(
            self,
            Behaviour::GenServer | Behaviour::GenStage | Behaviour::StateMachine | Behaviour::Agent
        )
    }
}

/// A module that is a process.
#[derive(Clone, Debug)]
pub struct Server {
    pub module: ModuleId,
    pub behaviour: Behaviour,
    /// The clauses of its callbacks, by name and arity.
    pub callbacks: Vec<(Name, u8, ClauseId)>,
    /// The same, by what they take.
    handlers: FxHashMap<(Name, u8), Handlers>,
    /// The names it is registered under in its own start functions; `None` in the list for a name only known at
    /// run time.
    pub names: Vec<Option<Name>>,
}

/// The clauses of one callback, in their order.
#[derive(Clone, Debug, Default)]
struct Handlers {
    all: Vec<ClauseId>,
    /// By the tag of their first parameter.
    tagged: FxHashMap<Name, Vec<ClauseId>>,
    /// Those whose first parameter has none.
    untagged: Vec<ClauseId>,
}

/// How a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServerCall {
    Call,
    Cast,
    Info,
    Stop,
}

/// A message to a server.
#[derive(Clone, Debug)]
pub struct Message {
    pub call: CallId,
    pub kind: ServerCall,
    /// The server it goes to, if it is certain.
    pub to: Option<ModuleId>,
    /// Whether there is one process of the server, by name, so that the message goes to that.
    pub to_singleton: bool,
    /// Whether it goes to the sending process itself: `self()`.
    pub to_self: bool,
    /// The argument that holds the receiver.
    pub receiver: u8,
    /// The argument that holds the message.
    pub argument: Option<u8>,
    /// The argument that holds the timeout.
    pub timeout: Option<u8>,
}

/// A call to a server, and where.
pub type CallSite = CallId;

#[derive(Default)]
pub(crate) struct Servers {
    pub all: Vec<Server>,
    pub messages: Vec<Message>,
    by_module: FxHashMap<ModuleId, usize>,
    /// The servers that have one process, by its name.
    pub named: FxHashMap<Name, ModuleId>,
}

impl Servers {
    pub fn of(project: &Project) -> Self {
        let mut servers = Servers::default();
        for module in project
            .modules()
            .filter(|it| project.role_of_module(*it) != FileRole::Test)
        {
            if let Some(server) = server(project, module) {
                servers.by_module.insert(module, servers.all.len());
                servers.all.push(server);
            }
        }
        let singletons = servers.all.iter().filter(|it| it.is_singleton());
        servers.named = singletons
            .filter_map(|it| Some(((*it.names.first()?)?, it.module)))
            .collect();
        servers.messages = servers.sent(project);
        servers
    }

    pub fn of_module(&self, module: ModuleId) -> Option<&Server> {
        self.by_module.get(&module).map(|it| &self.all[*it])
    }

    /// Says that there is one process of a server, under this name, which these messages go to.
    pub fn settle(&mut self, module: ModuleId, name: Name, messages: &[usize]) {
        if let Some(at) = self.by_module.get(&module) {
            self.all[*at].names = vec![Some(name)];
            self.named.insert(name, module);
        }
        for message in messages {
            self.messages[*message].to = Some(module);
            self.messages[*message].to_singleton = true;
        }
    }

    pub fn message_of(&self, call: CallId) -> Option<&Message> {
        let at = self.messages.binary_search_by_key(&call, |it| it.call);
        self.messages.get(at.ok()?)
    }

    fn sent(&self, project: &Project) -> Vec<Message> {
        let named: FxHashMap<Name, ModuleId> = self
            .all
            .iter()
            .flat_map(|server| {
                server
                    .names
                    .iter()
                    .flatten()
                    .map(|name| (*name, server.module))
            })
            .collect();
        let calls = project.calls_named(SENDS);
        calls
            .filter_map(|(id, call)| self.message(project, &named, id, call))
            .collect()
    }

    fn message(
        &self,
        project: &Project,
        named: &FxHashMap<Name, ModuleId>,
        id: CallId,
        call: &CallFacts,
    ) -> Option<Message> {
        if call.is_capture {
            return None;
        }
        let module = project.external_module(id)?;
        let name = project.text(call.name);
        let (kind, place, argument, timeout) = protocol(module, name, call.arity)?;
        let receiver = call.arguments.get(place as usize)?;
        let receiver = project.value(id.clause, receiver);
        let to_self = is_self(project, id.clause, receiver);
        let own = project.module_of_clause(id.clause);
        let (to, to_singleton) = match receiver {
            _ if to_self => (self.of_module(own).map(|it| it.module), false),
            Shape::Module(name) | Shape::Atom(name) => {
                let named = named.get(name).copied();
                let found = named.or_else(|| self.unnamed(project, *name, id));
                (found, named.is_some())
            }
            // `def stop(server), do: GenServer.stop(server)` of the server itself.
            Shape::Parameter(0) if kind == ServerCall::Stop => {
                let is_client = !project.function_of_clause(id.clause).is_private;
                let own = self.of_module(own).filter(|_| is_client);
                (own.map(|it| it.module), false)
            }
            // A client function of the server itself: whichever process it is given, it is one of this server.
            _ => {
                let tag = argument.and_then(|it| call.arguments.get(it as usize));
                let tag = tag.and_then(|it| project.value(id.clause, it).tag());
                let is_own = tag.is_some()
                    && self
                        .of_module(own)
                        .is_some_and(|it| it.handles(project, kind, tag));
                (is_own.then_some(own), false)
            }
        };
        Some(Message {
            call: id,
            kind,
            to,
            to_singleton,
            to_self,
            receiver: place,
            argument,
            timeout,
        })
    }

    /// A module used as a name, although nothing shows that it is registered under it.
    fn unnamed(&self, project: &Project, name: Name, from: CallId) -> Option<ModuleId> {
        let module = project.find_module(name, project.file_of(from.clause))?;
        self.of_module(module).map(|it| it.module)
    }
}

impl Server {
    /// The clauses of a callback.
    pub fn clauses<'s>(
        &'s self,
        project: &'s Project,
        name: &'s str,
        arity: u8,
    ) -> impl Iterator<Item = ClauseId> + 's {
        let handlers = self.handlers_of(project, name, arity);
        handlers.into_iter().flat_map(|it| it.all.iter().copied())
    }

    /// The clauses of a callback whose first parameter has this tag.
    pub fn clauses_tagged(
        &self,
        project: &Project,
        callback: (&str, u8),
        tag: Name,
    ) -> &[ClauseId] {
        let handlers = self.handlers_of(project, callback.0, callback.1);
        let tagged = handlers.and_then(|it| it.tagged.get(&tag));
        tagged.map_or(&[], Vec::as_slice)
    }

    /// The clauses of a callback that may take a message, as far as its tag tells; in their order.
    pub(crate) fn clauses_for<'s>(
        &'s self,
        project: &Project,
        callback: (&str, u8),
        message: &Shape,
    ) -> impl Iterator<Item = ClauseId> + use<'s> {
        let handlers = self.handlers_of(project, callback.0, callback.1);
        let tag = message.tag().map(|(tag, _)| tag);
        let (all, some) = match (handlers, tag) {
            (None, _) => (&[][..], Vec::new()),
            (Some(handlers), None) => (handlers.all.as_slice(), Vec::new()),
            (Some(handlers), Some(tag)) => {
                let tagged = handlers.tagged.get(&tag).into_iter().flatten();
                let mut some: Vec<_> = tagged.chain(&handlers.untagged).copied().collect();
                some.sort_unstable();
                (&[][..], some)
            }
        };
        all.iter().copied().chain(some)
    }

    fn handlers_of(&self, project: &Project, name: &str, arity: u8) -> Option<&Handlers> {
        self.handlers.get(&(project.name(name)?, arity))
    }

    /// Whether a clause of the callback for `kind` has this tag in its message.
    fn handles(&self, project: &Project, kind: ServerCall, tag: Option<(Name, usize)>) -> bool {
        let (Some(callback), Some((name, _))) = (kind.callback(), tag) else {
            return false;
        };
        let mut clauses = self.clauses_tagged(project, callback, name).iter();
        clauses.any(|it| {
            let message = project.clause(*it).parameters.first();
            message.is_some_and(|message| message.tag() == tag)
        })
    }

    /// Whether it is registered under one name that is known, so that there is one process of it.
    pub fn is_singleton(&self) -> bool {
        matches!(self.names.as_slice(), [Some(_)])
    }
}

impl Handlers {
    fn add(&mut self, project: &Project, clause: ClauseId) {
        self.all.push(clause);
        let message = project.clause(clause).parameters.first();
        match message.and_then(Shape::tag) {
            Some((tag, _)) => self.tagged.entry(tag).or_default().push(clause),
            None => self.untagged.push(clause),
        }
    }
}

impl ServerCall {
    /// The callback that receives it.
    pub fn callback(self) -> Option<(&'static str, u8)> {
        match self {
            ServerCall::Call => Some(("handle_call", 3)),
            ServerCall::Cast => Some(("handle_cast", 2)),
            ServerCall::Info => Some(("handle_info", 2)),
            ServerCall::Stop => Some(("terminate", 2)),
        }
    }
}

/// Functions that talk to servers, by their names.
const SENDS: &[&str] = &[
    "call",
    "cast",
    "get",
    "get_and_update",
    "send",
    "send_after",
    "send_interval",
    "stop",
    "update",
];

/// How functions of the standard library talk to servers: kind, and the arguments that hold the receiver, the message
/// and the timeout.
fn protocol(
    module: &str,
    name: &str,
    arity: u8,
) -> Option<(ServerCall, u8, Option<u8>, Option<u8>)> {
    use ServerCall::*;
    let timeout = |at: u8| (arity > at).then_some(at);
    Some(match (module, name, arity) {
        (
            "GenServer" | ":gen_server" | "GenStage" | ":gen_statem" | "GenStateMachine",
            "call",
            2 | 3,
        ) => (Call, 0, Some(1), timeout(2)),
        (
            "GenServer" | ":gen_server" | "GenStage" | ":gen_statem" | "GenStateMachine",
            "cast",
            2,
        ) => (Cast, 0, Some(1), None),
        ("GenServer" | ":gen_server" | "GenStage" | ":gen_statem", "stop", 1..=3) => {
            (Stop, 0, None, timeout(2))
        }
        ("Agent", "stop", 1..=3) => (Stop, 0, None, timeout(2)),
        ("Agent", "get" | "update" | "get_and_update", 2..=5) => (Call, 0, None, None),
        ("Agent", "cast", 2 | 4) => (Cast, 0, None, None),
        ("Kernel" | ":erlang", "send", 2) => (Info, 0, Some(1), None),
        ("Process" | ":erlang", "send_after", 3 | 4) if module == "Process" => {
            (Info, 0, Some(1), None)
        }
        (":erlang", "send_after", 3 | 4) => (Info, 1, Some(2), None),
        ("Process", "send", 3) => (Info, 0, Some(1), None),
        (":timer", "send_interval" | "send_after", 3) => (Info, 1, Some(2), None),
        _ => return None,
    })
}

/// Whether a value is `self()` of the clause.
pub(crate) fn is_self(project: &Project, clause: ClauseId, shape: &Shape) -> bool {
    let Shape::Call(index) = shape else {
        return false;
    };
    let id = CallId {
        clause,
        index: *index,
    };
    project.code(clause).calls.len() > *index as usize && project.is_to(id, "Kernel", "self", 0)
}

fn server(project: &Project, module: ModuleId) -> Option<Server> {
    let behaviour = Behaviour::BY_MODULE
        .iter()
        .find(|(name, _)| project.implements(module, name))?
        .1;
    let mut callbacks = Vec::new();
    let mut handlers: FxHashMap<(Name, u8), Handlers> = FxHashMap::default();
    for function in project.functions_of(module) {
        let facts = project.function(function);
        if behaviour.has_callback(project.text(facts.name), facts.max_arity) {
            let clauses = project.clauses_of(function);
            let callback = handlers.entry((facts.name, facts.max_arity)).or_default();
            for clause in clauses {
                callbacks.push((facts.name, facts.max_arity, clause));
                callback.add(project, clause);
            }
        }
    }
    Some(Server {
        module,
        behaviour,
        callbacks,
        handlers,
        names: names(project, module),
    })
}

/// The callbacks of OTP's generic processes: functions of other arities, or of other behaviours, only share the name.
const GENERIC: &[(&str, u8)] = &[
    ("init", 1),
    ("handle_call", 3),
    ("handle_cast", 2),
    ("handle_info", 2),
    ("handle_continue", 2),
    ("terminate", 2),
    ("code_change", 3),
    ("format_status", 1),
    ("format_status", 2),
];

const STATE_MACHINE: &[(&str, u8)] = &[
    ("init", 1),
    ("callback_mode", 0),
    ("handle_event", 4),
    ("terminate", 3),
    ("code_change", 4),
];

const STAGE: &[(&str, u8)] = &[("handle_demand", 2), ("handle_events", 3)];

const LIVE: &[(&str, u8)] = &[
    ("mount", 3),
    ("mount", 1),
    ("update", 2),
    ("update_many", 1),
    ("render", 1),
    ("handle_params", 3),
    ("handle_event", 3),
    ("handle_async", 3),
    ("handle_call", 3),
    ("handle_cast", 2),
    ("handle_info", 2),
    ("terminate", 2),
];

const CHANNEL: &[(&str, u8)] = &[
    ("join", 3),
    ("handle_in", 3),
    ("handle_out", 3),
    ("handle_call", 3),
    ("handle_cast", 2),
    ("handle_info", 2),
    ("terminate", 2),
];

const BROADWAY: &[(&str, u8)] = &[
    ("prepare_messages", 2),
    ("handle_message", 3),
    ("handle_batch", 4),
    ("handle_failed", 2),
];

const APPLICATION: &[(&str, u8)] = &[("start", 2), ("prep_stop", 1), ("stop", 1)];

impl Behaviour {
    /// Whether `name/arity` is a callback of it.
    fn has_callback(self, name: &str, arity: u8) -> bool {
        let tables: &[&[(&str, u8)]] = match self {
            Behaviour::GenServer => &[GENERIC],
            Behaviour::GenStage => &[GENERIC, STAGE],
            Behaviour::StateMachine => &[STATE_MACHINE],
            Behaviour::Agent => &[],
            Behaviour::Supervisor | Behaviour::DynamicSupervisor => &[&[("init", 1)]],
            Behaviour::LiveView | Behaviour::LiveComponent => &[LIVE],
            Behaviour::Channel => &[CHANNEL],
            Behaviour::Broadway => &[BROADWAY],
            Behaviour::Worker => &[&[("perform", 1)]],
            Behaviour::Application => &[APPLICATION],
        };
        let mut rows = tables.iter().flat_map(|it| it.iter());
        rows.any(|it| *it == (name, arity))
    }
}

/// The names that the start functions of a module register its process under.
fn names(project: &Project, module: ModuleId) -> Vec<Option<Name>> {
    let mut names = Vec::new();
    let Some(key) = project.name("name") else {
        return names;
    };
    for (clause, options) in start_options(project, module) {
        match project.value(clause, options) {
            options @ Shape::Keywords(_) => {
                match options.get(key).map(|it| project.value(clause, it)) {
                    Some(Shape::Module(name) | Shape::Atom(name)) => names.push(Some(*name)),
                    Some(_) => names.push(None),
                    None => {}
                }
            }
            Shape::Unknown | Shape::Variable(_) | Shape::Parameter(_) | Shape::Call(_) => {
                names.push(None);
            }
            _ => {}
        }
    }
    names.dedup();
    names
}

/// Modules whose `start_link` registers a process under the name that its options say.
const STARTERS: &[&str] = &[
    "GenServer",
    "Agent",
    "GenStage",
    "Supervisor",
    "DynamicSupervisor",
    ":gen_server",
    ":gen_statem",
    "GenStateMachine",
];

/// The options that the functions of a module start its process with.
pub(crate) fn start_options(
    project: &Project,
    module: ModuleId,
) -> impl Iterator<Item = (ClauseId, &Shape)> {
    let clauses = project
        .functions_of(module)
        .flat_map(|it| project.clauses_of(it));
    let calls = clauses.flat_map(|it| project.calls_of(it));
    let starts = calls.filter(|(id, call)| {
        matches!(project.text(call.name), "start_link" | "start")
            && project
                .external_module(*id)
                .is_some_and(|it| STARTERS.contains(&it))
    });
    starts.filter_map(|(id, call)| Some((id.clause, call.arguments.last()?)))
}
