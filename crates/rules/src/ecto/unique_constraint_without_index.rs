use exlint_facts::{CallFacts, Name, Shape};
use exlint_project::{CallId, ClauseId, ModuleId};
use rustc_hash::FxHashMap;

use crate::prelude::*;

/// `unique_constraint` waits for an error that the database never raises, or that goes by another name.
///
/// The check is the database's: `unique_constraint/3` only turns the violation of a unique index into an error of the
/// changeset, and finds it by the name of the index. Without such an index two rows with the same value are simply
/// inserted; with an index of another name, `Repo.insert/1` raises `Ecto.ConstraintError` and the user sees a crash.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.User do
///   use Ecto.Schema
///
///   schema "users" do
///     field :email, :string
///   end
///
///   def changeset(user, attrs), do: user |> cast(attrs, [:email]) |> unique_constraint(:email)
/// end
///
/// defmodule Shop.Repo.Migrations.CreateUsers do
///   use Ecto.Migration
///
///   def change do
///     create table(:users) do
///       add :email, :string
///     end
///
///     create index(:users, [:email])
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.User do
///   use Ecto.Schema
///
///   schema "users" do
///     field :email, :string
///   end
///
///   def changeset(user, attrs), do: user |> cast(attrs, [:email]) |> unique_constraint(:email)
/// end
///
/// defmodule Shop.Repo.Migrations.CreateUsers do
///   use Ecto.Migration
///
///   def change do
///     create table(:users) do
///       add :email, :string
///     end
///
///     create unique_index(:users, [:email])
///   end
/// end
/// ```
///
/// Only tables that a migration creates are judged. Silent where a migration does anything to the table's indexes that
/// is not written out: SQL of its own, renamed tables or indexes, computed names.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Ecto, confidence = High, scope = Project)]
pub struct UniqueConstraintWithoutIndex {}

impl Rule for UniqueConstraintWithoutIndex {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// What the migrations say of one table.
#[derive(Default)]
struct Table {
    is_created: bool,
    /// Whether its indexes are not all known.
    is_unsure: bool,
    indexes: Vec<Index>,
}

struct Index {
    columns: Vec<String>,
    name: Option<String>,
}

#[derive(Default)]
struct Database {
    tables: FxHashMap<String, Table>,
    /// The SQL that migrations run.
    statements: Vec<String>,
    /// Whether some SQL is not known.
    is_unsure: bool,
}

/// How statements begin that make no index.
const OF_ROWS: &[&str] = &[
    "update ",
    "insert ",
    "delete ",
    "select ",
    "create extension",
    "drop extension",
    "create type",
    "alter type",
    "drop type",
];

impl UniqueConstraintWithoutIndex {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let Some(constraint) = project.name("unique_constraint") else {
            return;
        };
        let database = Database::of(project);
        if database.is_unsure {
            return;
        }
        for module in project.modules() {
            if !cx.covers(project.role_of_module(module)) {
                continue;
            }
            let Some(table) = table_of(project, module) else {
                continue;
            };
            for clause in project
                .functions_of(module)
                .flat_map(|it| project.clauses_of(it))
            {
                for (call, facts) in project.calls_of(clause) {
                    if facts.name == constraint && !facts.is_capture {
                        database.check(project, &table, call, facts, cx);
                    }
                }
            }
        }
    }
}

/// The table of a schema, unless some of its fields have columns of other names.
fn table_of(project: &Project, module: ModuleId) -> Option<String> {
    let body = &project.module(module).body;
    let source = project.name("source");
    let renames = body.calls.iter().any(|call| {
        let options = call.arguments.last();
        project.is(call.name, "field")
            && source.is_some_and(|key| options.is_some_and(|it| it.get(key).is_some()))
    });
    if renames {
        return None;
    }
    let schema = body.calls.iter().find(|it| project.is(it.name, "schema"))?;
    text(project, schema.arguments.first()?)
}

/// The text of a string or atom.
fn text(project: &Project, shape: &Shape) -> Option<String> {
    match shape {
        Shape::String(name) | Shape::Atom(name) => Some(project.text(*name).to_owned()),
        _ => None,
    }
}

/// A column, or a list of columns; `None` where one is computed.
fn columns(project: &Project, shape: &Shape) -> Option<Vec<String>> {
    match shape {
        Shape::List(elements) => elements.iter().map(|it| text(project, it)).collect(),
        shape => Some(vec![text(project, shape)?]),
    }
}

impl Database {
    fn of(project: &Project) -> Self {
        let mut database = Self::default();
        for module in project.modules() {
            if !project.implements(module, "Ecto.Migration") {
                continue;
            }
            // The way back is not the way to the tables there are.
            let forth = project
                .functions_of(module)
                .filter(|it| !project.is(project.function(*it).name, "down"));
            for clause in forth.flat_map(|it| project.clauses_of(it)) {
                for (_, facts) in project.calls_of(clause) {
                    database.step(project, clause, facts);
                }
            }
        }
        database
    }

    fn step(&mut self, project: &Project, clause: ClauseId, facts: &CallFacts) {
        let argument = |nth: usize| facts.arguments.get(nth).map(|it| project.value(clause, it));
        match project.text(facts.name) {
            "execute" | "query" | "query!" => {
                let is_query = project.text(facts.name) != "execute";
                let statements = facts.arguments.iter().take(if is_query { 1 } else { 2 });
                for shape in statements.map(|it| project.value(clause, it)) {
                    match shape {
                        Shape::String(text) | Shape::Prefix(text) => {
                            let text = project.text(*text).trim_start().to_lowercase();
                            self.is_unsure |= text.is_empty();
                            self.statements.push(text);
                        }
                        Shape::Unknown | Shape::Variable(_) | Shape::Parameter(_) => {
                            self.is_unsure = true;
                        }
                        _ => {}
                    }
                }
            }
            "rename" | "drop" | "drop_if_exists" => {
                for shape in facts.arguments.iter().map(|it| project.value(clause, it)) {
                    if let Some(table) = table_in(project, clause, shape) {
                        self.tables.entry(table).or_default().is_unsure = true;
                    }
                }
            }
            "create" | "create_if_not_exists" => {
                if let Some(Shape::Call(made)) = argument(0) {
                    self.create(project, clause, &project.code(clause).calls[*made as usize]);
                }
            }
            _ => {}
        }
    }

