//! An Elixir project as one whole: modules, functions, calls resolved across files, processes, and what a call may
//! come to wait for.
//!
//! [`Project::link`] merges the facts of all files, in the order of their paths, and computes in this order: names,
//! compilation units, modules and functions ([`index`]), what `use` brings in ([`traits`]), where closures run
//! ([`placement`]), what clauses call ([`resolve`]) and run ([`leads`]), what they come to wait for ([`effects`]),
//! servers ([`servers`]), the supervision tree ([`tree`]), and what it says about servers' names ([`singletons`]).
//! Everything is a look-up afterwards.
mod aliases;
mod child;
mod child_spec;
mod children;
mod configured;
mod effects;
mod graph;
mod index;
mod instances;
mod leads;
mod messages;
mod name_set;
mod named;
mod outline;
mod pages;
mod placement;
mod resolve;
mod running;
mod runs;
mod servers;
mod singletons;
mod sinks;
mod tables;
mod templates;
mod traits;
mod tree;
mod witness;
mod wrapped;

use exlint_facts::{
    CallFacts, ClauseFacts, Code, FileFacts, FileRole, FunctionFacts, ModuleFacts, Name, Scope,
    Shape,
};
use exlint_findings::{FileId, Span};

pub use child::{Child, DynamicChild, Hole, Item};
pub use effects::{Reach, Step};
pub use graph::{Edge, Entry, ServerGraph};
pub use instances::Start;
pub use name_set::NameSet;
pub use pages::{Pages, Shown};
pub use placement::Placement;
pub use resolve::{Target, Targets};
pub use running::{Body, Fate};
pub use runs::Runs;
pub use servers::{Behaviour, CallSite, Message, Server, ServerCall};
pub use tables::*;
pub use traits::Traits;
pub use tree::{Application, Supervisor, SupervisorKind, Tree};
pub use witness::{Around, Witnesses};
pub use wrapped::Passed;

use crate::{
    effects::Effects, index::Index, leads::Leads, named::Named, placement::Placements,
    servers::Servers,
};

/// A module of the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleId(pub u32);

/// A function or macro of the project: a name and arity of one module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionId(pub u32);

/// A clause of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClauseId(pub u32);

/// A call in a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId {
    pub clause: ClauseId,
    pub index: u32,
}

/// Every file's facts, linked.
pub struct Project {
    index: Index,
    named: Named,
    traits: Vec<Traits>,
    placements: Placements,
    targets: Targets,
    leads: Leads,
    effects: Effects,
    servers: Servers,
    tree: Tree,
}

impl Project {
    /// Links the facts of all files, in the order of their paths: a file's number is its [`FileId`].
    pub fn link(files: Vec<FileFacts>, tables: &Tables) -> Project {
        let mut index = Index::of(files);
        let traits = traits::expand(&index);
        aliases::expand_used(&mut index, &traits);
        let ((placements, named), targets) = rayon::join(
            || (Placements::of(&index, &traits, tables), Named::of(&index)),
            || Targets::of(&index, &traits),
        );
        let leads = Leads::of(&index, &placements, &targets);
        let effects = Effects::of(&index, &traits, &placements, &targets, &leads, tables);
        let mut project = Project {
            index,
            traits,
            placements,
            targets,
            leads,
            effects,
            servers: Servers::default(),
            tree: Tree::default(),
            named,
        };
        project.servers = Servers::of(&project);
        project.tree = Tree::of(&project);
        project.settle_names();
        project
    }

    // Names.

    pub fn text(&self, name: Name) -> &str {
        self.index.text(name)
    }

    /// The name with this text, if any file uses it.
    pub fn name(&self, text: &str) -> Option<Name> {
        self.index.name(text)
    }

    /// Whether the name has this text.
    pub fn is(&self, name: Name, text: &str) -> bool {
        self.text(name) == text
    }

    // Files, modules, functions, clauses.

    pub fn files(&self) -> impl Iterator<Item = (FileId, &FileFacts)> {
        (0..).map(FileId).zip(&self.index.files)
    }

    pub fn file(&self, id: FileId) -> &FileFacts {
        &self.index.files[id.0 as usize]
    }

    pub fn modules(&self) -> impl Iterator<Item = ModuleId> + use<> {
        (0..self.index.modules.len() as u32).map(ModuleId)
    }

    pub fn module(&self, id: ModuleId) -> &ModuleFacts {
        self.index.module(id)
    }

    pub fn module_name(&self, id: ModuleId) -> &str {
        self.text(self.module(id).name)
    }

    pub fn file_of_module(&self, id: ModuleId) -> FileId {
        self.index.modules[id.0 as usize].0
    }

    pub fn role_of_module(&self, id: ModuleId) -> FileRole {
        self.file(self.file_of_module(id)).role
    }

