use crate::prelude::*;

/// Reduces with a function that gives an error as accumulator and has no clause that takes it.
///
/// The function returns `{:error, reason}` for one element and is called with it for the next, where only `{:ok, acc}`
/// is matched: a `FunctionClauseError` instead of the error. It goes well in tests, where the bad element stands last.
///
/// # Bad
///
/// ```elixir
/// Enum.reduce(rows, {:ok, []}, fn row, {:ok, acc} ->
///   case parse(row) do
///     {:ok, value} -> {:ok, [value | acc]}
///     {:error, reason} -> {:error, reason}
///   end
/// end)
/// ```
///
/// # Good
///
/// ```elixir
/// Enum.reduce_while(rows, {:ok, []}, fn row, {:ok, acc} ->
///   case parse(row) do
///     {:ok, value} -> {:cont, {:ok, [value | acc]}}
///     {:error, reason} -> {:halt, {:error, reason}}
///   end
/// end)
/// ```
///
/// What a `with` without `else` lets through counts as an error, too. Accumulators bound to a variable are reported
/// where the function puts elements in front of them (`[value | acc]`) and gives an error otherwise.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = Medium, scope = File)]
pub struct ReduceWithoutErrorClause {}

impl Rule for ReduceWithoutErrorClause {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[
                "Enum.reduce/3",
                "List.foldl/3",
                "List.foldr/3",
                ":lists.foldl/3",
                ":lists.foldr/3",
            ],
            Self::check,
        );
    }
}

impl ReduceWithoutErrorClause {
    fn check(&self, call: Call, cx: &mut Cx) {
        let steps = call.arguments().find_map(steps).unwrap_or_default();
        let tails = steps.iter().flat_map(|it| it.body.tails());
        let error = tails.into_iter().find(|tail| {
            is_error(tail) && steps.iter().all(|it| is_lost(it.accumulator, tail, &steps))
        });
        if let Some(error) = error {
            let what = match error.kind {
                TailKind::FallThrough => "what does not match here".to_owned(),
                _ => format!("`{}`", error.node.text()),
            };
            cx.report(
                error.node,
                format!("{what} is the accumulator of the next element, and no clause takes it"),
            )
            .label(steps[0].accumulator, "this is what the function expects")
            .help("stop at the first error with `Enum.reduce_while/3`, or add a clause that passes the error on");
        }
    }
}

/// A clause of the function that makes the next accumulator.
struct Step<'t> {
    accumulator: Node<'t>,
    body: Body<'t>,
}

/// The clauses of a `fn`, or of the function of the same module that a capture names.
fn steps(function: Node) -> Option<Vec<Step>> {
    if let Some(function) = exlint_syntax::Fn::cast(function) {
        let clauses = function.clauses().map(|it| {
            let (accumulator, body) = (it.head(1)?, it.body());
            Some(Step { accumulator, body })
        });
        return clauses.collect();
    }
    let (name, _) = Capture::cast(function)?.function().filter(|it| it.1 == 2)?;
    if name.local_callee(2) != Callee::Own {
        return None;
    }
    let clauses = name.enclosing::<Module>()?.clauses(name.name(), 2);
    let steps = clauses.map(|it| {
        let (accumulator, body) = (it.parameter(1)?, it.body()?);
        Some(Step { accumulator, body })
    });
    steps.collect()
}

fn is_error(tail: &Tail) -> bool {
    match tail.kind {
        TailKind::Value => tail.node.tag() == Some("error"),
        // `{:ok, value} <- source`
        TailKind::FallThrough => arrow_pattern(tail.node).is_some_and(is_ok_pair),
        TailKind::Nil => false,
    }
}

fn arrow_pattern(source: Node) -> Option<Node> {
    source.parent()?.child(Role::Left)
}

/// `{:ok, variable}`
fn is_ok_pair(pattern: Node) -> bool {
    match pattern.tuple().as_slice() {
        [tag, value] => tag.is_atom("ok") && value.is(Kind::Var),
        _ => false,
    }
}

/// Whether the function cannot go on with the value of `tail` where it expects `accumulator`.
fn is_lost(accumulator: Node, tail: &Tail, steps: &[Step]) -> bool {
    if accumulator.is(Kind::Var) {
        let [step] = steps else {
            return false;
        };
        return tail.kind == TailKind::Value && grows(accumulator, step.body);
    }
    match tail.kind {
        TailKind::FallThrough => {
            let is_tagged = accumulator.tuple().len() == 2;
            is_tagged && accumulator.tag() == Some("ok")
        }
        _ => !accumulator.may_match(tail.node),
    }
}

/// Whether the body gives `[... | accumulator]`, and uses the accumulator for nothing else.
fn grows(accumulator: Node, body: Body) -> bool {
    let mut uses = body
        .descendants()
        .filter(|it| it.is_var(accumulator.name()))
        .peekable();
    uses.peek().is_some()
        && uses
            .all(|it| it.role() == Role::Right && it.parent().is_some_and(|it| it.op() == Op::Bar))
}
