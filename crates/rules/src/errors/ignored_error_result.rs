use exlint_findings::Level;

use super::unseen_write::unseen_writes;
use crate::{immutability::loops::goes_nowhere, prelude::*};

/// Throws away a result that may be an error.
///
/// `File.write/2`, `Repo.insert/1`, `Oban.insert/1` do not raise: they return `{:error, reason}`, and where nobody looks,
/// the code goes on as if the file were written, the row stored, the job queued.
///
/// # Bad
///
/// ```elixir
/// def save(path, text) do
///   File.write(path, text)
///   {:ok, path}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def save(path, text) do
///   with :ok <- File.write(path, text) do
///     {:ok, path}
///   end
/// end
/// ```
///
/// The last expression of a function that `Enum.each/2` runs is looked at by nobody either. A function of the project that
/// returns what a write to the database returned is reported where most of its calls look at the result. An information only for jobs: what `Oban.insert/1` returns is a job that is invalid as it stands in the code.
/// `_ = File.write(path, text)` says that the result does not matter. Cleaning up (in `after`, `terminate/2`, a rescue
/// handler) and Mix tasks are left alone, and so is what runs in a process of its own.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = Medium, scope = Project)]
pub struct IgnoredErrorResult {}

impl Rule for IgnoredErrorResult {
    fn listen(on: &mut On<Self>) {
        on.calls(Self::check);
        on.kind(Kind::Capture, Self::check_capture);
        on.project(Self::check_project);
    }
}

impl IgnoredErrorResult {
    fn check(&self, call: Call, cx: &mut Cx) {
        if !NAMES.contains(&call.name()) || !goes_nowhere(call.whole_pipe()) {
            return;
        }
        if let Callee::Remote(module) = call.callee() {
            if module == "Oban" && !call.whole_pipe().is_discarded() {
                // `oban-insert-in-loop` knows the way out.
                return;
            }
            report(call.whole_pipe(), &module, call.name(), call.arity(), cx);
        }
    }

    /// `Accounts.update_user(user, name: name)`, which returns what `Repo.update/1` does.
    fn check_project(&self, project: &Project, cx: &mut ProjectCx) {
        for unseen in unseen_writes(project) {
            let (at, write) = (project.at(unseen.call), project.at(unseen.write));
            let seen = project.at(unseen.seen);
            let callee = project.callee_text(unseen.call);
            let message = format!("nobody looks whether `{callee}` failed");
            let finding = cx.report(at.file, at.span, message);
            let text = format!(
                "it returns what `{}` says",
                project.callee_text(unseen.write)
            );
            finding
                .label_in(write.file, write.span, text)
                .label_in(seen.file, seen.span, "here it is looked at")
                .help("match the result");
        }
    }

    /// `Enum.each(rows, &Repo.insert/1)`
    fn check_capture(&self, capture: Node, cx: &mut Cx) {
        let Some((name, arity)) = Capture::cast(capture).and_then(Capture::function) else {
            return;
        };
        let taker = capture.parent().and_then(Call::cast);
        let is_each = taker.is_some_and(|it| it.is_to("Enum", "each", 2));
        if !is_each || !NAMES.contains(&name.name()) {
            return;
        }
        let receiver = name.child(Role::Receiver).and_then(Node::module_name);
        if let Some(module) = receiver {
            report(capture, &module, name.name(), arity, cx);
        }
    }
}

const NAMES: &[&str] = &[
    "write",
    "rename",
    "cp",
    "cp_r",
    "copy",
    "insert",
    "update",
    "delete",
    "insert_or_update",
    "deliver",
    "tab2file",
    "insert_all",
];

fn report(at: Node, module: &str, name: &str, arity: usize, cx: &mut Cx) {
    let is_task = at
        .enclosing_module_name()
        .is_some_and(|it| it.starts_with("Mix."));
    if is_task || !returns_errors(module, name, arity, cx) || is_cleanup(at) {
        return;
    }
    let message = format!("nobody looks whether `{module}.{name}/{arity}` failed");
    let finding = cx.report(at, message);
    if module == "Oban" {
        finding.level(Level::Info);
    }
    finding.help(if module.starts_with(':') {
        "match the result".to_owned()
    } else {
        format!("match the result, or call `{module}.{name}!`")
    });
}

/// `:ok | {:error, _}`, `{:ok, _} | {:error, _}`
fn returns_errors(module: &str, name: &str, arity: usize, cx: &Cx) -> bool {
    match (module, name) {
        ("File", "write" | "rename" | "cp" | "cp_r" | "copy") => true,
        ("Oban", "insert") => true,
        (":ets", "tab2file") => true,
        (module, name) if module.ends_with("Repo") => {
            matches!(name, "insert" | "update" | "delete" | "insert_or_update")
                && cx.tables.sink(module, name, arity).is_some()
        }
        (module, "deliver") => module.ends_with("Mailer"),
        _ => false,
    }
}

fn is_cleanup(node: Node) -> bool {
    node.ancestors().any(|it| {
        let is_last_resort = matches!(
            it.section_kind(),
            Some(SectionKind::After | SectionKind::Rescue | SectionKind::Catch)
        );
        let leaves = Def::cast(it).is_some_and(|it| it.function_name() == "terminate");
        is_last_resort || leaves || it.is(Kind::Call) && matches!(it.name(), "on_exit" | "spawn")
    })
}
