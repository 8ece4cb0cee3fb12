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
        let is_changeset =
            matches!(call.name(), "change" | "cast") || call.name().ends_with("changeset");
        let Some(def) = call.enclosing::<Def>().filter(|_| is_changeset) else {
            return;
        };
        let Some(found) = derived(call, def) else {
            return;
        };
        let is_unsafe = |body: Body| updates(body) && !locks(body) && !is_new(body, found.row);
        if !def.body().is_some_and(is_unsafe) {
            return;
        }
        let (row, key) = (found.row, found.key);
        let finding = cx.report(
            found.value,
            format!(
                "`{row}.{key}` may have changed since it was read, and what others wrote is lost"
            ),
        );
        if found.sum.id() != found.value.id() {
            finding.label(found.sum, "made of what was read");
        }
        finding.help(format!(
            "let the database count: `Repo.update_all(query, inc: [{key}: ...])`, or lock the row"
        ));
    }
}

/// A value of a changeset that is made of the field it is for.
struct Derived<'t> {
    row: &'t str,
    key: &'t str,
    value: Node<'t>,
    sum: Node<'t>,
}

/// The row, the field, and its new value in `change(row, field: row.field + n)`.
fn derived<'t>(call: Call<'t>, def: Def<'t>) -> Option<Derived<'t>> {
    let row = call.argument(0).filter(|it| it.is(Kind::Var))?.name();
    let values = held(call.argument(1)?, def);
    values.pairs().find_map(|(key, value)| {
        let sum = held(value, def);
        let key = key.is(Kind::Atom).then(|| key.name())?;
        let reads = |it: Node| match it.kind() {
            Kind::Field => {
                let receiver = it.child(Role::Receiver);
                it.name() == key && receiver.is_some_and(|it| it.is_var(row))
            }
            Kind::Var => is_taken(it.name(), key, row, def),
            _ => false,
        };
        let derived = Derived {
            row,
            key,
            value,
            sum,
        };
        parts(sum).into_iter().any(reads).then_some(derived)
    })
}

/// What is added or subtracted.
fn parts(sum: Node) -> Vec<Node> {
    if matches!(sum.op(), Op::Plus | Op::Minus) {
        return sum.children().collect();
    }
    let adds = |it: &Call| {
        it.module()
            .is_some_and(|it| it == "Decimal" || it == "Money")
            && matches!(it.name(), "add" | "sub" | "subtract")
    };
    let call = Call::cast(sum).filter(adds);
    call.into_iter().flat_map(Call::arguments).collect()
}

/// What a variable is bound to in a function, if that happens once; other values as they are.
fn held<'t>(value: Node<'t>, def: Def<'t>) -> Node<'t> {
    if !value.is(Kind::Var) {
        return value;
    }
    let bindings = def.descendants().filter_map(Match::cast);
    let mut bindings = bindings.filter(|it| it.pattern().is_some_and(|it| it.is_var(value.name())));
    match (bindings.next().and_then(Match::value), bindings.next()) {
        (Some(bound), None) => bound,
        _ => value,
    }
}

/// Whether a pattern takes a variable out of the row: `%Account{balance: balance} = account`.
fn is_taken(variable: &str, key: &str, row: &str, def: Def) -> bool {
    let takes = |it: Node| it.value_of(key).is_some_and(|it| it.is_var(variable));
    let mut matches = def.descendants().filter(|it| it.is(Kind::Match));
    matches.any(|it| it.children().any(|it| it.is_var(row)) && it.children().any(takes))
}

/// Whether the row was written a moment ago by the same function, so that nobody else knows of it.
fn is_new(body: Body, row: &str) -> bool {
    let inserts = |it: Node| {
        let mut calls = it.subtree().filter_map(Call::cast);
        calls.any(|it| matches!(it.name(), "insert" | "insert!"))
    };
    body.descendants().any(|it| {
        let binds = |it: Node| it.subtree().any(|it| it.is_binding() && it.name() == row);
        (it.is(Kind::Match) || it.op() == Op::LeftArrow)
            && it.child(Role::Left).is_some_and(binds)
            && it.child(Role::Right).is_some_and(inserts)
    })
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
