//! What runs when an expression runs, as far as one file tells: its calls, and those of the file's own functions
//! that it calls.
use exlint_project::{Severity, SinkKind, Tables};
use rustc_hash::FxHashSet;

use crate::prelude::*;

/// Enough for helpers of helpers.
const DEPTH: usize = 6;

/// A call that may happen.
#[derive(Clone, Debug)]
pub(super) struct Step<'t> {
    pub node: Node<'t>,
    /// The node of the first body that leads here.
    pub from: Node<'t>,
    pub callee: Callee<'t>,
    pub name: &'t str,
    pub arity: usize,
    /// The clauses that run, where the file holds them; what they call follows as steps.
    pub clauses: Vec<Def<'t>>,
}

impl<'t> Step<'t> {
    /// The module of a function that the file does not hold.
    pub fn module(&self) -> &str {
        match &self.callee {
            Callee::Remote(module) => module,
            _ => "",
        }
    }

    /// `Module.name/arity` as it reads in documentation.
    pub fn mfa(&self) -> String {
        match self.module() {
            "" | "Kernel" => format!("{}/{}", self.name, self.arity),
            module => format!("{module}.{}/{}", self.name, self.arity),
        }
    }

    /// What the call waits for, if it leaves the memory of its process.
    pub fn io(&self, tables: &Tables) -> Option<SinkKind> {
        let module = self.module();
        let sink = tables.sink(module, self.name, self.arity);
        let sink = sink.or_else(|| {
            // `get(path)` in a module that says `use Tesla`.
            let module = match module {
                "" if self.clauses.is_empty() => self.node.enclosing::<Module>()?,
                _ => module_of_file(self.node.file(), module)?,
            };
            module
                .uses()
                .find_map(|used| tables.sink_of_user(&used, self.name, self.arity))
        })?;
        let is_trivial = sink.severity == Severity::Low && sink.kind == SinkKind::File;
        (!is_trivial && is_io(sink.kind)).then_some(sink.kind)
    }

    /// Whether the file knows nothing of what is called: not its own, not of the standard library.
    pub fn is_unknown(&self) -> bool {
        self.clauses.is_empty()
            && match &self.callee {
                Callee::Remote(module) => !exlint_syntax::stdlib::knows(module),
                Callee::Own => false,
                Callee::Unknown | Callee::Dynamic => true,
            }
    }
}

fn is_io(kind: SinkKind) -> bool {
    match kind {
        SinkKind::Await
        | SinkKind::ProcessCall
        | SinkKind::SupervisorCall
        | SinkKind::Rpc
        | SinkKind::Http
        | SinkKind::Network
        | SinkKind::Db
        | SinkKind::Redis
        | SinkKind::Mail
        | SinkKind::ExternalCommand
        | SinkKind::File
        | SinkKind::Queue => true,
        SinkKind::Sleep
        | SinkKind::Receive
        | SinkKind::Cache
        | SinkKind::Compile
        | SinkKind::Cpu
        | SinkKind::Console
        | SinkKind::Lock
        | SinkKind::Callback => false,
    }
}

/// In words: what a call of this kind talks to.
pub(super) fn counterpart(kind: SinkKind) -> &'static str {
    match kind {
        SinkKind::Db => "the database",
        SinkKind::Http | SinkKind::Network => "the network",
        SinkKind::Redis => "Redis",
        SinkKind::Mail => "a mail server",
        SinkKind::ExternalCommand => "another program",
        SinkKind::File => "the file system",
        SinkKind::Queue => "a queue",
        SinkKind::Rpc => "another node",
        _ => "another process",
    }
}

/// The calls that may happen when `nodes` run; functions handed to another process are left out.
pub(super) fn steps<'t>(nodes: impl Iterator<Item = Node<'t>>, tables: &Tables) -> Vec<Step<'t>> {
    let mut walk = Walk {
        tables,
        seen: FxHashSet::default(),
        steps: Vec::new(),
    };
    for node in nodes {
        walk.node(node, None, 0);
    }
    walk.steps
}

