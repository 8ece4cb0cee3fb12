//! Loops, and values that go nowhere because of them.
use crate::prelude::*;

/// A function that is run for each element of a collection, or the body of a `for`.
#[derive(Clone, Copy)]
pub(super) struct Loop<'t> {
    /// The `fn`, the capture, or the `for` itself.
    pub function: Node<'t>,
}

impl<'t> Loop<'t> {
    /// The loop that `call` is, if it throws away what its function returns.
    pub fn for_effects(call: Call<'t>) -> Option<Self> {
        if is_for(call.node()) {
            let function = call.node();
            return call.node().is_discarded().then_some(Self { function });
        }
        let function = call.written_arguments().last().filter(is_function)?;
        let throws_away = call.name() == "each" || call.whole_pipe().is_discarded();
        (throws_away && is_over_elements(call)).then_some(Self { function })
    }

    /// The expressions that run for each element.
    pub fn steps(self) -> Vec<Node<'t>> {
        match self.function.kind() {
            Kind::Fn => {
                let clauses = self.function.children().filter_map(Clause::cast);
                clauses.flat_map(|it| it.body().expressions()).collect()
            }
            Kind::Capture => self.function.children().collect(),
            _ => {
                let body = self.function.section(SectionKind::Do);
                body.into_iter().flat_map(Body::expressions).collect()
            }
        }
    }
}

/// Whether nothing can see the value of `node`: it is discarded, or a loop that it ends throws it away.
pub(crate) fn goes_nowhere(node: Node) -> bool {
    if node.is_discarded() {
        return true;
    }
    let Some(owner) = node.value_owner() else {
        return false;
    };
    match owner.kind() {
        Kind::Fn | Kind::Capture => {
            let call = owner.parent().and_then(Call::cast);
            call.and_then(Loop::for_effects)
                .is_some_and(|it| it.function == owner)
        }
        Kind::Call if is_for(owner) => owner.is_discarded(),
        Kind::Call if owner.is_control() => goes_nowhere(owner.whole_pipe()),
        Kind::Block => goes_nowhere(owner),
        _ => false,
    }
}

/// A `for` that returns a list.
fn is_for(node: Node) -> bool {
    let call = Call::cast(node).filter(|it| it.name() == "for" && !it.is_remote());
    call.is_some_and(|it| {
        let options = it.written_arguments().filter(|it| it.is(Kind::Keywords));
        options
            .flat_map(Node::pairs)
            .all(|(key, _)| !key.is_atom("reduce") && !key.is_atom("into"))
    })
}

fn is_function(node: &Node) -> bool {
    matches!(node.kind(), Kind::Fn | Kind::Capture)
}

fn is_over_elements(call: Call) -> bool {
    let (name, arity) = (call.name(), call.arity());
    arity == 2
        && matches!(name, "each" | "map" | "flat_map" | "filter" | "reject")
        && call.callee() == Callee::Remote("Enum".into())
}
