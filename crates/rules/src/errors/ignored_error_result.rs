use exlint_findings::Level;

use crate::prelude::*;

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
/// An information only for jobs: what `Oban.insert/1` returns is a job that is invalid as it stands in the code.
/// `_ = File.write(path, text)` says that the result does not matter. Cleaning up (in `after`, `terminate/2`, a rescue
/// handler) and Mix tasks are left alone, and so is what runs in a process of its own.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = Medium, scope = File)]
pub struct IgnoredErrorResult {}

impl Rule for IgnoredErrorResult {
    fn listen(on: &mut On<Self>) {
        on.calls(Self::check);
    }
}

impl IgnoredErrorResult {
    fn check(&self, call: Call, cx: &mut Cx) {
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
        if !NAMES.contains(&call.name()) || !call.whole_pipe().is_discarded() {
            return;
        }
        let Callee::Remote(module) = call.callee() else {
            return;
        };
        let is_task = call
            .enclosing_module_name()
            .is_some_and(|it| it.starts_with("Mix."));
        if is_task || !returns_errors(&module, call, cx) || is_cleanup(call.node()) {
            return;
        }
        let raising = format!("{}!", call.name());
        let finding = cx.report(
            call.whole_pipe(),
            format!("nobody looks whether `{}` failed", call.mfa()),
        );
        if module == "Oban" {
            finding.level(Level::Info);
        }
        finding.help(if module == "Oban" || !module.starts_with(':') {
            format!("match the result, or call `{module}.{raising}`")
        } else {
            "match the result".to_owned()
        });
    }
}

/// `:ok | {:error, _}`, `{:ok, _} | {:error, _}`
fn returns_errors(module: &str, call: Call, cx: &Cx) -> bool {
    match (module, call.name()) {
        ("File", "write" | "rename" | "cp" | "cp_r" | "copy") => true,
        ("Oban", "insert") => true,
        (":ets", "tab2file") => true,
        (module, name) if module.ends_with("Repo") => {
            matches!(name, "insert" | "update" | "delete" | "insert_or_update")
                && cx.tables.sink(module, name, call.arity()).is_some()
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
