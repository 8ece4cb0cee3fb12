//! What patterns match.
use crate::{Kind, Node, Op, Role};

impl<'t> Node<'t> {
    /// A pattern that matches whatever a caller would pass there: variables, and structs or maps of variables.
    pub fn is_irrefutable(self) -> bool {
        match self.kind() {
            Kind::Var => true,
            Kind::Match => self.children().all(Node::is_irrefutable),
            Kind::Map | Kind::Struct => self.pairs().all(|(_, value)| value.is_irrefutable()),
            Kind::Binary if self.op() == Op::Default => {
                self.child(Role::Left).is_some_and(Node::is_irrefutable)
            }
            _ => false,
        }
    }

    /// The alternatives of a pattern `a = b`, or the pattern itself.
    pub fn matched_patterns(self) -> Vec<Node<'t>> {
        match self.kind() {
            Kind::Match => self.children().flat_map(Node::matched_patterns).collect(),
            _ => vec![self],
        }
    }

    /// Whether this pattern may match what `value` evaluates to: false only where literals, tags or sizes differ.
    pub fn may_match(self, value: Node) -> bool {
        let (pattern, value) = (self.constant(), value.constant());
        match (pattern.kind(), value.kind()) {
            (Kind::Match, _) => pattern.children().all(|it| it.may_match(value)),
            (Kind::Binary, _) if pattern.op() == Op::Default => pattern
                .child(Role::Left)
                .is_none_or(|it| it.may_match(value)),
            (Kind::Var, _) => true,
            (Kind::Atom, Kind::Atom) => pattern.name() == value.name(),
            (Kind::Integer, Kind::Integer) | (Kind::String, Kind::String)
                if pattern.children().next().is_none() && value.children().next().is_none() =>
            {
                pattern.text() == value.text()
            }
            (Kind::Tuple, Kind::Tuple) => {
                let (patterns, values) = (pattern.tuple(), value.tuple());
                patterns.len() == values.len()
                    && patterns
                        .into_iter()
                        .zip(values)
                        .all(|(pattern, value)| pattern.may_match(value))
            }
            (one, other) if is_written_out(one) && is_written_out(other) => {
                one == other || is_map(one) && is_map(other)
            }
            _ => true,
        }
    }
}

fn is_map(kind: Kind) -> bool {
    matches!(kind, Kind::Map | Kind::Struct)
}

fn is_written_out(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Atom
            | Kind::Integer
            | Kind::Float
            | Kind::String
            | Kind::Tuple
            | Kind::List
            | Kind::Map
            | Kind::Struct
            | Kind::Fn
    )
}

#[cfg(test)]
mod tests {
    use crate::{Match, View, parse};

    fn matches(pattern: &str, value: &str) -> bool {
        let file = parse(format!("{pattern} = {value}"));
        let found = file.nodes().find_map(Match::cast);
        let found = found.and_then(|it| Some(it.pattern()?.may_match(it.value()?)));
        found.expect("there is a match")
    }

    #[test]
    fn literals_tags_and_sizes_tell() {
        assert!(matches("{:a, x}", "{:a, 1}"));
        assert!(matches("{:a, x}", "f()"));
        assert!(matches("x", ":a"));
        assert!(matches("%{a: 1}", "%S{a: 1}"));
        assert!(!matches("{:a, x}", "{:b, 1}"));
        assert!(!matches("{:a, x}", "{:a, 1, 2}"));
        assert!(!matches("{:a, x}", ":a"));
        assert!(!matches(":b", ":a"));
    }
}
