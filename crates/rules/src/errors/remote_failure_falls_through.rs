use exlint_syntax::Bindings;

use crate::prelude::*;

/// The failure of a remote call is taken for its result, or is not handled where other errors are.
///
/// `:rpc.call/4` does not raise when the other node is gone or the function crashes there: it returns
/// `{:badrpc, reason}`. That tuple is true in an `if`, passes a filter, and becomes `{:ok, {:badrpc, :nodedown}}` in a
/// clause that takes what is left: a node that is down counts as one that agrees. `:erpc.call/4` raises `ErlangError`
/// instead: `{:badrpc, reason}` never comes, and `catch :exit` does not take a lost connection.
///
/// # Bad
///
/// ```elixir
/// defmodule Cluster do
///   def alive?(node, pid) do
///     if :rpc.call(node, Process, :alive?, [pid]), do: :alive, else: :dead
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Cluster do
///   def alive?(node, pid) do
///     case :rpc.call(node, Process, :alive?, [pid]) do
///       true -> :alive
///       false -> :dead
///       {:badrpc, _reason} -> :unknown
///     end
///   end
/// end
/// ```
///
/// A function that only hands the result on is left to its callers, and one that mentions `:badrpc` anywhere is taken
/// to know. A match that crashes on the failure is no finding: that is how to say that there must be none.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = High, scope = File)]
pub struct RemoteFailureFallsThrough {}

impl Rule for RemoteFailureFallsThrough {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&[":rpc.call", ":rpc.block_call"], Self::check_rpc);
        on.calls_to(&[":erpc.call"], Self::check_erpc);
        on.calls_to(&[":erpc.multicall"], Self::check_multicall);
    }
}

impl RemoteFailureFallsThrough {
    fn check_rpc(&self, call: Call, cx: &mut Cx) {
        let Some(def) = call.enclosing::<Def>() else {
            return;
        };
        if def.descendants().any(|it| it.is_atom("badrpc")) {
            return;
        }
        let places = places(call, def);
        let Some((at, what)) = places.iter().find_map(|it| taken_for_result(*it)) else {
            return;
        };
        let message = format!("{what} `{{:badrpc, reason}}`, the failure of this remote call");
        let finding = cx.report(call, message);
        if !at.contains(call.node()) {
            finding.label(at, "here");
        }
        finding.help("match `{:badrpc, reason}` first");
    }

    fn check_erpc(&self, call: Call, cx: &mut Cx) {
        let Some(def) = call.enclosing::<Def>() else {
            return;
        };
        let subjects = places(call, def).into_iter().filter_map(clauses_over);
        let dead = subjects
            .flat_map(|(_, clauses)| clauses)
            .filter_map(|it| it.head(0))
            .find(|it| it.tag() == Some("badrpc"));
        if let Some(dead) = dead {
            cx.report(
                dead,
                "`:erpc.call` never returns `{:badrpc, reason}`: it raises",
            )
            .label(call, "the remote call")
            .help("rescue `ErlangError`, whose `original` is `{:erpc, reason}`");
        } else if let Some(handler) = only_other_classes(call) {
            cx.report(
                handler.head_span(),
                "a lost connection is an error, not an exit: this does not take it",
            )
            .label(
                call,
                "raises `ErlangError` with `{:erpc, :noconnection}` then",
            )
            .help("add `rescue error in ErlangError`, or `catch :error, {:erpc, reason}`");
        }
    }

    /// The results of all nodes, given to a function that has a clause for success only.
    fn check_multicall(&self, call: Call, cx: &mut Cx) {
        let Some(def) = call.enclosing::<Def>() else {
            return;
        };
        for place in places(call, def) {
            let taker = match place.parent() {
                Some(pipe) if pipe.is(Kind::Pipe) => pipe.child(Role::Right),
                parent => parent,
            };
            let Some(taker) = taker.and_then(Call::cast).filter(|it| goes_over(*it)) else {
                continue;
            };
            let clause = taker.written_arguments().find_map(only_clause);
            let Some(head) = clause.and_then(|it| it.head(0)) else {
                continue;
            };
            if head.tag() == Some("ok") {
                cx.report(
                    head,
                    "one node that is down crashes this for the results of all of them",
                )
                .label(call, "gives `{:error, {:erpc, reason}}` for such a node")
                .help("add a clause for the results that are not `{:ok, value}`");
                return;
            }
        }
    }
}

/// The expressions that have the value of the call: itself, and the uses of the variable it is bound to.
fn places<'t>(call: Call<'t>, def: Def<'t>) -> Vec<Node<'t>> {
    let value = call.whole_pipe();
    let mut places = vec![value];
    let bound = value.parent().and_then(Match::cast);
    if let Some(pattern) = bound.and_then(Match::pattern).filter(|it| it.is(Kind::Var)) {
        let bindings = Bindings::of(def.node());
        let uses = bindings.binding(pattern).map(|it| it.uses.clone());
        let uses = uses.into_iter().flatten();
        places.extend(uses.map(|it| def.file().node(it)));
    }
    places
}

