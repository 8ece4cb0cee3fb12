//! One walk over the code of a clause: calls in order of evaluation, closures, and what values are made of.
mod calls;
mod control;
mod literal;
mod patterns;

use std::sync::Arc;
use thin_vec::{ThinVec, thin_vec};

use exlint_findings::{Span, Spanned};
use exlint_syntax::{
    Bindings, Body, Callee as Named, Def, Kind, Map, Mode, Node, Op, Role, SectionKind, Struct,
    View,
};

pub(crate) use literal::{LONGEST_STRING, shape_of_literal};

use crate::{
    collect::{Names, is_handler},
    model::*,
};

pub(crate) struct Walk<'w> {
    pub(crate) names: &'w mut Names,
    bindings: Arc<Bindings>,
    pub(crate) code: Code,
    at: Place,
    /// Whether the walk is in a template, where every expression is shown.
    pub(crate) in_template: bool,
}

/// Where the walk is.
#[derive(Clone, Copy)]
struct Place {
    scope: Scope,
    flow: Flow,
    in_try: bool,
    in_handler: bool,
    in_loop: bool,
    is_conditional: bool,
    /// The closure about to be written: the argument of a call that comes later.
    argument: u8,
}

impl Place {
    const START: Place = Place {
        scope: Scope::CLAUSE,
        flow: Flow::Used,
        in_try: false,
        in_handler: false,
        in_loop: false,
        is_conditional: false,
        argument: 0,
    };
}

impl<'w> Walk<'w> {
    /// Expressions that stand in no function.
    pub fn block(steps: Vec<Node>, names: &'w mut Names) -> Code {
        let mut walk = Walk {
            code: std::mem::take(&mut names.code),
            names,
            bindings: Arc::default(),
            at: Place::START,
            in_template: false,
        };
        for step in steps {
            walk.bindings = Bindings::of(step);
            walk.code.variables = thin_vec![Shape::Unknown; walk.bindings.all().len()];
            walk.with_flow(Flow::Discarded, |it| it.value(step));
        }
        walk.code.variables = ThinVec::new();
        walk.finish()
    }

    /// Parameters, guards and code of a clause.
    pub fn clause(
        def: Def,
        names: &'w mut Names,
    ) -> (ThinVec<Shape>, ThinVec<(Variable, Name)>, Code) {
        let bindings = Bindings::of(def.node());
        let mut walk = Walk {
            code: std::mem::take(&mut names.code),
            names,
            at: Place::START,
            bindings,
            in_template: false,
        };
        walk.code.variables = thin_vec![Shape::Unknown; walk.bindings.all().len()];
        let mut parameters = ThinVec::with_capacity(def.parameters().count());
        for (parameter, nth) in def.parameters().zip(0..=u8::MAX) {
            let pattern = if parameter.op() == Op::Default {
                parameter.child(Role::Left)
            } else {
                Some(parameter)
            };
            let Some(pattern) = pattern else { continue };
            parameters.push(walk.pattern(pattern, &Shape::Parameter(nth)));
        }
        let guards = def.guard().map_or(ThinVec::new(), |it| walk.guards(it));
        walk.definition(def);
        walk.delegation(def);
        (parameters, guards, walk.finish())
    }

    /// The code, in as little memory as it needs.
    fn finish(mut self) -> Code {
        let code = &mut self.code;
        let finished = Code {
            calls: code.calls.drain(..).collect(),
            closures: code.closures.drain(..).collect(),
            tails: code.tails.drain(..).collect(),
            variables: std::mem::take(&mut code.variables),
            lists: code.lists.drain(..).collect(),
            handlers: code.handlers.drain(..).collect(),
            fallbacks: code.fallbacks.drain(..).collect(),
            markup: code.markup.take(),
        };
        self.names.code = self.code;
        finished
    }

    fn definition(&mut self, def: Def) {
        let protects = def.sections().any(|(kind, _)| is_handler(kind));
        let start = self.code.calls.len() as u32;
        let mut protected = start..start;
        for (kind, body) in def.sections() {
            let at = self.at;
            self.at.in_try = protects && kind == SectionKind::Do;
            self.at.in_handler = is_handler(kind);
            let flow = if kind == SectionKind::After {
                Flow::Discarded
            } else {
                Flow::Returned
            };
            let shape = if is_handler(kind) {
                self.handlers(kind, body, flow, &protected)
            } else {
                self.body(body, flow)
            };
            if kind == SectionKind::Do {
                protected = start..self.code.calls.len() as u32;
            }
            if kind != SectionKind::After {
                self.tail(body, shape);
            }
            self.at = at;
        }
    }

