//! Calls, what they are given, and closures.
use exlint_findings::{Span, Spanned};
use exlint_syntax::{Call, Callee as Named, Capture, Fn, Kind, Node, Role, SectionKind, View};
use thin_vec::{ThinVec, thin_vec};

use super::{Place, Walk};
use crate::model::*;

impl Walk<'_> {
    pub(super) fn open_closure(&mut self, node: Node) -> u32 {
        let index = self.code.closures.len() as u32;
        self.code.closures.push(Closure {
            span: node.span(),
            outer: self.at.scope,
            given_to: None,
            calls: 0..0,
            parameters: ThinVec::new(),
        });
        index
    }

    pub(super) fn inside(&mut self, closure: u32, walk: impl FnOnce(&mut Self)) {
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

    pub(super) fn function(&mut self, node: Node) -> Shape {
        let closure = self.open_closure(node);
        let Some(function) = Fn::cast(node) else {
            return Shape::Unknown;
        };
        self.inside(closure, |it| {
            for (clause, nth) in function.clauses().zip(0..) {
                let heads: ThinVec<_> = clause
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

    pub(super) fn capture(&mut self, node: Node) -> Shape {
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
                    thin_vec![Shape::Unknown; arity],
                );
            });
            if let Some(call) = it.code.calls.last_mut() {
                call.is_capture = true;
            }
        });
        Shape::Closure(closure)
    }

    pub(super) fn apply(&mut self, node: Node) -> Shape {
        let function = node
            .child(Role::Receiver)
            .map_or(Shape::Unknown, |it| self.used(it));
        let arguments: ThinVec<_> = node.written_arguments().map(|it| self.used(it)).collect();
        let arity = arguments.len();
        self.push(
            Callee::Apply(Box::new(function)),
            "",
            arity,
            node.span(),
            arguments,
        )
    }

    pub(super) fn call(&mut self, node: Node) -> Shape {
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
    pub(super) fn callee(&mut self, call: Call) -> Option<Callee> {
        match call.callee() {
            Named::Remote(module) => Some(Callee::Remote(self.names.name(&module))),
            Named::Own | Named::Unknown => Some(Callee::Local),
            Named::Dynamic => None,
        }
    }

    pub(super) fn is_logger(&mut self, module: Name) -> bool {
        module == self.names.name("Logger")
    }

    /// What the macros of `Logger` are given is evaluated only where the level is on; it belongs to no path.
    pub(super) fn lazy_arguments(&mut self, call: Call) -> ThinVec<Shape> {
        let closure = self.open_closure(call.node());
        let mut arguments = ThinVec::new();
        self.inside(closure, |it| arguments = it.arguments(call));
        arguments
    }

    pub(super) fn arguments(&mut self, call: Call) -> ThinVec<Shape> {
        let mut arguments = ThinVec::with_capacity(call.arguments().count());
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
    pub(super) fn options(&mut self, keywords: Node) -> Shape {
        let mut pairs = ThinVec::new();
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
    pub(super) fn applied(
        &mut self,
        call: Call,
        callee: &Callee,
        arguments: &[Shape],
    ) -> Option<(Callee, String, ThinVec<Shape>)> {
        if let (Callee::Remote(view), "render", [Shape::Module(module), rest @ ..]) =
            (callee, call.name(), arguments)
            && rest.len() == 2
            && *view == self.names.name("Phoenix.View")
        {
            return Some((Callee::Remote(*module), "render".to_owned(), rest.into()));
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
        arguments: ThinVec<Shape>,
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
            is_asserted: false,
        });
        Shape::Call(index)
    }

    /// A closure in an argument, or held by a variable in one, is given to the call.
    pub(super) fn give(&mut self, argument: &Shape, call: u32, nth: u8) {
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
}
