//! The database as the migrations make it: tables, columns, indexes and constraints, as far as they are written out.
use exlint_facts::{CallFacts, Name, Shape};
use exlint_findings::Span;
use exlint_project::{At, ClauseId, ModuleId, Project};
use rustc_hash::FxHashMap;

#[derive(Default)]
pub(super) struct Database {
    pub tables: FxHashMap<String, Table>,
    /// The SQL that migrations run; of long statements the beginning.
    statements: Vec<String>,
    /// Whether some SQL is not known.
    pub has_unknown_sql: bool,
    /// Whether some unique index is made on a table that is not known.
    pub has_stray_indexes: bool,
    /// Whether some columns are added to a table that is there and not known.
    pub has_stray_columns: bool,
}

/// What the migrations say of one table.
#[derive(Default)]
pub(super) struct Table {
    /// Where it is created.
    pub created: Option<At>,
    pub columns: FxHashMap<String, Column>,
    /// Whether its columns are not all known.
    pub has_other_columns: bool,
    pub indexes: Vec<Index>,
    /// The names of constraints that are no indexes.
    pub constraints: Vec<String>,
    /// Whether its indexes and constraints are not all known.
    pub is_unsure: bool,
}

pub(super) struct Column {
    pub at: At,
    /// Where a later migration removes it.
    pub removed: Option<At>,
    pub reference: Option<Reference>,
    pub is_primary: bool,
}

/// A foreign key.
pub(super) struct Reference {
    /// The name of its constraint; `None` where that is computed.
    pub name: Option<String>,
    pub table: Option<String>,
    /// What becomes of the row when the other one is deleted.
    pub on_delete: Option<String>,
}

pub(super) struct Index {
    pub columns: Vec<String>,
    pub name: Option<String>,
    pub is_unique: bool,
}

impl Index {
    /// Its name, or the one that Ecto gives it.
    pub fn name_on(&self, table: &str) -> String {
        match &self.name {
            Some(name) => name.clone(),
            None => format!("{table}_{}_index", self.columns.join("_")),
        }
    }

    /// Whether its columns are names, not expressions.
    pub fn is_plain(&self) -> bool {
        let is_name = |it: &String| it.chars().all(|c| c.is_alphanumeric() || c == '_');
        self.columns.iter().all(is_name)
    }
}

/// How statements begin that change no index and no constraint.
const OF_ROWS: &[&str] = &[
    "update",
    "insert",
    "delete",
    "select",
    "with",
    "create extension",
    "drop extension",
    "create type",
    "alter type",
    "drop type",
];

/// How statements begin that add and remove no column.
const OF_NO_COLUMN: &[&str] = &[
    "update",
    "insert",
    "delete",
    "select",
    "with",
    "create extension",
    "drop extension",
    "create type",
    "alter type",
    "drop type",
    "create index",
    "create unique index",
    "drop index",
    "create function",
    "create or replace function",
    "drop function",
    "create view",
    "create or replace view",
    "create materialized view",
    "drop view",
    "drop materialized view",
    "refresh materialized view",
    "create trigger",
    "create or replace trigger",
    "drop trigger",
    "comment on",
    "grant",
    "revoke",
    "create schema",
    "drop schema",
    "create sequence",
    "alter sequence",
    "create policy",
    "create operator",
    "create temporary table",
    "drop sequence",
    "alter index",
    "alter function",
    "truncate",
    "set",
];

/// What may stand in `create table` and `alter table` without adding columns.
const OF_COLUMNS: &[&str] = &[
    "add",
    "add_if_not_exists",
    "remove",
    "remove_if_exists",
    "modify",
    "timestamps",
    "references",
    "fragment",
    "table",
];

/// The text of a string or atom.
pub(super) fn text(project: &Project, shape: &Shape) -> Option<String> {
    match shape {
        Shape::String(name) | Shape::Atom(name) => Some(project.text(*name).to_owned()),
        _ => None,
    }
}

/// A column, or a list of columns; `None` where one is computed.
pub(super) fn columns(project: &Project, shape: &Shape) -> Option<Vec<String>> {
    match shape {
        Shape::List(elements) => elements.iter().map(|it| text(project, it)).collect(),
        shape => Some(vec![text(project, shape)?]),
    }
}

/// The value of an option among the last argument of a call.
pub(super) fn option<'c>(project: &Project, call: &'c CallFacts, key: &str) -> Option<&'c Shape> {
    call.arguments.last()?.get(project.name(key)?)
}

