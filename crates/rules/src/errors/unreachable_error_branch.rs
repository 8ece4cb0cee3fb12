use super::reach::clauses_of;
use crate::prelude::*;

/// Waits for an error that the private function it asks never gives.
///
/// Every way through the function ends in a value that the clause does not match. The branch is never tested and never
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
/// Reported only where the form of every result stands in the function itself.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = Medium, scope = Module)]
pub struct UnreachableErrorBranch {}

impl Rule for UnreachableErrorBranch {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&["Kernel.case"], Self::check);
    }
}

impl UnreachableErrorBranch {
    fn check(&self, case: Call, cx: &mut Cx) {
        let subject = case.argument(0).and_then(|it| match Pipe::cast(it) {
            Some(pipe) => pipe.right(),
            None => Some(it),
        });
        let Some(call) = subject
            .and_then(Call::cast)
            .filter(|it| it.callee() == Callee::Own)
        else {
            return;
        };
        let is_error = |it: &Clause| it.head(0).is_some_and(|it| it.tag() == Some("error"));
        let clauses = case
            .section(SectionKind::Do)
            .into_iter()
            .flat_map(Body::clauses);
        let errors: Vec<_> = clauses.filter(is_error).collect();
        if errors.is_empty() {
            return;
        }
        let Some(results) = results(call) else {
            return;
        };
        for clause in errors {
            let Some(head) = clause.head(0) else {
                continue;
            };
            if !results.iter().any(|it| head.may_match(*it)) {
                cx.report(
                    head,
                    format!("`{}` never gives `{}`", call.mfa(), head.text()),
                )
                .label(results[0], "this is what it gives")
                .help("match the result with `=`, or let the function give the error");
            }
        }
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
