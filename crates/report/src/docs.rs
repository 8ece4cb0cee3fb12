//! The documentation of the rules as Markdown pages.
use std::{collections::BTreeMap, fmt::Write as _};

use exlint_findings::{Applicability, Level};
use exlint_rules::{
    Family, Meta, Scope,
    guide::{Practice, Source},
};

use crate::{
    RuleRow,
    explain::option_list,
    table::fix_name,
    text::{count, first_sentence, one_line},
};

/// The page that leads to the others; the name that code hosts show for a folder.
const INDEX: &str = "README.md";
const GENERATED: &str =
    "<!-- Written by `exlint docs` from the documentation of the rules. -->\n\n";

/// A rule as its page shows it.
#[derive(Clone, Debug)]
pub struct RulePage {
    /// With the level that the rule has when it is on.
    pub row: RuleRow,
    /// The values of its options as they are written in `exlint.toml`; an option may be missing.
    pub defaults: BTreeMap<String, String>,
}

/// File names and Markdown texts: an index, which also says what is done about `practices`, then a page for each rule, in
/// the order given.
pub fn docs(rules: &[RulePage], practices: &[Practice]) -> Vec<(String, String)> {
    let mut index = index(rules);
    write_practices(&mut index, practices);
    let index = (INDEX.to_owned(), index);
    let pages = rules
        .iter()
        .map(|rule| (file_name(rule.row.meta), page(rule)));
    std::iter::once(index).chain(pages).collect()
}

fn file_name(meta: &Meta) -> String {
    format!("{}.md", meta.name)
}

fn index(rules: &[RulePage]) -> String {
    let mut out = format!("{GENERATED}# Rules\n\n");
    let _ = writeln!(
        out,
        "exlint has {}; those marked with ○ are off unless asked for. A rule, a family or `all` is chosen with \
         `--select`, or with `select` in `exlint.toml`. `exlint explain RULE` shows a page in the terminal.",
        count(rules.len(), "rule")
    );
    for family in Family::ALL {
        let members: Vec<_> = rules
            .iter()
            .filter(|rule| rule.row.meta.family == *family)
            .collect();
        if !members.is_empty() {
            let _ = write!(out, "\n## {}\n\n", family.name());
            out.push_str("| rule | what it reports | level | fix |\n|---|---|---|---|\n");
            members
                .iter()
                .for_each(|rule| write_row(&mut out, &rule.row));
        }
    }
    out
}

/// What the official guides ask for, and the rules for it.
fn write_practices(out: &mut String, practices: &[Practice]) {
    out.push_str(
        "\n## Anti-patterns and the rules for them\n\nThe guides of anti-patterns that come with Elixir, and what other \
         catalogues name besides. Where no rule is named, the source does not decide it, for the reason given.\n",
    );
    for source in Source::ALL {
        let mut named = practices
            .iter()
            .filter(|it| it.source == *source)
            .peekable();
        if named.peek().is_none() {
            continue;
        }
        let _ = write!(out, "\n### {}\n\n", source.title());
        out.push_str("| practice | rules | remark |\n|---|---|---|\n");
        for practice in named {
            let links = practice.rules.iter().map(|it| format!("[{it}]({it}.md)"));
            let links: Vec<_> = links.collect();
            let rules = if links.is_empty() {
                "none".to_owned()
            } else {
                links.join(", ")
            };
            let _ = writeln!(out, "| {} | {rules} | {} |", practice.name, practice.remark);
        }
    }
}

fn write_row(out: &mut String, row: &RuleRow) {
    let meta = row.meta;
    let _ = writeln!(
        out,
        "| [{}]({}){} | {} | {} | {} |",
        meta.name,
        file_name(meta),
        if row.recommended { "" } else { " ○" },
        first_sentence(&one_line(meta.summary())).replace('|', "\\|"),
        level_name(row),
        meta.fix.map_or("", |fix| fix_name(Some(fix))),
    );
}

fn page(rule: &RulePage) -> String {
    let meta = rule.row.meta;
    let mut out = format!("{GENERATED}# {}\n\n", meta.name);
    write_facts(&mut out, &rule.row);
    let _ = write!(out, "\n{}\n", deeper(meta.docs.trim()));
    if !meta.options.is_empty() {
        let _ = write!(out, "\n## Options\n\n{}", option_list(meta, &rule.defaults));
    }
    write_settings(&mut out, rule);
    out
}

fn write_facts(out: &mut String, row: &RuleRow) {
    let meta = row.meta;
    let on = if row.recommended { "on" } else { "off" };
    let family = meta.family.name();
    let _ = writeln!(out, "- family: [{family}]({INDEX}#{family})");
    let _ = writeln!(
        out,
        "- level: {}, {on} unless told otherwise",
        level_name(row)
    );
    let _ = writeln!(out, "- confidence: {}", meta.confidence.name());
    let scope = match meta.scope {
        Scope::File => "one file",
        Scope::Module => "one module",
        Scope::Project => "the whole project",
    };
    let templates = if meta.in_templates {
        "; templates too"
    } else {
        ""
    };
    let _ = writeln!(out, "- looks at: {scope}{}{templates}", places(meta));
    let fix = match meta.fix {
        None => "none",
        Some(Applicability::Safe) => "safe",
        Some(Applicability::Unsafe) => "unsafe: it may change what the program does",
    };
    let _ = writeln!(out, "- fix: {fix}");
}

fn places(meta: &Meta) -> &'static str {
    match (meta.in_tests, meta.in_scripts) {
        (true, true) => "; tests and scripts too",
        (true, false) => "; tests too, but no scripts",
        (false, true) => "; scripts too, but no tests",
        (false, false) => "; no tests and no scripts",
    }
}

fn write_settings(out: &mut String, rule: &RulePage) {
    let name = rule.row.meta.name;
    let other = match rule.row.level {
        Some(Level::Info) => "warning",
        _ => "info",
    };
    let options = rule.row.meta.options.iter();
    let options = options.filter_map(|option| Some((option.name, rule.defaults.get(option.name)?)));
    let options: String = options
        .map(|(name, value)| format!("{name} = {value}\n"))
        .collect();
    let _ = write!(
        out,
        "
## Configuration

In `exlint.toml`, with `\"off\"`, `\"info\"`, `\"warning\"` or `\"error\"` as the level:

```toml
[rules.{name}]
level = \"{other}\"
{options}```

## Suppression

On the line of the finding or on the line above, with the reason for whoever reads it next:

```elixir
# exlint:ignore {name} -- the reason
```
"
    );
}

fn level_name(row: &RuleRow) -> &'static str {
    row.level.map_or("off", Level::name)
}

/// `markdown` with each heading one level deeper: the page has a title of its own.
fn deeper(markdown: &str) -> String {
    let mut out = String::new();
    let mut in_code = false;
    for line in markdown.lines() {
        in_code ^= line.starts_with("```");
        if line.starts_with('#') && !in_code {
            out.push('#');
        }
        out.push_str(line);
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}