fn is_true(project: &Project, shape: Option<&Shape>) -> bool {
    matches!(shape, Some(Shape::Atom(it)) if project.is(*it, "true"))
}

impl Database {
    pub fn of(project: &Project) -> Self {
        let mut migrations: Vec<(ModuleId, &str)> = project
            .modules()
            .filter(|it| project.implements(*it, "Ecto.Migration"))
            .map(|it| (it, project.file(project.file_of_module(it)).path.as_str()))
            .collect();
        // In the order in which they run.
        migrations.sort_by_key(|(_, path)| path.rsplit('/').next());
        let mut database = Self::default();
        for (module, _) in migrations {
            // The way back is not the way to the tables there are.
            let forth = project
                .functions_of(module)
                .filter(|it| !project.is(project.function(*it).name, "down"));
            for clause in forth.flat_map(|it| project.clauses_of(it)) {
                let mut reader = Reader {
                    project,
                    clause,
                    database: &mut database,
                    block: None,
                };
                for call in &project.code(clause).calls {
                    reader.step(call);
                }
            }
        }
        database
    }

    /// Whether SQL may have changed indexes or constraints of a table; long statements are not known to their end.
    pub fn is_changed_by_sql(&self, table: &str) -> bool {
        self.statements.iter().any(|it| match subject(it) {
            Some(changed) => changed == table,
            None => {
                !OF_ROWS.iter().any(|word| it.starts_with(word))
                    && (it.contains(table) || it.len() >= 70)
            }
        })
    }

    /// Whether SQL may have changed the columns of a table.
    pub fn has_columns_from_sql(&self, table: &str) -> bool {
        self.statements.iter().any(|it| {
            !OF_NO_COLUMN.iter().any(|verb| it.starts_with(verb))
                && subject(it).is_none_or(|it| it == table)
        })
    }
}

/// The table that a statement changes: `alter table`, `create table`, `create index ... on`.
fn subject(statement: &str) -> Option<&str> {
    let mut words = statement.split([' ', '(']).filter(|it| !it.is_empty());
    let begins = |verbs: &[&str]| verbs.iter().any(|it| statement.starts_with(it));
    if begins(&["create index", "create unique index"]) {
        words.find(|it| *it == "on")?;
    } else if begins(&["alter table", "create table", "drop table"]) {
        words.next();
        words.next();
    } else {
        return None;
    }
    let is_noise = |it: &&str| matches!(*it, "if" | "not" | "exists" | "only");
    let name = words.find(|it| !is_noise(it))?;
    let name = name.rsplit('.').next()?.trim_matches(['"', '`', ';']);
    let is_name = !name.is_empty() && name.chars().all(|it| it.is_alphanumeric() || it == '_');
    is_name.then_some(name)
}

struct Reader<'p, 'd> {
    project: &'p Project,
    clause: ClauseId,
    database: &'d mut Database,
    block: Option<Block>,
}

/// `create table` or `alter table` with its columns.
struct Block {
    span: Span,
    /// The table, if it is known.
    table: Option<String>,
    /// Whether it creates the table.
    is_new: bool,
}

