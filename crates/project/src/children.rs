//! What a list of children comes to: a small interpreter over the shapes of values.
//!
//! It follows variables, `++`, `[head | tail]`, the branches of `if` and `case`, functions of the project that return
//! lists or take and extend them, and the usual filters. What it cannot follow leaves a hole ([`Item::Hole`]), so that
//! nobody takes what is known for all there is.
use exlint_facts::{CallFacts, Callee, Name, Shape};
use exlint_findings::Span;

use crate::{
    At, CallId, ClauseId, Project, Target,
    child::{Child, Hole, Item, Written},
    child_spec::{Spec, default_id},
};

/// How deep calls and branches are followed, and how many items are looked at.
const MAX_DEPTH: usize = 12;
const MAX_ITEMS: usize = 400;

/// A clause as it is called from another one.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    clause: ClauseId,
    /// The arguments of the call, and the frame they are read in.
    arguments: Vec<Shape>,
    caller: Option<usize>,
}

/// Evaluates lists of children.
pub(crate) struct Interpreter<'p> {
    project: &'p Project,
    frames: Vec<Frame>,
    choices: u32,
    items: usize,
}

/// A shape and the frame in which it is to be read.
type Value = (Shape, usize);

impl<'p> Interpreter<'p> {
    pub fn new(project: &'p Project) -> Self {
        Self {
            project,
            frames: Vec::new(),
            choices: 0,
            items: 0,
        }
    }

    /// A frame for a clause about whose callers nothing is known.
    pub fn open(&mut self, clause: ClauseId) -> usize {
        self.frames.push(Frame {
            clause,
            arguments: Vec::new(),
            caller: None,
        });
        self.frames.len() - 1
    }

    fn enter(&mut self, clause: ClauseId, call: &CallFacts, caller: usize) -> usize {
        self.frames.push(Frame {
            clause,
            arguments: call.arguments.to_vec(),
            caller: Some(caller),
        });
        self.frames.len() - 1
    }

    fn clause(&self, frame: usize) -> ClauseId {
        self.frames[frame].clause
    }

    /// Follows variables, parameters, fields, and functions with a single value.
    pub fn value(&mut self, shape: &Shape, frame: usize) -> Value {
        let (mut shape, mut frame) = (shape.clone(), frame);
        for _ in 0..MAX_DEPTH {
            let next = match &shape {
                Shape::Variable(_) => {
                    let next = self.project.value(self.clause(frame), &shape);
                    (*next != shape).then(|| (next.clone(), frame))
                }
                Shape::Parameter(nth) => {
                    let Frame {
                        arguments, caller, ..
                    } = &self.frames[frame];
                    let argument = arguments.get(*nth as usize).cloned();
                    argument.zip(*caller)
                }
                Shape::Field(base, key) => {
                    let (base, at) = self.value(base, frame);
                    base.get(*key).map(|it| (it.clone(), at))
                }
                Shape::Call(index) => self.single_value(*index, frame),
                _ => None,
            };
            let Some(next) = next else { break };
            (shape, frame) = next;
        }
        (shape, frame)
    }

    /// The value of a function of one clause and one tail.
    fn single_value(&mut self, index: u32, frame: usize) -> Option<Value> {
        let id = CallId {
            clause: self.clause(frame),
            index,
        };
        let project = self.project;
        let Target::Function { clauses, .. } = project.target(id) else {
            return None;
        };
        let [clause] = clauses.as_slice() else {
            return None;
        };
        let [tail] = project.code(*clause).tails.as_slice() else {
            return None;
        };
        if self.frames.len() > MAX_ITEMS || *clause == id.clause {
            return None;
        }
        let inner = self.enter(*clause, project.call(id), frame);
        Some((tail.shape.clone(), inner))
    }

