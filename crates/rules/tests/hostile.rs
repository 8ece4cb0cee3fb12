//! Every rule goes over fixtures with something wrong in them: nothing panics or hangs, findings and fixes are places in
//! the text, and the edits of a fix do not overlap.
#[path = "../../../tests/mutations/mod.rs"]
mod mutations;

use std::{fs, sync::OnceLock};

use exlint_facts::FileRole;
use exlint_findings::{FileId, Finding, Level};
use exlint_project::{Project, Tables};
use exlint_rules::{Enabled, Linter};
use mutations::{mutated, sources};
use proptest::prelude::*;

proptest! {
    #![proptest_config(mutations::config(64))]

    #[test]
    fn any_text_is_checked(
        source in 0..sources().len(),
        other in 0..sources().len(),
        mutations in mutations::any(),
    ) {
        check(&[mutated(&sources()[source], &mutations), sources()[other].clone()]);
    }
}

#[test]
fn every_fixture_is_checked() {
    for pair in sources().chunks(2) {
        check(pair);
    }
}

/// What nests as deep as is looked at fits on the stack of a test.
#[test]
fn deep_nesting_fits_on_a_small_stack() {
    for (open, close) in [
        ("[", "]"),
        ("f(", ")"),
        ("{:ok, ", "}"),
        ("%{a: ", "}"),
        ("if x do\n", "\nend"),
        ("case x do\n{:ok, x} -> ", "\nend"),
        ("with {:ok, x} <- f(x) do\n", "\nend"),
        ("fn x -> ", " end"),
        ("x = ", ""),
        ("x |> f(", ")"),
        ("not ", ""),
        ("1 + ", ""),
        ("for x <- ", ", do: x"),
        ("quote do\nunquote(", ")\nend"),
        ("defmodule A do\ndef f(x) do\n", "\nend\nend"),
    ] {
        // The grammar takes very long for deep clauses.
        let depth = if open.contains("<-") || open.contains("->") {
            300
        } else {
            3_000
        };
        let nested = format!("{}x{}", open.repeat(depth), close.repeat(depth));
        let server =
            "use GenServer\ndef init(x), do: {:ok, x}\ndef handle_call(:a, _from, state) do\n";
        check(&[
            nested.clone(),
            format!("defmodule A do\n{server}{nested}\n{{:reply, x, state}}\nend\nend\n"),
            format!("defmodule A do\n{server}{{:reply, x, {nested}}}\nend\nend\n"),
        ]);
    }
}

fn check(texts: &[String]) {
    let linter = linter();
    let (mut facts, mut findings) = (Vec::new(), Vec::new());
    let files: Vec<(String, &str)> = (0..).zip(texts).flat_map(split).collect();
    for ((path, text), number) in files.iter().zip(0..) {
        let role = exlint_facts::role(path);
        if role == FileRole::Client {
            facts.push(exlint_facts::collect_client(path, text));
            continue;
        }
        let file = exlint_syntax::parse_file(path, *text);
        let of_file = exlint_facts::collect(path, &file);
        findings.extend(linter.check_file(path, FileId(number), role, &file, &of_file, None));
        facts.push(of_file);
    }
    let project = Project::link(facts, linter.tables());
    for index in 0..linter.project_rules() {
        findings.extend(linter.check_project(index, &project));
    }
    findings.iter().for_each(|it| check_finding(it, &files));
}

/// A text with lines `# file: path` is that of several files.
fn split((number, text): (usize, &String)) -> Vec<(String, &str)> {
    let mut parts = text.split("# file: ");
    let first = parts.next().unwrap_or_default();
    let named = parts.filter_map(|it| it.split_once('\n'));
    let named = named.map(|(path, text)| (path.trim().to_owned(), text));
    std::iter::once((format!("lib/file_{number}.ex"), first))
        .chain(named)
        .collect()
}

fn check_finding(finding: &Finding, files: &[(String, &str)]) {
    let text = |file: FileId| files[file.0 as usize].1;
    let own = text(finding.file);
    assert!(own.get(finding.span.range()).is_some(), "{finding:?}");
    for label in &finding.labels {
        let text = text(label.file.unwrap_or(finding.file));
        assert!(text.get(label.span.range()).is_some(), "{finding:?}");
    }
    let edits = finding.fix.iter().flat_map(|it| &it.edits);
    let mut spans: Vec<_> = edits.map(|it| it.span).collect();
    spans.sort_by_key(|it| (it.start, it.end));
    for span in &spans {
        assert!(own.get(span.range()).is_some(), "{finding:?}");
    }
    let overlap = spans.windows(2).find(|it| it[0].end > it[1].start);
    assert!(overlap.is_none(), "{finding:?}");
}

/// With every rule.
fn linter() -> &'static Linter {
    static LINTER: OnceLock<Linter> = OnceLock::new();
    LINTER.get_or_init(|| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules.toml");
        let shipped = fs::read_to_string(path).expect("rules.toml can be read");
        let tables: Tables = toml::from_str(&shipped).expect("the tables are right");
        let rule = |rule| Enabled {
            rule,
            level: Level::Warning,
            options: toml::Table::new(),
        };
        Linter::new(exlint_rules::all().iter().map(rule).collect(), tables)
            .expect("defaults are right")
    })
}