impl<'p> Reader<'p, '_> {
    fn argument<'c>(&self, call: &'c CallFacts, nth: usize) -> Option<&'c Shape>
    where
        'p: 'c,
    {
        call.arguments
            .get(nth)
            .map(|it| self.project.value(self.clause, it))
    }

    fn at(&self, call: &CallFacts) -> At {
        At {
            file: self.project.file_of(self.clause),
            span: call.span,
        }
    }

    /// The call that made a value: `table(:users)`.
    fn made(&self, shape: Option<&Shape>) -> Option<&'p CallFacts> {
        match shape {
            Some(Shape::Call(index)) => self.project.code(self.clause).calls.get(*index as usize),
            _ => None,
        }
    }

    fn step(&mut self, call: &'p CallFacts) {
        if self
            .block
            .as_ref()
            .is_some_and(|it| !it.span.contains(call.span))
        {
            self.block = None;
        }
        match self.project.text(call.name) {
            "execute" | "query" | "query!" => self.statement(call),
            "rename" => self.rename(call),
            "drop" | "drop_if_exists" => self.drop(call),
            "create" | "create_if_not_exists" => self.create(call),
            "alter" => {
                let table = self.made(self.argument(call, 0));
                self.open(call, table, false);
            }
            "add" | "add_if_not_exists" | "modify" => self.column(call),
            "remove" | "remove_if_exists" => self.remove(call),
            name if !OF_COLUMNS.contains(&name) => {
                // It may add columns.
                if let Some(table) = self.table_of_block() {
                    table.has_other_columns = true;
                }
            }
            _ => {}
        }
    }

    /// The SQL of the way forth.
    fn statement(&mut self, call: &'p CallFacts) {
        match self.argument(call, 0) {
            Some(shape @ (Shape::String(text) | Shape::Prefix(text))) => {
                let words: Vec<&str> = self.project.text(*text).split_whitespace().collect();
                match (words.is_empty(), shape) {
                    (true, Shape::Prefix(_)) => self.database.has_unknown_sql = true,
                    (true, _) => {}
                    _ => self
                        .database
                        .statements
                        .push(words.join(" ").to_lowercase()),
                }
            }
            Some(Shape::Unknown | Shape::Variable(_) | Shape::Parameter(_) | Shape::Call(_)) => {
                self.database.has_unknown_sql = true;
            }
            _ => {}
        }
    }

    fn table(&mut self, shape: Option<&Shape>) -> Option<&mut Table> {
        let made = self.made(shape)?;
        let name = text(self.project, self.argument(made, 0)?)?;
        Some(self.database.tables.entry(name).or_default())
    }

    fn rename(&mut self, call: &'p CallFacts) {
        let at = self.at(call);
        let to = option(self.project, call, "to");
        let column = self.argument(call, 1).and_then(|it| text(self.project, it));
        let new = to.and_then(|it| text(self.project, it));
        let other = self.table(to.map(|it| self.project.value(self.clause, it)));
        if let Some(other) = other {
            other.is_unsure = true;
            other.has_other_columns = true;
        }
        let Some(table) = self.table(self.argument(call, 0)) else {
            return;
        };
        table.is_unsure = true;
        match (column, new) {
            (Some(column), Some(new)) => {
                if let Some(column) = table.columns.get_mut(&column) {
                    column.removed = Some(at);
                }
                table.columns.insert(new, Column::plain(at));
            }
            _ => table.has_other_columns = true,
        }
    }

    fn drop(&mut self, call: &'p CallFacts) {
        let is_table = self
            .made(self.argument(call, 0))
            .is_some_and(|it| self.project.is(it.name, "table"));
        if let Some(table) = self.table(self.argument(call, 0)) {
            table.is_unsure = true;
            table.has_other_columns |= is_table;
        }
    }

    /// `create table(...) do`, `alter table(...) do`.
    fn open(&mut self, call: &'p CallFacts, table: Option<&'p CallFacts>, is_new: bool) {
        let table = table
            .and_then(|it| self.argument(it, 0))
            .and_then(|it| text(self.project, it));
        self.block = Some(Block {
            span: call.span,
            table,
            is_new,
        });
    }

    fn create(&mut self, call: &'p CallFacts) {
        let Some(made) = self.made(self.argument(call, 0)) else {
            return;
        };
        let is_table = self.project.is(made.name, "table");
        let at = self.at(call);
        let Some(name) = self.argument(made, 0).and_then(|it| text(self.project, it)) else {
            if is_table {
                self.open(call, Some(made), true);
            } else {
                self.database.has_stray_indexes |= is_unique(self.project, made);
            }
            return;
        };
        let index = self.index(made);
        let constraint = self.argument(made, 1).and_then(|it| text(self.project, it));
        let table = self.database.tables.entry(name).or_default();
        match (self.project.text(made.name), index, constraint) {
            ("table", ..) => table.created = table.created.or(Some(at)),
            ("constraint", _, Some(name)) => table.constraints.push(name),
            ("index" | "unique_index", Some(index), _) => table.indexes.push(index),
            _ => table.is_unsure = true,
        }
        if is_table {
            self.open(call, Some(made), true);
        }
    }

    /// The index that `index(...)` or `unique_index(...)` describes, if its columns and name are written out.
    fn index(&self, made: &'p CallFacts) -> Option<Index> {
        let columns = columns(self.project, self.argument(made, 1)?)?;
        let name = match option(self.project, made, "name") {
            Some(name) => Some(text(self.project, name)?),
            None => None,
        };
        Some(Index {
            columns,
            name,
            is_unique: is_unique(self.project, made),
        })
    }

    fn table_of_block(&mut self) -> Option<&mut Table> {
        let name = self.block.as_ref()?.table.clone()?;
        Some(self.database.tables.entry(name).or_default())
    }

    fn column(&mut self, call: &'p CallFacts) {
        let at = self.at(call);
        let name = self.argument(call, 0).and_then(|it| text(self.project, it));
        let mut reference = self.reference(call);
        let is_primary = is_true(self.project, option(self.project, call, "primary_key"));
        let check = option(self.project, call, "check")
            .and_then(|it| it.get(self.project.name("name")?))
            .and_then(|it| text(self.project, it));
        let is_modify = self.project.is(call.name, "modify");
        let table_name = self.block.as_ref().and_then(|it| it.table.clone());
        let is_new = self.block.as_ref().is_some_and(|it| it.is_new);
        let Some(table) = self.table_of_block() else {
            self.database.has_stray_columns |= !is_new;
            return;
        };
        table.constraints.extend(check);
        let Some(name) = name else {
            table.has_other_columns = true;
            return;
        };
        if let Some(reference) = &mut reference
            && reference.name.as_deref() == Some("")
        {
            reference.name = table_name.map(|table| format!("{table}_{name}_fkey"));
        }
        match table.columns.get_mut(&name) {
            Some(column) if is_modify => {
                if reference.is_some() {
                    column.reference = reference;
                }
            }
            None if is_modify => table.has_other_columns = true,
            _ => {
                let column = Column {
                    at,
                    removed: None,
                    reference,
                    is_primary,
                };
                table.columns.insert(name, column);
            }
        }
    }

    /// What `references(...)` says; an empty name stands for the one that Ecto gives.
    fn reference(&self, call: &'p CallFacts) -> Option<Reference> {
        let made = self.made(self.argument(call, 1))?;
        if !self.project.is(made.name, "references") {
            return None;
        }
        let of = |key: &str| option(self.project, made, key);
        Some(Reference {
            name: match of("name") {
                Some(name) => text(self.project, name),
                None => Some(String::new()),
            },
            table: self.argument(made, 0).and_then(|it| text(self.project, it)),
            on_delete: of("on_delete").and_then(|it| text(self.project, it)),
        })
    }

    fn remove(&mut self, call: &'p CallFacts) {
        let at = self.at(call);
        let name = self.argument(call, 0).and_then(|it| text(self.project, it));
        let Some(table) = self.table_of_block() else {
            return;
        };
        match name.and_then(|it| table.columns.get_mut(&it)) {
            Some(column) => column.removed = Some(at),
            None => table.has_other_columns = true,
        }
    }
}