    /// What a list of children holds.
    pub fn list(&mut self, shape: &Shape, frame: usize, at: At, depth: usize) -> Vec<Item> {
        self.items += 1;
        if depth > MAX_DEPTH || self.items > MAX_ITEMS {
            return vec![hole(at)];
        }
        let (shape, frame) = match shape {
            Shape::Call(_) => (shape.clone(), frame),
            _ => self.value(shape, frame),
        };
        match &shape {
            Shape::List(elements) => self.elements(elements, frame, at, depth),
            Shape::Concat(left, right) => {
                let mut items = self.list(left, frame, at, depth + 1);
                items.extend(self.list(right, frame, at, depth + 1));
                items
            }
            Shape::Choice(shapes) => {
                let branches = shapes.iter().map(|it| self.list(it, frame, at, depth + 1));
                let branches = branches.collect();
                self.choose(branches)
            }
            Shape::Call(index) => self.listed_by(*index, frame, depth),
            Shape::Module(_) | Shape::Tuple(_) | Shape::Map(..) | Shape::Atom(_) => {
                self.element(&shape, frame, at, depth + 1)
            }
            _ => vec![hole(at)],
        }
    }

    fn elements(&mut self, elements: &[Shape], frame: usize, at: At, depth: usize) -> Vec<Item> {
        let clause = self.clause(frame);
        let project = self.project;
        let lists = &project.code(clause).lists;
        let list = lists.iter().find(|it| it.elements == elements);
        let mut items = Vec::new();
        for (element, nth) in elements.iter().zip(0..) {
            let span = list.and_then(|it| it.spans.get(nth));
            let at = match (span, element) {
                (Some(span), _) => self.at(clause, *span),
                (None, Shape::Call(index)) => project.at(CallId {
                    clause,
                    index: *index,
                }),
                _ => at,
            };
            items.extend(self.element(element, frame, at, depth + 1));
        }
        items
    }

    fn at(&self, clause: ClauseId, span: Span) -> At {
        At {
            file: self.project.file_of(clause),
            span,
        }
    }

    /// The items of a list that a call gives.
    fn listed_by(&mut self, index: u32, frame: usize, depth: usize) -> Vec<Item> {
        let project = self.project;
        let id = CallId {
            clause: self.clause(frame),
            index,
        };
        let call = project.call(id);
        let at = project.at(id);
        if let Some(items) = self.of_function(id, frame, at, depth, Self::list) {
            return items;
        }
        let name = project.external_name(id).unwrap_or_default();
        let argument = |it: &mut Self, nth: usize| {
            let shape = call.arguments.get(nth).cloned().unwrap_or_default();
            it.list(&shape, frame, at, depth + 1)
        };
        match (name.as_str(), call.arity) {
            ("Enum.reject" | "Enum.filter", 2) => {
                let items = argument(self, 0);
                if self.only_drops_nothing(id) {
                    items
                } else {
                    self.choose(vec![items, Vec::new()])
                }
            }
            (
                "List.flatten" | "List.wrap" | "Enum.uniq" | "Enum.to_list" | "Enum.concat"
                | "Enum.reverse",
                1,
            ) => argument(self, 0),
            ("Enum.concat" | "Kernel.++" | "List.flatten", 2) => {
                let mut items = argument(self, 0);
                items.extend(argument(self, 1));
                items
            }
            _ => self.element(&Shape::Call(index), frame, at, depth + 1),
        }
    }

    /// `Enum.reject(&is_nil/1)`, `Enum.filter(& &1)`: what is no child anyway.
    fn only_drops_nothing(&self, id: CallId) -> bool {
        let mut calls = self
            .project
            .bodies(id)
            .into_iter()
            .flat_map(|it| self.project.calls_in(it));
        calls.all(|(_, call)| matches!(self.project.text(call.name), "is_nil" | "identity"))
    }

    /// The items of all values that a function of the project may give; `None` for other functions.
    fn of_function(
        &mut self,
        id: CallId,
        frame: usize,
        at: At,
        depth: usize,
        evaluate: fn(&mut Self, &Shape, usize, At, usize) -> Vec<Item>,
    ) -> Option<Vec<Item>> {
        let project = self.project;
        let Target::Function { clauses, .. } = project.target(id) else {
            return None;
        };
        if project.is(project.call(id).name, "child_spec") {
            return None;
        }
        let mut branches = Vec::new();
        for clause in clauses {
            let inner = self.enter(*clause, project.call(id), frame);
            for tail in &project.code(*clause).tails {
                branches.push(evaluate(self, &tail.shape, inner, at, depth + 1));
            }
        }
        if branches.is_empty() {
            return Some(vec![hole(project.at(id))]);
        }
        let mut items = self.choose(branches);
        for item in &mut items {
            if let Item::Child(child) = item {
                child.through.push(project.at(id));
            }
        }
        Some(items)
    }

