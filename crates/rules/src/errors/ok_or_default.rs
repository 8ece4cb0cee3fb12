use exlint_project::SinkKind;

use super::{
    across::lost,
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
/// functions of the project; through other files only where an answer of a service, a mail server, another program or a
/// write to a database is lost, and nobody on the way logs it. Decoding, casting, looking up a key and reading a file that may be absent say no for one
/// reason, and are left alone; so are functions that answer a question (`valid?`), and defaults with a log line.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = Medium, scope = Project)]
pub struct OkOrDefault {}

impl Rule for OkOrDefault {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&["Kernel.case", "Kernel.with"], Self::check);
        on.project(Self::check_project);
    }
}

impl OkOrDefault {
    fn check(&self, call: Call, cx: &mut Cx) {
        let Some((sources, clause)) = parts(call) else {
            return;
        };
        let Some(value) = default(clause).filter(|_| !is_question(call)) else {
            return;
        };
        let steps = steps(sources.into_iter(), cx.tables);
        let io = steps
            .iter()
            .filter_map(|it| Some((it, it.io(cx.tables)?)))
            .filter(|(_, kind)| !matches!(kind, SinkKind::File | SinkKind::Network))
            .find(|(it, kind)| tells_errors(it.name, *kind));
        let Some((step, kind)) = io.filter(|(it, _)| it.name != "yield") else {
            return;
        };
        let message = message(&step.mfa(), value.text());
        cx.report(clause.head_span(), message)
            .label(
                step.from,
                format!(
                    "talks to {}, which fails for many reasons",
                    counterpart(kind)
                ),
            )
            .help(HELP);
    }

    fn check_project(&self, project: &Project, cx: &mut ProjectCx) {
        for lost in lost(project) {
            let file = project.file_of(lost.clause);
            let asked = project.callee_text(lost.asked);
            let message = message(&asked, project.text(lost.fallback.value));
            let finding = cx.report(file, lost.fallback.span, message);
            lost.explain(project, finding);
            finding.help(HELP);
        }
    }
}

const HELP: &str = "match the errors you expect by their reason, and let the others crash";

fn message(asked: &str, value: &str) -> String {
    format!("whatever goes wrong with `{asked}` becomes `{value}`")
}

/// Whether the function returns what went wrong: of those that ask a database, most raise, and what a function returns on
/// another node is its own.
pub(super) fn tells_errors(name: &str, kind: SinkKind) -> bool {
    const TELL: &[&str] = &[
        "insert",
        "update",
        "delete",
        "insert_or_update",
        "query",
        "query_many",
        "transaction",
        "transact",
        "execute",
        "run",
    ];
    match kind {
        SinkKind::Rpc => false,
        SinkKind::Db => TELL.contains(&name),
        _ => !name.ends_with('!'),
    }
}

/// Whether the function around it answers with yes or no; no is the answer in doubt.
fn is_question(call: Call) -> bool {
    call.enclosing::<Def>()
        .is_some_and(|it| it.function_name().ends_with('?'))
}

/// What is asked, and the clause for all that is not `{:ok, _}`.
fn parts<'t>(call: Call<'t>) -> Option<(Vec<Node<'t>>, Clause<'t>)> {
    let is_ok = |it: Node| it.is(Kind::Tuple) && it.tag() == Some("ok");
    if call.name() == "case" {
        let clauses: Vec<_> = call.section(SectionKind::Do)?.clauses().collect();
        let (last, others) = clauses.split_last()?;
        let others_are_ok = others.iter().all(|it| it.head(0).is_some_and(is_ok));
        return (!others.is_empty() && others_are_ok).then_some((vec![call.argument(0)?], *last));
    }
    let mut clauses = call.section(SectionKind::Else)?.clauses();
    let (only, None) = (clauses.next()?, clauses.next()) else {
        return None;
    };
    let arrows = call.written_arguments();
    let arrows = arrows.filter(|it| it.op() == Op::LeftArrow);
    let asked = arrows.filter(|it| it.child(Role::Left).is_some_and(is_ok));
    let sources: Vec<_> = asked.filter_map(|it| it.child(Role::Right)).collect();
    (!sources.is_empty()).then_some((sources, only))
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
