//! What runs when a block, clause or function runs, and where its value comes from.
use exlint_findings::{Span, Spanned};

use crate::{Call, Clause, Kind, Node, Pipe, Role, SectionKind, View};

/// A sequence of expressions, or of clauses, whose last one gives the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Body<'t> {
    /// The node that holds the expressions.
    holder: Node<'t>,
    role: Role,
}

impl<'t> Body<'t> {
    pub(crate) fn of_section(section: Node<'t>) -> Self {
        Self {
            holder: section,
            role: Role::Element,
        }
    }

    pub(crate) fn of_clause(clause: Node<'t>) -> Self {
        Self {
            holder: clause,
            role: Role::Body,
        }
    }

    /// The value of `do: value`.
    pub(crate) fn of_value(pair: Node<'t>) -> Option<Self> {
        let value = pair.child(Role::Value)?;
        Some(match value.kind() {
            Kind::Block => Self {
                holder: value,
                role: Role::Element,
            },
            _ => Self {
                holder: pair,
                role: Role::Value,
            },
        })
    }

    /// The expressions in order; clauses where the body is made of clauses.
    pub fn expressions(self) -> impl Iterator<Item = Node<'t>> {
        self.holder.children_with(self.role)
    }

    pub fn clauses(self) -> impl Iterator<Item = Clause<'t>> {
        self.expressions().filter_map(Clause::cast)
    }

    pub fn last(self) -> Option<Node<'t>> {
        self.expressions().last()
    }

    /// Every node of the body.
    pub fn descendants(self) -> impl Iterator<Item = Node<'t>> {
        self.expressions().flat_map(Node::subtree)
    }

    /// The node that holds the expressions: a section, a clause, a block, or a `do:` pair.
    pub fn holder(self) -> Node<'t> {
        self.holder
    }

    pub fn contains(self, node: Node<'t>) -> bool {
        self.holder.contains(node)
    }

    /// The expressions that may give the body its value.
    pub fn tails(self) -> Vec<Tail<'t>> {
        let mut tails = Vec::new();
        self.collect_tails(&mut tails);
        tails
    }

    fn collect_tails(self, tails: &mut Vec<Tail<'t>>) {
        match self.last() {
            Some(last) if last.is(Kind::Clause) => {
                for clause in self.clauses() {
                    clause.body().collect_tails(tails);
                }
            }
            Some(last) => last.collect_tails(tails),
            None => tails.push(Tail {
                node: self.holder,
                kind: TailKind::Nil,
            }),
        }
    }
}

impl Spanned for Body<'_> {
    fn span(&self) -> Span {
        let first = self.expressions().next().unwrap_or(self.holder).span();
        let last = self.last().unwrap_or(self.holder).span();
        Span::new(first.start, last.end)
    }
}

/// An expression that may give a body its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail<'t> {
    pub node: Node<'t>,
    pub kind: TailKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TailKind {
    /// The value of the expression.
    Value,
    /// `nil`: an empty body, or an `if` without `else` (the node is the `if`).
    Nil,
    /// Whatever did not match in a `with` without `else` (the node is the right side of its `<-`).
    FallThrough,
}

impl<'t> Node<'t> {
    /// The expressions that may give this one its value, through `case`, `cond`, `if`, `with`, `try`, `receive`.
    pub fn tails(self) -> Vec<Tail<'t>> {
        let mut tails = Vec::new();
        self.collect_tails(&mut tails);
        tails
    }

    fn collect_tails(self, tails: &mut Vec<Tail<'t>>) {
        match self.kind() {
            Kind::Block => Body {
                holder: self,
                role: Role::Element,
            }
            .collect_tails(tails),
            Kind::Pipe => match self.child(Role::Right).filter(|it| it.is_control()) {
                Some(right) => right.control_tails(tails),
                None => self.piped_tails(tails),
            },
            Kind::Call if self.is_control() => self.control_tails(tails),
            _ => tails.push(Tail {
                node: self,
                kind: TailKind::Value,
            }),
        }
    }

    /// `value |> then(fn x -> ... end)` has the value of the function.
    fn piped_tails(self, tails: &mut Vec<Tail<'t>>) {
        let function = Pipe::cast(self)
            .and_then(Pipe::right)
            .and_then(Call::cast)
            .filter(|it| it.name() == "then" && !it.is_remote())
            .and_then(|it| it.written_arguments().next())
            .filter(|it| it.is(Kind::Fn));
        match function {
            Some(function) => {
                for clause in function.children().filter_map(Clause::cast) {
                    clause.body().collect_tails(tails);
                }
            }
            None => tails.push(Tail {
                node: self,
                kind: TailKind::Value,
            }),
        }
    }

    /// A call of a form whose value is that of the branch taken.
    pub fn is_control(self) -> bool {
        self.is(Kind::Call)
            && self.child(Role::Receiver).is_none()
            && crate::CONTROL.contains(&self.name())
            && self.sections().next().is_some()
    }

    fn control_tails(self, tails: &mut Vec<Tail<'t>>) {
        let has_else = self.section(SectionKind::Else).is_some();
        for (kind, body) in self.sections() {
            let gives_value = match (self.name(), kind) {
                // What `do` gives goes through the clauses of `else`.
                ("try", SectionKind::Do) => !has_else,
                ("try", SectionKind::After) => false,
                _ => true,
            };
            if gives_value {
                body.collect_tails(tails);
            }
        }
        match self.name() {
            "if" | "unless" if !has_else => tails.push(Tail {
                node: self,
                kind: TailKind::Nil,
            }),
            "with" if !has_else => {
                let sources = self
                    .written_arguments()
                    .filter(|it| it.op() == crate::Op::LeftArrow);
                let sources = sources.filter_map(|it| it.child(Role::Right));
                tails.extend(sources.map(|node| Tail {
                    node,
                    kind: TailKind::FallThrough,
                }));
            }
            _ => {}
        }
    }
}

impl<'t> Node<'t> {
    /// Whether this node may run on the way to `end`, an expression further down in the same function: it does not where
    /// it stands in another branch. A node inside `end` counts.
    pub fn precedes_or_is_in(self, end: Node<'t>) -> bool {
        if end.contains(self) {
            return true;
        }
        let mut inner = self;
        for outer in self.ancestors() {
            if outer.contains(end) {
                let is_branch = match inner.kind() {
                    Kind::Clause | Kind::Section => true,
                    Kind::Pair => outer.is(Kind::Keywords),
                    _ => false,
                };
                return !is_branch && inner.id() < end.id();
            }
            inner = outer;
        }
        false
    }
}
