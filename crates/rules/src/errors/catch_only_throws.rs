use exlint_findings::Confidence;
use exlint_project::Tables;

use super::reach::{Step, steps};
use crate::prelude::*;

/// Catches thrown values around code that throws none.
///
/// `catch value ->` with one pattern takes what `throw/1` throws, and nothing else. Exceptions and exits, which the
/// author most likely meant, pass it by: the handler never runs, and the process crashes in spite of it.
///
/// # Bad
///
/// ```elixir
/// def fetch(url) do
///   Req.get!(url).body
/// catch
///   error -> {:error, error}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def fetch(url) do
///   {:ok, Req.get!(url).body}
/// rescue
///   error in Req.TransportError -> {:error, error}
/// end
/// ```
///
/// Functions of the same file are followed. Where the protected code calls functions of other modules of the project,
/// which might throw, the finding is of medium confidence. Left alone where a function held in a variable is called or
/// passed on, where a `rescue` or another clause of the `catch` takes the exceptions, and around Erlang packages.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = High, scope = Module)]
pub struct CatchOnlyThrows {}

impl Rule for CatchOnlyThrows {
    fn listen(on: &mut On<Self>) {
        on.kind(Kind::Section, Self::check);
    }
}

impl CatchOnlyThrows {
    fn check(&self, section: Node, cx: &mut Cx) {
        let catches = section.section_kind() == Some(SectionKind::Catch);
        let Some(owner) = section
            .parent()
            .filter(|it| catches && it.mode() == Mode::Code)
        else {
            return;
        };
        let clauses: Vec<_> = section.children().filter_map(Clause::cast).collect();
        let is_for_throws = clauses.iter().all(|it| it.heads().count() == 1);
        if !is_for_throws || owner.section(SectionKind::Rescue).is_some() {
            return;
        }
        let Some((first, body)) = clauses.first().zip(owner.section(SectionKind::Do)) else {
            return;
        };
        let steps = steps(body.expressions(), cx.tables);
        let Some(confidence) = throws_nothing(&steps, cx.tables) else {
            return;
        };
        let finding = cx.report(
            first.head_span(),
            "this `catch` takes thrown values only, and nothing here throws any",
        );
        finding
            .confidence(confidence)
            .label(body, "exceptions and exits from here pass the `catch` by")
            .help("use `rescue` for exceptions, `catch :exit, reason` for exits, or remove the `catch`");
    }
}

/// How sure it is that none of the calls throws; `None` if one may.
fn throws_nothing(steps: &[Step], tables: &Tables) -> Option<Confidence> {
    let mut confidence = Confidence::High;
    for step in steps {
        match &step.callee {
            Callee::Dynamic => return None,
            Callee::Unknown => return None,
            _ if runs_what_it_is_given(step) => return None,
            Callee::Own => {}
            Callee::Remote(module) => match (module.as_ref(), step.name) {
                ("Kernel" | ":erlang", "throw" | "apply") => {
                    return None;
                }
                (module, _) if module.starts_with(':') && !exlint_syntax::stdlib::knows(module) => {
                    return None;
                }
                _ if step.is_unknown() && step.io(tables).is_none() => {
                    confidence = Confidence::Medium
                }
                _ => {}
            },
        }
    }
    Some(confidence)
}

/// A function in a variable may be among the arguments: `Enum.map(rows, fun)`.
fn runs_what_it_is_given(step: &Step) -> bool {
    let Some(call) = Call::cast(step.node) else {
        return false;
    };
    let takes_functions = matches!(
        step.module(),
        "Enum"
            | "Map"
            | "Keyword"
            | "Stream"
            | "List"
            | "Kernel"
            | "Task"
            | ":lists"
            | ":maps"
            | "MapSet"
            | "Regex"
    );
    let is_given = |it: Node| {
        it.is(Kind::Var)
            && it.id() != call.argument(0).map_or(0, Node::id)
            && [
                "fun", "func", "function", "callback", "f", "fn", "mapper", "reducer", "handler",
            ]
            .iter()
            .any(|name| it.name() == *name || it.name().ends_with(&format!("_{name}")))
    };
    takes_functions && call.arguments().any(is_given)
}
