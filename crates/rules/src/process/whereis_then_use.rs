use crate::prelude::*;

/// A process is looked up or found alive first, and called afterwards.
///
/// It may end in between: the check promises nothing about the next line, and the call exits as it would have without it.
/// The only way to know is to call and handle the exit.
///
/// # Bad
///
/// ```elixir
/// if Process.alive?(pid) do
///   GenServer.call(pid, :status)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// try do
///   GenServer.call(pid, :status)
/// catch
///   :exit, _reason -> :down
/// end
/// ```
///
/// Reported where the condition of an `if` is the check and the branch makes a `call` to the same process outside of any
/// `try`. Casts and sends to a process that is gone do no harm.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Medium, scope = File)]
pub struct WhereisThenUse {}

impl Rule for WhereisThenUse {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[
                "Process.alive?/1",
                "Process.whereis/1",
                "GenServer.whereis/1",
            ],
            Self::check,
        );
        on.calls_to(
            &[
                "Process.whereis/1",
                "GenServer.whereis/1",
                "Registry.lookup/2",
            ],
            Self::check_cases,
        );
    }
}

impl WhereisThenUse {
    fn check<'t>(&self, check: Call<'t>, cx: &mut Cx<'t>) {
        let Some(condition) = check
            .ancestors()
            .take_while(|it| !matches!(it.kind(), Kind::Def | Kind::Section | Kind::Clause))
            .find(|it| it.is_control() && it.name() == "if")
        else {
            return;
        };
        let in_condition = condition
            .written_arguments()
            .next()
            .is_some_and(|it| it.contains(check.node()));
        let Some(body) = condition.section(SectionKind::Do).filter(|_| in_condition) else {
            return;
        };
        let target = match check.name() {
            "whereis" => check
                .parent()
                .filter(|it| it.is(Kind::Match))
                .and_then(|it| it.child(Role::Left)),
            _ => check.argument(0),
        };
        let name = check.argument(0);
        let is_same = |it: Node| {
            [target, name]
                .iter()
                .flatten()
                .any(|target| it.text() == target.text())
        };
        let mut calls = body.descendants().filter_map(Call::cast).filter(|it| {
            is_call(*it) && it.argument(0).is_some_and(is_same) && !is_guarded(it.node())
        });
        if let Some(call) = calls.next() {
            report(check, call, cx);
        }
    }

    /// `case Registry.lookup(registry, key) do [{pid, _}] -> GenServer.call(pid, message) ... end`
    fn check_cases<'t>(&self, check: Call<'t>, cx: &mut Cx<'t>) {
        let Some(asked) = check.node().parent().and_then(Call::cast) else {
            return;
        };
        let is_case = asked.node().is_control() && asked.name() == "case";
        let Some(body) = asked.section(SectionKind::Do).filter(|_| is_case) else {
            return;
        };
        for clause in body.clauses() {
            let found: Vec<_> = clause
                .heads()
                .flat_map(Node::subtree)
                .filter(|it| it.is_binding())
                .collect();
            let is_found = |it: Node| {
                it.is(Kind::Var) && found.iter().any(|found| found.symbol() == it.symbol())
            };
            let mut calls = clause.body().descendants().filter_map(Call::cast);
            let call = calls.find(|it| {
                is_call(*it) && it.argument(0).is_some_and(is_found) && !is_guarded(it.node())
            });
            if let Some(call) = call {
                report(check, call, cx);
            }
        }
    }
}

fn report<'t>(check: Call<'t>, call: Call<'t>, cx: &mut Cx<'t>) {
    let what = check.mfa();
    cx.report(
        call.node().whole_pipe(),
        "the process may have ended since it was looked up",
    )
    .label(check, format!("`{what}` tells only how it was"))
    .help("call it, and catch the exit where that is expected");
}

fn is_call(call: Call) -> bool {
    call.name() == "call"
        && call.module().is_some_and(|it| {
            matches!(
                it.as_ref(),
                "GenServer" | ":gen_server" | ":gen_statem" | "GenStage"
            )
        })
}

/// Whether an exit is caught around the node.
fn is_guarded(node: Node) -> bool {
    node.ancestors().any(|it| {
        matches!(it.kind(), Kind::Call | Kind::Def) && it.section(SectionKind::Catch).is_some()
    })
}
