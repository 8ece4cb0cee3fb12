use super::flow::is_decided_by;
use crate::prelude::*;

/// Asks whether a file exists and then reads, writes or removes it as if the answer still held.
///
/// Between the question and the deed another process, or another program, may create or remove the file. The deed itself
/// tells what happened: `File.read/1` returns `{:error, :enoent}`, and opening with `:exclusive` fails if the file is there.
///
/// # Bad
///
/// ```elixir
/// if File.exists?(path), do: File.read!(path), else: ""
/// ```
///
/// # Good
///
/// ```elixir
/// case File.read(path) do
///   {:ok, text} -> text
///   {:error, :enoent} -> ""
/// end
/// ```
///
/// Mix tasks and generators, which work alone, are left out.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Immutability, confidence = Low, scope = File)]
pub struct FileToctou {}

impl Rule for FileToctou {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[
                "File.read",
                "File.read!",
                "File.write",
                "File.write!",
                "File.rm",
                "File.rm!",
                "File.rename",
                "File.rename!",
                "File.open",
                "File.open!",
                "File.mkdir",
                "File.mkdir!",
                "File.stat!",
            ],
            Self::check,
        );
    }
}

impl FileToctou {
    fn check(&self, deed: Call, cx: &mut Cx) {
        let Some(path) = deed.argument(0) else {
            return;
        };
        let module = deed.enclosing_module_name().unwrap_or_default();
        if module.starts_with("Mix.") || module.contains("Generator") {
            return;
        }
        let is_question = |it: Node| {
            let call =
                Call::cast(it).filter(|it| matches!(it.name(), "exists?" | "regular?" | "dir?"));
            call.is_some_and(|it| {
                it.callee() == Callee::Remote("File".into())
                    && it.argument(0).is_some_and(|it| it.text() == path.text())
            })
        };
        if is_decided_by(deed.node(), |it| it.subtree().any(is_question)) {
            let message = format!(
                "the file may have come or gone since it was looked at, when `{}` runs",
                deed.mfa()
            );
            cx.report(deed, message)
                .help("try it, and match the error: `{:error, :enoent}`, `{:error, :eexist}`");
        }
    }
}
