use crate::prelude::*;

/// Matches with `=` in a `with` whose `else` waits for what does not match.
///
/// In a `with`, only `<-` passes on to `else` what does not match. `{:ok, user} = fetch(id)` raises a `MatchError`
/// instead, and the clause in `else` that was written for its error never runs.
///
/// # Bad
///
/// ```elixir
/// with {:ok, id} <- Map.fetch(params, "id"),
///      {:ok, user} = Accounts.fetch_user(id) do
///   user
/// else
///   :error -> {:error, :no_id}
///   {:error, :not_found} -> {:error, :no_user}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// with {:ok, id} <- Map.fetch(params, "id"),
///      {:ok, user} <- Accounts.fetch_user(id) do
///   user
/// else
///   :error -> {:error, :no_id}
///   {:error, :not_found} -> {:error, :no_user}
/// end
/// ```
///
/// Reported for `{:ok, ...} = call` and `:ok = call` where `else` has a clause for `{:error, ...}` or for
/// anything.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = High, scope = File, fix = Unsafe)]
pub struct MatchInsteadOfArrow {}

impl Rule for MatchInsteadOfArrow {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&["Kernel.with"], Self::check);
    }
}

impl MatchInsteadOfArrow {
    fn check(&self, with: Call, cx: &mut Cx) {
        let Some(otherwise) = with.section(SectionKind::Else) else {
            return;
        };
        // `_ -> ...` waits for any error.
        let is_error = |it: &Clause| {
            it.head(0).is_some_and(|it| {
                it.is(Kind::Var) || it.is(Kind::Tuple) && it.tag() == Some("error")
            })
        };
        let Some(clause) = otherwise.clauses().find(|it| is_error(it)) else {
            return;
        };
        for matching in with.written_arguments().filter_map(Match::cast) {
            let (Some(pattern), Some(value)) = (matching.pattern(), matching.value()) else {
                continue;
            };
            if pattern.tag() != Some("ok") || !may_fail(value) {
                continue;
            }
            let arrow = matching.name_span();
            cx.report(
                matching,
                format!("`{}` raises where it does not match", matching.text()),
            )
            .label(clause.head_span(), "so this clause never sees its error")
            .help("use `<-`")
            .fix(Fix::replace("Use `<-`", arrow, "<-").may_change_behaviour());
        }
    }
}

/// A call whose name does not promise to raise by itself.
fn may_fail(value: Node) -> bool {
    let call = match Pipe::cast(value) {
        Some(pipe) => pipe.right(),
        None => Some(value),
    };
    call.is_some_and(|it| it.is(Kind::Call) && !it.is_control() && !it.name().ends_with('!'))
}