    /// What stands in every branch is there; the rest only in its branch.
    fn choose(&mut self, branches: Vec<Vec<Item>>) -> Vec<Item> {
        self.choices += 1;
        let choice = self.choices;
        let in_all = |item: &Item, own: &[Item]| {
            let mut all = branches.iter();
            all.all(|branch| has_counterpart(item, own, branch))
        };
        let mut merged: Vec<Item> = Vec::new();
        for (branch, number) in branches.iter().zip(0..) {
            let mut after = 0;
            for (item, nth) in branch.iter().zip(0..) {
                let is_known = |it: &Item| {
                    let earlier = branch[..nth].iter();
                    is_same(it, item) && !earlier.clone().any(|other| is_at_one_place(other, it))
                };
                if let Some(known) = merged.iter().position(is_known) {
                    after = known + 1;
                    continue;
                }
                let mut new = item.clone();
                if !in_all(item, branch) {
                    new.branches_mut().push((choice, number));
                }
                merged.insert(after, new);
                after += 1;
            }
        }
        merged
    }

    /// One element of a list: a child in one of the forms of a specification, several, or none.
    pub fn element(&mut self, shape: &Shape, frame: usize, at: At, depth: usize) -> Vec<Item> {
        self.items += 1;
        if depth > MAX_DEPTH || self.items > MAX_ITEMS {
            return vec![hole(at)];
        }
        if let Shape::Call(index) = shape {
            return self.made_by(*index, frame, at, depth);
        }
        let (shape, frame) = match shape {
            Shape::Variable(_) => match self.project.value(self.clause(frame), shape) {
                call @ Shape::Call(_) => return self.element(call, frame, at, depth + 1),
                _ => self.value(shape, frame),
            },
            _ => self.value(shape, frame),
        };
        match &shape {
            Shape::Module(module) => {
                self.child(*module, Shape::List(Default::default()), frame, at)
            }
            Shape::Tuple(parts) => match parts.as_slice() {
                [Shape::Module(module), argument] => {
                    self.child(*module, argument.clone(), frame, at)
                }
                [Shape::Atom(module), argument] => self.child(*module, argument.clone(), frame, at),
                [module @ Shape::Variable(_), argument] => match self.value(module, frame).0 {
                    Shape::Module(module) => self.child(module, argument.clone(), frame, at),
                    _ => vec![hole(at)],
                },
                _ => vec![hole(at)],
            },
            Shape::Map(pairs, is_open) => self.mapped(pairs, *is_open, frame, at, depth),
            Shape::Atom(name) if matches!(self.project.text(*name), "nil" | "false") => Vec::new(),
            Shape::List(_) | Shape::Concat(..) => self.list(&shape, frame, at, depth + 1),
            Shape::Choice(shapes) => {
                let branches = shapes
                    .iter()
                    .map(|it| self.element(it, frame, at, depth + 1));
                let branches = branches.collect();
                self.choose(branches)
            }
            _ => vec![hole(at)],
        }
    }

