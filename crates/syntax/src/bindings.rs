//! Which variable each name means.
//!
//! Scopes are those of "Variable scope" in Elixir's documentation: what is bound in a branch, clause or function is
//! gone after it; what is bound in an argument or condition stays for the rest of the block.
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::{Kind, Mode, Node, Op, Role, SectionKind, Symbol};

/// The variables below one node, with their uses.
#[derive(Debug, Default)]
pub struct Bindings {
    bindings: Vec<Binding>,
    /// Binding nodes and uses, to the binding.
    by_node: FxHashMap<u32, usize>,
    in_scope: FxHashMap<Symbol, Vec<usize>>,
    /// What the open scopes have bound, to be undone where they end.
    undo: Vec<Symbol>,
}

/// What was found so far, by root.
#[derive(Debug, Default)]
pub(crate) struct KnownBindings(Mutex<FxHashMap<u32, Arc<Bindings>>>);

impl KnownBindings {
    fn get(&self, root: u32) -> Option<Arc<Bindings>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&root).cloned()
    }

    fn insert(&self, root: u32, bindings: Arc<Bindings>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(root, bindings);
    }
}

/// One variable: bound once, perhaps used.
#[derive(Debug)]
pub struct Binding {
    /// The node that binds it.
    pub node: u32,
    pub name: Symbol,
    /// The nodes that read it, in source order of evaluation.
    pub uses: Vec<u32>,
    /// The variable of the same name that it hides, if one is in scope.
    pub hides: Option<usize>,
}

impl Bindings {
    /// The variables of a definition, a function, or any other expression; variables bound outside have no binding.
    /// The file remembers them: asking again costs nothing.
    pub fn of(root: Node) -> Arc<Self> {
        let known = &root.file().bindings;
        if let Some(bindings) = known.get(root.id()) {
            return bindings;
        }
        let bindings = Arc::new(Self::found(root));
        known.insert(root.id(), bindings.clone());
        bindings
    }

    fn found(root: Node) -> Self {
        let mut bindings = Self::default();
        match root.kind() {
            Kind::Def => bindings.definition(root),
            Kind::Clause => bindings.clause(root),
            _ => bindings.expression(root),
        }
        (bindings.in_scope, bindings.undo) = Default::default();
        bindings
    }

    pub fn all(&self) -> &[Binding] {
        &self.bindings
    }

    pub fn get(&self, index: usize) -> &Binding {
        &self.bindings[index]
    }

    /// The binding that `variable` makes or reads.
    pub fn binding(&self, variable: Node) -> Option<&Binding> {
        self.index(variable).map(|it| &self.bindings[it])
    }

    /// Its index; equal for two nodes that mean the same variable.
    pub fn index(&self, variable: Node) -> Option<usize> {
        self.by_node.get(&variable.id()).copied()
    }

    /// Whether both nodes mean one variable.
    pub fn same(&self, one: Node, other: Node) -> bool {
        self.index(one).is_some() && self.index(one) == self.index(other)
    }

    fn scope(&mut self, walk: impl FnOnce(&mut Self)) {
        let mark = self.undo.len();
        walk(self);
        for symbol in self.undo.drain(mark..).rev() {
            if let Some(stack) = self.in_scope.get_mut(&symbol) {
                stack.pop();
            }
        }
    }

    fn bind(&mut self, node: Node, pattern_start: usize) {
        let hides = self
            .in_scope
            .get(&node.symbol())
            .and_then(|it| it.last())
            .copied();
        if let Some(index) = hides.filter(|it| *it >= pattern_start) {
            // Twice in one pattern: one variable.
            self.by_node.insert(node.id(), index);
            return;
        }
        let index = self.bindings.len();
        self.bindings.push(Binding {
            node: node.id(),
            name: node.symbol(),
            uses: Vec::new(),
            hides,
        });
        self.by_node.insert(node.id(), index);
        self.in_scope.entry(node.symbol()).or_default().push(index);
        self.undo.push(node.symbol());
    }

    fn read(&mut self, node: Node) {
        if let Some(&index) = self.in_scope.get(&node.symbol()).and_then(|it| it.last()) {
            self.bindings[index].uses.push(node.id());
            self.by_node.insert(node.id(), index);
        }
    }

    /// Pinned variables mean those outside; sizes and guards may mean those the pattern binds.
    fn pattern(&mut self, pattern: Node) {
        let start = self.bindings.len();
        let variables: Vec<_> = pattern.subtree().filter(|it| it.is(Kind::Var)).collect();
        let is_pinned = |it: &Node| it.parent().is_some_and(|it| it.op() == Op::Pin);
        for node in variables.iter().filter(|it| is_pinned(it)) {
            self.read(*node);
        }
        for node in variables.iter().filter(|it| it.is_binding()) {
            self.bind(*node, start);
        }
        for node in variables
            .iter()
            .filter(|it| !is_pinned(it) && !it.is_binding())
        {
            self.read(*node);
        }
    }

    fn definition(&mut self, def: Node) {
        self.scope(|it| {
            let mut arguments = def.children_with(Role::Argument);
            if let Some(head) = arguments.next() {
                it.pattern(head);
            }
            for argument in arguments {
                it.argument(argument);
            }
            it.sections(def);
        });
    }

    fn clause(&mut self, clause: Node) {
        self.scope(|it| {
            for child in clause.children() {
                match child.role() {
                    Role::Head if child.mode() == Mode::Pattern => it.pattern(child),
                    _ => it.expression(child),
                }
            }
        });
    }