    /// `defdelegate` calls the function it names with what it is given.
    fn delegation(&mut self, def: Def) {
        let Some((module, name)) = def.delegate() else {
            return;
        };
        let arguments: ThinVec<_> = (0..def.arity().1.min(255) as u8)
            .map(Shape::Parameter)
            .collect();
        let callee = Callee::Remote(self.names.name(&module));
        let shape = self.with_flow(Flow::Returned, |it| {
            it.push(callee, name, arguments.len(), def.span(), arguments)
        });
        self.code.tails.push(TailFacts {
            span: def.span(),
            shape,
        });
    }

    fn tail(&mut self, body: Body, shape: Shape) {
        match shape {
            Shape::Choice(shapes) => {
                let tails = body.tails();
                if tails.len() == shapes.len() {
                    let both = tails.iter().zip(shapes);
                    self.code.tails.extend(both.map(|(tail, shape)| TailFacts {
                        span: tail.node.span(),
                        shape,
                    }));
                    return;
                }
                self.code.tails.push(TailFacts {
                    span: body.span(),
                    shape: Shape::Choice(shapes),
                });
            }
            shape => self.code.tails.push(TailFacts {
                span: body.span(),
                shape,
            }),
        }
    }

    // Bodies.

    /// Walks the expressions of a body; the shape of its value, [`Shape::Choice`] by its tails where it branches.
    fn body(&mut self, body: Body, flow: Flow) -> Shape {
        let mut steps = body.expressions().peekable();
        let mut shape = Shape::Atom(self.names.name("nil"));
        if steps.peek().is_some_and(|it| it.is(Kind::Clause)) {
            return self.clauses(body, flow, &Shape::Unknown);
        }
        while let Some(step) = steps.next() {
            let flow = if self.in_template {
                Flow::Used
            } else if steps.peek().is_some() {
                Flow::Discarded
            } else {
                flow
            };
            shape = self.with_flow(flow, |it| it.value(step));
        }
        shape
    }

    fn clauses(&mut self, body: Body, flow: Flow, subject: &Shape) -> Shape {
        let mut shapes = ThinVec::new();
        for clause in body.clauses() {
            for head in clause.heads() {
                if head.mode() == Mode::Pattern {
                    self.pattern(head, subject);
                } else {
                    self.with_flow(Flow::Used, |it| it.value(head));
                }
            }
            let shape = self.body(clause.body(), flow);
            flatten(shape, &mut shapes);
        }
        Shape::Choice(shapes)
    }

    pub(crate) fn with_flow<R>(&mut self, flow: Flow, walk: impl FnOnce(&mut Self) -> R) -> R {
        let outer = std::mem::replace(&mut self.at.flow, flow);
        let result = walk(self);
        self.at.flow = outer;
        result
    }

    pub(crate) fn used(&mut self, node: Node) -> Shape {
        self.with_flow(Flow::Used, |it| it.value(node))
    }

    // Values.

    fn value(&mut self, node: Node) -> Shape {
        match node.kind() {
            Kind::Var => self.variable(node),
            Kind::Match => self.assignment(node),
            Kind::Pipe => match node.child(Role::Right) {
                // The call reads what is piped into it.
                Some(right) if right.is(Kind::Call) => self.value(right),
                _ => self.parts(node),
            },
            Kind::Call | Kind::Invoke => self.call(node),
            Kind::Apply => self.apply(node),
            Kind::Field => self.field(node),
            Kind::Access => self.access(node),
            Kind::Capture => self.capture(node),
            Kind::Fn => self.function(node),
            Kind::Block => {
                let steps: Vec<_> = node.children().collect();
                let flow = self.at.flow;
                let mut shape = Shape::Unknown;
                for (step, nth) in steps.iter().zip(1..) {
                    let flow = if nth == steps.len() {
                        flow
                    } else {
                        Flow::Discarded
                    };
                    shape = self.with_flow(flow, |it| it.value(*step));
                }
                shape
            }
            Kind::Tuple => Shape::Tuple(parts(node, |it| self.used(it))),
            Kind::List | Kind::Keywords | Kind::Map | Kind::Struct => {
                self.collection(node, |it, node| it.used(node))
            }
            Kind::Binary => self.binary(node),
            Kind::Template => self.template(node),
            Kind::Assign => self.assign(node),
            Kind::String | Kind::Charlist | Kind::Sigil | Kind::DynamicAtom => self.text(node),
            Kind::Attribute if node.children().next().is_none() => {
                shape_of_literal(node, self.names)
            }
            Kind::Module | Kind::Def | Kind::Directive => Shape::Unknown,
            _ if node.is_literal() => shape_of_literal(node, self.names),
            _ => self.parts(node),
        }
    }

