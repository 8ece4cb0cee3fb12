use crate::prelude::*;

/// Writes back a number that it has read from a row before.
///
/// Two requests read 5, both write 6, and one of them is lost. The database can count without reading first; rows that
/// must not change meanwhile can be locked.
///
/// # Bad
///
/// ```elixir
/// def like(post) do
///   post
///   |> Ecto.Changeset.change(likes: post.likes + 1)
///   |> Repo.update()
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def like(post) do
///   Repo.update_all(from(p in Post, where: p.id == ^post.id), inc: [likes: 1])
/// end
/// ```
///
/// Silent in functions that lock the row (`lock`, `optimistic_lock`, `prepare_changes`), and where the update stands in
/// another function.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Ecto, confidence = Medium, scope = File)]
pub struct EctoReadModifyWrite {}

impl Rule for EctoReadModifyWrite {
    fn listen(on: &mut On<Self>) {
        on.calls(Self::check);
    }
}

impl EctoReadModifyWrite {
    fn check(&self, call: Call, cx: &mut Cx) {
        let Some((row, key, value)) = derived(call) else {
            return;
        };
        let body = call.enclosing::<Def>().and_then(Def::body);
        if body.is_none_or(|it| !updates(it) || locks(it)) {
            return;
        }
        cx.report(
            value,
            format!(
                "`{row}.{key}` may have changed since it was read, and what others wrote is lost"
            ),
        )
        .help(format!(
            "let the database count: `Repo.update_all(query, inc: [{key}: ...])`, or lock the row"
        ));
    }
}

/// The row, field and value of `change(row, field: row.field + 1)`.
fn derived<'t>(call: Call<'t>) -> Option<(&'t str, &'t str, Node<'t>)> {
    if !(matches!(call.name(), "change" | "cast") || call.name().ends_with("changeset")) {
        return None;
    }
    let row = call.argument(0)?;
    let values = call.argument(1)?;
    if !row.is(Kind::Var) {
        return None;
    }
    let (key, value) = values.pairs().find(|(key, value)| {
        let counts = matches!(value.op(), Op::Plus | Op::Minus);
        let mut sides = value.children();
        key.is(Kind::Atom)
            && counts
            && sides.any(|it| {
                it.is(Kind::Field)
                    && it.name() == key.name()
                    && it
                        .child(Role::Receiver)
                        .is_some_and(|it| it.is_var(row.name()))
            })
    })?;
    Some((row.name(), key.name(), value))
}

fn updates(body: Body) -> bool {
    body.descendants().filter_map(Call::cast).any(|it| {
        matches!(it.name(), "update" | "update!" | "insert_or_update")
            && it
                .module()
                .is_some_and(|it| it == "Repo" || it.ends_with(".Repo") || it == "Ecto.Multi")
    })
}

fn locks(body: Body) -> bool {
    let says_so =
        |name: &str| name == "prepare_changes" || name.contains("lock") && !name.contains("block");
    // Also a helper that says it: `locked_row(id)`.
    body.descendants()
        .any(|it| matches!(it.kind(), Kind::Call | Kind::Atom) && says_so(it.name()))
}
