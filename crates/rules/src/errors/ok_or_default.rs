use exlint_project::SinkKind;

use super::{
    reach::{counterpart, steps},
    value::neutral,
};
use crate::prelude::*;

/// Takes `{:ok, value}` and turns everything else into a default.
///
/// `_ -> []` takes the error of a database that is down, of a query that is wrong, of a token that has expired, and any
/// value that a later version may return. Nobody sees the reason, and nobody can tell the default from a result.
///
/// # Bad
///
/// ```elixir
/// case Repo.query(sql) do
///   {:ok, result} -> result.num_rows
///   _ -> 0
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// {:ok, result} = Repo.query(sql)
/// result.num_rows
/// ```
///
/// Reported where what is asked talks to a database, an HTTP server, a queue or another process, directly or through
/// functions of the same file. Decoding, casting, looking up a key and reading a file that may be absent say no for one
/// reason, and are left alone; so are functions that answer a question (`valid?`), and defaults with a log line.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = Medium, scope = Module)]
pub struct OkOrDefault {}

impl Rule for OkOrDefault {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&["Kernel.case", "Kernel.with"], Self::check);
    }
}

impl OkOrDefault {
    fn check(&self, call: Call, cx: &mut Cx) {
        let Some((source, clause)) = parts(call) else {
            return;
        };
        let Some(value) = default(clause).filter(|_| !is_question(call)) else {
            return;
        };
        let steps = steps(std::iter::once(source), cx.tables);
        let io = steps
            .iter()
            .filter_map(|it| Some((it, it.io(cx.tables)?)))
            .find(|(_, kind)| !matches!(kind, SinkKind::File | SinkKind::Network));
        let Some((step, kind)) = io.filter(|(it, _)| it.name != "yield") else {
            return;
        };
        cx.report(
            clause.head_span(),
            format!(
                "whatever goes wrong with `{}` becomes `{}`",
                step.mfa(),
                value.text()
            ),
        )
        .label(
            step.from,
            format!(
                "talks to {}, which fails for many reasons",
                counterpart(kind)
            ),
        )
        .help("match the errors you expect by their reason, and let the others crash");
    }
}

/// Whether the function around it answers with yes or no; no is the answer in doubt.
fn is_question(call: Call) -> bool {
    call.enclosing::<Def>()
        .is_some_and(|it| it.function_name().ends_with('?'))
}

/// What is asked, and the clause for all that is not `{:ok, _}`.
fn parts<'t>(call: Call<'t>) -> Option<(Node<'t>, Clause<'t>)> {
    if call.name() == "case" {
        let clauses: Vec<_> = call.section(SectionKind::Do)?.clauses().collect();
        let [first, last] = clauses.as_slice() else {
            return None;
        };
        let is_ok = first.head(0)?.tag() == Some("ok") && first.head(0)?.is(Kind::Tuple);
        return is_ok.then_some((call.argument(0)?, *last));
    }
    let mut clauses = call.section(SectionKind::Else)?.clauses();
    let (only, None) = (clauses.next()?, clauses.next()) else {
        return None;
    };
    let mut arrows = call
        .written_arguments()
        .filter(|it| it.op() == Op::LeftArrow);
    let (arrow, None) = (arrows.next()?, arrows.next()) else {
        return None;
    };
    let is_ok = arrow.child(Role::Left)?.tag() == Some("ok");
    is_ok.then_some((arrow.child(Role::Right)?, only))
}

/// The literal that a clause for anything gives.
fn default<'t>(clause: Clause<'t>) -> Option<Node<'t>> {
    let takes_all = clause.guard().is_none()
        && clause.head(0)?.is(Kind::Var)
        && clause.head(0)?.name().starts_with('_');
    let body = clause.body();
    let value = body.last()?;
    let is_default =
        value.is_nil() || value.is_boolean() || value.is_atom("ok") || neutral(value).is_some();
    (takes_all && is_default && body.expressions().count() == 1).then_some(value)
}
