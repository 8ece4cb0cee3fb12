use exlint_syntax::Fn;

use crate::prelude::*;

/// A row that was loaded without its primary key is updated or deleted.
///
/// `Repo.update/1` and `Repo.delete/1` find the row by its primary key. Of a row that was loaded with a `select` that
/// leaves it out, the key is `nil`, and they raise `Ecto.NoPrimaryKeyValueError`.
///
/// # Bad
///
/// ```elixir
/// def rename(email, name) do
///   user = Repo.one(from u in User, where: u.email == ^email, select: [:email, :name])
///   user |> Ecto.Changeset.change(name: name) |> Repo.update()
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def rename(email, name) do
///   user = Repo.one(from u in User, where: u.email == ^email, select: [:id, :email, :name])
///   user |> Ecto.Changeset.change(name: name) |> Repo.update()
/// end
/// ```
///
/// Only lists of fields that are written out are judged, as the whole `select` or in `struct/2`, and only where none of
/// them looks like a key: `:id`, `:uuid`, `:user_id`. The row has to be written in the function that loads it.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Ecto, confidence = Medium, scope = File)]
pub struct WriteToPartialRow {}

impl Rule for WriteToPartialRow {
    fn listen(on: &mut On<Self>) {
        on.matches(Self::check);
    }
}

impl WriteToPartialRow {
    fn check(&self, assignment: Match, cx: &mut Cx) {
        let (Some(row), Some(query)) = (assignment.pattern(), assignment.value()) else {
            return;
        };
        let Some(call) = Call::cast(last_of_pipe(query)).filter(|it| loads(*it)) else {
            return;
        };
        let Some(fields) = selected(query).filter(|_| row.is(Kind::Var)) else {
            return;
        };
        let Some(def) = assignment.enclosing::<Def>() else {
            return;
        };
        let mut rows = vec![row.name()];
        if call.name() == "all" {
            rows = elements(def, row.name());
        }
        let start = assignment.span().end;
        let written = def
            .descendants()
            .filter(|it| it.span().start >= start)
            .filter_map(Call::cast)
            .filter(|it| writes(*it))
            .find_map(|it| {
                let written = it.argument(0)?;
                let row = rows.iter().find(|row| is_of(written, row))?;
                Some((it, *row))
            });
        if let Some((write, row)) = written {
            let written = format!("Repo.{}", write.name());
            cx.report(
                write.name_span(),
                format!("`{written}` needs the primary key of `{row}`, which was not loaded",),
            )
            .label(fields, "these fields are loaded, and no key is among them")
            .label(call.name_span(), "the row comes from here")
            .help("select the primary key, too");
        }
    }
}

/// The variables that loops over `rows` hold each of them in: `Enum.each(rows, fn row -> ... end)`, `row <- rows`.
fn elements<'t>(def: Def<'t>, rows: &str) -> Vec<&'t str> {
    let names = def.descendants().filter_map(|it| {
        if it.op() == Op::LeftArrow {
            let is_over = it.child(Role::Right)?.is_var(rows);
            return it.child(Role::Left).filter(|_| is_over);
        }
        let call = Call::cast(it).filter(|it| it.module().is_some_and(|it| it == "Enum"))?;
        let function = call.arguments().find(|it| it.is(Kind::Fn))?;
        let is_over = call.argument(0)?.is_var(rows);
        let clause = Fn::cast(function).filter(|_| is_over)?.clauses().next()?;
        clause.head(0)
    });
    let names = names.filter(|it| it.is(Kind::Var));
    names.map(Node::name).collect()
}

fn last_of_pipe(node: Node<'_>) -> Node<'_> {
    match node.child(Role::Right) {
        Some(right) if node.is(Kind::Pipe) => right,
        _ => node,
    }
}

fn is_repo(call: Call) -> bool {
    call.module()
        .is_some_and(|it| it == "Repo" || it.ends_with(".Repo"))
}

fn loads(call: Call) -> bool {
    is_repo(call) && matches!(call.name(), "one" | "one!" | "all")
}

fn writes(call: Call) -> bool {
    is_repo(call) && matches!(call.name(), "update" | "update!" | "delete" | "delete!")
}

/// Whether what is written is the row, or a changeset of it: `change(row, ...)`, `row |> User.changeset(attrs)`.
fn is_of(written: Node, row: &str) -> bool {
    if written.is_var(row) {
        return true;
    }
    let Some(call) = Call::cast(last_of_pipe(written)) else {
        return false;
    };
    let is_changeset =
        matches!(call.name(), "change" | "cast") || call.name().contains("changeset");
    is_changeset && call.argument(0).is_some_and(|it| is_of(it, row))
}

/// The list of fields that a query selects, where no key is among them.
fn selected(query: Node<'_>) -> Option<Node<'_>> {
    let mut selects = query.subtree().filter_map(|it| match it.kind() {
        Kind::Pair => {
            let key = it.child(Role::Key)?;
            key.is_atom("select").then(|| it.child(Role::Value))?
        }
        Kind::Call if it.name() == "select" => Call::cast(it)?.arguments().last(),
        _ => None,
    });
    let select = selects.next()?;
    if selects.next().is_some() {
        return None;
    }
    let list = match Call::cast(select) {
        Some(call) if call.name() == "struct" => call.argument(1)?,
        Some(_) => return None,
        None => select,
    };
    let is_key = |it: &Node| {
        let name = it.name();
        name == "id" || name == "uuid" || name.ends_with("_id") || name.ends_with("_uuid")
    };
    let fields: Vec<_> = list.children().collect();
    let are_fields = list.is(Kind::List) && fields.iter().all(|it| it.is(Kind::Atom));
    (are_fields && !fields.is_empty() && !fields.iter().any(is_key)).then_some(list)
}
