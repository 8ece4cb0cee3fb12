//! The clauses of `rescue` and `catch`, and what they protect.
use crate::prelude::*;

/// A clause of `rescue` or `catch`.
#[derive(Clone, Copy)]
pub(super) struct Handler<'t> {
    pub clause: Clause<'t>,
    pub kind: SectionKind,
    /// The `try`, or the definition.
    pub owner: Node<'t>,
    /// What is protected.
    pub body: Body<'t>,
}

impl<'t> Handler<'t> {
    /// The handlers of a section of code; none where it is another section than `rescue` and `catch`.
    pub fn of(section: Node<'t>) -> Vec<Handler<'t>> {
        let Some(kind @ (SectionKind::Rescue | SectionKind::Catch)) = section.section_kind() else {
            return Vec::new();
        };
        let owner = section.parent().filter(|it| it.mode() == Mode::Code);
        let protected = owner.and_then(|it| Some((it, it.section(SectionKind::Do)?)));
        let Some((owner, body)) = protected else {
            return Vec::new();
        };
        let clauses = section.children().filter_map(Clause::cast);
        let handler = |clause| Handler {
            clause,
            kind,
            owner,
            body,
        };
        clauses.map(handler).collect()
    }

    /// Whether it takes every exception there is: `_`, `e`, `e in _`; `_, _`, `kind, reason`, `:error, reason`.
    pub fn takes_every_exception(&self) -> bool {
        let heads: Vec<_> = self.clause.heads().collect();
        if self.clause.guard().is_some() {
            return false;
        }
        match (self.kind, heads.as_slice()) {
            (SectionKind::Rescue, [head]) => head.is(Kind::Var) || is_in_anything(*head),
            (SectionKind::Catch, [kind, reason]) => {
                (kind.is(Kind::Var) || kind.is_atom("error")) && reason.is(Kind::Var)
            }
            _ => false,
        }
    }

    /// Whether exits and thrown values end here too.
    pub fn takes_every_kind(&self) -> bool {
        self.kind == SectionKind::Catch
            && self.clause.head(0).is_some_and(|it| it.is(Kind::Var))
            && self.clause.head(1).is_some_and(|it| it.is(Kind::Var))
    }

    /// The variable that holds the exception or the reason, unless it is `_`.
    pub fn exception(&self) -> Option<Node<'t>> {
        let head = self.clause.heads().last()?;
        let variable = match head.op() {
            Op::In => head.child(Role::Left)?,
            _ => head,
        };
        variable.is_binding().then_some(variable)
    }

    /// The head as it is written: `rescue _`, `catch :error, reason`.
    pub fn written(&self) -> String {
        let heads: Vec<_> = self.clause.heads().map(Node::text).collect();
        format!("{} {}", self.kind.name(), heads.join(", "))
    }

    /// Whether nobody looks at the value it gives.
    pub fn value_is_discarded(&self) -> bool {
        self.owner.is(Kind::Call) && self.owner.whole_pipe().is_discarded()
    }

    /// The function around it.
    pub fn def(&self) -> Option<Def<'t>> {
        Def::cast(self.owner).or_else(|| self.owner.enclosing::<Def>())
    }
}

/// `e in _`
fn is_in_anything(head: Node) -> bool {
    head.op() == Op::In && head.child(Role::Right).is_some_and(|it| it.is_var("_"))
}
