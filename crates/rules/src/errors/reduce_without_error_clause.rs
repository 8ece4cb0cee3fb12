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
        let Some(function) = call.arguments().find_map(exlint_syntax::Fn::cast) else {
            return;
        };
        let clauses: Vec<_> = function.clauses().collect();
        let accumulators: Vec<_> = clauses.iter().filter_map(|it| it.head(1)).collect();
        if clauses.is_empty() || accumulators.len() != clauses.len() {
            return;
        }
        let tails = clauses.iter().flat_map(|it| it.body().tails());
        let error = tails.into_iter().find(|tail| {
            is_error(tail) && accumulators.iter().all(|it| is_lost(*it, tail, &clauses))
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
            .label(accumulators[0], "this is what the function expects")
            .help("stop at the first error with `Enum.reduce_while/3`, or add a clause that passes the error on");
        }
    }
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
fn is_lost(accumulator: Node, tail: &Tail, clauses: &[Clause]) -> bool {
    if accumulator.is(Kind::Var) {
        let [clause] = clauses else {
            return false;
        };
        return tail.kind == TailKind::Value && grows(accumulator, *clause);
    }
    match tail.kind {
        TailKind::FallThrough => {
            let is_tagged = accumulator.tuple().len() == 2;
            is_tagged && accumulator.tag() == Some("ok")
        }
        _ => !accumulator.may_match(tail.node),
    }
}

/// Whether the clause gives `[... | accumulator]`, and uses the accumulator for nothing else.
fn grows(accumulator: Node, clause: Clause) -> bool {
    let mut uses = clause
        .body()
        .descendants()
        .filter(|it| it.is_var(accumulator.name()))
        .peekable();
    uses.peek().is_some()
        && uses
            .all(|it| it.role() == Role::Right && it.parent().is_some_and(|it| it.op() == Op::Bar))
}
