use crate::prelude::*;

/// Uses `&&`, `||` or `!` on values that are always `true` or `false`.
///
/// `&&`, `||` and `!` take anything, and count all but `nil` and `false` as true. Between comparisons and questions
/// they say to the reader that something else may come along, and they hide it when it does: a function that returns
/// `nil` instead of `false` passes unnoticed, where `and`, `or` and `not` raise `BadBooleanError`.
///
/// # Bad
///
/// ```elixir
/// if is_binary(name) && is_integer(age), do: :ok
/// ```
///
/// # Good
///
/// ```elixir
/// if is_binary(name) and is_integer(age), do: :ok
/// ```
///
/// Only operands that cannot be anything else count: comparisons, `in`, guards such as `is_nil/1`, `match?/2`, and the
/// questions of the standard library such as `Enum.any?/2`.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = High, scope = File, fix = Safe)]
pub struct NonAssertiveTruthiness {}

impl Rule for NonAssertiveTruthiness {
    fn listen(on: &mut On<Self>) {
        on.kind(Kind::Binary, Self::check_binary);
        on.kind(Kind::Unary, Self::check_unary);
    }
}

impl NonAssertiveTruthiness {
    fn check_binary(&self, node: Node, cx: &mut Cx) {
        let strict = match node.op() {
            Op::AndAnd => "and",
            Op::OrOr => "or",
            _ => return,
        };
        let is_code = node.mode() == Mode::Code;
        if !is_code || !node.children().all(is_boolean) || is_inside_larger(node) {
            return;
        }
        let operator = node.op().text();
        let mut fix = Fix::replace(format!("Use `{strict}`"), node.name_span(), strict);
        fix.edits = nested_operators(node);
        cx.report(
            node.name_span(),
            format!("`{operator}` between values that are always `true` or `false`"),
        )
        .help(format!(
            "`{strict}` says so, and raises where it is not true"
        ))
        .fix(fix);
    }

    fn check_unary(&self, node: Node, cx: &mut Cx) {
        let is_code = node.op() == Op::Bang && node.mode() == Mode::Code;
        if !is_code
            || !node
                .child(Role::Operand)
                // `!!value` makes a boolean of anything.
                .is_some_and(|it| it.op() != Op::Bang && is_boolean(it))
        {
            return;
        }
        let finding = cx.report(
            node.name_span(),
            "`!` before a value that is always `true` or `false`",
        );
        finding.help("`not` says so, and raises where it is not true");
        // `!x in list` already means `!(x in list)`.
        if node.parent().is_none_or(|it| it.op() != Op::In) {
            finding.fix(Fix::replace("Use `not`", node.name_span(), "not "));
        }
    }
}

/// Whether this is a part of a chain: reported together with it, or left alone where another part may be anything.
fn is_inside_larger(node: Node) -> bool {
    node.parent()
        .is_some_and(|it| matches!(it.op(), Op::AndAnd | Op::OrOr))
}

/// The edits for the operators of a chain. `and` binds like `&&` and `or` like `||` towards each other and towards all
/// that stands between them.
fn nested_operators(node: Node) -> Vec<exlint_findings::Edit> {
    let mut edits: Vec<_> = node
        .subtree()
        .filter(|it| matches!(it.op(), Op::AndAnd | Op::OrOr) && chained(*it, node))
        .map(|it| exlint_findings::Edit {
            span: it.name_span(),
            text: if it.op() == Op::AndAnd { "and" } else { "or" }.to_owned(),
        })
        .collect();
    edits.sort_by_key(|it| it.span.start);
    edits
}

fn chained(node: Node, top: Node) -> bool {
    node == top
        || node
            .parent()
            .is_some_and(|it| matches!(it.op(), Op::AndAnd | Op::OrOr) && chained(it, top))
}

/// Whether the value is always `true` or `false`.
fn is_boolean(node: Node) -> bool {
    match node.kind() {
        Kind::Atom => node.is_boolean(),
        Kind::Binary => match node.op() {
            Op::Equal
            | Op::NotEqual
            | Op::StrictEqual
            | Op::StrictNotEqual
            | Op::Less
            | Op::Greater
            | Op::LessEqual
            | Op::GreaterEqual
            | Op::In
            | Op::NotIn
            | Op::RegexMatch => true,
            Op::And | Op::Or | Op::AndAnd | Op::OrOr => node.children().all(is_boolean),
            _ => false,
        },
        Kind::Unary => matches!(node.op(), Op::Not | Op::Bang),
        Kind::Block => {
            let mut inside = node.children();
            let (only, rest) = (inside.next(), inside.next());
            rest.is_none() && only.is_some_and(is_boolean)
        }
        Kind::Call => Call::cast(node).is_some_and(|call| match call.callee() {
            Callee::Remote(module) => is_question(&module, call),
            _ => false,
        }),
        Kind::Pipe => node.child(Role::Right).is_some_and(is_boolean),
        _ => false,
    }
}

fn is_question(module: &str, call: Call) -> bool {
    let name = call.name();
    let asks = name.ends_with('?') || module == "Kernel" && name.starts_with("is_");
    asks && exlint_syntax::stdlib::exports(module, name, call.arity())
}
