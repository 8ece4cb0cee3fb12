use super::reach::clauses_of;
use crate::prelude::*;

/// Waits for an error that the function it asks never gives.
///
/// Every way through the private function ends in a value that the clause does not match, or the library says so:
/// `Map.fetch/2` gives `:error` alone, `Task.yield/2` knows of no errors. The branch is never tested and never
/// runs, and whoever reads it looks for a failure that cannot happen.
///
/// # Bad
///
/// ```elixir
/// defmodule Page do
///   def show(id) do
///     case load(id) do
///       {:ok, row} -> row
///       {:error, _reason} -> nil
///     end
///   end
///
///   defp load(id) do
///     {:ok, Rows.get!(id)}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Page do
///   def show(id) do
///     {:ok, row} = load(id)
///     row
///   end
///
///   defp load(id) do
///     {:ok, Rows.get!(id)}
///   end
/// end
/// ```
///
/// Reported only where the form of every result stands in the function itself, and for some functions of the standard
/// library.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = Medium, scope = Module)]
pub struct UnreachableErrorBranch {}

impl Rule for UnreachableErrorBranch {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&["Kernel.case"], Self::check);
        on.calls_to(&["Kernel.with"], Self::check_with);
    }
}

impl UnreachableErrorBranch {
    fn check(&self, case: Call, cx: &mut Cx) {
        let Some(subject) = case.argument(0) else {
            return;
        };
        let errors = errors(case, SectionKind::Do);
        if errors.is_empty() {
            return;
        }
        if let Some(asked) = asked(subject) {
            report_known(&asked, &errors, cx);
            return;
        }
        if let Some(given) = own_results(subject) {
            report_own(&[given], &errors, cx);
        }
    }

    fn check_with(&self, with: Call, cx: &mut Cx) {
        let errors = errors(with, SectionKind::Else);
        if errors.is_empty() {
            return;
        }
        let steps = with
            .written_arguments()
            .filter(|it| it.is(Kind::Binary) && it.op() == Op::LeftArrow);
        let sources: Option<Vec<_>> = steps.map(|it| it.child(Role::Right)).collect();
        let sources = sources.filter(|it| !it.is_empty()).unwrap_or_default();
        let known: Option<Vec<_>> = sources.iter().map(|it| asked(*it)).collect();
        if let Some(known) = known {
            return report_known(&known.concat(), &errors, cx);
        }
        let given: Option<Vec<_>> = sources.iter().map(|it| own_results(*it)).collect();
        if let Some(given) = given {
            report_own(&given, &errors, cx);
        }
    }
}

/// The patterns that wait for errors.
fn errors<'t>(call: Call<'t>, section: SectionKind) -> Vec<Node<'t>> {
    let clauses = call.section(section).into_iter().flat_map(Body::clauses);
    let heads = clauses.filter_map(|it| it.head(0));
    heads.filter(|it| it.tag() == Some("error")).collect()
}

fn last_call(node: Node) -> Option<Call> {
    let node = match Pipe::cast(node) {
        Some(pipe) => pipe.right(),
        None => Some(node),
    };
    node.and_then(Call::cast)
}

/// The errors that a function of the standard library gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gives {
    /// `:error`.
    Atom,
    Nothing,
}

/// The calls of the standard library that a value comes from, where it comes from nothing else: both of
/// `Task.yield(task) || Task.shutdown(task)`.
fn asked(value: Node) -> Option<Vec<(Call, Gives)>> {
    if value.is(Kind::Binary) && matches!(value.op(), Op::OrOr) {
        let (left, right) = (value.child(Role::Left)?, value.child(Role::Right)?);
        return Some([asked(left)?, asked(right)?].concat());
    }
    let call = last_call(value)?;
    let Callee::Remote(module) = call.callee() else {
        return None;
    };
    let gives = match (&*module, call.name()) {
        ("Map" | "Keyword" | "Access" | "System" | "Application", "fetch" | "fetch_env") => {
            Gives::Atom
        }
        ("Base", name) if name.contains("decode") && !name.ends_with('!') => Gives::Atom,
        ("Integer" | "Float", "parse") => Gives::Atom,
        ("Version", "parse" | "parse_requirement") => Gives::Atom,
        ("Ecto.UUID", "cast" | "dump" | "load") => Gives::Atom,
        ("Task", "yield" | "shutdown") => Gives::Nothing,
        _ => return None,
    };
    Some(vec![(call, gives)])
}

fn report_known(asked: &[(Call, Gives)], errors: &[Node], cx: &mut Cx) {
    for head in errors {
        let is_given = |(_, gives): &&(Call, Gives)| *gives == Gives::Atom && !head.is(Kind::Tuple);
        let Some((call, gives)) = asked
            .first()
            .filter(|_| !asked.iter().any(|it| is_given(&it)))
        else {
            continue;
        };
        let text = match gives {
            Gives::Atom => "gives `:error` when it fails",
            Gives::Nothing => "knows of no errors",
        };
        cx.report(
            *head,
            format!("`{}` never gives `{}`", call.mfa(), head.text()),
        )
        .label(*call, text)
        .help("take the clause out, or match what the function gives");
    }
}

/// A call of a private function of the same module, and what it may give.
fn own_results<'t>(value: Node<'t>) -> Option<(Call<'t>, Vec<Node<'t>>)> {
    let call = last_call(value).filter(|it| it.callee() == Callee::Own)?;
    Some((call, results(call)?))
}

/// Reports the patterns that nothing of what own functions give may match.
fn report_own(given: &[(Call, Vec<Node>)], errors: &[Node], cx: &mut Cx) {
    for head in errors {
        let mut results = given.iter().flat_map(|(_, results)| results);
        let [(call, own), ..] = given else {
            return;
        };
        if results.any(|it| head.may_match(*it)) {
            continue;
        }
        let message = match given {
            [_] => format!("`{}` never gives `{}`", call.mfa(), head.text()),
            _ => format!("none of these functions gives `{}`", head.text()),
        };
        cx.report(*head, message)
            .label(own[0], "this is what it gives")
            .help("match the result with `=`, or let the function give the error");
    }
}

/// What the private function behind a call may give; `None` where that is not known.
fn results<'t>(call: Call<'t>) -> Option<Vec<Node<'t>>> {
    let clauses = clauses_of(call.node(), &call.callee(), call.name(), call.arity());
    let mut results = Vec::new();
    for clause in clauses {
        let is_plain = clause.is_private()
            && clause.keyword() == "defp"
            && clause.section(SectionKind::Rescue).is_none()
            && clause.section(SectionKind::Catch).is_none()
            && clause.section(SectionKind::Else).is_none();
        let body = clause.body().filter(|_| is_plain)?;
        for tail in body.tails() {
            let is_known = matches!(
                tail.node.kind(),
                Kind::Tuple | Kind::Atom | Kind::List | Kind::Map
            );
            if tail.kind != TailKind::Value || !is_known {
                return None;
            }
            results.push(tail.node);
        }
    }
    (!results.is_empty()).then_some(results)
}
