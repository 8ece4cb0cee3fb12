use super::*;
use crate::config::Author;
use crate::testing::{catalogue, read};

/// Whether a document fits a schema, as far as the schemas made here go.
fn fits(schema: &Value, root: &Value, document: &Value) -> bool {
    let Some(schema) = schema.as_object() else {
        return true;
    };
    schema.iter().all(|(keyword, says)| match keyword.as_str() {
        "$ref" => {
            let path = says.as_str().and_then(|path| path.strip_prefix('#'));
            let target = path.and_then(|path| root.pointer(path));
            fits(target.expect("references lead somewhere"), root, document)
        }
        "type" => match says.as_str() {
            Some("object") => document.is_object(),
            Some("array") => document.is_array(),
            Some("string") => document.is_string(),
            Some("boolean") => document.is_boolean(),
            Some("integer") => document.is_i64() || document.is_u64(),
            Some("number") => document.is_number(),
            other => panic!("no such type: {other:?}"),
        },
        "enum" => says.as_array().expect("a list").contains(document),
        "minimum" => document.as_f64() >= says.as_f64(),
        "anyOf" => {
            let mut schemas = says.as_array().expect("a list").iter();
            schemas.any(|schema| fits(schema, root, document))
        }
        "items" => document
            .as_array()
            .is_none_or(|items| items.iter().all(|item| fits(says, root, item))),
        "required" => {
            let mut keys = says
                .as_array()
                .expect("a list")
                .iter()
                .filter_map(Value::as_str);
            document
                .as_object()
                .is_none_or(|object| keys.all(|key| object.contains_key(key)))
        }
        "properties" => document.as_object().is_none_or(|object| {
            let known = object
                .iter()
                .filter_map(|(key, value)| Some((says.get(key)?, value)));
            known
                .into_iter()
                .all(|(schema, value)| fits(schema, root, value))
        }),
        "additionalProperties" => document.as_object().is_none_or(|object| {
            let known = schema["properties"]
                .as_object()
                .expect("closed objects have properties");
            object.keys().all(|key| known.contains_key(key))
        }),
        "$schema" | "$defs" | "title" | "description" => true,
        other => panic!("nobody checks `{other}`"),
    })
}

const DOCUMENTS: &[&str] = &[
    "",
    "select = [\"all\", \"process\", \"bare-spawn\", \"recommended\"]",
    "select = [\"bare-spwan\"]",
    "select = \"all\"",
    "select = [1]",
    "ignore = []",
    "fail-on = \"never\"",
    "fail-on = \"off\"",
    "fail-on = true",
    "include = [\"lib\"]",
    "exclude = [true]",
    "extends = \"a.toml\"",
    "extends = [\"a.toml\"]",
    "extends = [[\"a.toml\"]]",
    "extends = 1",
    "what = 1",
    "rules = 1",
    "[rules.bare-spawn]\nlevel = \"off\"",
    "[rules.bare-spawn]\nlevel = \"warn\"",
    "[rules.bare-spawn]\nmax_depth = 1",
    "[rules.bare-spawn]\nrecommended = true",
    "rules.bare-spawn = \"off\"",
    "[rules.blocking-genserver]\nmax_depth = 1",
    "[rules.blocking-genserver]\nmax_depth = -1",
    "[rules.blocking-genserver]\nmax_depth = \"1\"",
    "[rules.what]\nlevel = \"off\"",
    "[[override]]\npaths = [\"a\"]\nignore = [\"process\"]\n[override.rules.bare-spawn]\nlevel = \"info\"",
    "[[override]]\nignore = []",
    "[[override]]\npaths = \"a\"",
    "[[override]]\npaths = []\nselect = []",
    "[override]\npaths = []",
    "spawners = [\"A.b/1\"]",
    "spawners = [1]",
    "spawners = \"A.b/1\"",
    "[[sink]]\nmodule = \"A\"\nkind = \"http\"\nseverity = \"high\"",
    "[[sink]]\nmodule = \"A\"\nkind = \"http\"\nseverity = \"high\"\nunbounded = true\nfunctions = [\"a\"]\nnote = \"x\"",
    "[[sink]]\nmodule = \"A\"\nkind = \"http\"",
    "[[sink]]\nmodule = \"A\"\nkind = \"htp\"\nseverity = \"high\"",
    "[[sink]]\nmodule = 1\nkind = \"http\"\nseverity = \"high\"",
    "[[sink]]\nmodule = \"A\"\nkind = \"http\"\nseverity = \"high\"\nmodul = 1",
    "[sink]\nmodule = \"A\"\nkind = \"http\"\nseverity = \"high\"",
];

#[test]
fn the_schema_accepts_what_the_parser_accepts() {
    let schema = of(&catalogue());
    for text in DOCUMENTS {
        let document: toml::Table = toml::from_str(text).expect("it is TOML");
        let document = serde_json::to_value(document).expect("TOML is JSON");
        assert_eq!(
            fits(&schema, &schema, &document),
            read(text, Author::User).is_ok(),
            "the schema and the parser differ on:\n{text}"
        );
    }
}

#[test]
fn the_shipped_rules_fit_but_for_what_they_alone_may_say() {
    let text = include_str!("../../../../rules.toml");
    let mut shipped: toml::Table = toml::from_str(text).expect("it is TOML");
    let rules = shipped["rules"].as_table_mut().expect("it has rules");
    for (_, rule) in rules.iter_mut() {
        let rule = rule.as_table_mut().expect("a rule is a table");
        rule.remove("recommended");
    }
    let document = serde_json::to_value(&shipped).expect("TOML is JSON");
    let schema = schema();
    let keys = document.as_object().expect("it is an object");
    for (key, value) in keys {
        let part = serde_json::json!({ key: value });
        assert!(fits(&schema, &schema, &part), "{key} does not fit");
    }
    let rules = document["rules"].as_object().expect("it has rules");
    for (name, rule) in rules {
        let part = serde_json::json!({"rules": {name: rule}});
        assert!(fits(&schema, &schema, &part), "{name} does not fit");
    }
}

#[test]
fn every_shared_table_has_a_schema_of_its_own() {
    let schema = schema();
    for table in rows::names() {
        let table = &schema["properties"][&table];
        assert!(
            table.get("type").is_some() || table.get("anyOf").is_some(),
            "{table}"
        );
    }
}
