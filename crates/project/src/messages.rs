//! The servers and their messages as people see them.
use std::collections::BTreeMap;

use exlint_facts::{FileRole, Shape};
use exlint_findings::{
    FileId, GraphEdge, GraphMessage, GraphProcess, MessageGraph, MessageKind, Place, Span,
};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    At, Behaviour, CallId, ClauseId, Edge, Entry, Message, ModuleId, Project, Runs, ServerCall,
    Step,
};

/// How far the callers of a client function are followed.
const MAX_DEPTH: usize = 4;

/// Longer lists and deeper terms are not written out.
const MAX_TEXT: usize = 60;

impl Project {
    /// The servers, the modules that send them messages, and the messages; nothing is marked.
    pub fn message_graph(&self) -> MessageGraph {
        let mut outline = Outline {
            project: self,
            sent: BTreeMap::new(),
            covered: FxHashSet::default(),
        };
        for edge in self.server_graph().edges {
            outline.add_edge(&edge, &self.runs_of(edge.from), false);
        }
        for entry in self.servers().iter().flat_map(|it| self.entries(it)) {
            outline.add_assumed(entry);
        }
        for message in self.messages() {
            outline.add_clients(message);
        }
        outline.graph()
    }

    /// A message as far as it is known: `{:user, {:left, _}}`.
    pub fn message_text(&self, clause: ClauseId, shape: &Shape) -> String {
        match self.value(clause, shape) {
            Shape::Atom(name) => match self.text(*name) {
                text @ ("nil" | "true" | "false") => text.to_owned(),
                text => format!(":{text}"),
            },
            Shape::Module(name) => self.text(*name).to_owned(),
            Shape::Int(number) => number.to_string(),
            Shape::Struct(name, _) => format!("%{}{{}}", self.text(*name)),
            Shape::Tuple(parts) => {
                let parts = parts.iter().map(|it| self.message_text(clause, it));
                let text = format!("{{{}}}", parts.collect::<Vec<_>>().join(", "));
                match text.len() > MAX_TEXT {
                    true => "{...}".to_owned(),
                    false => text,
                }
            }
            _ => "_".to_owned(),
        }
    }

    /// The module whose functions stand around a place.
    pub fn module_at(&self, file: FileId, span: Span) -> Option<ModuleId> {
        let here = self.modules().filter(|it| self.file_of_module(*it) == file);
        let begins = |module: ModuleId| {
            let functions = self.module(module).functions.iter();
            let clauses = functions.flat_map(|it| it.clauses.iter().map(|it| it.span));
            let spans = clauses.chain([self.module(module).span]);
            spans
                .map(|it| it.start)
                .filter(|it| *it <= span.start)
                .max()
        };
        here.filter_map(|it| Some((begins(it)?, it)))
            .max()
            .map(|(_, module)| module)
    }
}

impl Behaviour {
    /// What people call it.
    pub fn text(self) -> &'static str {
        match self {
            Behaviour::GenServer => "GenServer",
            Behaviour::GenStage => "GenStage",
            Behaviour::StateMachine => "gen_statem",
            Behaviour::Agent => "Agent",
            Behaviour::Supervisor => "Supervisor",
            Behaviour::DynamicSupervisor => "DynamicSupervisor",
            Behaviour::LiveView => "LiveView",
            Behaviour::LiveComponent => "LiveComponent",
            Behaviour::Channel => "Channel",
            Behaviour::Broadway => "Broadway",
            Behaviour::Worker => "Oban worker",
            Behaviour::Application => "Application",
        }
    }
}

/// What makes messages one in the eyes of a reader: sender, receiver, kind, text.
type Key = (ModuleId, ModuleId, MessageKind, String);

struct Outline<'p> {
    project: &'p Project,
    sent: BTreeMap<Key, GraphMessage>,
    /// The calls that callbacks of a module make.
    covered: FxHashSet<(ModuleId, CallId)>,
}

