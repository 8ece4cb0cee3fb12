use exlint_facts::Shape;
use exlint_project::{CallId, ClauseId, Target};

use crate::{
    app::{is_maintenance, production, repo_function, tell},
    prelude::*,
};

/// Loads a whole table, or all rows of a query, and counts or filters them in Elixir.
///
/// Every row is read, sent, decoded and kept in memory to answer a question that the database answers from an index.
/// It works in development and takes the node down once the table has grown.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Users do
///   alias Shop.{Repo, User}
///
///   def count, do: User |> Repo.all() |> Enum.count()
/// end
///
/// defmodule Shop.Repo do
///   use Ecto.Repo, otp_app: :shop, adapter: Ecto.Adapters.Postgres
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Users do
///   alias Shop.{Repo, User}
///
///   def count, do: Repo.aggregate(User, :count)
/// end
///
/// defmodule Shop.Repo do
///   use Ecto.Repo, otp_app: :shop, adapter: Ecto.Adapters.Postgres
/// end
/// ```
///
/// The rows may come straight from `Repo.all/1`; where they are counted, also from a function of the project whose
/// value they are. Silent where the rows are used for something else as well, where the query has a `limit` or groups
/// its rows, and where the function that filters calls functions of the project, which the database could not run.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Ecto, confidence = High, scope = Project)]
pub struct FilterAfterRepoAll {}

impl Rule for FilterAfterRepoAll {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// What the database does better, and the way to have it done.
const BETTER_IN_SQL: &[(&str, &str)] = &[
    ("count", "`Repo.aggregate(query, :count)`"),
    ("empty?", "`Repo.exists?(query)`"),
    ("any?", "`Repo.exists?(query)`"),
    ("filter", "a `where` in the query"),
    ("reject", "a `where` in the query"),
    ("find", "a `where` in the query and `Repo.one/1`"),
    ("sum", "`Repo.aggregate(query, :sum, :field)`"),
    ("max_by", "`order_by` and `limit: 1` in the query"),
    ("min_by", "`order_by` and `limit: 1` in the query"),
    ("take", "a `limit` in the query"),
    ("length", "`Repo.aggregate(query, :count)`"),
];

impl FilterAfterRepoAll {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for clause in production(project) {
            for (call, facts) in project.calls_of(clause) {
                let name = project.text(facts.name);
                let Some((_, better)) = BETTER_IN_SQL.iter().find(|(it, _)| *it == name) else {
                    continue;
                };
                let is_list_function = match project.external_module(call) {
                    Some("Enum") => true,
                    Some("Kernel") => name == "length",
                    _ => false,
                };
                let rows = facts.arguments.first();
                if is_list_function
                    && let Some(Shape::Call(index)) = rows
                    && !calls_own_code(project, call)
                {
                    let rows = CallId {
                        clause,
                        index: *index,
                    };
                    // What a function of a context gives is filtered where the function serves others as well.
                    let is_choice = matches!(name, "filter" | "reject" | "find");
                    if let Some(path) = all_rows(project, rows, 0)
                        && !(is_choice && path.len() > 1)
                        && !is_maintenance(project, clause)
                        && !path.iter().any(|it| is_limited(project, it.clause))
                    {
                        report(project, call, better, &path, cx);
                    }
                }
            }
        }
    }
}

/// The calls that lead to the `Repo.all/1` whose value `call` is.
fn all_rows(project: &Project, call: CallId, depth: usize) -> Option<Vec<CallId>> {
    if repo_function(project, call) == Some("all") {
        return Some(vec![call]);
    }
    let only = project.only_clause(call)?;
    let inner = (depth < 2).then(|| only_tail(project, only))??;
    let mut path = vec![call];
    path.extend(all_rows(project, inner, depth + 1)?);
    Some(path)
}

/// Whether a clause builds a query of few rows, or of groups.
fn is_limited(project: &Project, clause: ClauseId) -> bool {
    project.calls_of(clause).any(|(_, call)| {
        let options = call.arguments.last().map_or(&[][..], Shape::pairs);
        let keys = options.iter().map(|(key, _)| *key);
        std::iter::once(call.name)
            .chain(keys)
            .any(|it| matches!(project.text(it), "limit" | "group_by"))
    })
}

/// The call that gives a clause its value, where it is the only one.
fn only_tail(project: &Project, clause: ClauseId) -> Option<CallId> {
    let [tail] = project.code(clause).tails.as_slice() else {
        return None;
    };
    match project.value(clause, &tail.shape) {
        Shape::Call(index) => Some(CallId {
            clause,
            index: *index,
        }),
        _ => None,
    }
}

/// Whether the function given to `call` does something that SQL cannot: it calls functions of the project, or of
/// modules other than the plain data types.
fn calls_own_code(project: &Project, call: CallId) -> bool {
    let inside = |id: CallId| {
        let around = project.closures_around(id);
        around.iter().any(|it| it.given_to == Some(call))
    };
    project.calls_of(call.clause).any(|(id, facts)| {
        inside(id)
            && match project.target(id) {
                Target::External(module) => !matches!(
                    project.text(*module),
                    "Kernel"
                        | "Enum"
                        | "String"
                        | "Date"
                        | "DateTime"
                        | "NaiveDateTime"
                        | "Decimal"
                ),
                _ => facts.arity > 0,
            }
    })
}

fn report(project: &Project, call: CallId, better: &str, path: &[CallId], cx: &mut ProjectCx) {
    let at = project.at(call);
    let name = project.callee_text(call);
    let finding = cx.report(
        at.file,
        at.span,
        format!("`{name}` works on rows that are all loaded first"),
    );
    tell(finding, project, path, "loads every row of the query");
    finding.help(format!("let the database do it: {better}"));
}
