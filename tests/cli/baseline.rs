//! Known findings are held back.
use std::fs;

use crate::support::*;

#[test]
fn what_is_known_is_held_back_and_what_is_new_is_reported() {
    let one = module("A", &["f", "g"]);
    let folder = project(&[("mix.exs", b"1\n"), ("lib/a.ex", one.as_bytes())]);
    let root = folder.path();
    let written = exlint(root, &["baseline"]);
    assert_eq!((code(&written), stderr(&written).as_str()), (0, ""));
    assert_eq!(
        stdout(&written),
        "2 findings written to .exlint-baseline.json; `exlint check` reports what is new\n"
    );
    let clean = exlint(root, &["check"]);
    assert_eq!(code(&clean), 0);
    assert_eq!(
        stderr(&clean),
        "note: 2 known findings held back by .exlint-baseline.json\n"
    );

    // Lines move, functions change places, the file has another name, and there is a new finding.
    fs::remove_file(root.join("lib/a.ex")).expect("the file is there");
    let other = format!("# Moved.\n\n{}", module("A", &["g", "new", "f"]));
    write(root, "lib/b.ex", &other);
    assert_eq!(findings(root, &[]), ["lib/b.ex:8 dynamic-atom"]);
    assert_eq!(findings(root, &["--no-baseline"]).len(), 3);
    assert_eq!(findings(root, &["lib/b.ex"]), ["lib/b.ex:8 dynamic-atom"]);
}

#[test]
fn entries_that_found_nothing_are_counted_and_removed_when_asked() {
    let both = module("A", &["f", "g"]);
    let folder = project(&[("mix.exs", b"1\n"), ("lib/a.ex", both.as_bytes())]);
    let root = folder.path();
    exlint(root, &["baseline"]);
    write(root, "lib/a.ex", &module("A", &["g", "h"]));
    let said = stderr(&exlint(root, &["check"]));
    assert!(
        said.contains("1 entry of .exlint-baseline.json no longer found"),
        "{said}"
    );
    // Who looks at a part, or runs other rules, cannot know.
    let part = stderr(&exlint(root, &["check", "mix.exs"]));
    assert!(!part.contains("no longer found"), "{part}");
    let other = stderr(&exlint(root, &["check", "--select", "exlint"]));
    assert!(!other.contains("no longer found"), "{other}");

    let pruned = exlint(root, &["baseline", "--prune"]);
    assert_eq!(
        stdout(&pruned),
        "1 entry removed from .exlint-baseline.json, 1 left\n"
    );
    assert_eq!(findings(root, &[]), ["lib/a.ex:6 dynamic-atom"]);
}

#[test]
fn what_is_known_stays_known_when_the_file_is_formatted() {
    let before = "defmodule A do\n  def f(params) do Enum.map [1,2], fn _ -> String.to_atom params[\"a\"] end end\n  \
                  def g(params), do: params[\"b\"] |> String.trim |> String.to_atom\n  \
                  def h(params), do: String.to_atom( params[ \"a long key, for which the line is too long\" ] <> params[\"d\"] )\nend\n";
    let after = "defmodule A do\n  def f(params) do\n    Enum.map([1, 2], fn _ -> String.to_atom(params[\"a\"]) end)\n  \
                 end\n\n  def g(params), do: params[\"b\"] |> String.trim() |> String.to_atom()\n\n  \
                 def h(params),\n    do:\n      String.to_atom(\n        \
                 params[\"a long key, for which the line is too long\"] <> params[\"d\"]\n      )\nend\n";
    let folder = project(&[("mix.exs", b"1\n"), ("lib/a.ex", before.as_bytes())]);
    let written = stdout(&exlint(folder.path(), &["baseline"]));
    assert!(written.starts_with("3 findings written"), "{written}");
    write(folder.path(), "lib/a.ex", after);
    assert_eq!(findings(folder.path(), &[]), [""; 0]);
}

#[test]
fn equal_findings_are_counted() {
    let twice = |times: usize| {
        let line = "    String.to_atom(params[\"x\"])\n".repeat(times);
        format!("defmodule A do\n  def f(params) do\n{line}  end\nend\n")
    };
    let folder = project(&[("mix.exs", b"1\n"), ("lib/a.ex", twice(2).as_bytes())]);
    exlint(folder.path(), &["baseline"]);
    assert_eq!(findings(folder.path(), &[]), [""; 0]);
    write(folder.path(), "lib/a.ex", &twice(3));
    assert_eq!(findings(folder.path(), &[]), ["lib/a.ex:5 dynamic-atom"]);
}

#[test]
fn a_damaged_baseline_is_a_usage_error() {
    let folder = project(&[("mix.exs", b"1\n"), (".exlint-baseline.json", b"{")]);
    let damaged = exlint(folder.path(), &["check"]);
    assert_eq!(code(&damaged), 2);
    assert!(
        stderr(&damaged).contains("`.exlint-baseline.json` is no baseline"),
        "{}",
        stderr(&damaged)
    );
    assert_eq!(code(&exlint(folder.path(), &["check", "--no-baseline"])), 0);
    assert_eq!(
        code(&exlint(folder.path(), &["check", "--baseline", "no.json"])),
        2
    );
    let later = "{\"version\": 2, \"findings\": []}";
    write(folder.path(), ".exlint-baseline.json", later);
    assert!(stderr(&exlint(folder.path(), &["check"])).contains("it has version 2"));
}
