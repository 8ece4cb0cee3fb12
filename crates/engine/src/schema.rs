//! The JSON Schema of `exlint.toml`.
//!
//! What a rule's option or a row of a shared table may be is known to its Rust type alone. The schema is made by
//! asking the parser: it is given one value of each kind, and what it takes is what the schema says.
use exlint_project::Tables;
use exlint_rules::Meta;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::config::{FailOn, KEYS, OVERRIDE_KEYS};
use crate::names::Catalogue;
use crate::rows;

/// How the parser begins to say that a row lacks a key.
const MISSING: &str = "missing field";

/// The JSON Schema of `exlint.toml`: draft 2020-12.
pub fn schema() -> Value {
    of(&Catalogue::shipped())
}

pub(crate) fn of(catalogue: &Catalogue) -> Value {
    let mut properties: Map<String, Value> = KEYS
        .iter()
        .map(|key| ((*key).to_owned(), key_schema(key)))
        .collect();
    for table in rows::names() {
        let schema = table_schema(&table);
        properties.insert(table, schema);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "exlint.toml",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "$defs": {
            "names": {"type": "array", "items": {"enum": catalogue.selector_names().collect::<Vec<_>>()}},
            "globs": {"type": "array", "items": {"type": "string"}},
            "level": {"enum": ["off", "info", "warning", "error"]},
            "rules": rules(catalogue),
        },
    })
}

fn key_schema(key: &str) -> Value {
    let described = |reference: &str, description: &str| json!({"$ref": format!("#/$defs/{reference}"), "description": description});
    match key {
        "select" => described(
            "names",
            "Rules, families, `recommended` or `all` to run; `recommended` unless set",
        ),
        "ignore" => described("names", "Rules and families to leave out"),
        "include" => described("globs", "Check only these files, written as in .gitignore"),
        "exclude" => described("globs", "Leave out these files, written as in .gitignore"),
        "rules" => described("rules", "Level and options of each rule"),
        "extends" => json!({
            "description": "Files to begin with, relative to this one",
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        }),
        "fail-on" => json!({
            "description": "The least level of a finding that makes a run fail",
            "enum": FailOn::NAMES,
        }),
        "override" => json!({
            "description": "Rules set otherwise for some files",
            "type": "array",
            "items": override_schema(),
        }),
        _ => json!({}),
    }
}

fn override_schema() -> Value {
    let properties: Map<String, Value> = OVERRIDE_KEYS
        .iter()
        .map(|key| {
            let schema = match *key {
                "paths" => json!({"$ref": "#/$defs/globs"}),
                key => key_schema(key),
            };
            ((*key).to_owned(), schema)
        })
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": ["paths"],
        "additionalProperties": false,
    })
}

fn rules(catalogue: &Catalogue) -> Value {
    let rules: Map<String, Value> = catalogue
        .rules()
        .iter()
        .map(|meta| (meta.name.to_owned(), rule(catalogue, meta)))
        .collect();
    json!({"type": "object", "properties": rules, "additionalProperties": false})
}