    fn create(&mut self, project: &Project, clause: ClauseId, made: &CallFacts) {
        let argument = |nth: usize| made.arguments.get(nth).map(|it| project.value(clause, it));
        let Some(table) = argument(0).and_then(|it| text(project, it)) else {
            self.is_unsure |= project.text(made.name) != "table" && is_unique(project, made);
            return;
        };
        let table = self.tables.entry(table).or_default();
        let option = |key: &str| {
            let key = project.name(key)?;
            made.arguments.last()?.get(key)
        };
        match project.text(made.name) {
            "table" => table.is_created = true,
            "constraint" => {}
            "index" | "unique_index" => {
                if !is_unique(project, made) {
                    return;
                }
                let name = option("name");
                let columns = argument(1).and_then(|it| columns(project, it));
                match (columns, name, name.and_then(|it| text(project, it))) {
                    (Some(_), Some(_), None) | (None, ..) => table.is_unsure = true,
                    (Some(columns), _, name) => table.indexes.push(Index { columns, name }),
                }
            }
            _ => table.is_unsure = true,
        }
    }

    fn check(
        &self,
        project: &Project,
        table: &str,
        call: CallId,
        facts: &CallFacts,
        cx: &mut ProjectCx,
    ) {
        let Some(known) = self
            .tables
            .get(table)
            .filter(|it| it.is_created && !it.is_unsure)
        else {
            return;
        };
        // What SQL does to a table may well be to its indexes; long statements are not known to their end.
        let mentioned = |it: &String| {
            !OF_ROWS.iter().any(|word| it.starts_with(word))
                && (it.contains(table) || it.len() >= 70)
        };
        if self.statements.iter().any(mentioned) {
            return;
        }
        let argument = |nth: usize| {
            facts
                .arguments
                .get(nth)
                .map(|it| project.value(call.clause, it))
        };
        let Some(fields) = argument(1).and_then(|it| columns(project, it)) else {
            return;
        };
        let Some(expected) = expected_name(project, table, &fields, argument(2)) else {
            return;
        };
        let names: Vec<String> = known.indexes.iter().map(|it| it.name_on(table)).collect();
        let plain = |it: &Index| {
            it.columns
                .iter()
                .all(|it| it.chars().all(|c| c.is_alphanumeric() || c == '_'))
        };
        if names.contains(&expected)
            || known
                .indexes
                .iter()
                .any(|it| it.name.is_none() && !plain(it))
        {
            return;
        }
        let covering = known.indexes.iter().position(|it| {
            fields
                .iter()
                .all(|field| it.columns.iter().any(|it| it.contains(field.as_str())))
        });
        let at = project.at(call);
        match covering.and_then(|it| names.get(it)) {
            Some(other) => {
                cx.report(
                    at.file,
                    at.span,
                    format!("the unique index of `{table}` is called `{other}`, and this waits for `{expected}`"),
                )
                .help(format!("name it: `unique_constraint(..., name: :{other})`"));
            }
            None => {
                cx.report(
                    at.file,
                    at.span,
                    format!("no migration makes the unique index `{expected}` that this waits for"),
                )
                .help(format!(
                    "create it: `create unique_index(:{table}, [{}])`",
                    fields
                        .iter()
                        .map(|it| format!(":{it}"))
                        .collect::<Vec<_>>()
                        .join(", ")
                ));
            }
        }
    }
}

fn is_unique(project: &Project, made: &CallFacts) -> bool {
    let option = project
        .name("unique")
        .and_then(|key| made.arguments.last()?.get(key));
    let says_so = |it: &Shape| matches!(it, Shape::Atom(it) if project.is(*it, "true"));
    project.is(made.name, "unique_index") || option.is_some_and(says_so)
}

impl Index {
    /// Its name, or the one that Ecto gives it.
    fn name_on(&self, table: &str) -> String {
        match &self.name {
            Some(name) => name.clone(),
            None => format!("{table}_{}_index", self.columns.join("_")),
        }
    }
}

/// The name of the constraint that a changeset waits for; `None` where it is not known.
fn expected_name(
    project: &Project,
    table: &str,
    fields: &[String],
    options: Option<&Shape>,
) -> Option<String> {
    let given = |key: &str| {
        let key: Name = project.name(key)?;
        options?.get(key)
    };
    if given("match").is_some() || options.is_some_and(|it| !matches!(it, Shape::Keywords(_))) {
        return None;
    }
    let name = match given("name") {
        Some(name) => text(project, name)?,
        None => format!("{table}_{}_index", fields.join("_")),
    };
    // The database cuts longer names.
    (name.len() <= 63 && !name.ends_with("_pkey") && name != "PRIMARY").then_some(name)
}

/// The table of `table(:users)`, `index(:users, ...)` given to another call.
fn table_in(project: &Project, clause: ClauseId, shape: &Shape) -> Option<String> {
    let Shape::Call(index) = shape else {
        return None;
    };
    let made = &project.code(clause).calls[*index as usize];
    text(project, project.value(clause, made.arguments.first()?))
}
