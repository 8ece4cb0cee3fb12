//! One walk over the code of a clause: calls in order of evaluation, closures, and what values are made of.
use std::sync::Arc;

use exlint_findings::{Span, Spanned};
use exlint_syntax::{
    Bindings, Body, Call, Callee as Named, Capture, Clause, Def, Fn, Kind, Map, Match, Mode, Node,
    Op, Role, SectionKind, Struct, View,
};

use crate::{
    collect::{Names, is_handler},
    model::*,
};

/// Longer strings are of no use as topics, events or keys.
pub(crate) const LONGEST_STRING: usize = 80;

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
            walk.code.variables = vec![Shape::Unknown; walk.bindings.all().len()];
            walk.with_flow(Flow::Discarded, |it| it.value(step));
        }
        walk.code.variables = Vec::new();
        walk.finish()
    }

    /// Parameters, guards and code of a clause.
    pub fn clause(def: Def, names: &'w mut Names) -> (Vec<Shape>, Vec<(Variable, Name)>, Code) {
        let bindings = Bindings::of(def.node());
        let mut walk = Walk {
            code: std::mem::take(&mut names.code),
            names,
            at: Place::START,
            bindings,
            in_template: false,
        };
        walk.code.variables = vec![Shape::Unknown; walk.bindings.all().len()];
        let mut parameters = Vec::with_capacity(def.parameters().count());
        for (parameter, nth) in def.parameters().zip(0..=u8::MAX) {
            let pattern = if parameter.op() == Op::Default {
                parameter.child(Role::Left)
            } else {
                Some(parameter)
            };
            let Some(pattern) = pattern else { continue };
            parameters.push(walk.pattern(pattern, &Shape::Parameter(nth)));
        }
        let guards = def.guard().map_or(Vec::new(), |it| walk.guards(it));
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
        let arguments: Vec<_> = (0..def.arity().1.min(255) as u8)
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

    /// `is_pid(x)` and its like, also joined by `and`.
    fn guards(&mut self, guard: Node) -> Vec<(Variable, Name)> {
        let calls = guard
            .subtree()
            .filter(|it| it.is(Kind::Call) && it.child(Role::Receiver).is_none());
        let mut guards = Vec::new();
        for call in calls {
            let negated = call
                .ancestors()
                .any(|it| it.op() == Op::Not || it.op() == Op::Or);
            let variable = call
                .written_arguments()
                .next()
                .and_then(|it| self.bindings.index(it));
            if let Some(variable) = variable.filter(|_| !negated) {
                guards.push((Variable(variable as u32), self.names.name(call.name())));
            }
        }
        guards
    }

    // Patterns.

    /// The shape of a pattern; its variables take parts of `value`.
    fn pattern(&mut self, pattern: Node, value: &Shape) -> Shape {
        if pattern.is(Kind::Var) {
            if pattern.is_binding()
                && let Some(index) = self.bindings.index(pattern)
                && let Some(variable) = self.code.variables.get_mut(index)
            {
                *variable = self.names.copy(value);
                return Shape::Variable(Variable(index as u32));
            }
            return Shape::Unknown;
        }
        if let Some(both) = Match::cast(pattern) {
            let (left, right) = (both.pattern(), both.value());
            let left = left.map_or(Shape::Unknown, |it| self.pattern(it, value));
            let right = right.map_or(Shape::Unknown, |it| self.pattern(it, value));
            return if matches!(left, Shape::Variable(_) | Shape::Unknown) {
                right
            } else {
                left
            };
        }
        if let (Kind::Tuple, Shape::Tuple(values)) = (pattern.kind(), value)
            && pattern.children().count() == values.len()
        {
            let mut values = values.iter();
            return Shape::Tuple(parts(pattern, |it| {
                self.pattern(it, values.next().unwrap_or(&Shape::Unknown))
            }));
        }
        let within = match value {
            Shape::Unknown => Shape::Unknown,
            Shape::Within(_) => self.names.copy(value),
            _ => Shape::Within(Box::new(self.names.copy(value))),
        };
        self.pattern_parts(pattern, &within)
    }

    /// The shape of a pattern whose variables take some part of a value.
    fn pattern_parts(&mut self, pattern: Node, within: &Shape) -> Shape {
        match pattern.kind() {
            Kind::Tuple => Shape::Tuple(parts(pattern, |it| self.pattern(it, within))),
            Kind::List | Kind::Keywords | Kind::Map | Kind::Struct => {
                self.collection(pattern, |it, node| it.pattern(node, within))
            }
            Kind::Binary if pattern.op() == Op::Bar => {
                pattern
                    .children()
                    .for_each(|it| _ = self.pattern(it, within));
                Shape::Unknown
            }
            Kind::Binary | Kind::Bitstring => {
                let mut parts = pattern.children().map(|it| self.pattern(it, within));
                let first = parts.next();
                parts.for_each(drop);
                match first {
                    Some(Shape::String(text)) if pattern.op() == Op::Concat => Shape::Prefix(text),
                    _ => Shape::Binary,
                }
            }
            Kind::Unary => Shape::Unknown,
            _ if pattern.is_literal() => shape_of_literal(pattern, self.names),
            _ => Shape::Unknown,
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
        let mut shapes = Vec::new();
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
        self.push(callee, node.name(), 0, node.span(), Vec::new())
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
        let mut pairs = Vec::new();
        let mut texts = Vec::new();
        let mut elements = Vec::new();
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
                let pair = |(key, value)| Shape::Tuple(vec![Shape::Atom(key), value]);
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
            let elements = elements.to_vec();
            self.code.lists.push(ListFacts { elements, spans });
        }
    }

    fn binary(&mut self, node: Node) -> Shape {
        let (left, right) = (node.child(Role::Left), node.child(Role::Right));
        if node.op() == Op::LeftArrow {
            let value = right.map_or(Shape::Unknown, |it| self.used(it));
            left.map(|it| self.pattern(it, &value));
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
            Op::OrOr => Shape::Choice(vec![left, right]),
            Op::AndAnd => Shape::Choice(vec![Shape::Atom(self.names.name("nil")), right]),
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

    // Closures.

    fn open_closure(&mut self, node: Node) -> u32 {
        let index = self.code.closures.len() as u32;
        self.code.closures.push(Closure {
            span: node.span(),
            outer: self.at.scope,
            given_to: None,
            calls: 0..0,
            parameters: Vec::new(),
        });
        index
    }

    fn inside(&mut self, closure: u32, walk: impl FnOnce(&mut Self)) {
        let outer = self.at;
        self.at = Place {
            scope: Scope::of_closure(closure),
            ..Place::START
        };
        self.at.in_loop = outer.in_loop;
        let start = self.code.calls.len() as u32;
        walk(self);
        self.code.closures[closure as usize].calls = start..self.code.calls.len() as u32;
        self.at = outer;
    }

    fn function(&mut self, node: Node) -> Shape {
        let closure = self.open_closure(node);
        let Some(function) = Fn::cast(node) else {
            return Shape::Unknown;
        };
        self.inside(closure, |it| {
            for (clause, nth) in function.clauses().zip(0..) {
                let heads: Vec<_> = clause
                    .heads()
                    .map(|head| it.pattern(head, &Shape::Unknown))
                    .collect();
                if nth == 0 {
                    it.code.closures[closure as usize].parameters = heads;
                }
                it.body(clause.body(), Flow::Returned);
            }
        });
        Shape::Closure(closure)
    }

    fn capture(&mut self, node: Node) -> Shape {
        let Some(capture) = Capture::cast(node) else {
            return Shape::Unknown;
        };
        let closure = self.open_closure(node);
        let Some((function, arity)) = capture.function() else {
            self.inside(closure, |it| {
                if let Some(operand) = capture.operand() {
                    it.with_flow(Flow::Returned, |it| it.value(operand));
                }
            });
            return Shape::Closure(closure);
        };
        let callee = match function.child(Role::Receiver) {
            Some(receiver) => match receiver.module_name() {
                Some(module) => Callee::Remote(self.names.name(&module)),
                None => Callee::Dynamic(Box::new(self.used(receiver))),
            },
            None => match function.local_callee(arity) {
                Named::Remote(module) => Callee::Remote(self.names.name(&module)),
                _ => Callee::Local,
            },
        };
        self.inside(closure, |it| {
            it.with_flow(Flow::Returned, |it| {
                it.push(
                    callee,
                    function.name(),
                    arity,
                    node.span(),
                    vec![Shape::Unknown; arity],
                );
            });
            if let Some(call) = it.code.calls.last_mut() {
                call.is_capture = true;
            }
        });
        Shape::Closure(closure)
    }

    fn apply(&mut self, node: Node) -> Shape {
        let function = node
            .child(Role::Receiver)
            .map_or(Shape::Unknown, |it| self.used(it));
        let arguments: Vec<_> = node.written_arguments().map(|it| self.used(it)).collect();
        let arity = arguments.len();
        self.push(
            Callee::Apply(Box::new(function)),
            "",
            arity,
            node.span(),
            arguments,
        )
    }

    // Calls.

    fn call(&mut self, node: Node) -> Shape {
        let Some(call) = Call::cast(node) else {
            return self.parts(node);
        };
        if call.receiver().is_none() {
            match call.name() {
                "quote" => return Shape::Unknown,
                "if" | "unless" | "cond" | "case" | "with" | "try" | "receive" | "for" => {
                    return self.control(call);
                }
                _ => {}
            }
        }
        let callee = self.callee(call);
        let is_lazy = matches!(&callee, Some(Callee::Remote(module)) if self.is_logger(*module));
        let arguments = if is_lazy {
            self.lazy_arguments(call)
        } else {
            self.arguments(call)
        };
        let callee = callee.unwrap_or_else(|| {
            let receiver = call.receiver().map_or(Shape::Unknown, |it| self.used(it));
            Callee::Dynamic(Box::new(receiver))
        });
        let applied = self.applied(call, &callee, &arguments);
        let shape = self.push(callee, call.name(), call.arity(), node.span(), arguments);
        if let Some((callee, name, arguments)) = applied {
            let arity = arguments.len();
            self.push(callee, &name, arity, node.span(), arguments);
        }
        for (_, body) in call.sections() {
            let outer = self.at;
            self.at.is_conditional = true;
            self.body(body, Flow::Used);
            self.at = outer;
        }
        shape
    }

    /// `None` for a call on a value.
    fn callee(&mut self, call: Call) -> Option<Callee> {
        match call.callee() {
            Named::Remote(module) => Some(Callee::Remote(self.names.name(&module))),
            Named::Own | Named::Unknown => Some(Callee::Local),
            Named::Dynamic => None,
        }
    }

    fn is_logger(&mut self, module: Name) -> bool {
        module == self.names.name("Logger")
    }

    /// What the macros of `Logger` are given is evaluated only where the level is on; it belongs to no path.
    fn lazy_arguments(&mut self, call: Call) -> Vec<Shape> {
        let closure = self.open_closure(call.node());
        let mut arguments = Vec::new();
        self.inside(closure, |it| arguments = it.arguments(call));
        arguments
    }

    fn arguments(&mut self, call: Call) -> Vec<Shape> {
        let mut arguments = Vec::with_capacity(call.arguments().count());
        for (argument, nth) in call.arguments().zip(0..=u8::MAX) {
            let outer = self.at.argument;
            self.at.argument = nth;
            let shape = if argument.is(Kind::Keywords) {
                self.options(argument)
            } else {
                self.used(argument)
            };
            arguments.push(shape);
            self.at.argument = outer;
        }
        arguments
    }

    /// Keyword arguments without the bodies among them, which are walked as bodies.
    fn options(&mut self, keywords: Node) -> Shape {
        let mut pairs = Vec::new();
        for (key, value) in keywords.pairs().filter(|(key, _)| key.is(Kind::Atom)) {
            let is_body = SectionKind::ALL.iter().any(|it| key.is_atom(it.name()));
            if !is_body {
                let value = self.used(value);
                pairs.push((self.names.name(key.name()), value));
            }
        }
        Shape::Keywords(pairs)
    }

    /// `apply(Module, :name, [a, b])` is a call of `Module.name/2`, and `Phoenix.View.render(View, "a.html", assigns)`
    /// one of `View.render/2`.
    fn applied(
        &mut self,
        call: Call,
        callee: &Callee,
        arguments: &[Shape],
    ) -> Option<(Callee, String, Vec<Shape>)> {
        if let (Callee::Remote(view), "render", [Shape::Module(module), rest @ ..]) =
            (callee, call.name(), arguments)
            && rest.len() == 2
            && *view == self.names.name("Phoenix.View")
        {
            return Some((Callee::Remote(*module), "render".to_owned(), rest.to_vec()));
        }
        let (Callee::Remote(kernel), "apply", [module, _, Shape::List(list)]) =
            (callee, call.name(), arguments)
        else {
            return None;
        };
        if *kernel != self.names.name("Kernel") {
            return None;
        }
        let name = call
            .argument(1)
            .filter(|it| it.is(Kind::Atom))?
            .name()
            .to_owned();
        let module = module.module()?;
        let list = list.iter().map(|it| self.names.copy(it)).collect();
        Some((Callee::Remote(module), name, list))
    }

    pub(crate) fn push(
        &mut self,
        callee: Callee,
        name: &str,
        arity: usize,
        span: Span,
        arguments: Vec<Shape>,
    ) -> Shape {
        let index = self.code.calls.len() as u32;
        for (argument, nth) in arguments.iter().zip(0..=u8::MAX) {
            self.give(argument, index, nth);
        }
        let name = self.names.name(name);
        self.code.calls.push(CallFacts {
            callee,
            name,
            arity: arity.min(255) as u8,
            span,
            arguments,
            scope: self.at.scope,
            flow: self.at.flow,
            is_capture: false,
            in_try: self.at.in_try,
            in_handler: self.at.in_handler,
            in_loop: self.at.in_loop,
            is_conditional: self.at.is_conditional,
        });
        Shape::Call(index)
    }

    /// A closure in an argument, or held by a variable in one, is given to the call.
    fn give(&mut self, argument: &Shape, call: u32, nth: u8) {
        let closure = match argument {
            Shape::Closure(closure) => *closure,
            Shape::Variable(variable) => match self.code.variables.get(variable.0 as usize) {
                Some(Shape::Closure(closure)) => *closure,
                _ => return,
            },
            _ => return,
        };
        let closure = &mut self.code.closures[closure as usize];
        if closure.given_to.is_none() {
            closure.given_to = Some((call, nth));
        }
    }

    // Control flow.

    fn control(&mut self, call: Call) -> Shape {
        match call.name() {
            "try" => self.attempt(call),
            "receive" => self.receive(call),
            "for" | "with" => self.comprehension(call),
            _ => self.branches(call),
        }
    }

    fn branches(&mut self, call: Call) -> Shape {
        let subject = self.arguments(call).into_iter().next().unwrap_or_default();
        let outer = self.at;
        self.at.is_conditional = true;
        let mut shapes = Vec::new();
        let mut has_else = false;
        for (kind, body) in call.sections() {
            has_else |= kind == SectionKind::Else;
            let shape = self.branch(body, outer.flow, &subject);
            flatten(shape, &mut shapes);
        }
        self.at = outer;
        if !has_else && matches!(call.name(), "if" | "unless") {
            shapes.push(Shape::Atom(self.names.name("nil")));
        }
        Shape::Choice(shapes)
    }

    fn branch(&mut self, body: Body, flow: Flow, subject: &Shape) -> Shape {
        if body.clauses().next().is_some() {
            self.clauses(body, flow, subject)
        } else {
            self.body(body, flow)
        }
    }

    fn attempt(&mut self, call: Call) -> Shape {
        let outer = self.at;
        let sections: Vec<_> = call.sections().collect();
        let protects = sections.iter().any(|(kind, _)| is_handler(*kind));
        let has_else = sections.iter().any(|(kind, _)| *kind == SectionKind::Else);
        let mut shapes = Vec::new();
        let start = self.code.calls.len() as u32;
        let mut protected = start..start;
        for (kind, body) in sections {
            self.at.in_try = outer.in_try || (protects && kind == SectionKind::Do);
            self.at.in_handler = outer.in_handler || is_handler(kind);
            let gives = kind != SectionKind::After && !(kind == SectionKind::Do && has_else);
            let flow = match (kind, gives) {
                (SectionKind::After, _) => Flow::Discarded,
                (_, true) => outer.flow,
                (_, false) => Flow::Used,
            };
            let shape = if is_handler(kind) {
                self.handlers(kind, body, flow, &protected)
            } else {
                self.branch(body, flow, &Shape::Unknown)
            };
            if kind == SectionKind::Do {
                protected = start..self.code.calls.len() as u32;
            }
            if gives {
                flatten(shape, &mut shapes);
            }
        }
        self.at = outer;
        Shape::Choice(shapes)
    }

    /// The clauses of a `rescue` or `catch`; those that take every exception are kept.
    fn handlers(
        &mut self,
        kind: SectionKind,
        body: Body,
        flow: Flow,
        protected: &std::ops::Range<u32>,
    ) -> Shape {
        let mut shapes = Vec::new();
        for clause in body.clauses() {
            for head in clause.heads() {
                self.pattern(head, &Shape::Unknown);
            }
            let start = self.code.calls.len() as u32;
            let shape = self.body(clause.body(), flow);
            if takes_everything(kind, clause) {
                self.code.handlers.push(Handler {
                    span: clause.head_span(),
                    value: self.names.copy(&shape),
                    protects: protected.clone(),
                    calls: start..self.code.calls.len() as u32,
                });
            }
            flatten(shape, &mut shapes);
        }
        Shape::Choice(shapes)
    }

    /// Waiting for a message is a call that may block: `receive/1` with the timeout of `after`, or `:infinity`.
    fn receive(&mut self, call: Call) -> Shape {
        let after = call
            .section(SectionKind::After)
            .and_then(|it| it.clauses().next())
            .and_then(|it| it.head(0));
        let timeout = match after {
            Some(timeout) => self.used(timeout),
            None => Shape::Atom(self.names.name("infinity")),
        };
        let kernel = Callee::Remote(self.names.name("Kernel"));
        self.push(kernel, "receive", 1, call.span(), vec![timeout]);
        let outer = self.at;
        self.at.is_conditional = true;
        let mut shapes = Vec::new();
        for (_, body) in call.sections() {
            let shape = self.branch(body, outer.flow, &Shape::Unknown);
            flatten(shape, &mut shapes);
        }
        self.at = outer;
        Shape::Choice(shapes)
    }

    fn comprehension(&mut self, call: Call) -> Shape {
        let outer = self.at;
        let is_loop = call.name() == "for" && !draws_from_few(call);
        let is_for = call.name() == "for";
        for (argument, nth) in call.written_arguments().zip(0..) {
            // What the first generator draws from is evaluated once.
            self.at.in_loop = outer.in_loop || (is_loop && nth > 0 && !argument.is(Kind::Keywords));
            self.at.is_conditional = outer.is_conditional || (!is_for && nth > 0);
            if argument.is(Kind::Keywords) {
                self.options(argument);
            } else if is_loop && argument.op() == Op::LeftArrow {
                self.generator(argument);
            } else {
                self.used(argument);
            }
        }
        let mut shapes = Vec::new();
        for (kind, body) in call.sections() {
            self.at.in_loop = outer.in_loop || (is_loop && kind == SectionKind::Do);
            self.at.is_conditional = true;
            let flow = match (is_for, outer.flow) {
                (true, Flow::Returned) => Flow::Used,
                (_, flow) => flow,
            };
            let shape = self.branch(body, flow, &Shape::Unknown);
            flatten(shape, &mut shapes);
        }
        self.at = outer;
        if is_for {
            return Shape::Unknown;
        }
        if call.section(SectionKind::Else).is_none() {
            let sources = call
                .written_arguments()
                .filter(|it| it.op() == Op::LeftArrow)
                .count();
            shapes.extend(std::iter::repeat_n(Shape::Unknown, sources));
        }
        Shape::Choice(shapes)
    }

    /// Drawing from `value` in `for pattern <- value` is a call that runs through it: `for/1`.
    fn generator(&mut self, generator: Node) {
        let value = generator.child(Role::Right);
        let value = value.map_or(Shape::Unknown, |it| self.used(it));
        let kernel = Callee::Remote(self.names.name("Kernel"));
        let arguments = vec![self.names.copy(&value)];
        self.with_flow(Flow::Used, |it| {
            it.push(kernel, "for", 1, generator.span(), arguments)
        });
        if let Some(pattern) = generator.child(Role::Left) {
            let within = match value {
                Shape::Unknown => value,
                _ => Shape::Within(Box::new(value)),
            };
            self.pattern(pattern, &within);
        }
    }
}

/// Whether a comprehension goes over values that are written out, or over few chunks of many.
fn draws_from_few(comprehension: Call) -> bool {
    let mut sources = comprehension
        .written_arguments()
        .filter(|it| it.op() == Op::LeftArrow)
        .filter_map(|it| it.child(Role::Right));
    let is_few = |source: Node| {
        let is_written_out = |it: Node| it.constant().is_literal();
        is_written_out(source)
            || source.is(Kind::Call)
                && source.written_arguments().next().is_some()
                && source.written_arguments().all(is_written_out)
                && source.piped().is_none()
            || source
                .subtree()
                .any(|it| it.is(Kind::Call) && it.name().contains("chunk"))
    };
    sources.all(is_few)
}

/// `rescue e`, `catch kind, reason`, `catch :error, reason`.
fn takes_everything(kind: SectionKind, clause: Clause) -> bool {
    let heads: Vec<_> = clause.heads().collect();
    let is_open = |it: &Node| it.is(Kind::Var) && clause.guard().is_none();
    match (kind, heads.as_slice()) {
        (SectionKind::Rescue, [exception]) => is_open(exception),
        (SectionKind::Catch, [class, reason]) => {
            is_open(reason) && (is_open(class) || class.is_atom("error"))
        }
        _ => false,
    }
}

/// What `of` says of each part of a collection.
fn parts<'t>(node: Node<'t>, of: impl FnMut(Node<'t>) -> Shape) -> Vec<Shape> {
    let mut parts = Vec::with_capacity(node.children().count());
    parts.extend(node.children().map(of));
    parts
}

fn flatten(shape: Shape, into: &mut Vec<Shape>) {
    match shape {
        Shape::Choice(shapes) => into.extend(shapes),
        shape => into.push(shape),
    }
}

/// The shape of a value that needs no evaluation; of others what can be seen without following variables.
pub(crate) fn shape_of_literal(node: Node, names: &mut Names) -> Shape {
    match node.kind() {
        Kind::Atom => match node.module_name().filter(|it| !it.starts_with(':')) {
            Some(module) => Shape::Module(names.name(&module)),
            None => Shape::Atom(names.name(node.name())),
        },
        Kind::Alias => node
            .module_name()
            .map_or(Shape::Unknown, |it| Shape::Module(names.name(&it))),
        Kind::Var => node
            .module_name()
            .map_or(Shape::Unknown, |it| Shape::Module(names.name(&it))),
        Kind::Integer | Kind::Unary => node.integer().map_or(Shape::Unknown, Shape::Int),
        Kind::Char => Shape::Int(i64::from(exlint_syntax::character(node.text()))),
        Kind::Float => Shape::Float,
        Kind::String => match node.string_value() {
            Some(text) => {
                let end = text
                    .char_indices()
                    .map(|(at, _)| at)
                    .find(|at| *at >= LONGEST_STRING);
                Shape::String(names.name(&text[..end.unwrap_or(text.len())]))
            }
            None => Shape::Unknown,
        },
        Kind::Tuple => Shape::Tuple(parts(node, |it| shape_of_literal(it, names))),
        Kind::List | Kind::Keywords if node.children().all(|it| it.is(Kind::Pair)) => {
            let pairs: Vec<_> = node.pairs().filter(|(key, _)| key.is(Kind::Atom)).collect();
            if pairs.is_empty() {
                return Shape::List(Vec::new());
            }
            let pair = |(key, value): (Node, Node)| {
                (names.name(key.name()), shape_of_literal(value, names))
            };
            Shape::Keywords(pairs.into_iter().map(pair).collect())
        }
        Kind::List => Shape::List(parts(node, |it| shape_of_literal(it, names))),
        Kind::Map => {
            let pairs: Vec<_> = node.pairs().filter(|(key, _)| key.is(Kind::Atom)).collect();
            let pair = |(key, value): (Node, Node)| {
                (names.name(key.name()), shape_of_literal(value, names))
            };
            Shape::Map(pairs.into_iter().map(pair).collect(), false)
        }
        Kind::Attribute => match node.attribute_value() {
            Some(value) if names.has_room_for(value) => shape_of_literal(value, names),
            _ => Shape::Unknown,
        },
        Kind::Call if node.child(Role::Receiver).is_some() => {
            // `:timer.seconds(5)`
            node.milliseconds().map_or(Shape::Unknown, Shape::Int)
        }
        Kind::Binary => node.milliseconds().map_or(Shape::Unknown, Shape::Int),
        _ => Shape::Unknown,
    }
}