    fn expression(&mut self, node: Node) {
        match node.kind() {
            Kind::Var => match node.mode() {
                Mode::Pattern if node.is_binding() => self.pattern(node),
                _ => self.read(node),
            },
            Kind::Match => {
                node.child(Role::Right)
                    .into_iter()
                    .for_each(|it| self.expression(it));
                node.child(Role::Left)
                    .into_iter()
                    .for_each(|it| self.pattern(it));
            }
            Kind::Binary if node.op() == Op::LeftArrow => {
                node.child(Role::Right)
                    .into_iter()
                    .for_each(|it| self.expression(it));
                node.child(Role::Left)
                    .into_iter()
                    .for_each(|it| self.pattern(it));
            }
            Kind::Clause => self.clause(node),
            Kind::Def => self.definition(node),
            Kind::Call
                if matches!(node.name(), "for" | "with")
                    && node.child(Role::Receiver).is_none() =>
            {
                self.comprehension(node);
            }
            Kind::Call if node.name() == "quote" => {}
            Kind::Template => {
                self.scope(|it| node.children().for_each(|child| it.expression(child)));
            }
            Kind::Call | Kind::Module | Kind::Directive | Kind::Apply | Kind::Invoke => {
                self.call(node)
            }
            // A pattern outside a match: the first argument of `match?`.
            _ if node.mode() == Mode::Pattern => self.pattern(node),
            _ => node.children().for_each(|it| self.expression(it)),
        }
    }

    fn call(&mut self, call: Node) {
        // What `test name, context do` binds is for its block alone; `match?` binds for nobody.
        let binds_locally = call
            .children_with(Role::Argument)
            .any(|it| it.mode() == Mode::Pattern)
            && call.mode() != Mode::Pattern
            && !call.name().starts_with("assert")
            && call.name() != "destructure";
        if binds_locally {
            self.scope(|it| it.call_parts(call));
        } else {
            self.call_parts(call);
        }
    }

    fn call_parts(&mut self, call: Node) {
        for child in call.children() {
            match child.role() {
                Role::Section => {}
                Role::Argument => self.argument(child),
                _ => self.expression(child),
            }
        }
        self.sections(call);
    }

    /// An argument, without the bodies that it gives as `do:` and its like.
    fn argument(&mut self, argument: Node) {
        if !argument.is(Kind::Keywords) {
            return self.expression(argument);
        }
        for pair in argument.children() {
            if !pair.is_section_pair() {
                self.expression(pair);
            }
        }
    }

    fn sections(&mut self, call: Node) {
        for (_, body) in call.sections() {
            self.scope(|it| {
                body.expressions()
                    .for_each(|expression| it.expression(expression))
            });
        }
    }

    /// `for` and `with` bind from clause to clause and in their `do`, not in `else`.
    fn comprehension(&mut self, call: Node) {
        self.scope(|it| {
            call.children_with(Role::Argument)
                .for_each(|argument| it.argument(argument));
            for (kind, body) in call.sections().filter(|(kind, _)| *kind == SectionKind::Do) {
                debug_assert_eq!(kind, SectionKind::Do);
                it.scope(|it| {
                    body.expressions()
                        .for_each(|expression| it.expression(expression))
                });
            }
        });
        for (_, body) in call.sections().filter(|(kind, _)| *kind != SectionKind::Do) {
            self.scope(|it| {
                body.expressions()
                    .for_each(|expression| it.expression(expression))
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Def, View, parse};

    /// Each use as `name@line->line of its binding`.
    fn links(body: &str) -> Vec<String> {
        let file = parse(format!("def f(x, y) do\n{body}\nend"));
        let def = file
            .nodes()
            .find_map(Def::cast)
            .expect("there is a definition");
        let bindings = Bindings::of(def.node());
        let line = |id: u32| {
            file.source()[..file.node(id).raw().start as usize]
                .matches('\n')
                .count()
        };
        let mut links: Vec<_> = bindings
            .all()
            .iter()
            .flat_map(|it| it.uses.iter().map(move |at| (*at, it)))
            .map(|(at, it)| {
                format!(
                    "{}@{}->{}",
                    file.symbol_text(it.name),
                    line(at),
                    line(it.node)
                )
            })
            .collect();
        links.sort();
        links
    }

    #[test]
    fn branches_do_not_leak_but_conditions_do() {
        let body = "if z = x do\n  x = z\n  x\nend\nz\nx";
        assert_eq!(
            links(body),
            ["x@1->0", "x@3->2", "x@6->0", "z@2->1", "z@5->1"]
        );
    }

    #[test]
    fn pins_and_guards() {
        let body = "case y do\n  {^x, z} when z > 1 -> z\n  _ -> x\nend";
        assert_eq!(
            links(body),
            ["x@2->0", "x@3->0", "y@1->0", "z@2->2", "z@2->2"]
        );
    }

    #[test]
    fn comprehensions_bind_for_their_body() {
        let body = "for x <- y, do: x\nwith {:ok, x} <- x do\n  x\nelse\n  _ -> x\nend";
        assert_eq!(
            links(body),
            ["x@1->1", "x@2->0", "x@3->2", "x@5->0", "y@1->0"]
        );
    }

    #[test]
    fn rebinding_reads_the_one_before() {
        let body = "x = x + 1\nfn x -> x end\nx";
        assert_eq!(links(body), ["x@1->0", "x@2->2", "x@3->1"]);
    }
}
