//! The order of expressions in a block, and what becomes of the value of each.
use crate::{Kind, Node, Role, SectionKind};

impl<'t> Node<'t> {
    /// Whether this is one of the expressions of a block or body, the only one included.
    pub fn is_step(self) -> bool {
        self.parent().is_some_and(|parent| {
            !self.is(Kind::Clause)
                && matches!(
                    (parent.kind(), self.role()),
                    (Kind::Root | Kind::Block | Kind::Section, Role::Element)
                        | (Kind::Clause, Role::Body)
                )
        })
    }

    /// The expressions of the same block that run after this one; none where it is no step.
    pub fn later_steps(self) -> impl Iterator<Item = Node<'t>> {
        let first = self.next_sibling().filter(|_| self.is_step());
        let later = std::iter::successors(first, |it| it.next_sibling());
        later.filter(move |it| it.role() == self.role())
    }

    /// What has the value of this expression: the block, `fn`, capture, definition or call (`case`, `for`, ...) of whose
    /// body it is the last expression.
    pub fn value_owner(self) -> Option<Node<'t>> {
        let parent = self.parent()?;
        if self.is_section_value() {
            return parent.parent()?.parent();
        }
        if parent.is(Kind::Capture) {
            return Some(parent);
        }
        if !self.is_step() || self.later_steps().next().is_some() {
            return None;
        }
        match parent.kind() {
            Kind::Block => Some(parent),
            Kind::Section if parent.section_kind() == Some(SectionKind::After) => None,
            Kind::Section => parent.parent(),
            Kind::Clause => {
                let holder = parent.parent()?;
                match holder.kind() {
                    Kind::Fn => Some(holder),
                    Kind::Block => holder.value_owner(),
                    _ => holder.parent(),
                }
            }
            _ => None,
        }
    }

    /// Whether the value of this expression is thrown away: it stands in a block and is not its last expression, or it
    /// is, and the value of the `if`, `case`, ... around the block is thrown away.
    pub fn is_discarded(self) -> bool {
        if self.later_steps().next().is_some() {
            return true;
        }
        let section = self.parent().and_then(Node::section_kind);
        if self.is_step() && section == Some(SectionKind::After) {
            return true;
        }
        self.value_owner().is_some_and(|owner| {
            let gives_it_on = owner.is(Kind::Block)
                || owner.is_control() && !(section == Some(SectionKind::Do) && owner.tests_value());
            gives_it_on && owner.whole_pipe().is_discarded()
        })
    }

    /// Whether this is the `do: value` or its like of a call or definition.
    pub(crate) fn is_section_pair(self) -> bool {
        let is_call_argument = self.parent().is_some_and(|it| it.role() == Role::Argument);
        let key = self.child(Role::Key).filter(|_| is_call_argument);
        key.is_some_and(|key| SectionKind::ALL.iter().any(|it| key.is_atom(it.name())))
    }

    fn is_section_value(self) -> bool {
        self.role() == Role::Value && self.parent().is_some_and(Node::is_section_pair)
    }

    /// `try` gives what its `do` returns to the clauses of its `else`.
    fn tests_value(self) -> bool {
        self.name() == "try" && self.section(SectionKind::Else).is_some()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Kind, parse};

    /// The integers that are thrown away.
    fn discarded(source: &str) -> Vec<String> {
        let file = parse(source);
        let numbers = file.nodes().filter(|it| it.is(Kind::Integer));
        let thrown = numbers.filter(|it| it.is_discarded());
        thrown.map(|it| it.text().to_owned()).collect()
    }

    #[test]
    fn all_but_the_last_expression_of_a_body() {
        assert_eq!(discarded("def f do\n  1\n  2\nend"), ["1"]);
        assert_eq!(discarded("fn -> 1; 2 end"), ["1"]);
        assert_eq!(discarded("1"), [""; 0]);
    }

    #[test]
    fn branches_of_what_is_discarded() {
        let source =
            "def f(x) do\n  if x, do: 1, else: (2; 3)\n  x |> case do\n    _ -> 4\n  end\n  5\nend";
        assert_eq!(discarded(source), ["1", "2", "3", "4"]);
        assert_eq!(
            discarded("def f(x) do\n  if x do\n    1\n  end\nend"),
            [""; 0]
        );
    }

    #[test]
    fn what_others_look_at_is_not_discarded() {
        let source = "def f do\n  try do\n    1\n  else\n    1 -> 2\n  after\n    3\n  end\n  g(do: 4)\n  fn -> 5 end\n  6\nend";
        assert_eq!(discarded(source), ["2", "3"]);
    }
}