    /// The module of this name that code in `from` sees, where there is no doubt.
    pub fn find_module(&self, name: Name, from: FileId) -> Option<ModuleId> {
        self.index.find_module(name, from)
    }

    /// What a module uses, implements and imports, with what `use` brings in.
    pub fn traits(&self, id: ModuleId) -> &Traits {
        &self.traits[id.0 as usize]
    }

    /// Whether the module uses, or declares as behaviour, the module of this name, directly or through `use`.
    pub fn implements(&self, id: ModuleId, name: &str) -> bool {
        let traits = self.traits(id);
        self.name(name)
            .is_some_and(|name| traits.uses.contains(&name) || traits.behaviours.contains(&name))
    }

    pub fn functions(&self) -> impl Iterator<Item = FunctionId> + use<> {
        (0..self.index.functions.len() as u32).map(FunctionId)
    }

    pub fn functions_of(&self, id: ModuleId) -> impl Iterator<Item = FunctionId> + use<> {
        self.index.functions_of(id)
    }

    pub fn function(&self, id: FunctionId) -> &FunctionFacts {
        self.index.function(id)
    }

    pub fn module_of(&self, id: FunctionId) -> ModuleId {
        self.index.functions[id.0 as usize].0
    }

    /// The function `name/arity` that a module itself defines.
    pub fn find_function(&self, module: ModuleId, name: Name, arity: u8) -> Option<FunctionId> {
        self.index.find_function(module, name, arity)
    }

    /// `Module.name/arity` as it reads in documentation.
    pub fn mfa(&self, id: FunctionId) -> String {
        let function = self.function(id);
        let module = self.module_name(self.module_of(id));
        format!(
            "{module}.{}/{}",
            self.text(function.name),
            function.max_arity
        )
    }

    /// `name/arity` of the function that a clause belongs to.
    pub fn function_text(&self, id: ClauseId) -> String {
        let function = self.function(self.function_of(id));
        format!("{}/{}", self.text(function.name), function.max_arity)
    }

    pub fn clauses(&self) -> impl Iterator<Item = ClauseId> + use<> {
        (0..self.index.clauses.len() as u32).map(ClauseId)
    }

    pub fn clauses_of(&self, id: FunctionId) -> impl ExactSizeIterator<Item = ClauseId> + use<> {
        self.index.clauses_of(id)
    }

    pub fn clause(&self, id: ClauseId) -> &ClauseFacts {
        self.index.clause(id)
    }

    pub fn function_of(&self, id: ClauseId) -> FunctionId {
        self.index.place(id).function
    }

    pub fn module_of_clause(&self, id: ClauseId) -> ModuleId {
        self.index.place(id).module
    }

    /// The file in which a clause stands: that of its module, or the template it is made of.
    pub fn file_of(&self, id: ClauseId) -> FileId {
        self.index.place(id).stands_in
    }

    /// That of its module, also where it is made of a template.
    pub fn role_of(&self, id: ClauseId) -> FileRole {
        self.role_of_module(self.module_of_clause(id))
    }

    pub fn code(&self, id: ClauseId) -> &Code {
        &self.clause(id).code
    }

    // Calls.

    pub fn call(&self, id: CallId) -> &CallFacts {
        &self.code(id.clause).calls[id.index as usize]
    }

    /// The calls of a clause.
    pub fn calls_of(&self, id: ClauseId) -> impl Iterator<Item = (CallId, &CallFacts)> {
        self.code(id)
            .calls
            .iter()
            .zip(0..)
            .map(move |(call, index)| (CallId { clause: id, index }, call))
    }

    /// Every call of every clause.
    pub fn calls(&self) -> impl Iterator<Item = (CallId, &CallFacts)> {
        self.clauses().flat_map(|it| self.calls_of(it))
    }

    /// The calls to functions of these names, of whatever module, in the order of [`Project::calls`].
    pub fn calls_named(&self, names: &[&str]) -> impl Iterator<Item = (CallId, &CallFacts)> {
        let names_in_use = names.iter().filter_map(|it| self.name(it));
        let calls = names_in_use.flat_map(|it| self.named.get(it));
        let mut calls: Vec<CallId> = calls.copied().collect();
        calls.sort_unstable();
        calls.dedup();
        calls.into_iter().map(|id| (id, self.call(id)))
    }

    /// What a call calls.
    pub fn target(&self, id: CallId) -> &Target {
        self.targets.get(id)
    }

    /// The clause that a call leads to, where that is certain and it can be no other.
    pub fn only_clause(&self, id: CallId) -> Option<ClauseId> {
        match self.target(id) {
            Target::Function {
                clauses,
                certain: true,
                ..
            } => <[ClauseId; 1]>::try_from(clauses.as_slice())
                .ok()
                .map(|[it]| it),
            _ => None,
        }
    }

