use crate::prelude::*;

/// Filters with a function whose value is never `false` or `nil`.
///
/// Everything but `false` and `nil` counts as true in Elixir: `0`, `:error`, `:lt`, `[]` and `""` too. A filter that
/// returns the remainder of a division or the result of `Date.compare/2` lets everything through.
///
/// # Bad
///
/// ```elixir
/// Enum.filter(numbers, &rem(&1, 2))
/// ```
///
/// # Good
///
/// ```elixir
/// Enum.filter(numbers, &(rem(&1, 2) == 1))
/// ```
///
/// Functions of the same module are looked into. `fn _ -> true end` is taken to be meant.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Immutability, confidence = High, scope = File)]
pub struct AlwaysTruthyFilter {}

impl Rule for AlwaysTruthyFilter {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[
                "Enum.filter/2",
                "Enum.reject/2",
                "Enum.any?/2",
                "Enum.all?/2",
                "Enum.find/2",
                "Enum.find/3",
                "Enum.find_index/2",
                "Enum.count/2",
                "Enum.split_with/2",
                "Enum.split_while/2",
                "Enum.take_while/2",
                "Enum.drop_while/2",
                "Stream.filter/2",
                "Stream.reject/2",
                "Stream.take_while/2",
                "Stream.drop_while/2",
                "Map.filter/2",
                "Map.reject/2",
                "Keyword.filter/2",
                "Keyword.reject/2",
            ],
            Self::check,
        );
    }
}

impl AlwaysTruthyFilter {
    fn check(&self, call: Call, cx: &mut Cx) {
        let Some(function) = call.arguments().last() else {
            return;
        };
        let values = values(function);
        let is_meant = values.iter().all(|it| it.is_boolean());
        let is_open = values.is_empty() || is_meant || !values.iter().all(|it| is_truthy(*it));
        if is_open && !names_truthy(function) {
            return;
        }
        let message = format!(
            "the function given to `{}` is never `false` or `nil`: {}",
            call.mfa(),
            match call.name() {
                "reject" | "drop_while" => "nothing is left",
                "any?" | "find" | "find_index" => "the first element always fits",
                _ => "every element fits",
            }
        );
        let finding = cx.report(function, message);
        for value in values.iter().filter(|it| !it.is_boolean()) {
            finding.label(*value, "counts as true, whatever it is");
        }
        finding.help("compare the value with what you expect");
    }
}

/// The expressions that give the function its value; none where that is not known.
fn values(function: Node) -> Vec<Node> {
    let mut tails = Vec::new();
    match function.kind() {
        Kind::Fn => {
            for clause in function.children().filter_map(Clause::cast) {
                tails.extend(clause.body().tails());
            }
        }
        Kind::Capture => match Capture::cast(function).and_then(Capture::function) {
            Some((name, arity)) if name.local_callee(arity) == Callee::Own => {
                return values_of_own(name, name.name(), arity);
            }
            Some(_) => {}
            None => {
                let operand = function.child(Role::Operand).into_iter();
                tails.extend(operand.flat_map(Node::tails));
            }
        },
        _ => {}
    }
    if tails.iter().any(|it| it.kind != TailKind::Value) {
        return Vec::new();
    }
    tails.iter().map(|it| it.node).collect()
}

/// Functions with more clauses than that are not looked into.
const MAX_CLAUSES: usize = 50;

/// What the clauses of a function of the same module give; none where that is not known.
fn values_of_own<'t>(at: Node<'t>, name: &str, arity: usize) -> Vec<Node<'t>> {
    let module = at.enclosing::<Module>();
    let clauses = module.into_iter().flat_map(|it| it.clauses(name, arity));
    let clauses: Vec<_> = clauses.take(MAX_CLAUSES + 1).collect();
    let mut values = Vec::new();
    if clauses.len() > MAX_CLAUSES {
        return values;
    }
    for clause in clauses {
        let tails = clause.body().map(|it| it.tails()).unwrap_or_default();
        if tails.is_empty() || tails.iter().any(|it| it.kind != TailKind::Value) {
            return Vec::new();
        }
        values.extend(tails.iter().map(|it| it.node));
    }
    values
}

