//! Every rule is held to its fixture, to the examples in its documentation, and to its fixes.
use std::{collections::BTreeMap, fs, path::PathBuf};

use exlint_facts::{FileFacts, FileRole};
use exlint_findings::{FileId, Finding, Level, Source};
use exlint_project::{Project, Tables};
use exlint_rules::{Enabled, Entry, Linter};
use exlint_syntax::{File, Kind};

/// The rules whose findings the engine makes.
const OF_THE_ENGINE: &[&str] = &["not-analysed", "unused-suppression"];

#[test]
fn fixtures() {
    let mut wrong = String::new();
    for rule in checked() {
        let fixtures = fixtures_of(rule);
        assert!(!fixtures.is_empty(), "`{}` has no fixture", rule.meta.name);
        let mut hits = 0;
        for (path, text) in fixtures {
            let sources = split(&path, &text);
            let expected: Vec<_> = sources
                .iter()
                .flat_map(|it| expected(it, rule.meta.name))
                .collect();
            let findings = findings(&sources, rule);
            let mut found: Vec<_> = findings.iter().map(|it| place(it, &sources)).collect();
            found.sort();
            found.dedup();
            hits += expected.len();
            for missed in expected.iter().filter(|it| !found.contains(it)) {
                wrong += &format!("{}: missed at {path}:{}\n", rule.meta.name, missed.1);
            }
            for extra in found.iter().filter(|it| !expected.contains(it)) {
                let text = findings
                    .iter()
                    .find(|it| place(it, &sources) == *extra)
                    .map(|it| it.message.as_str());
                wrong += &format!(
                    "{}: false at {path}:{}: {}\n",
                    rule.meta.name,
                    extra.1,
                    text.unwrap_or_default()
                );
            }
        }
        if hits == 0 {
            wrong += &format!("{}: the fixture expects nothing\n", rule.meta.name);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn documented_examples() {
    let mut wrong = String::new();
    for rule in checked() {
        for (heading, wanted) in [("# Bad", true), ("# Good", false)] {
            let Some(code) = example(rule, heading) else {
                wrong += &format!("{}: no example under {heading}\n", rule.meta.name);
                continue;
            };
            let path = example_path(rule);
            let found = !findings(&split(&path, &code), rule).is_empty();
            if found != wanted {
                wrong += &format!(
                    "{}: the example under {heading} is not judged so\n",
                    rule.meta.name
                );
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn fixes_leave_valid_code_without_the_finding() {
    let mut wrong = String::new();
    for rule in checked().filter(|it| it.meta.fix.is_some()) {
        let Some(code) = example(rule, "# Bad") else {
            continue;
        };
        let fixed = apply_fixes(&code, rule);
        let file = exlint_syntax::parse(fixed.clone());
        let parses = file.nodes().all(|it| it.kind() != Kind::Error);
        let clean = findings(&split(&example_path(rule), &fixed), rule).is_empty();
        if fixed == code || !parses || !clean {
            wrong += &format!("{}: after its fix:\n{fixed}\n", rule.meta.name);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_rule_is_shipped_with_a_level() {
    let shipped = shipped();
    let levels = shipped["rules"].as_table().expect("`rules` is a table");
    for rule in exlint_rules::all() {
        let name = rule.meta.name;
        let entry = levels
            .get(name)
            .unwrap_or_else(|| panic!("`{name}` is not in rules.toml"));
        let level = entry
            .get("level")
            .and_then(|it| it.as_str())
            .unwrap_or_default();
        assert!(
            ["info", "warning", "error"].contains(&level),
            "`{name}` has the level {level:?}"
        );
        rule.check_options(options(rule))
            .unwrap_or_else(|error| panic!("`{name}`: {error}"));
    }
    for name in levels.keys() {
        assert!(
            exlint_rules::find(name).is_some(),
            "rules.toml speaks of `{name}`, which is no rule"
        );
    }
}

#[test]
fn names_and_documentation() {
    for rule in exlint_rules::all() {
        let docs = rule.meta.docs;
        assert!(
            docs.len() > 200,
            "`{}` is hardly documented",
            rule.meta.name
        );
        assert!(
            docs.contains("# Bad") && docs.contains("# Good"),
            "`{}` has no examples",
            rule.meta.name
        );
        assert!(
            !rule.meta.summary().contains('\n') || rule.meta.summary().len() < 240,
            "{}",
            rule.meta.name
        );
    }
}

#[test]
fn practices_have_rules_or_reasons() {
    for practice in exlint_rules::guide::PRACTICES {
        let name = practice.name;
        for rule in practice.rules {
            assert!(
                exlint_rules::find(rule).is_some(),
                "`{name}` speaks of `{rule}`, which is no rule"
            );
        }
        assert!(
            !practice.rules.is_empty() || !practice.remark.is_empty(),
            "`{name}` has neither a rule nor a reason for having none"
        );
    }
}

// Finding.

fn checked() -> impl Iterator<Item = &'static Entry> {
    let only = std::env::var("RULE").ok();
    let wanted = move |it: &&'static Entry| only.as_ref().is_none_or(|only| only == it.meta.name);
    exlint_rules::all()
        .iter()
        .filter(|it| !OF_THE_ENGINE.contains(&it.meta.name))
        .filter(wanted)
}

fn findings(sources: &[Source], rule: &'static Entry) -> Vec<Finding> {
    let enabled = Enabled {
        rule,
        level: Level::Warning,
        options: options(rule),
    };
    let linter = Linter::new(vec![enabled], tables()).expect("shipped options are right");
    let files: Vec<(File, FileFacts)> = sources
        .iter()
        .map(|source| {
            let file = exlint_syntax::parse_file(&source.path, source.text.clone());
            let facts = match exlint_facts::role(&source.path) {
                FileRole::Client => exlint_facts::collect_client(&source.path, &source.text),
                _ => exlint_facts::collect(&source.path, &file),
            };
            (file, facts)
        })
        .collect();
    let mut findings = Vec::new();
    for (index, (source, (file, facts))) in sources.iter().zip(&files).enumerate() {
        let role = exlint_facts::role(&source.path);
        findings.extend(linter.check_file(
            &source.path,
            FileId(index as u32),
            role,
            file,
            facts,
            None,
        ));
    }
    let project = Project::link(
        files.into_iter().map(|(_, facts)| facts).collect(),
        linter.tables(),
    );
    for index in 0..linter.project_rules() {
        findings.extend(linter.check_project(index, &project));
    }
    findings
}

fn place(finding: &Finding, sources: &[Source]) -> (String, u32) {
    let source = &sources[finding.file.0 as usize];
    (source.path.clone(), source.line(finding.span.start))
}

/// The lines that end in `# expect: rule`; several rules may be named.
fn expected(source: &Source, rule: &str) -> Vec<(String, u32)> {
    let marks = |line: &str| {
        let (_, names) = line.rsplit_once("# expect: ")?;
        let names = names.trim_end().trim_end_matches("--%>");
        names.split(',').any(|it| it.trim() == rule).then_some(())
    };
    let lines = source
        .text
        .lines()
        .zip(1..)
        .filter(|(line, _)| marks(line).is_some());
    lines
        .map(|(_, number)| (source.path.clone(), number))
        .collect()
}

// Fixtures.

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// `name.ex` stands for production code, `name_test.exs` for a test, `name.exs` for a script.
fn fixtures_of(rule: &Entry) -> Vec<(String, String)> {
    let name = rule.meta.name;
    let candidates = [
        (format!("{name}.ex"), format!("lib/{name}.ex")),
        (format!("{name}_test.exs"), format!("test/{name}_test.exs")),
        (format!("{name}.exs"), format!("priv/{name}.exs")),
    ];
    let read = |(file, path): &(String, String)| {
        let text = fs::read_to_string(root().join("fixtures/rules").join(file)).ok()?;
        Some((path.clone(), text))
    };
    candidates.iter().filter_map(read).collect()
}

/// `# file: path` begins another file; the lines before it stay as blank ones, so that line numbers hold.
fn split(path: &str, text: &str) -> Vec<Source> {
    let mut files: Vec<(String, String)> = vec![(path.to_owned(), String::new())];
    for (line, number) in text.split_inclusive('\n').zip(0..) {
        if let Some(next) = line.strip_prefix("# file: ") {
            files.push((next.trim().to_owned(), "\n".repeat(number)));
        }
        if let Some((_, text)) = files.last_mut() {
            text.push_str(line);
        }
    }
    files.retain(|(_, text)| !text.trim().is_empty());
    files.sort();
    files
        .into_iter()
        .map(|(path, text)| Source::new(path, text))
        .collect()
}

fn shipped() -> toml::Table {
    let text = fs::read_to_string(root().join("rules.toml")).expect("rules.toml can be read");
    text.parse().expect("rules.toml is TOML")
}

fn tables() -> Tables {
    shipped()
        .try_into()
        .expect("the tables of rules.toml are right")
}

fn options(rule: &Entry) -> toml::Table {
    let shipped = shipped();
    let entry = shipped
        .get("rules")
        .and_then(|it| it.get(rule.meta.name))
        .and_then(|it| it.as_table());
    let own = |(key, value): (&String, &toml::Value)| {
        (!["level", "recommended"].contains(&key.as_str())).then(|| (key.clone(), value.clone()))
    };
    entry.into_iter().flatten().filter_map(own).collect()
}

// Documentation.

/// The code block under `heading`, in a module and function where it stands alone.
fn example(rule: &Entry, heading: &str) -> Option<String> {
    let (_, rest) = rule.meta.docs.split_once(heading)?;
    let code = rest.split("```elixir\n").nth(1)?.split("```").next()?;
    Some(code.to_owned())
}

fn example_path(rule: &Entry) -> String {
    let only_tests = rule.meta.family == exlint_rules::Family::Testing;
    if only_tests {
        "test/example_test.exs".to_owned()
    } else {
        "lib/example.ex".to_owned()
    }
}

fn apply_fixes(code: &str, rule: &'static Entry) -> String {
    let mut fixed = code.to_owned();
    let mut edits = BTreeMap::new();
    for finding in findings(&split(&example_path(rule), code), rule) {
        for edit in finding.fix.into_iter().flat_map(|it| it.edits) {
            edits.insert(edit.span.start, edit);
        }
    }
    for edit in edits.into_values().rev() {
        fixed.replace_range(edit.span.range(), &edit.text);
    }
    fixed
}
