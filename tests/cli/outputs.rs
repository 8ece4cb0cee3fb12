//! Several reports at once, statistics, exit codes, completions.
use std::fs;

use crate::support::*;

#[test]
fn several_reports_are_written_at_once() {
    let folder = project(&[("a.ex", module("A", &["f"]).as_bytes())]);
    let root = folder.path();
    let arguments = [
        "check",
        "--output",
        "concise",
        "--output",
        "sarif=reports/exlint.sarif",
        "--output",
        "json=exlint.json",
    ];
    let output = exlint(root, &arguments);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(
        stdout(&output).starts_with("a.ex:3:5: warning"),
        "{}",
        stdout(&output)
    );
    for (path, list) in [
        ("reports/exlint.sarif", "/runs/0/results"),
        ("exlint.json", "/findings"),
    ] {
        let report: serde_json::Value = serde_json::from_str(&read(root, path)).expect("JSON");
        let list = report.pointer(list).and_then(|list| list.as_array());
        assert_eq!(list.map(Vec::len), Some(1), "{path}");
    }
    let both = exlint(
        root,
        &[
            "check",
            "--format",
            "concise",
            "--output",
            "json=exlint.json",
        ],
    );
    assert!(
        stdout(&both).starts_with("a.ex:3:5: warning"),
        "{}",
        stdout(&both)
    );
    for wrong in ["xml", "json="] {
        let output = exlint(root, &["check", "--output", wrong]);
        assert_eq!(code(&output), 2, "{wrong}");
    }
}

#[test]
fn nothing_is_written_when_one_report_cannot_be() {
    let folder = project(&[("a.ex", b"1\n")]);
    let arguments = [
        "check",
        "--output",
        "json=good.json",
        "--output",
        "json=a.ex/bad.json",
    ];
    let output = exlint(folder.path(), &arguments);
    assert_eq!((code(&output), stdout(&output).as_str()), (2, ""));
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
}

#[test]
fn statistics_count_findings_by_rule() {
    let folder = project(&[
        ("a.ex", module("A", &["f", "g"]).as_bytes()),
        ("b.ex", b"1 # exlint:ignore bare-spawn\n"),
    ]);
    let output = exlint(folder.path(), &["check", "--statistics"]);
    assert_eq!(code(&output), 1);
    assert_eq!(
        stdout(&output),
        "     2  warning  dynamic-atom  (--fix --unsafe-fixes)\n     1  warning  unused-suppression  (--fix)\n"
    );
}

#[test]
fn exit_zero_hides_findings_and_no_failure() {
    let folder = project(&[("a.ex", module("A", &["f"]).as_bytes())]);
    assert_eq!(code(&exlint(folder.path(), &["check", "--exit-zero"])), 0);
    assert_eq!(
        code(&exlint(folder.path(), &["check", "--exit-zero", "nowhere"])),
        2
    );
}

#[test]
fn a_file_given_by_name_can_be_excluded() {
    let bad = module("A", &["f"]);
    let folder = project(&[
        ("mix.exs", b"1\n"),
        ("lib/gen/a.ex", bad.as_bytes()),
        ("deps/x/a.ex", bad.as_bytes()),
        ("exlint.toml", b"exclude = [\"lib/gen/\"]\n"),
    ]);
    let paths = ["lib/gen/a.ex", "deps/x/a.ex"];
    assert_eq!(findings(folder.path(), &paths).len(), 2);
    let forced = [&paths[..], &["--force-exclude"]].concat();
    assert_eq!(findings(folder.path(), &forced), [""; 0]);
}

#[test]
fn completions_and_the_manual_page_are_made_from_the_command() {
    let folder = project(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = exlint(folder.path(), &["completions", shell]);
        assert_eq!(code(&output), 0);
        assert!(stdout(&output).contains("stdin-filename"), "{shell}");
    }
    let manual = stdout(&exlint(folder.path(), &["man"]));
    for part in [".TH exlint", ".TH exlint-check", "fail\\-on", "Exit codes:"] {
        assert!(manual.contains(part), "{part} is not in the manual");
    }
}