/// `&String.trim/1`
fn names_truthy(function: Node) -> bool {
    let named = Capture::cast(function).and_then(Capture::function);
    named.is_some_and(|(name, _)| {
        let receiver = name.child(Role::Receiver).and_then(Node::module_name);
        receiver.is_some_and(|it| gives_truthy(&it, name.name()))
    })
}

/// Neither `false` nor `nil`, if it has a value at all.
fn is_truthy(value: Node) -> bool {
    match value.kind() {
        Kind::Atom => !value.is_nil() && value.name() != "false",
        Kind::Integer | Kind::Float | Kind::Char | Kind::String | Kind::Charlist => true,
        Kind::List | Kind::Tuple | Kind::Map | Kind::Struct | Kind::Bitstring | Kind::Fn => true,
        Kind::Alias | Kind::DynamicAtom => true,
        Kind::Binary => match value.op() {
            Op::Plus | Op::Minus | Op::Multiply | Op::Divide | Op::Concat | Op::Append => true,
            Op::Subtract | Op::Range => true,
            Op::OrOr => value.child(Role::Right).is_some_and(is_truthy),
            Op::AndAnd => value.children().all(is_truthy),
            _ => false,
        },
        Kind::Match => value.child(Role::Right).is_some_and(is_truthy),
        Kind::Call => Call::cast(value).is_some_and(|it| returns_truthy(it) || gives_own(it)),
        Kind::Pipe => {
            let call = value.child(Role::Right).and_then(Call::cast);
            call.is_some_and(returns_truthy)
        }
        _ => false,
    }
}

/// A call of a function of the same module whose clauses all end in something written out, which is neither.
fn gives_own(call: Call) -> bool {
    if call.callee() != Callee::Own {
        return false;
    }
    let values = values_of_own(call.node(), call.name(), call.arity());
    let is_written = |it: &Node| !it.is(Kind::Call) && !it.is_boolean() && is_truthy(*it);
    !values.is_empty() && values.iter().all(is_written)
}

fn returns_truthy(call: Call) -> bool {
    match call.callee() {
        Callee::Remote(module) => gives_truthy(&module, call.name()),
        _ => false,
    }
}

/// Functions that return a number, a text, a collection, a tagged tuple or an atom that is no boolean.
fn gives_truthy(module: &str, name: &str) -> bool {
    let names: &[&str] = match module {
        "Kernel" => &[
            "rem",
            "div",
            "length",
            "abs",
            "round",
            "trunc",
            "map_size",
            "byte_size",
            "to_string",
            "inspect",
        ],
        "Date" | "Time" | "DateTime" | "NaiveDateTime" => {
            &["compare", "diff", "from_iso8601", "to_string"]
        }
        "Version" => &["compare", "parse"],
        "Decimal" => &["compare", "cmp", "parse", "add", "sub", "mult", "div"],
        "Integer" | "Float" => &["parse", "mod", "floor_div", "to_string"],
        "Map" | "Keyword" => &[
            "fetch", "put", "delete", "merge", "keys", "values", "take", "drop",
        ],
        "String" => &["length", "trim", "downcase", "upcase", "split", "replace"],
        "Enum" => &[
            "count", "map", "filter", "reject", "sort", "join", "to_list",
        ],
        "Base" => &[
            "decode16",
            "decode32",
            "decode64",
            "url_decode64",
            "encode16",
            "encode64",
        ],
        "Jason" => &["decode", "encode"],
        "File" => &["read", "stat", "ls"],
        ":binary" => &["match", "matches"],
        ":re" => &["run"],
        ":ets" => &["lookup"],
        "Registry" => &["lookup"],
        _ => return false,
    };
    names.contains(&name)
}