    fn parts(&mut self, node: Node) -> Shape {
        for child in node.children() {
            self.used(child);
        }
        Shape::Unknown
    }

    fn variable(&mut self, node: Node) -> Shape {
        if node.name() == "__MODULE__" {
            return node
                .enclosing_module_name()
                .map_or(Shape::Unknown, |it| Shape::Module(self.names.name(it)));
        }
        if node.name() == "assigns" && self.in_template {
            self.take_assigns(node);
        }
        if let Some(index) = self.bindings.index(node) {
            return Shape::Variable(Variable(index as u32));
        }
        // A call without parentheses: nothing binds the name.
        let is_call = !node.name().starts_with('_') && matches!(node.mode(), Mode::Code);
        if is_call {
            self.push_local(node)
        } else {
            Shape::Unknown
        }
    }

    fn push_local(&mut self, node: Node) -> Shape {
        let callee = match node.local_callee(0) {
            Named::Remote(module) => Callee::Remote(self.names.name(&module)),
            _ => Callee::Local,
        };
        self.push(callee, node.name(), 0, node.span(), ThinVec::new())
    }

    fn assignment(&mut self, node: Node) -> Shape {
        let (Some(pattern), Some(value)) = (node.child(Role::Left), node.child(Role::Right)) else {
            return self.parts(node);
        };
        let flow = match self.at.flow {
            Flow::Discarded if self.uses_nothing_of(pattern) => Flow::Ignored,
            Flow::Discarded => Flow::Used,
            flow => flow,
        };
        let shape = self.with_flow(flow, |it| it.value(value));
        if pattern.tag() == Some("ok")
            && let Shape::Call(index) = &shape
            && let Some(call) = self.code.calls.get_mut(*index as usize)
        {
            call.is_asserted = true;
        }
        self.pattern(pattern, &shape);
        shape
    }

    fn uses_nothing_of(&self, pattern: Node) -> bool {
        let mut bound = pattern.subtree().filter(|it| it.is_binding());
        bound.all(|it| {
            self.bindings
                .binding(it)
                .is_none_or(|it| it.uses.is_empty())
        })
    }

    fn field(&mut self, node: Node) -> Shape {
        let value = node
            .child(Role::Receiver)
            .map_or(Shape::Unknown, |it| self.used(it));
        Shape::Field(Box::new(value), self.names.name(node.name()))
    }

    fn access(&mut self, node: Node) -> Shape {
        let value = node
            .child(Role::Receiver)
            .map_or(Shape::Unknown, |it| self.used(it));
        let key = node
            .child(Role::Key)
            .map_or(Shape::Unknown, |it| self.used(it));
        match key {
            Shape::Atom(key) => Shape::Field(Box::new(value), key),
            _ => Shape::Within(Box::new(value)),
        }
    }