impl Column {
    fn plain(at: At) -> Self {
        Self {
            at,
            removed: None,
            reference: None,
            is_primary: false,
        }
    }
}

fn is_unique(project: &Project, made: &CallFacts) -> bool {
    project.is(made.name, "unique_index") || is_true(project, option(project, made, "unique"))
}

/// A field of a schema that has a column.
pub(super) struct Field {
    pub name: Name,
    pub column: String,
    pub span: Span,
    /// Whether it is the key of a `belongs_to`.
    pub is_key: bool,
}

/// The table of a schema and its fields with columns; `None` for what is no schema of a table.
pub(super) fn schema(project: &Project, module: ModuleId) -> Option<(String, Vec<Field>)> {
    let calls = &project.module(module).body.calls;
    let schema = calls.iter().find(|it| project.is(it.name, "schema"))?;
    let table = text(project, schema.arguments.first()?)?;
    let inside = calls
        .iter()
        .filter(|it| it.span != schema.span && schema.span.contains(it.span));
    let embeds: Vec<Span> = inside
        .clone()
        .filter(|it| matches!(project.text(it.name), "embeds_one" | "embeds_many"))
        .map(|it| it.span)
        .collect();
    // Fields of embedded schemas are parts of one column.
    let own = inside.filter(|it| {
        let mut around = embeds.iter();
        !around.any(|embed| *embed != it.span && embed.contains(it.span))
    });
    let fields = own.filter_map(|it| field(project, it)).collect();
    Some((table, fields))
}

fn field(project: &Project, call: &CallFacts) -> Option<Field> {
    let name = call.arguments.first()?.atom()?;
    let of = |key: &str| option(project, call, key);
    let column = match project.text(call.name) {
        "field" if of("virtual").is_some() => return None,
        "field" | "embeds_one" | "embeds_many" => match of("source") {
            Some(source) => text(project, source)?,
            None => project.text(name).to_owned(),
        },
        "belongs_to" if of("define_field").is_some() => return None,
        "belongs_to" => match of("foreign_key") {
            Some(key) => text(project, key)?,
            None => format!("{}_id", project.text(name)),
        },
        _ => return None,
    };
    Some(Field {
        name,
        column,
        span: call.span,
        is_key: project.is(call.name, "belongs_to"),
    })
}