    /// An element that a call gives: `Supervisor.child_spec/2`, `Mod.child_spec/1`, `worker/2`, a function.
    fn made_by(&mut self, index: u32, frame: usize, at: At, depth: usize) -> Vec<Item> {
        let project = self.project;
        let id = CallId {
            clause: self.clause(frame),
            index,
        };
        let call = project.call(id);
        if let Some(items) = self.of_function(id, frame, at, depth, Self::element) {
            return items;
        }
        let argument = |nth: usize| call.arguments.get(nth).cloned().unwrap_or_default();
        let name = project.text(call.name);
        match (&call.callee, name, call.arity) {
            (Callee::Remote(module), "child_spec", 2) if project.is(*module, "Supervisor") => {
                let mut items = self.element(&argument(0), frame, at, depth + 1);
                let (overrides, within) = self.value(&argument(1), frame);
                for item in &mut items {
                    if let Item::Child(child) = item {
                        self.override_with(child, &overrides, within);
                    }
                }
                items
            }
            (Callee::Remote(module), "child_spec", 0 | 1) => {
                self.child(*module, argument(0), frame, at)
            }
            (Callee::Local | Callee::Remote(_), "worker" | "supervisor", 1..=3) => {
                self.old_spec(call, frame, at, depth)
            }
            _ => vec![hole(at)],
        }
    }

    /// `worker(Mod, [argument], id: ...)` of `Supervisor.Spec`.
    fn old_spec(&mut self, call: &CallFacts, frame: usize, at: At, depth: usize) -> Vec<Item> {
        let module = call.arguments.first().cloned().unwrap_or_default();
        let Shape::Module(module) = self.value(&module, frame).0 else {
            return vec![hole(at)];
        };
        let argument = match call.arguments.get(1) {
            Some(Shape::List(arguments)) => arguments.first().cloned().unwrap_or_default(),
            _ => Shape::Unknown,
        };
        let mut items = self.child(module, argument, frame, at);
        if let Some(Item::Child(child)) = items.first_mut() {
            child.id = Some(Shape::Module(module));
            let options = call.arguments.get(2).cloned();
            if let Some(options) = options {
                self.override_with(child, &options, frame);
            }
            if let Some(Shape::List(arguments)) = call.arguments.get(1) {
                self.write_out(child, arguments, frame, depth);
            }
        }
        items
    }

    /// `Mod` or `{Mod, argument}`.
    fn child(&mut self, module: Name, argument: Shape, frame: usize, at: At) -> Vec<Item> {
        let clause = self.clause(frame);
        let (argument, within) = self.value(&argument, frame);
        let spec = Spec::of(self.project, module, clause);
        let name = self.option(&argument, within, "name");
        let id = spec
            .id
            .or_else(|| default_id(self.project, module, clause, name.as_ref()));
        vec![Item::Child(Box::new(Child {
            at,
            through: Vec::new(),
            clause: self.clause(within),
            module: Some(module),
            name: name.and_then(name_of),
            argument,
            id,
            restart: spec.restart,
            shutdown: spec.shutdown,
            branches: Vec::new(),
            supervisor: None,
            written: None,
        }))]
    }

    /// `%{id: ..., start: {Mod, :start_link, [argument]}}`.
    fn mapped(
        &mut self,
        pairs: &[(Name, Shape)],
        is_open: bool,
        frame: usize,
        at: At,
        depth: usize,
    ) -> Vec<Item> {
        let map = Shape::Map(pairs.into(), is_open);
        let get = |key: &str| {
            let key = self.project.name(key)?;
            map.get(key).cloned()
        };
        let start = get("start").map(|it| self.value(&it, frame));
        let Some((Shape::Tuple(parts), within)) = start else {
            return vec![hole(at)];
        };
        let module = parts.first().map(|it| self.value(it, within).0);
        let module = module.and_then(|it| it.module().or(it.atom()));
        let (argument, given) = match parts.get(2).map(|it| self.value(it, within)) {
            Some((Shape::List(arguments), within)) => {
                let first = arguments.first().cloned().unwrap_or_default();
                self.value(&first, within)
            }
            _ => (Shape::Unknown, within),
        };
        let name = self.option(&argument, given, "name").and_then(name_of);
        let mut child = Child {
            at,
            through: Vec::new(),
            clause: self.clause(given),
            module,
            argument,
            id: None,
            name,
            restart: None,
            shutdown: None,
            branches: Vec::new(),
            supervisor: None,
            written: None,
        };
        self.override_with(&mut child, &map, frame);
        let arguments = parts.get(2).map(|it| self.value(it, within));
        if let Some((Shape::List(arguments), within)) = arguments
            && parts.get(1).is_some_and(|it| self.is_start_link(it))
        {
            self.write_out(&mut child, &arguments, within, depth);
        }
        vec![Item::Child(Box::new(child))]
    }