/// The clauses that a call runs, where the file holds them.
pub(super) fn clauses_of<'t>(
    at: Node<'t>,
    callee: &Callee<'t>,
    name: &str,
    arity: usize,
) -> Vec<Def<'t>> {
    let module = match callee {
        Callee::Own => at.enclosing::<Module>(),
        Callee::Remote(name) => module_of_file(at.file(), name),
        Callee::Unknown | Callee::Dynamic => None,
    };
    module.map_or(Vec::new(), |it| it.clauses(name, arity).collect())
}

fn module_of_file<'t>(file: &'t File, name: &str) -> Option<Module<'t>> {
    file.module(name)
}

struct Walk<'t, 'a> {
    tables: &'a Tables,
    seen: FxHashSet<u32>,
    steps: Vec<Step<'t>>,
}

impl<'t> Walk<'t, '_> {
    fn node(&mut self, root: Node<'t>, from: Option<Node<'t>>, depth: usize) {
        let mut id = root.id();
        while id < root.limit() {
            let node = root.file().node(id);
            id += 1;
            match node.kind() {
                Kind::Fn | Kind::Capture if self.runs_elsewhere(node) => id = node.limit(),
                Kind::Def | Kind::Module => id = node.limit(),
                _ if node.mode() != Mode::Code => {}
                Kind::Call => {
                    let call = Call::cast(node).map(|it| (it.callee(), it.arity()));
                    if let Some((callee, arity)) = call.filter(|_| !names_a_capture(node)) {
                        self.step(node, node, callee, arity, from, depth);
                    }
                }
                Kind::Capture => {
                    if let Some((name, arity)) = Capture::cast(node).and_then(Capture::function) {
                        let callee = callee_of_capture(name, arity);
                        self.step(node, name, callee, arity, from, depth);
                    }
                }
                Kind::Apply => self.step(node, node, Callee::Dynamic, 0, from, depth),
                _ => {}
            }
        }
    }

    fn step(
        &mut self,
        node: Node<'t>,
        named: Node<'t>,
        callee: Callee<'t>,
        arity: usize,
        from: Option<Node<'t>>,
        depth: usize,
    ) {
        let from = from.unwrap_or(node);
        let clauses = clauses_of(named, &callee, named.name(), arity);
        self.steps.push(Step {
            node,
            from,
            callee,
            name: named.name(),
            arity,
            clauses: clauses.clone(),
        });
        if depth == DEPTH {
            return;
        }
        for clause in clauses {
            // What a function rescues does not come out of it.
            let is_open = clause.section(SectionKind::Rescue).is_none()
                && clause.section(SectionKind::Catch).is_none();
            if is_open && self.seen.insert(clause.id()) {
                for expression in clause.body().into_iter().flat_map(Body::expressions) {
                    self.node(expression, Some(from), depth + 1);
                }
            }
        }
    }

    fn runs_elsewhere(&self, function: Node) -> bool {
        let call = function.parent().and_then(Call::cast);
        call.is_some_and(|call| match call.callee() {
            Callee::Remote(module) => self.tables.spawns(&module, call.name(), call.arity()),
            _ => false,
        })
    }
}

/// The `Mod.name` of `&Mod.name/1`, which is no call of its own.
fn names_a_capture(call: Node) -> bool {
    let slash = call.parent().filter(|it| it.op() == Op::Divide);
    let capture = slash.and_then(Node::parent).and_then(Capture::cast);
    capture
        .and_then(Capture::function)
        .is_some_and(|(name, _)| name == call)
}

fn callee_of_capture<'t>(name: Node<'t>, arity: usize) -> Callee<'t> {
    match name.child(Role::Receiver) {
        Some(receiver) => receiver
            .module_name()
            .map_or(Callee::Dynamic, Callee::Remote),
        None => name.local_callee(arity),
    }
}
