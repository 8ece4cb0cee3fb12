use crate::prelude::*;

/// Appends to the end of a list for each element of a loop.
///
/// `acc ++ [x]` copies all of `acc`. Done for each of *n* elements that is about *n*²/2 copies: a second for some ten
/// thousand elements, minutes for a hundred thousand. Putting in front and reversing once at the end copies each element
/// twice.
///
/// # Bad
///
/// ```elixir
/// Enum.reduce(lines, [], fn line, acc -> acc ++ [line.text] end)
/// ```
///
/// # Good
///
/// ```elixir
/// lines
/// |> Enum.reduce([], fn line, acc -> [line.text | acc] end)
/// |> Enum.reverse()
/// ```
///
/// Binaries are not meant: the virtual machine appends to `acc <> x` in place.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Immutability, confidence = Medium, scope = File)]
pub struct AppendInLoop {}

impl Rule for AppendInLoop {
    fn listen(on: &mut On<Self>) {
        on.kind(Kind::Binary, Self::check);
    }
}

impl AppendInLoop {
    fn check(&self, append: Node, cx: &mut Cx) {
        if append.op() != Op::Append || append.mode() != Mode::Code {
            return;
        }
        let Some((list, added)) = append.child(Role::Left).zip(append.child(Role::Right)) else {
            return;
        };
        // Options under written keys are few.
        let is_options = added.pairs().any(|(key, _)| key.is(Kind::Atom));
        if !list.is(Kind::Var) || !added.is(Kind::List) || is_options {
            return;
        }
        let Some(around) = around(append, list) else {
            return;
        };
        let name = list.name();
        cx.report(
            append,
            format!("each round copies all of `{name}` to append to it"),
        )
        .label(around, "for each element")
        .help(format!(
            "put in front (`[x | {name}]`), and reverse once at the end"
        ));
    }
}

/// What makes `list` grow round by round: the call of `reduce`, or the head of the recursive function.
fn around<'t>(append: Node<'t>, list: Node<'t>) -> Option<Span> {
    let result = result_of_round(append);
    let clause = append.enclosing::<Clause>();
    if let Some(clause) = clause_around(append, list) {
        let position = reducer_position(clause)?;
        let accumulator = clause.head(position)?;
        let is_result = clause.body().tails().iter().any(|it| it.node == result);
        return (is_result && binds(accumulator, list)).then(|| clause.head_span());
    }
    if clause.is_some_and(|it| it.heads().any(|head| binds(head, list))) {
        return None;
    }
    recursion(append, list)
}

/// The innermost clause of a reducer around `append` whose accumulator holds `list`.
fn clause_around<'t>(append: Node<'t>, list: Node<'t>) -> Option<Clause<'t>> {
    let mut clauses = append.ancestors().filter_map(Clause::cast);
    clauses.find(|it| {
        reducer_position(*it).is_some_and(|at| it.head(at).is_some_and(|it| binds(it, list)))
    })
}

/// The expression that hands `append` to the next round: itself, or the tuple around it.
fn result_of_round(append: Node) -> Node {
    let mut tuples = append.ancestors().take_while(|it| it.is(Kind::Tuple));
    let mut result = append;
    for tuple in tuples.by_ref() {
        result = tuple;
    }
    result
}

/// Which parameter of the clause is the accumulator.
fn reducer_position(clause: Clause) -> Option<usize> {
    let holder = clause.parent()?;
    let call = match holder.kind() {
        Kind::Fn => Call::cast(holder.parent()?)?,
        _ => Call::cast(holder.parent()?).filter(|it| it.name() == "for" && !it.is_remote())?,
    };
    match (call.callee(), call.name()) {
        (Callee::Remote(module), "reduce" | "reduce_while" | "flat_map_reduce" | "map_reduce")
            if module == "Enum" =>
        {
            Some(1)
        }
        (Callee::Remote(module), "foldl" | "foldr") if module == "List" => Some(1),
        (_, "for") => Some(0),
        _ => None,
    }
}

/// A call of the function itself, with the longer list in the place of the parameter.
fn recursion(append: Node, list: Node) -> Option<Span> {
    let call = append
        .parent()
        .and_then(Call::cast)
        .filter(|it| !it.is_remote())?;
    let def = append.enclosing::<Def>()?;
    let position = call.arguments().position(|it| it == append)?;
    let is_itself = def.function_name() == call.name() && def.arity().1 == call.arity();
    let parameter = def.parameter(position).filter(|_| is_itself)?;
    let takes_apart = def
        .parameters()
        .flat_map(Node::subtree)
        .any(|it| it.op() == Op::Bar);
    (takes_apart && parameter.is_var(list.name())).then(|| def.name_node().map(|it| it.span()))?
}

fn binds(pattern: Node, variable: Node) -> bool {
    pattern
        .subtree()
        .any(|it| it.is_binding() && it.symbol() == variable.symbol())
}