    fn is_start_link(&self, function: &Shape) -> bool {
        function
            .atom()
            .is_some_and(|it| self.project.is(it, "start_link"))
    }

    /// Reads the children of a supervisor out of the arguments that it is started with.
    fn write_out(&mut self, child: &mut Child, arguments: &[Shape], frame: usize, depth: usize) {
        let is_supervisor = child
            .module
            .is_some_and(|it| self.project.is(it, "Supervisor"));
        if let ([children, options], true) = (arguments, is_supervisor)
            && self.value(children, frame).0.module().is_none()
        {
            let mut written = self.supervisor(options, frame);
            written.children = self.list(children, frame, child.at, depth + 1);
            child.name = written.name;
            child.written = Some(Box::new(written));
        }
    }

    /// What the options of a supervisor say; it has no children yet.
    pub fn supervisor(&mut self, options: &Shape, frame: usize) -> Written {
        let number = |it: Option<Shape>| match it {
            Some(Shape::Int(number)) => Some(number),
            _ => None,
        };
        let mut option = |key: &str| self.option(options, frame, key);
        Written {
            name: option("name").and_then(|it| it.module().or(it.atom())),
            strategy: option("strategy").and_then(|it| it.atom()),
            max_restarts: number(option("max_restarts")),
            max_seconds: number(option("max_seconds")),
            children: Vec::new(),
        }
    }

    /// What `id:`, `restart:`, `shutdown:` of a specification, or of the second argument of
    /// `Supervisor.child_spec/2`, say.
    fn override_with(&mut self, child: &mut Child, options: &Shape, frame: usize) {
        let has_id = self
            .project
            .name("id")
            .is_some_and(|it| options.get(it).is_some());
        let is_known = matches!(
            options,
            Shape::Keywords(_) | Shape::Map(..) | Shape::List(_)
        );
        if has_id || !is_known {
            child.id = self.option(options, frame, "id").filter(Shape::is_literal);
        }
        if let Some(restart) = self.option(options, frame, "restart") {
            child.restart = restart.atom();
        }
        if let Some(shutdown) = self.option(options, frame, "shutdown") {
            child.shutdown = Some(shutdown);
        }
    }

    /// The value of an option.
    pub fn option(&mut self, options: &Shape, frame: usize, key: &str) -> Option<Shape> {
        let key = self.project.name(key)?;
        let (options, frame) = self.value(options, frame);
        let value = options.get(key)?.clone();
        Some(self.value(&value, frame).0)
    }
}

/// Whether two items of different branches are the same child.
fn is_same(left: &Item, right: &Item) -> bool {
    match (left.child(), right.child()) {
        (Some(left), Some(right)) => {
            let is_known = left.id.is_some() && left.id == right.id;
            left.module == right.module && (left.at == right.at || is_known)
        }
        (None, None) => left.at() == right.at(),
        _ => false,
    }
}

/// Whether a branch has the same child as `item` of the branch `own`, and not only one that another child there is.
fn has_counterpart(item: &Item, own: &[Item], branch: &[Item]) -> bool {
    branch.iter().any(|it| {
        is_same(item, it)
            && (is_at_one_place(item, it) || !own.iter().any(|other| is_at_one_place(other, it)))
    })
}

fn is_at_one_place(left: &Item, right: &Item) -> bool {
    let way = |it: &Item| it.child().map(|it| it.through.clone());
    left.at() == right.at() && way(left) == way(right)
}

fn hole(at: At) -> Item {
    Item::Hole(Hole {
        at,
        branches: Vec::new(),
    })
}

/// A process's name as it stands in the source: an atom, a module, `{:local, name}`.
fn name_of(shape: Shape) -> Option<Name> {
    match shape {
        Shape::Atom(name) | Shape::Module(name) => Some(name),
        Shape::Tuple(parts) => match parts.as_slice() {
            [Shape::Atom(_), name] => name_of(name.clone()),
            _ => None,
        },
        _ => None,
    }
}