impl Outline<'_> {
    /// A message that a callback sends.
    fn add_edge(&mut self, edge: &Edge, runs: &Runs, approximate: bool) {
        let project = self.project;
        let steps = runs.path_to(edge.call);
        let called = steps.iter().map(|it| (edge.from.server, it.call));
        self.covered.extend(called);
        let text = match sent(project, edge.call) {
            Some(shape) => {
                let (clause, shape) = runs.origin(project, edge.call.clause, shape);
                project.message_text(clause, shape)
            }
            None => project.text(project.call(edge.call).name).to_owned(),
        };
        let is_of_view = project
            .server(edge.from.server)
            .is_some_and(|it| it.behaviour == Behaviour::LiveComponent);
        if is_of_view && edge.from.server == edge.to {
            return;
        }
        let key = (edge.from.server, edge.to, kind(edge.kind), text);
        let sender = project.function_text(edge.from.clause);
        let to_itself = project.message(edge.call).is_some_and(|it| it.to_self);
        let is_certain = edge.is_certain || to_itself;
        self.add(key, sender, &steps, is_certain, approximate);
    }

    /// What a callback sends if it calls the modules that the configuration names.
    fn add_assumed(&mut self, entry: Entry) {
        let project = self.project;
        let certain: FxHashSet<CallId> =
            project.runs_of(entry).calls(project).into_iter().collect();
        let runs = project.follow(entry.clause, entry.closure, true, &|_| true);
        for call in runs.calls(project) {
            if !certain.contains(&call)
                && let Some(edge) = project.edge(entry, &runs, call)
            {
                self.add_edge(&edge, &runs, true);
            }
        }
    }

    /// The modules that are no processes, and send a message through the functions of its server or their own.
    fn add_clients(&mut self, message: &Message) {
        let (project, call) = (self.project, message.call);
        let Some(to) = message.to.filter(|_| !message.to_self) else {
            return;
        };
        let text = match sent(project, call) {
            Some(shape) => project.message_text(call.clause, shape),
            None => project.text(project.call(call).name).to_owned(),
        };
        let mut seen = FxHashSet::from_iter([call.clause]);
        let mut calls = vec![(call, false)];
        for _ in 0..MAX_DEPTH {
            let mut above = Vec::new();
            for (id, assumed) in calls {
                let module = project.module_of_clause(id.clause);
                if project.role_of(id.clause) != FileRole::Production {
                    continue;
                }
                if module != to && project.server(module).is_none() {
                    let key = (module, to, kind(message.kind), text.clone());
                    let sender = project.function_text(id.clause);
                    self.add(key, sender, &[Step { call: id }], false, assumed);
                } else if !self.covered.contains(&(module, id)) {
                    let callers = project.production_callers(id.clause);
                    let callers = callers.map(|it| (it, assumed));
                    let others = project.targets.assumed_callers(id.clause).iter();
                    let callers = callers.chain(others.map(|it| (*it, true)));
                    above.extend(callers.filter(|(it, _)| seen.insert(it.clause)));
                }
            }
            calls = above;
        }
    }

    fn add(&mut self, key: Key, sender: String, steps: &[Step], certain: bool, approximate: bool) {
        let way: Vec<At> = steps.iter().map(|it| self.project.at(it.call)).collect();
        let Some(first) = way.first().copied() else {
            return;
        };
        let place = Place::new(first.file, first.span);
        let message = self
            .sent
            .entry(key)
            .or_insert_with_key(|(_, _, _, text)| GraphMessage {
                message: text.clone(),
                sender,
                place: place.clone(),
                repeated: 0,
                certain,
                approximate,
                ways: Vec::new(),
                findings: Vec::new(),
            });
        let way: Vec<_> = way.into_iter().map(|it| (it.file, it.span)).collect();
        if message.place != place && !message.ways.iter().any(|it| it.first() == way.first()) {
            message.repeated += 1;
        }
        message.certain |= certain;
        message.approximate &= approximate;
        message.ways.push(way);
    }

    /// Puts the processes in order, and numbers them.
    fn graph(self) -> MessageGraph {
        let project = self.project;
        let mut modules: Vec<ModuleId> = self.sent.keys().flat_map(|it| [it.0, it.1]).collect();
        let servers = project
            .servers()
            .iter()
            .filter(|it| it.behaviour.serves_calls());
        modules.extend(servers.map(|it| it.module));
        modules.sort_by_key(|it| (project.module_name(*it), *it));
        modules.dedup();
        let groups = groups(project, &self.sent, &modules);
        modules.sort_by_key(|it| {
            let group = groups.get(it).copied().unwrap_or(u32::MAX);
            (group, project.server(*it).is_none())
        });
        let numbers: FxHashMap<ModuleId, usize> = modules.iter().copied().zip(0..).collect();
        let processes = modules
            .iter()
            .map(|it| process(project, *it, groups.get(it).copied()));
        let mut edges: Vec<GraphEdge> = Vec::new();
        for ((from, to, kind, _), message) in self.sent {
            let (from, to) = (numbers[&from], numbers[&to]);
            match edges.last_mut() {
                Some(last) if (last.from, last.to, last.kind) == (from, to, kind) => {
                    last.messages.push(message);
                }
                _ => edges.push(GraphEdge {
                    from,
                    to,
                    kind,
                    messages: vec![message],
                }),
            }
        }
        edges.sort_by_key(|it| (it.from, it.to, it.kind));
        MessageGraph {
            processes: processes.collect(),
            edges,
        }
    }
}

