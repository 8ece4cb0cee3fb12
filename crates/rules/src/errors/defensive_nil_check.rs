use exlint_syntax::Bindings;

use crate::prelude::*;

/// Asks whether a variable is `nil` that its own pattern says is not.
///
/// The clause was only chosen because the argument is a struct, a map or a text. The check never fails; it tells the
/// reader that `nil` is to be expected here, and invites the same check everywhere below.
///
/// # Bad
///
/// ```elixir
/// def id(%User{} = user), do: if(user != nil, do: user.id)
/// ```
///
/// # Good
///
/// ```elixir
/// def id(%User{} = user), do: user.id
/// ```
///
/// Reported for variables bound together with a struct, map, list or tuple, and for those that a guard such as
/// `is_binary(name)` of the same clause speaks of.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = Low, scope = File)]
pub struct DefensiveNilCheck {}

impl Rule for DefensiveNilCheck {
    fn listen(on: &mut On<Self>) {
        on.kind(Kind::Binary, Self::check_comparison);
        on.calls_to(&["Kernel.is_nil/1"], Self::check_call);
    }
}

impl DefensiveNilCheck {
    fn check_comparison(&self, node: Node, cx: &mut Cx) {
        let compares = matches!(
            node.op(),
            Op::Equal | Op::NotEqual | Op::StrictEqual | Op::StrictNotEqual
        );
        if !compares || node.mode() != Mode::Code || !node.children().any(Node::is_nil) {
            return;
        }
        if let Some(variable) = node.children().find(|it| it.is(Kind::Var)) {
            report(node, variable, cx);
        }
    }

    fn check_call(&self, call: Call, cx: &mut Cx) {
        if let Some(variable) = call.argument(0).filter(|it| it.is(Kind::Var)) {
            report(call.node(), variable, cx);
        }
    }
}

fn report(check: Node, variable: Node, cx: &mut Cx) {
    let Some(reason) = excludes_nil(variable) else {
        return;
    };
    cx.report(check, format!("`{}` is never `nil` here", variable.name()))
        .label(reason, "the clause is only chosen for something else")
        .help("remove the check");
}

/// The pattern or guard of the clause around the variable that it would not pass as `nil`.
fn excludes_nil(variable: Node) -> Option<Node> {
    let binds = |it: &Node| it.is_var(variable.name()) && it.is_binding();
    let scope = variable.ancestors().find(|scope| {
        let heads = scope.children().filter(|it| {
            matches!(scope.kind(), Kind::Clause | Kind::Def)
                && matches!(it.role(), Role::Head | Role::Argument)
        });
        heads.flat_map(Node::subtree).any(|it| binds(&it))
    })?;
    let binder = scope.children().flat_map(Node::subtree).find(binds)?;
    let reason = by_pattern(binder).or_else(|| by_guard(scope, variable))?;
    Bindings::of(scope).same(binder, variable).then_some(reason)
}

fn by_pattern(binder: Node) -> Option<Node> {
    let pattern = binder.parent().filter(|it| it.is(Kind::Match))?;
    pattern
        .children()
        .find(|it| {
            matches!(
                it.kind(),
                Kind::Struct | Kind::Map | Kind::Tuple | Kind::List
            )
        })
        .map(|_| pattern)
}

fn by_guard<'t>(scope: Node<'t>, variable: Node<'t>) -> Option<Node<'t>> {
    const TESTS: &[&str] = &[
        "is_binary",
        "is_map",
        "is_struct",
        "is_list",
        "is_integer",
        "is_float",
        "is_number",
        "is_tuple",
        "is_pid",
        "is_function",
        "is_reference",
        "is_boolean",
    ];
    let guard = match Def::cast(scope) {
        Some(def) => def.guard()?,
        None => Clause::cast(scope)?.guard()?,
    };
    let test = guard.subtree().find(|it| {
        it.is(Kind::Call)
            && TESTS.contains(&it.name())
            && it
                .written_arguments()
                .next()
                .is_some_and(|it| it.is_var(variable.name()))
    })?;
    let is_certain = test
        .ancestors()
        .take_while(|it| guard.contains(*it))
        .all(|it| it.op() == Op::And);
    is_certain.then_some(test)
}