    /// Functions with so many clauses and calls that some of the calls are not followed.
    pub fn unfollowed(&self) -> &[FunctionId] {
        self.targets.unfollowed()
    }

    /// Whether a call is to `module.name/arity` of a library, or of the standard library.
    pub fn is_to(&self, id: CallId, module: &str, name: &str, arity: usize) -> bool {
        let call = self.call(id);
        call.arity as usize == arity
            && self.is(call.name, name)
            && self.external_module(id) == Some(module)
    }

    /// The module of a call to a function that the project does not define.
    pub fn external_module(&self, id: CallId) -> Option<&str> {
        match self.target(id) {
            Target::External(module) => Some(self.text(*module)),
            _ => None,
        }
    }

    /// `Module.name/arity` of what is called, as far as it is known.
    pub fn callee_text(&self, id: CallId) -> String {
        let call = self.call(id);
        let (name, arity) = (self.text(call.name), call.arity);
        match self.target(id) {
            Target::External(module) if !self.is(*module, "Kernel") => {
                format!("{}.{name}/{arity}", self.text(*module))
            }
            Target::Function { function, .. } => {
                format!(
                    "{}.{name}/{arity}",
                    self.module_name(self.module_of(*function))
                )
            }
            _ => format!("{name}/{arity}"),
        }
    }

    /// Who calls a clause: the calls that may reach it.
    pub fn callers(&self, id: ClauseId) -> &[CallId] {
        self.targets.callers(id)
    }

    /// In which process a scope of a clause runs.
    pub fn placement(&self, clause: ClauseId, scope: Scope) -> Placement {
        self.placements.of_scope(self.code(clause), clause, scope)
    }

    /// Whether code in a scope of a clause runs at once where one of its closures does.
    pub fn runs_within(&self, clause: ClauseId, scope: Scope, closure: u32) -> bool {
        let root = Scope::of_closure(closure);
        self.placements
            .is_within(self.code(clause), clause, scope, root)
    }

    // Values.

    /// The shape of a value with variables followed, as far as one clause tells.
    pub fn value<'p>(&'p self, clause: ClauseId, shape: &'p Shape) -> &'p Shape {
        resolve::value(self.code(clause), shape)
    }

    /// The module that a value is, in the eyes of one clause.
    pub fn module_value(&self, clause: ClauseId, shape: &Shape) -> Option<Name> {
        self.value(clause, shape).module()
    }

    // Waiting.

    /// What running a clause may come to wait for, in its own process: the worst of each kind.
    pub fn reaches(&self, id: ClauseId) -> &[Reach] {
        self.effects.of_clause(id)
    }

    /// What a call itself waits for, wherever it runs.
    pub fn waits_at(&self, id: CallId) -> Option<&Reach> {
        self.effects.of_call(id)
    }

    /// The calls from a clause to what [`Reach`] says it waits for: the last step is the blocking call itself.
    pub fn path(&self, from: ClauseId, reach: &Reach) -> Vec<Step> {
        self.effects.path(from, reach)
    }

    // Processes.

    /// The servers of the project, tests left out.
    pub fn servers(&self) -> &[Server] {
        &self.servers.all
    }

    /// The server that a module is.
    pub fn server(&self, module: ModuleId) -> Option<&Server> {
        self.servers.of_module(module)
    }

    /// The server with one process that is registered under a name.
    pub fn server_named(&self, name: Name) -> Option<ModuleId> {
        self.servers.named.get(&name).copied()
    }

    /// The supervision tree, tests left out.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Calls, casts and sends to servers.
    pub fn messages(&self) -> &[Message] {
        &self.servers.messages
    }

    /// The messages that the calls of a clause send, in the order of the calls.
    pub fn messages_of(&self, clause: ClauseId) -> &[Message] {
        let all = self.messages();
        let first = all.partition_point(|it| it.call.clause < clause);
        let rest = &all[first..];
        &rest[..rest.partition_point(|it| it.call.clause == clause)]
    }

    /// The message that a call sends.
    pub fn message(&self, id: CallId) -> Option<&Message> {
        self.servers.message_of(id)
    }

    /// Whether a value is `self()` of the clause.
    pub fn is_self(&self, clause: ClauseId, shape: &Shape) -> bool {
        servers::is_self(self, clause, self.value(clause, shape))
    }
}

/// A place in the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct At {
    pub file: FileId,
    pub span: Span,
}

impl Project {
    /// Where a call stands.
    pub fn at(&self, id: CallId) -> At {
        At {
            file: self.file_of(id.clause),
            span: self.call(id).span,
        }
    }

    /// Where the head of a clause stands.
    pub fn at_clause(&self, id: ClauseId) -> At {
        At {
            file: self.file_of(id),
            span: self.clause(id).span,
        }
    }
}
