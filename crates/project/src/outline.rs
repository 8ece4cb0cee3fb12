//! The supervision tree as people see it.
use exlint_facts::Name;
use exlint_findings::{ProcessKind, ProcessNode};

use crate::{At, Child, Item, Project, Supervisor, SupervisorKind};

/// What library modules supervise, although their children are not known.
const SUPERVISORS: &[&str] = &[
    "Supervisor",
    "DynamicSupervisor",
    "Task.Supervisor",
    "PartitionSupervisor",
];

impl Project {
    /// The applications with all that they start, then the supervisors that are started in some other way.
    pub fn outline(&self) -> Vec<ProcessNode> {
        let tree = self.tree();
        let mut outline = Outline {
            project: self,
            shown: vec![false; tree.supervisors.len()],
        };
        let mut nodes = Vec::new();
        for application in &tree.applications {
            let mut node = node(ProcessKind::Application, self.at_clause(application.start));
            node.title = self.module_name(application.module).to_owned();
            let roots = application.roots.iter();
            node.children = roots.map(|root| outline.root(*root)).collect();
            nodes.push(node);
        }
        // Those that others hold come with them.
        let held = tree.held();
        for root in (0..tree.supervisors.len()).filter(|it| !held.contains(it)) {
            if !outline.shown[root] {
                nodes.push(outline.root(root));
            }
        }
        nodes
    }
}

struct Outline<'p> {
    project: &'p Project,
    shown: Vec<bool>,
}

impl Outline<'_> {
    fn root(&mut self, number: usize) -> ProcessNode {
        let supervisor = &self.project.tree().supervisors[number];
        let mut node = node(ProcessKind::Supervisor, supervisor.at);
        let name = supervisor.name.map(|it| self.text(it));
        node.title = match supervisor.module {
            Some(module) => self.project.module_name(module).to_owned(),
            None => name
                .clone()
                .unwrap_or_else(|| kind_text(supervisor.kind).to_owned()),
        };
        node.name = name.filter(|it| *it != node.title);
        self.fill(&mut node, number);
        node
    }

    fn fill(&mut self, node: &mut ProcessNode, number: usize) {
        let supervisor: &Supervisor = &self.project.tree().supervisors[number];
        node.kind = ProcessKind::Supervisor;
        node.strategy = supervisor.strategy.map(|it| self.text(it));
        if std::mem::replace(&mut self.shown[number], true) {
            return;
        }
        for item in &supervisor.children {
            node.children.push(self.item(item));
        }
        let module = supervisor.module.map(|it| self.project.module(it).name);
        if let Some(name) = supervisor.name.or(module) {
            self.start_dynamic(node, name);
        }
    }

    /// Adds the children that a supervisor of this name is given while the project runs, each module once.
    fn start_dynamic(&mut self, node: &mut ProcessNode, name: Name) {
        let dynamic = &self.project.tree().dynamic;
        let mut seen: Vec<Option<Name>> = Vec::new();
        for it in dynamic.iter().filter(|it| it.under == Some(name)) {
            if !seen.contains(&it.child.module) {
                seen.push(it.child.module);
                let mut child = self.child(&it.child);
                child.dynamic = true;
                node.children.push(child);
            }
        }
    }

    fn item(&mut self, item: &Item) -> ProcessNode {
        let mut node = match item {
            Item::Child(child) => self.child(child),
            Item::Hole(hole) => ProcessNode {
                title: "known at run time only".to_owned(),
                ..node(ProcessKind::Hole, hole.at)
            },
        };
        node.conditional = item.is_conditional();
        node
    }

    fn child(&mut self, child: &Child) -> ProcessNode {
        let mut node = node(ProcessKind::Worker, child.at);
        let name = child.name.map(|it| self.text(it));
        node.title = match child.module {
            Some(module) => module_text(self.project, module),
            None => "a process".to_owned(),
        };
        if SUPERVISORS.contains(&node.title.as_str()) {
            node.kind = ProcessKind::Supervisor;
        }
        node.name = name.filter(|it| *it != node.title);
        node.restart = child
            .restart
            .map(|it| self.text(it))
            .filter(|it| it != "permanent");
        match child.supervisor {
            Some(number) => self.fill(&mut node, number),
            None if node.kind == ProcessKind::Supervisor => {
                if let Some(name) = child.name {
                    self.start_dynamic(&mut node, name);
                }
            }
            None => {}
        }
        node
    }

    fn text(&self, name: Name) -> String {
        self.project.text(name).to_owned()
    }
}

/// A module of Erlang is an atom in small letters.
fn module_text(project: &Project, module: Name) -> String {
    let text = project.text(module);
    let is_erlang = text.starts_with(|it: char| it.is_ascii_lowercase());
    let colon = if is_erlang { ":" } else { "" };
    format!("{colon}{text}")
}

fn kind_text(kind: SupervisorKind) -> &'static str {
    match kind {
        SupervisorKind::Static => "Supervisor",
        SupervisorKind::Dynamic => "DynamicSupervisor",
    }
}

fn node(kind: ProcessKind, at: At) -> ProcessNode {
    ProcessNode {
        kind,
        title: String::new(),
        name: None,
        strategy: None,
        restart: None,
        conditional: false,
        dynamic: false,
        file: at.file,
        span: at.span,
        path: String::new(),
        line: 0,
        children: Vec::new(),
    }
}
