use std::{collections::BTreeMap, fmt::Write as _};

use exlint_rules::Meta;

use crate::{RuleRow, Style, markdown, style::Ink, table::fix_name};

/// The documentation of `rule` for the terminal. `defaults` holds the values of its options as
/// they are written in `exlint.toml`; an option may be missing.
pub fn explain(rule: &RuleRow, defaults: &BTreeMap<String, String>, style: Style) -> String {
    let meta = rule.meta;
    let name = style.paint(Ink::Strong, meta.name);
    let mut out = format!("{name}\n{}\n", markdown::render(&facts(rule), style));
    out.push_str(&markdown::render(meta.docs, style));
    if !meta.options.is_empty() {
        let _ = write!(out, "\n{}\n\n", style.paint(Ink::Strong, "Options"));
        out.push_str(&markdown::render(&option_list(meta, defaults), style));
    }
    out
}

fn facts(rule: &RuleRow) -> String {
    let meta = rule.meta;
    let level = rule.level.map_or("off", |level| level.name());
    let recommended = if rule.recommended {
        " (recommended)"
    } else {
        ""
    };
    format!(
        "family {}, level {level}{recommended}, confidence {}, scope {}, fix {}",
        meta.family.name(),
        meta.confidence.name(),
        meta.scope.name(),
        fix_name(meta.fix),
    )
}

/// A Markdown list.
pub(crate) fn option_list(meta: &Meta, defaults: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    for option in meta.options {
        let default = defaults.get(option.name);
        let default = default
            .map(|value| format!(", by default `{value}`"))
            .unwrap_or_default();
        let docs = option.docs.trim().replace('\n', "\n  ");
        let _ = writeln!(
            out,
            "- `{}` ({}{default}): {docs}",
            option.name,
            kind_name(option.kind)
        );
    }
    out
}

/// A Rust type in words.
pub(crate) fn kind_name(kind: &str) -> &str {
    match kind {
        "bool" => "true or false",
        "String" => "text",
        "Vec" => "list",
        "usize" | "u8" | "u16" | "u32" | "u64" | "f64" => "number",
        other => other,
    }
}
