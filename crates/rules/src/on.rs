//! What a rule listens for.
use std::sync::Arc;

use exlint_project::Project;
use exlint_syntax::{
    Attribute, Call, Capture, Clause, Def, Directive, Fn, Kind, Map, Match, Mode, Module, Node,
    Pipe, Struct, View,
};

use crate::{Cx, ProjectCx, Rule};

pub(crate) type NodeHandler = Arc<dyn for<'t> std::ops::Fn(Node<'t>, &mut Cx<'t>) + Send + Sync>;
pub(crate) type FileHandler = Arc<dyn for<'t> std::ops::Fn(&mut Cx<'t>) + Send + Sync>;
pub(crate) type ProjectHandler = Arc<dyn std::ops::Fn(&Project, &mut ProjectCx) + Send + Sync>;

/// Collects what a rule listens for.
pub struct On<R> {
    rule: Arc<R>,
    pub(crate) nodes: Vec<(Kind, NodeHandler)>,
    pub(crate) calls: Vec<(FunctionName, NodeHandler)>,
    pub(crate) files: Vec<FileHandler>,
    pub(crate) project: Vec<ProjectHandler>,
}

macro_rules! listeners {
    ($($listener:ident: $view:ident),* $(,)?) => {
        /// Each hands over the nodes of its kind that are code: not patterns, types, or templates.
        impl<R: Rule> On<R> {$(
            pub fn $listener(&mut self, check: for<'t> fn(&R, $view<'t>, &mut Cx<'t>)) {
                let rule = Arc::clone(&self.rule);
                self.nodes.push(($view::KIND, Arc::new(move |node, cx| {
                    if node.mode() == Mode::Code && let Some(view) = $view::cast(node) {
                        check(&rule, view, cx);
                    }
                })));
            }
        )*}
    };
}

listeners! {
    modules: Module, defs: Def, directives: Directive, attributes: Attribute, calls: Call, pipes: Pipe,
    matches: Match, clauses: Clause, functions: Fn, captures: Capture, maps: Map, structs: Struct,
}

impl<R: Rule> On<R> {
    pub(crate) fn new(rule: R) -> Self {
        let rule = Arc::new(rule);
        Self {
            rule,
            nodes: Vec::new(),
            calls: Vec::new(),
            files: Vec::new(),
            project: Vec::new(),
        }
    }

    /// Calls, in code, to any of `functions`: `"String.to_atom/1"`; `"IO.inspect"` for every arity; `"Kernel.spawn/1"`
    /// and `":ets.insert/2"`. Aliases, imports and pipes are seen through. Code in templates counts for rules that say so.
    pub fn calls_to(
        &mut self,
        functions: &[&'static str],
        check: for<'t> fn(&R, Call<'t>, &mut Cx<'t>),
    ) {
        let rule = Arc::clone(&self.rule);
        let handler: NodeHandler = Arc::new(move |node, cx| {
            if let Some(call) = Call::cast(node) {
                check(&rule, call, cx);
            }
        });
        self.calls.extend(
            functions
                .iter()
                .map(|it| (FunctionName::parse(it), Arc::clone(&handler))),
        );
    }

    /// Every node of a kind, in whatever mode.
    pub fn kind(&mut self, kind: Kind, check: for<'t> fn(&R, Node<'t>, &mut Cx<'t>)) {
        let rule = Arc::clone(&self.rule);
        self.nodes
            .push((kind, Arc::new(move |node, cx| check(&rule, node, cx))));
    }

    /// Each file once.
    pub fn files(&mut self, check: for<'t> fn(&R, &mut Cx<'t>)) {
        let rule = Arc::clone(&self.rule);
        self.files.push(Arc::new(move |cx| check(&rule, cx)));
    }

    /// The project once.
    pub fn project(&mut self, check: fn(&R, &Project, &mut ProjectCx)) {
        let rule = Arc::clone(&self.rule);
        self.project
            .push(Arc::new(move |project, cx| check(&rule, project, cx)));
    }
}

/// `Module.name/arity`, where the arity may be left open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionName {
    pub module: &'static str,
    pub name: &'static str,
    pub arity: Option<usize>,
}

impl FunctionName {
    pub fn parse(text: &'static str) -> Self {
        let (path, arity) = match text.rsplit_once('/') {
            Some((path, arity)) => (path, arity.parse().ok()),
            None => (text, None),
        };
        let (module, name) = path.rsplit_once('.').unwrap_or(("Kernel", path));
        Self {
            module,
            name,
            arity,
        }
    }
}
