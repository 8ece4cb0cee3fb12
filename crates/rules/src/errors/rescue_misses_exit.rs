use exlint_project::Tables;

use super::{
    handler::Handler,
    reach::{Step, steps},
};
use crate::prelude::*;

/// Rescues exceptions around a call that fails by exit.
///
/// `GenServer.call/3`, `Task.await/2`, `Agent.get/3` and their like do not raise: when the server is gone, crashes or
/// takes too long, the caller *exits*, and `rescue` does not take exits. The handler never runs, and the caller goes
/// down with the server in spite of it.
///
/// # Bad
///
/// ```elixir
/// def status(server) do
///   {:ok, GenServer.call(server, :status)}
/// rescue
///   error -> {:error, error}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def status(server) do
///   {:ok, GenServer.call(server, :status)}
/// catch
///   :exit, reason -> {:error, reason}
/// end
/// ```
///
/// Reported only where such calls are all that the protected code does, so that the rescue can be for nothing else;
/// functions of the same file are followed, those of other files are not.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = High, scope = Module)]
pub struct RescueMissesExit {}

impl Rule for RescueMissesExit {
    fn listen(on: &mut On<Self>) {
        on.kind(Kind::Section, Self::check);
    }
}

impl RescueMissesExit {
    fn check(&self, section: Node, cx: &mut Cx) {
        if section.section_kind() != Some(SectionKind::Rescue) {
            return;
        }
        let handlers = Handler::of(section);
        let Some(handler) = handlers.iter().find(|it| it.takes_every_exception()) else {
            return;
        };
        let steps = steps(handler.body.expressions(), cx.tables);
        let Some(step) = only_exits(handler, &steps, cx.tables) else {
            return;
        };
        let call = step.mfa();
        let message = format!(
            "`{}` does not take the exit by which `{call}` fails",
            handler.written()
        );
        let text = if step.node == step.from {
            "exits when the other process is gone, crashes, or takes too long".to_owned()
        } else {
            format!(
                "calls `{call}`, which exits when the other process is gone, crashes, or takes too long"
            )
        };
        cx.report(handler.clause.head_span(), message)
            .label(step.from, text)
            .help("use `catch :exit, reason -> ...`");
    }
}

/// The call by whose exit the protected code fails, where it can hardly fail otherwise.
pub(super) fn only_exits<'s, 't>(
    handler: &Handler<'t>,
    steps: &'s [Step<'t>],
    tables: &Tables,
) -> Option<&'s Step<'t>> {
    let catch = handler.owner.section(SectionKind::Catch);
    if handler.kind != SectionKind::Rescue || catch.is_some() {
        return None;
    }
    let may_raise = |it: &Step| {
        !exits(it)
            && it.clauses.is_empty()
            && (it.is_unknown() || it.name.ends_with('!') || it.io(tables).is_some() || raises(it))
    };
    let matches = handler.body.descendants().any(|it| {
        it.is(Kind::Match)
            && it
                .child(Role::Left)
                .is_some_and(|pattern| !pattern.is(Kind::Var))
    });
    if matches || steps.iter().any(may_raise) {
        return None;
    }
    steps.iter().find(|it| exits(it))
}

/// Functions that fail by exit.
fn exits(step: &Step) -> bool {
    match (step.module(), step.name) {
        (
            "GenServer" | ":gen_server" | ":gen_statem" | "GenStage",
            "call" | "stop" | "multi_call",
        ) => true,
        ("Task", "await" | "await_many") => true,
        ("Agent", "get" | "update" | "get_and_update" | "stop") => true,
        ("Supervisor" | "DynamicSupervisor" | "Task.Supervisor" | "PartitionSupervisor", name) => {
            matches!(
                name,
                "start_child"
                    | "terminate_child"
                    | "which_children"
                    | "count_children"
                    | "restart_child"
                    | "delete_child"
                    | "stop"
            )
        }
        _ => false,
    }
}

/// Functions of the standard library that one rescues.
fn raises(step: &Step) -> bool {
    match (step.module(), step.name) {
        ("Kernel" | ":erlang", name) => matches!(
            name,
            "raise"
                | "hd"
                | "tl"
                | "elem"
                | "apply"
                | "binary_to_term"
                | "binary_to_existing_atom"
                | "send"
                | "to_string"
                | "struct"
                | "throw"
                | "exit"
                | "div"
                | "rem"
        ),
        ("String", name) => name.starts_with("to_"),
        (":ets" | "Registry" | ":persistent_term" | "Code" | "Module" | "IO" | "Process", _) => {
            true
        }
        _ => false,
    }
}
