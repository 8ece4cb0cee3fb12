//! The tables that rules share (`[[sink]]`, ...), checked one row at a time.
//!
//! What a row may hold is known to the types in `exlint_project` alone. A row is tried; when its type rejects one
//! of its keys, that key is reported and the row is tried without it, so that every wrong key is found.
use std::ops::Range;

use exlint_project::Tables;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::names::{nearest, suggestion};

/// What does not fit, and where in the file.
#[derive(Debug)]
pub(crate) struct Misfit {
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

/// The names of the tables.
pub(crate) fn names() -> Vec<String> {
    let tables =
        toml::Table::try_from(Tables::default()).expect("tables are written as a TOML table");
    tables.into_iter().map(|(name, _)| name).collect()
}

/// The value of the table `name`, when each of its rows fits.
pub(crate) fn check(name: &str, value: &Spanned<DeValue>) -> Result<toml::Table, Vec<Misfit>> {
    let mut misfits = Vec::new();
    match value.get_ref() {
        DeValue::Array(rows) => {
            for row in rows.iter() {
                check_row(row, &mut misfits, |row| {
                    let rows = DeArray::from_iter([row.clone()]);
                    one(name, &Spanned::new(value.span(), DeValue::Array(rows)))
                });
            }
        }
        _ => check_row(value, &mut misfits, |value| one(name, value)),
    }
    if !misfits.is_empty() {
        return Err(misfits);
    }
    let table = toml::Table::deserialize(toml::Deserializer::from(one(name, value)));
    table.map_err(|error| vec![misfit(value.span(), error.message())])
}

/// `later` laid over `earlier`: rows of lists are appended, keys of tables replaced.
pub(crate) fn merge(earlier: &mut toml::Table, later: toml::Table) {
    for (key, value) in later {
        match (earlier.get_mut(&key), value) {
            (Some(toml::Value::Array(rows)), toml::Value::Array(more)) => rows.extend(more),
            (Some(toml::Value::Table(table)), toml::Value::Table(more)) => merge(table, more),
            (_, value) => {
                earlier.insert(key, value);
            }
        }
    }
}

/// A document of one key.
pub(crate) fn one<'i>(name: &str, value: &Spanned<DeValue<'i>>) -> Spanned<DeTable<'i>> {
    let mut table = DeTable::new();
    table.insert(
        Spanned::new(value.span(), name.to_owned().into()),
        value.clone(),
    );
    Spanned::new(value.span(), table)
}

fn check_row<'i>(
    row: &Spanned<DeValue<'i>>,
    misfits: &mut Vec<Misfit>,
    document: impl Fn(&Spanned<DeValue<'i>>) -> Spanned<DeTable<'i>>,
) {
    let mut row = row.clone();
    let before = misfits.len();
    while let Err(error) = Tables::deserialize(toml::Deserializer::from(document(&row))) {
        let span = error.span().unwrap_or(row.span());
        let wrong = remove_at(&mut row, &span);
        // A key that was taken away may be the misspelt one that the row then lacks.
        if wrong || misfits.len() == before {
            misfits.push(misfit(span, error.message()));
        }
        if !wrong {
            return;
        }
    }
}

/// Takes the key that stands at `span`, or whose value does, out of the row.
fn remove_at(row: &mut Spanned<DeValue>, span: &Range<usize>) -> bool {
    let DeValue::Table(table) = row.get_mut() else {
        return false;
    };
    let holds = |place: Range<usize>| place.start <= span.start && span.end <= place.end;
    let wrong = table
        .iter()
        .find(|(key, value)| holds(key.span()) || holds(value.span()));
    let Some(wrong) = wrong.map(|(key, _)| key.clone()) else {
        return false;
    };
    table.remove(&wrong).is_some()
}

/// Puts serde's words into ours.
fn misfit(span: Range<usize>, message: &str) -> Misfit {
    let (problem, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    let known = quoted(expected);
    let wrong = quoted(problem).first().copied().unwrap_or_default();
    if problem.starts_with("unknown field") {
        let help = suggestion(wrong, known);
        return Misfit {
            span,
            message: format!("unknown key `{wrong}`"),
            help,
        };
    }
    if problem.starts_with("unknown variant") {
        let near = nearest(wrong, known.iter().copied());
        let help = near.map(|near| format!("did you mean `{near}`?"));
        return Misfit {
            span,
            message: format!("unknown value `{wrong}`, expected {expected}"),
            help,
        };
    }
    Misfit {
        span,
        message: message.replace("missing field", "missing key"),
        help: None,
    }
}

/// The names that stand in backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}