/// Where `{:badrpc, reason}` passes for a result, and how.
fn taken_for_result<'t>(value: Node<'t>) -> Option<(Node<'t>, &'static str)> {
    if is_condition(value) {
        return Some((value, "counts as true:"));
    }
    let parent = value.parent()?;
    if parent.is(Kind::Tuple) && parent.mode() == Mode::Code && parent.tag() == Some("ok") {
        return Some((parent, "is wrapped in `{:ok, _}`:"));
    }
    if is_filtered(value) {
        return Some((value, "passes this test:"));
    }
    let (at, clauses) = clauses_over(value)?;
    if let Some(clause) = clauses.iter().find(|it| it.head(0).is_some_and(takes_pair)) {
        let variable = clause.head(0).filter(|it| it.is_binding())?;
        let is_wrapped = clause.body().tails().into_iter().any(|it| {
            let parts = it.node.tuple();
            it.node.tag() == Some("ok") && parts.get(1).is_some_and(|it| it.is_var(variable.name()))
        });
        return is_wrapped.then_some((clause.node(), "ends in `{:ok, _}`:"));
    }
    let handles_errors = clauses.iter().filter_map(|it| it.head(0));
    let mut handles_errors = handles_errors.filter_map(Node::tag);
    handles_errors
        .any(|it| matches!(it, "error" | "EXIT"))
        .then_some((at, "errors are handled, but not"))
}

/// Whether a pattern takes any pair.
fn takes_pair(pattern: Node) -> bool {
    match pattern.kind() {
        Kind::Tuple => {
            let parts = pattern.tuple();
            parts.len() == 2 && parts[0].is(Kind::Var)
        }
        Kind::Match => pattern.children().all(takes_pair),
        Kind::Var => true,
        // `{kind, reason} when ...` and whatever else.
        _ => pattern.op() == Op::When,
    }
}

fn is_condition(value: Node) -> bool {
    let Some(parent) = value.parent() else {
        return false;
    };
    match parent.kind() {
        Kind::Call => {
            matches!(parent.name(), "if" | "unless")
                && parent.child(Role::Receiver).is_none()
                && parent.written_arguments().next() == Some(value)
        }
        Kind::Binary => matches!(parent.op(), Op::AndAnd | Op::OrOr) && value.role() == Role::Left,
        Kind::Unary => parent.op() == Op::Bang,
        _ => false,
    }
}

/// Whether a function that keeps or counts elements decides by this value.
fn is_filtered(value: Node) -> bool {
    let closure = match value.parent() {
        Some(clause) if clause.is(Kind::Clause) => Clause::cast(clause)
            .filter(|it| it.body().last() == Some(value))
            .and_then(|_| clause.parent()),
        Some(capture) if capture.is(Kind::Capture) => Some(capture),
        _ => None,
    };
    let given = closure.filter(|it| matches!(it.kind(), Kind::Fn | Kind::Capture));
    let taker = given.and_then(|it| Call::cast(it.parent()?));
    taker.is_some_and(|it| {
        it.module().is_some_and(|it| it == "Enum")
            && matches!(
                it.name(),
                "filter" | "reject" | "any?" | "all?" | "find" | "count" | "split_with"
            )
    })
}

/// The clauses that take a value: of a `case` over it, or of the `else` of a `with`.
fn clauses_over<'t>(value: Node<'t>) -> Option<(Node<'t>, Vec<Clause<'t>>)> {
    let parent = value.parent()?;
    let (holder, section) = match parent.kind() {
        Kind::Pipe => (parent.child(Role::Right)?, SectionKind::Do),
        Kind::Binary if parent.op() == Op::LeftArrow && value.role() == Role::Right => {
            if parent.child(Role::Left)?.is_irrefutable() {
                return None;
            }
            (parent.parent()?, SectionKind::Else)
        }
        _ => (parent, SectionKind::Do),
    };
    let wanted = match section {
        SectionKind::Else => "with",
        _ => "case",
    };
    let clauses = holder.section(section)?.clauses().collect::<Vec<_>>();
    (holder.is_control() && holder.name() == wanted).then_some((holder, clauses))
}

/// The first handler around a call, where all that are around it take exits or thrown values only.
fn only_other_classes<'t>(call: Call<'t>) -> Option<Clause<'t>> {
    let mut handlers = Vec::new();
    for owner in call.ancestors() {
        if matches!(owner.kind(), Kind::Fn | Kind::Module) {
            break;
        }
        let is_protected = owner
            .section(SectionKind::Do)
            .is_some_and(|it| it.contains(call.node()));
        if is_protected {
            handlers.extend(
                owner
                    .sections()
                    .filter(|(kind, _)| matches!(kind, SectionKind::Rescue | SectionKind::Catch)),
            );
        }
    }
    let is_rescued = handlers
        .iter()
        .any(|(kind, _)| *kind == SectionKind::Rescue);
    let clauses: Vec<_> = handlers.iter().flat_map(|(_, it)| it.clauses()).collect();
    let takes_exits = |it: &Clause| it.head(0).is_some_and(|it| it.is_atom("exit"));
    let takes_errors = |it: &Clause| {
        it.heads().count() == 2
            && !it
                .head(0)
                .is_some_and(|it| it.is_atom("exit") || it.is_atom("throw"))
    };
    if is_rescued || clauses.iter().any(takes_errors) {
        return None;
    }
    clauses.into_iter().find(takes_exits)
}

fn goes_over(call: Call) -> bool {
    call.module().is_some_and(|it| it == "Enum")
        && matches!(
            call.name(),
            "map" | "flat_map" | "each" | "reduce" | "sum_by" | "map_join"
        )
}

/// The clause of a function that has one.
fn only_clause<'t>(function: Node<'t>) -> Option<Clause<'t>> {
    let mut clauses = function.is(Kind::Fn).then(|| function.children())?;
    let clause = clauses.next().and_then(Clause::cast)?;
    clauses.next().is_none().then_some(clause)
}