/// The servers that are connected by messages, the largest group first.
fn groups(
    project: &Project,
    sent: &BTreeMap<Key, GraphMessage>,
    modules: &[ModuleId],
) -> FxHashMap<ModuleId, u32> {
    let is_server = |it: &ModuleId| project.server(*it).is_some();
    let mut neighbours: FxHashMap<ModuleId, Vec<ModuleId>> = FxHashMap::default();
    for (from, to, ..) in sent.keys() {
        if from != to && is_server(from) && is_server(to) {
            neighbours.entry(*from).or_default().push(*to);
            neighbours.entry(*to).or_default().push(*from);
        }
    }
    let mut found: Vec<Vec<ModuleId>> = Vec::new();
    let mut seen = FxHashSet::default();
    for module in modules.iter().filter(|it| neighbours.contains_key(it)) {
        if !seen.insert(*module) {
            continue;
        }
        let mut group = vec![*module];
        let mut next = 0;
        while let Some(module) = group.get(next).copied() {
            next += 1;
            let near = neighbours.get(&module).into_iter().flatten().copied();
            group.extend(near.filter(|it| seen.insert(*it)));
        }
        found.push(group);
    }
    found.sort_by_key(|it| std::cmp::Reverse(it.len()));
    let numbered = found.into_iter().zip(0..);
    numbered
        .flat_map(|(group, number)| group.into_iter().map(move |it| (it, number)))
        .collect()
}

fn process(project: &Project, module: ModuleId, group: Option<u32>) -> GraphProcess {
    let server = project.server(module);
    let title = project.module_name(module).to_owned();
    let name = match server.map(|it| it.names.as_slice()) {
        Some([Some(name)]) => Some(project.text(*name).to_owned()),
        _ => None,
    };
    GraphProcess {
        kind: server.map(|it| it.behaviour.text().to_owned()),
        name: name.filter(|it| *it != title),
        title,
        group,
        place: Place::new(project.file_of_module(module), project.module(module).span),
        findings: Vec::new(),
    }
}

/// The argument that holds the message of a call.
fn sent(project: &Project, call: CallId) -> Option<&Shape> {
    let argument = project.message(call)?.argument?;
    project.call(call).arguments.get(argument as usize)
}

fn kind(kind: ServerCall) -> MessageKind {
    match kind {
        ServerCall::Call => MessageKind::Call,
        ServerCall::Stop => MessageKind::Stop,
        ServerCall::Cast => MessageKind::Cast,
        ServerCall::Info => MessageKind::Info,
    }
}
