//! Where a value goes inside one function.
use exlint_syntax::Bindings;
use rustc_hash::FxHashSet;

use crate::prelude::*;

/// The variables that hold what comes from one expression.
pub(super) struct Flow<'t> {
    source: Node<'t>,
    bindings: &'t Bindings,
    /// Indices of bindings.
    carriers: FxHashSet<usize>,
}

impl<'t> Flow<'t> {
    /// Follows `source` through matches, clauses, generators and the functions it is given to, in all of `scope`.
    pub fn of(source: Node<'t>, scope: Node<'t>, bindings: &'t Bindings) -> Self {
        let mut flow = Self {
            source,
            bindings,
            carriers: FxHashSet::default(),
        };
        for node in scope.descendants() {
            flow.follow(node);
        }
        flow
    }

    /// Whether the value of `node` may depend on the source.
    pub fn reaches(&self, node: Node) -> bool {
        node.subtree().any(|it| {
            it == self.source
                || it.is(Kind::Var)
                    && !it.is_binding()
                    && self
                        .bindings
                        .index(it)
                        .is_some_and(|it| self.carriers.contains(&it))
        })
    }

    fn follow(&mut self, node: Node<'t>) {
        match node.kind() {
            Kind::Match => self.bind(node.child(Role::Right), node.child(Role::Left)),
            Kind::Binary if node.op() == Op::LeftArrow => {
                self.bind(node.child(Role::Right), node.child(Role::Left));
            }
            Kind::Call => self.follow_call(node),
            _ => {}
        }
    }

    fn bind(&mut self, value: Option<Node<'t>>, pattern: Option<Node<'t>>) {
        if value.is_some_and(|it| self.reaches(it)) {
            pattern.into_iter().for_each(|it| self.carry(it));
        }
    }

    fn follow_call(&mut self, node: Node<'t>) {
        let Some(call) = Call::cast(node) else {
            return;
        };
        let is_data = |it: &Node| !matches!(it.kind(), Kind::Fn | Kind::Capture | Kind::Keywords);
        if !call.arguments().filter(is_data).any(|it| self.reaches(it)) {
            return;
        }
        let functions = call.written_arguments().filter(|it| it.is(Kind::Fn));
        let of_functions = functions.flat_map(Node::children);
        let sections: Vec<_> = match call.name() {
            "case" => call
                .sections()
                .flat_map(|(_, it)| it.expressions())
                .collect(),
            _ => Vec::new(),
        };
        for clause in of_functions.chain(sections).filter_map(Clause::cast) {
            clause.heads().for_each(|it| self.carry(it));
        }
    }

    fn carry(&mut self, pattern: Node<'t>) {
        let bound = pattern.subtree().filter(|it| it.is_binding());
        self.carriers
            .extend(bound.filter_map(|it| self.bindings.index(it)));
    }
}

/// Whether `node` stands in a branch that is taken, or not, because of what `decides` accepts.
pub(super) fn is_decided_by(node: Node, decides: impl Fn(Node) -> bool) -> bool {
    let mut around = node.ancestors().filter(|it| it.is_control());
    around.any(|control| {
        let call = Call::cast(control);
        call.into_iter()
            .flat_map(Call::arguments)
            .filter(|it| !it.is(Kind::Keywords) && !it.contains(node))
            .any(&decides)
    })
}