fn rule(catalogue: &Catalogue, meta: &Meta) -> Value {
    let mut properties = Map::new();
    properties.insert("level".to_owned(), json!({"$ref": "#/$defs/level"}));
    for option in meta.options {
        let accepts = |value: &Probe| {
            let mut options = toml::Table::new();
            options.insert(option.name.to_owned(), value.toml());
            let checked = catalogue.check_options(meta.name, options);
            checked.map_err(|error| error.message().to_owned())
        };
        let mut schema = probed(&accepts);
        if let Some(object) = schema.as_object_mut() {
            object.insert("description".to_owned(), option.docs.trim().into());
        }
        properties.insert(option.name.to_owned(), schema);
    }
    json!({
        "description": meta.summary(),
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

/// A list of rows, a list of texts, or whatever else the table of this name is.
fn table_schema(name: &str) -> Value {
    let accepts = |value: &Probe| check_table(name, &value.toml());
    if accepts(&Probe::Rows(toml::Table::new())).is_err_and(|message| message.starts_with(MISSING))
    {
        return json!({"type": "array", "items": row_schema(name)});
    }
    probed(&accepts)
}

fn row_schema(name: &str) -> Value {
    let rows = |row: &toml::Table| check_table(name, &Probe::Rows(row.clone()).toml());
    // What a row cannot do without, found by giving it one missing key after the other.
    let mut row = toml::Table::new();
    let mut required = Vec::new();
    while let Err(message) = rows(&row) {
        let Some(key) = message
            .strip_prefix(MISSING)
            .and_then(|it| it.split('`').nth(1))
        else {
            break;
        };
        let fits = |value: &Probe| {
            let mut tried = row.clone();
            tried.insert(key.to_owned(), value.toml());
            match rows(&tried) {
                Err(message) if !message.starts_with(MISSING) => Err(message),
                _ => Ok(()),
            }
        };
        let Some(value) = example(&fits) else {
            break;
        };
        required.push(key.to_owned());
        row.insert(key.to_owned(), value);
    }
    let mut properties = Map::new();
    for key in row_keys(name) {
        let accepts = |value: &Probe| {
            let mut tried = row.clone();
            tried.insert(key.clone(), value.toml());
            rows(&tried)
        };
        properties.insert(key.clone(), probed(&accepts));
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// The keys that a row may have: the parser lists them when it is given another.
fn row_keys(name: &str) -> Vec<String> {
    let mut row = toml::Table::new();
    row.insert("?".to_owned(), true.into());
    let message = check_table(name, &Probe::Rows(row).toml());
    let message = message.err().unwrap_or_default();
    let keys = message.split('`').skip(3).step_by(2);
    keys.map(str::to_owned).collect()
}

/// Whether the parser takes a value for a shared table, or why not.
fn check_table(name: &str, value: &toml::Value) -> Result<(), String> {
    let mut table = toml::Table::new();
    table.insert(name.to_owned(), value.clone());
    let tables = Tables::deserialize(table);
    tables
        .map(|_| ())
        .map_err(|error| error.message().to_owned())
}

/// One value of each kind that TOML and options have.
#[derive(Clone, Debug)]
enum Probe {
    Positive,
    Negative,
    Float,
    Boolean,
    Text(String),
    Texts(String),
    Numbers,
    Rows(toml::Table),
}

impl Probe {
    fn toml(&self) -> toml::Value {
        match self {
            Probe::Positive => 1.into(),
            Probe::Negative => (-1).into(),
            Probe::Float => 1.5.into(),
            Probe::Boolean => true.into(),
            Probe::Text(text) => text.clone().into(),
            Probe::Texts(text) => vec![toml::Value::from(text.clone())].into(),
            Probe::Numbers => vec![toml::Value::from(1)].into(),
            Probe::Rows(row) => vec![toml::Value::Table(row.clone())].into(),
        }
    }
}

/// The schema of what is accepted.
fn probed(accepts: &dyn Fn(&Probe) -> Result<(), String>) -> Value {
    let is_accepted = |probe: Probe| accepts(&probe).is_ok();
    let mut kinds = Vec::new();
    if is_accepted(Probe::Float) {
        kinds.push(json!({"type": "number"}));
    } else if is_accepted(Probe::Negative) {
        kinds.push(json!({"type": "integer"}));
    } else if is_accepted(Probe::Positive) {
        kinds.push(json!({"type": "integer", "minimum": 0}));
    }
    if is_accepted(Probe::Boolean) {
        kinds.push(json!({"type": "boolean"}));
    }
    kinds.extend(text_schema(&|text| accepts(&Probe::Text(text))));
    if let Some(items) = text_schema(&|text| accepts(&Probe::Texts(text))) {
        kinds.push(json!({"type": "array", "items": items}));
    } else if is_accepted(Probe::Numbers) {
        kinds.push(json!({"type": "array", "items": {"type": "integer"}}));
    }
    match kinds.as_slice() {
        [kind] => kind.clone(),
        [] => json!({}),
        _ => json!({ "anyOf": kinds }),
    }
}

/// Any text, or those that the parser lists when it is given another.
fn text_schema(accepts: &dyn Fn(String) -> Result<(), String>) -> Option<Value> {
    match accepts("?".to_owned()) {
        Ok(()) => Some(json!({"type": "string"})),
        Err(message) => choices(&message).map(|choices| json!({"enum": choices})),
    }
}

fn choices(message: &str) -> Option<Vec<&str>> {
    let (problem, expected) = message.split_once(", expected ")?;
    let is_choice = problem.starts_with("unknown variant");
    is_choice.then(|| expected.split('`').skip(1).step_by(2).collect())
}

/// A value that is accepted.
fn example(accepts: &dyn Fn(&Probe) -> Result<(), String>) -> Option<toml::Value> {
    let text = match accepts(&Probe::Text("?".to_owned())) {
        Err(message) => {
            choices(&message).and_then(|choices| choices.first().map(|it| (*it).to_owned()))
        }
        Ok(()) => None,
    };
    let text = text.unwrap_or_else(|| "?".to_owned());
    let probes = [
        Probe::Text(text.clone()),
        Probe::Texts(text),
        Probe::Positive,
        Probe::Boolean,
        Probe::Float,
    ];
    let found = probes.into_iter().find(|probe| accepts(probe).is_ok());
    found.map(|probe| probe.toml())
}

#[cfg(test)]
mod tests;
