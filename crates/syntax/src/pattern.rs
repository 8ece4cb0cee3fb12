//! What patterns match.
use crate::{Kind, Node, Op, Role, Struct, View};

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

    /// Whether this pattern may match what `value` evaluates to: false only where literals, tags, sizes or keys differ.
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
            (Kind::List, Kind::List) => list_may_match(pattern, value),
            (Kind::Map | Kind::Struct, Kind::Map | Kind::Struct) => map_may_match(pattern, value),
            (Kind::Binary, Kind::String) if pattern.op() == Op::Concat => {
                let (prefix, text) = (pattern.child(Role::Left), plain_text(value));
                let prefix = prefix.and_then(plain_text);
                prefix
                    .zip(text)
                    .is_none_or(|(prefix, text)| text.starts_with(prefix))
            }
            (Kind::Binary, other) if pattern.op() == Op::Concat => !is_written_out(other),
            (one, other) if is_written_out(one) && is_written_out(other) => one == other,
            _ => true,
        }
    }
}

/// `[head | tail]` matches lists that are at least as long.
fn list_may_match(pattern: Node, value: Node) -> bool {
    let (patterns, values): (Vec<_>, Vec<_>) =
        (pattern.children().collect(), value.children().collect());
    let is_open = |list: &[Node]| list.iter().any(|it| it.op() == Op::Bar);
    match (is_open(&patterns), is_open(&values)) {
        (false, false) => {
            let mut pairs = patterns.iter().zip(&values);
            patterns.len() == values.len()
                && pairs.all(|(pattern, value)| pattern.may_match(*value))
        }
        (true, false) => patterns.len() <= values.len(),
        (false, true) => values.len() <= patterns.len(),
        (true, true) => true,
    }
}

fn map_may_match(pattern: Node, value: Node) -> bool {
    let is_updated = value.child(Role::Left).is_some();
    match (pattern.kind(), value.kind()) {
        (Kind::Struct, Kind::Map) => is_updated,
        (Kind::Struct, Kind::Struct) => match (struct_name(pattern), struct_name(value)) {
            (Some(wanted), Some(given)) => wanted == given,
            _ => true,
        },
        (_, Kind::Map) if !is_updated => pattern.pairs().all(|(key, wanted)| {
            let is_known = key.is(Kind::Atom) && value.pairs().all(|(it, _)| it.is(Kind::Atom));
            match value.value_of(key.name()) {
                Some(given) => !is_known || wanted.may_match(given),
                None => !is_known,
            }
        }),
        _ => true,
    }
}

fn struct_name<'t>(node: Node<'t>) -> Option<std::borrow::Cow<'t, str>> {
    Struct::cast(node)?.name_node()?.module_name()
}

/// The text of a string without interpolation and escapes.
fn plain_text<'t>(node: Node<'t>) -> Option<&'t str> {
    let text = node.text().strip_prefix('"')?.strip_suffix('"')?;
    let is_plain = node.is(Kind::String) && node.children().next().is_none();
    (is_plain && !text.starts_with('"') && !text.contains('\\')).then_some(text)
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

    #[test]
    fn lists_maps_and_prefixes_tell() {
        assert!(matches("[x | rest]", "[1]"));
        assert!(!matches("[x | rest]", "[]"));
        assert!(!matches("[x]", "[]"));
        assert!(matches("%{}", "%{a: 1}"));
        assert!(!matches("%{a: x}", "%{}"));
        assert!(matches("%{a: x}", "%{m | b: 1}"));
        assert!(!matches("%S{a: x}", "%{a: 1}"));
        assert!(!matches("%S{}", "%T{}"));
        assert!(!matches("\"v\" <> rest", "\"\""));
        assert!(matches("\"v\" <> rest", "\"v1\""));
        assert!(!matches("\"v\" <> rest", "nil"));
    }
}
