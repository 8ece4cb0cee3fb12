use crate::prelude::*;

/// Gathers the errors of several steps in one long `else`.
///
/// All that fails in a `with` arrives at the same `else`, which has to guess from the shape of the error which step it
/// came from. Two steps that say `:error` cannot be told apart, and a step that is added changes what the old clauses
/// mean.
///
/// # Bad
///
/// ```elixir
/// with {:ok, text} <- File.read(path),
///      {:ok, json} <- Jason.decode(text),
///      {:ok, id} <- Map.fetch(json, "id") do
///   {:ok, id}
/// else
///   {:error, :enoent} -> {:error, :no_file}
///   {:error, %Jason.DecodeError{}} -> {:error, :no_json}
///   :error -> {:error, :no_id}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// with {:ok, text} <- read(path),
///      {:ok, json} <- decode(text) do
///   fetch_id(json)
/// end
/// ```
///
/// where each function gives the error that is to be returned. Clauses for tagged steps (`{:file, {:ok, text}} <-
/// {:file, File.read(path)}`) say where they come from and do not count.
#[derive(Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = Medium, scope = File)]
#[serde(default)]
pub struct WithComplexElse {
    /// How many clauses an `else` may have.
    max_clauses: usize,
}

impl Default for WithComplexElse {
    fn default() -> Self {
        Self { max_clauses: 2 }
    }
}

impl Rule for WithComplexElse {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&["Kernel.with"], Self::check);
    }
}

impl WithComplexElse {
    fn check(&self, with: Call, cx: &mut Cx) {
        let arrows: Vec<_> = with
            .written_arguments()
            .filter(|it| it.op() == Op::LeftArrow)
            .collect();
        let Some(otherwise) = with
            .section(SectionKind::Else)
            .filter(|_| arrows.len() >= 2)
        else {
            return;
        };
        let clauses = otherwise.clauses().count();
        let is_tagged = |it: &&Node| it.child(Role::Right).is_some_and(|it| it.is(Kind::Tuple));
        if clauses <= self.max_clauses || arrows.iter().any(|it| is_tagged(&it)) {
            return;
        }
        cx.report(
            with.name_span(),
            format!(
                "`else` has to tell {clauses} failures of {} steps apart",
                arrows.len()
            ),
        )
        .label(
            otherwise,
            "these clauses do not say which step they are for",
        )
        .help("let each step give the error that is to be returned, in a function of its own");
    }
}