    /// Lists, keywords, maps, structs, as values and as patterns.
    fn collection(&mut self, node: Node, mut part: impl FnMut(&mut Self, Node) -> Shape) -> Shape {
        let is_update = Map::cast(node).is_some_and(|it| it.base().is_some());
        let mut pairs = ThinVec::new();
        let mut texts = ThinVec::new();
        let mut elements = ThinVec::new();
        let mut spans = Vec::new();
        let mut rest = None;
        let (mut is_open, mut is_cons) = (is_update, false);
        for child in node.children() {
            match (child.kind(), child.role()) {
                (_, Role::Name) => {}
                (Kind::Pair, _) => {
                    let (key, value) = (child.child(Role::Key), child.child(Role::Value));
                    let value = value.map_or(Shape::Unknown, |it| part(self, it));
                    match key {
                        Some(key) if key.is(Kind::Atom) => {
                            pairs.push((self.names.name(key.name()), value))
                        }
                        Some(key) if key.is(Kind::String) => match key.string_value() {
                            Some(text) => texts.push((self.names.name(&text), value)),
                            None => is_open = true,
                        },
                        Some(key) => {
                            is_open = true;
                            if key.mode() != Mode::Pattern {
                                part(self, key);
                            }
                        }
                        None => {}
                    }
                }
                (Kind::Binary, _) if child.op() == Op::Bar => {
                    is_cons = true;
                    if let Some(head) = child.child(Role::Left) {
                        elements.push(part(self, head));
                        spans.push(head.span());
                    }
                    rest = child.child(Role::Right).map(|it| part(self, it));
                }
                _ => {
                    elements.push(part(self, child));
                    spans.push(child.span());
                }
            }
        }
        match node.kind() {
            Kind::Struct => {
                let name = Struct::cast(node)
                    .and_then(Struct::name_node)
                    .and_then(Node::module_name);
                match name {
                    Some(name) => Shape::Struct(self.names.name(&name), pairs),
                    None => Shape::Map(pairs, true),
                }
            }
            Kind::Map if !texts.is_empty() => {
                let is_open = is_open || !pairs.is_empty();
                Shape::StringMap(texts, is_open)
            }
            Kind::Map => Shape::Map(pairs, is_open),
            _ if is_cons && node.mode() == Mode::Pattern => Shape::Cons(elements),
            _ if is_cons => {
                self.keep_list(&elements, spans);
                let rest = Box::new(rest.unwrap_or_default());
                Shape::Concat(Box::new(Shape::List(elements)), rest)
            }
            _ if !pairs.is_empty() && elements.is_empty() => Shape::Keywords(pairs),
            _ if pairs.is_empty() => {
                if node.mode() != Mode::Pattern {
                    self.keep_list(&elements, spans);
                }
                Shape::List(elements)
            }
            _ => {
                let pair = |(key, value)| Shape::Tuple(thin_vec![Shape::Atom(key), value]);
                elements.extend(pairs.into_iter().map(pair));
                Shape::List(elements)
            }
        }
    }

    /// Keeps where the elements of a list stand that may be children of a supervisor.
    fn keep_list(&mut self, elements: &[Shape], spans: Vec<Span>) {
        let is_child = |it: &Shape| match it {
            Shape::Module(_) | Shape::Map(..) => true,
            Shape::Tuple(parts) => matches!(parts.first(), Some(Shape::Module(_))),
            _ => false,
        };
        let mut room = self.names.room;
        if elements.iter().any(is_child) && elements.iter().all(|it| it.fits(&mut room)) {
            self.names.room = room;
            let elements = elements.into();
            self.code.lists.push(ListFacts { elements, spans });
        }
    }

    fn binary(&mut self, node: Node) -> Shape {
        let (left, right) = (node.child(Role::Left), node.child(Role::Right));
        if node.op() == Op::LeftArrow {
            self.arrow(node);
            return Shape::Unknown;
        }
        let is_choice = matches!(node.op(), Op::OrOr | Op::AndAnd | Op::Or | Op::And);
        let left = left.map_or(Shape::Unknown, |it| self.used(it));
        let right = right.map_or(Shape::Unknown, |it| {
            let outer = self.at;
            self.at.is_conditional |= is_choice;
            let flow = if is_choice { outer.flow } else { Flow::Used };
            let shape = self.with_flow(flow, |walk| walk.value(it));
            self.at = outer;
            shape
        });
        match node.op() {
            Op::Append => Shape::Concat(Box::new(left), Box::new(right)),
            Op::OrOr => Shape::Choice(thin_vec![left, right]),
            Op::AndAnd => Shape::Choice(thin_vec![Shape::Atom(self.names.name("nil")), right]),
            Op::Concat => match left {
                Shape::String(text) | Shape::Prefix(text) => Shape::Prefix(text),
                _ => Shape::Unknown,
            },
            _ => Shape::Unknown,
        }
    }

    fn text(&mut self, node: Node) -> Shape {
        if node.children().next().is_none() {
            return shape_of_literal(node, self.names);
        }
        if let Some(template) = node.child_of_kind(Kind::Template) {
            return self.template(template);
        }
        for child in node.children().filter(|it| it.is(Kind::Interpolation)) {
            self.parts(child);
        }
        let first = node
            .children()
            .next()
            .filter(|it| it.is(Kind::Text) && node.is(Kind::String));
        first.map_or(Shape::Unknown, |it| {
            Shape::Prefix(self.names.name(it.text()))
        })
    }
}

/// What `of` says of each part of a collection.
fn parts<'t>(node: Node<'t>, of: impl FnMut(Node<'t>) -> Shape) -> ThinVec<Shape> {
    let mut parts = ThinVec::with_capacity(node.children().count());
    parts.extend(node.children().map(of));
    parts
}

fn flatten(shape: Shape, into: &mut ThinVec<Shape>) {
    match shape {
        Shape::Choice(shapes) => into.extend(shapes),
        shape => into.push(shape),
    }
}
