//! The rules for programs.
use serde::Serialize;

use crate::{RulePage, explain::kind_name, uri};

/// Changes when a reader of the old form would misread the output.
const VERSION: u32 = 1;

/// The rules as a JSON document, in the given order, ending in a line break.
///
/// # Errors
///
/// Those of writing JSON, of which there are none for rules.
pub fn rules_json(rules: &[RulePage]) -> serde_json::Result<String> {
    let list = List {
        version: VERSION,
        rules: rules.iter().map(rule).collect(),
    };
    Ok(serde_json::to_string_pretty(&list)? + "\n")
}

#[derive(Serialize)]
struct List<'a> {
    version: u32,
    rules: Vec<RuleJson<'a>>,
}

#[derive(Serialize)]
struct RuleJson<'a> {
    name: &'a str,
    family: &'a str,
    /// `null` when the rule is off.
    level: Option<&'a str>,
    recommended: bool,
    confidence: &'a str,
    scope: &'a str,
    fix: Option<&'a str>,
    /// Markdown.
    docs: &'a str,
    url: String,
    options: Vec<OptionJson<'a>>,
}

#[derive(Serialize)]
struct OptionJson<'a> {
    name: &'a str,
    kind: &'a str,
    docs: &'a str,
    /// As it is written in `exlint.toml`.
    value: Option<&'a str>,
}

fn rule(page: &RulePage) -> RuleJson<'_> {
    let (row, meta) = (&page.row, page.row.meta);
    let options = meta.options.iter().map(|option| OptionJson {
        name: option.name,
        kind: kind_name(option.kind),
        docs: option.docs.trim(),
        value: page.defaults.get(option.name).map(String::as_str),
    });
    RuleJson {
        name: meta.name,
        family: meta.family.name(),
        level: row.level.map(|level| level.name()),
        recommended: row.recommended,
        confidence: meta.confidence.name(),
        scope: meta.scope.name(),
        fix: meta.fix.map(|fix| crate::table::fix_name(Some(fix))),
        docs: meta.docs.trim(),
        url: uri::of_rule(meta.name),
        options: options.collect(),
    }
}
