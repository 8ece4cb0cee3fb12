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
fn reports_do_not_write_over_each_other() {
    let folder = project(&[("a.ex", b"1\n")]);
    for wrong in [
        &["--output", "json=r", "--output", "sarif=r"][..],
        &["--format", "json", "--output", "sarif"],
        &["--output", "full", "--output", "junit"],
        &["--output", "json", "--output", "sarif=/dev/stdout"],
    ] {
        let output = exlint(folder.path(), &[&["check"], wrong].concat());
        assert_eq!(
            (code(&output), stdout(&output).as_str()),
            (2, ""),
            "{wrong:?}"
        );
    }
    let both = ["check", "--output", "full", "--output", "github"];
    assert_eq!(code(&exlint(folder.path(), &both)), 0);
}

#[test]
fn files_are_listed_as_they_would_be_checked() {
    let folder = project(&[
        ("mix.exs", b"1\n"),
        ("lib/a.ex", b"1\n"),
        ("lib/gen/b.ex", b"1\n"),
        ("apps/web/exlint.toml", b"exclude = [\"c.ex\"]\n"),
        ("apps/web/c.ex", b"1\n"),
        ("deps/d/d.ex", b"1\n"),
        ("exlint.toml", b"exclude = [\"lib/gen/\"]\n"),
    ]);
    let files = |arguments: &[&str]| {
        let arguments = [&["check", "--show-files"], arguments].concat();
        stdout(&exlint(folder.path(), &arguments))
    };
    assert_eq!(files(&[]), "lib/a.ex\nmix.exs\n");
    assert_eq!(files(&["lib/gen/b.ex"]), "lib/gen/b.ex\n");
    assert_eq!(files(&["lib/gen/b.ex", "--force-exclude"]), "");
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
fn paths_are_those_of_the_repository_where_hosts_read_them() {
    let folder = project(&[
        (".git/HEAD", b""),
        ("apps/my web/mix.exs", b"1\n"),
        ("apps/my web/lib/a.ex", module("A", &["f"]).as_bytes()),
    ]);
    let web = folder.path().join("apps/my web");
    for (format, path) in [
        ("sarif", "\"apps/my%20web/lib/a.ex\""),
        ("github", "file=apps/my web/lib/a.ex,"),
        ("gitlab", "\"apps/my web/lib/a.ex\""),
        ("rdjson", "\"lib/a.ex\""),
        ("json", "\"lib/a.ex\""),
    ] {
        let text = stdout(&exlint(&web, &["check", "--format", format]));
        assert!(text.contains(path), "{path} is not in:\n{text}");
    }
}

#[test]
fn gitlab_sarif_and_the_baseline_know_findings_alike() {
    let folder = project(&[
        ("mix.exs", b"1\n"),
        ("a.ex", module("A", &["f", "g"]).as_bytes()),
    ]);
    let root = folder.path();
    let names = |arguments: &[&str]| {
        let arguments = [
            &["check", "--output", "gitlab=g", "--output", "sarif=s"],
            arguments,
        ];
        exlint(root, &arguments.concat());
        let read =
            |path| -> serde_json::Value { serde_json::from_str(&read(root, path)).expect("JSON") };
        let (gitlab, sarif) = (read("g"), read("s"));
        let gitlab = gitlab.as_array().expect("a list").iter();
        let gitlab: Vec<_> = gitlab.map(|it| it["fingerprint"].clone()).collect();
        let sarif = sarif["runs"][0]["results"]
            .as_array()
            .expect("a list")
            .iter();
        let in_sarif =
            |it: &serde_json::Value| it["partialFingerprints"]["exlintFinding/v1"].clone();
        assert_eq!(gitlab, sarif.map(in_sarif).collect::<Vec<_>>());
        gitlab
    };
    let both = names(&[]);
    assert_eq!(both.len(), 2);
    exlint(root, &["baseline"]);
    assert_eq!(names(&[]), [""; 0]);
    // Another place and another file, and the same findings.
    fs::remove_file(root.join("a.ex")).expect("it is there");
    write(
        root,
        "b.ex",
        &format!("\n{}", module("A", &["new", "g", "f"])),
    );
    let all = names(&["--no-baseline"]);
    assert_eq!((&all[1], &all[2]), (&both[1], &both[0]));
    assert_eq!(names(&[]), all[..1]);
}

#[test]
fn a_sarif_report_has_a_category_when_it_is_given_one() {
    let folder = project(&[("a.ex", b"1\n")]);
    let arguments = ["check", "--format", "sarif", "--sarif-category", "shop"];
    let report = json(&exlint(folder.path(), &arguments));
    assert_eq!(report["runs"][0]["automationDetails"]["id"], "shop/");
}

#[test]
fn a_sarif_report_holds_as_much_as_github_takes() {
    let lines = "    String.to_atom(params[\"x\"])\n".repeat(100);
    let function = |number| format!("  def f{number}(params) do\n{lines}    1\n  end\n");
    let functions: String = (0..250).map(function).collect();
    let text = format!("defmodule A do\n{functions}end\n(\n");
    let folder = project(&[("a.ex", text.as_bytes())]);
    let output = exlint(folder.path(), &["check", "--format", "sarif"]);
    assert!(
        stderr(&output).contains("holds the 25000 gravest of 25001 findings"),
        "{}",
        stderr(&output)
    );
    let run = &json(&output)["runs"][0];
    let results = run["results"].as_array().expect("a list");
    assert_eq!(results.len(), 25_000);
    // The error is the last finding of all, and stays.
    assert_eq!(results[24_999]["ruleId"], "syntax-error");
    let notes = &run["invocations"][0]["toolExecutionNotifications"];
    assert_eq!(notes[0]["level"], "warning");
}

#[test]
fn rules_are_listed_for_programs_too() {
    let folder = project(&[("exlint.toml", b"[rules.dynamic-atom]\nlevel = \"error\"\n")]);
    let list = json(&exlint(folder.path(), &["rules", "--format", "json"]));
    let rules = list["rules"].as_array().expect("a list");
    let atom = rules.iter().find(|rule| rule["name"] == "dynamic-atom");
    let atom = atom.expect("the rule is there");
    assert_eq!(
        (&atom["level"], &atom["family"]),
        (&"error".into(), &"security".into())
    );
    assert!(
        atom["docs"]
            .as_str()
            .is_some_and(|docs| docs.contains("# Bad"))
    );
}

#[test]
fn results_are_kept_where_the_environment_says() {
    let folder = project(&[("mix.exs", b"1\n")]);
    let check = |arguments: &[&str]| {
        let mut command = command(folder.path(), arguments);
        let output = command.env("EXLINT_CACHE_DIR", "kept").output();
        assert_eq!(code(&output.expect("the command runs")), 0);
        folder.path().join("kept").exists()
    };
    assert!(!check(&["check", "--no-cache"]));
    assert!(check(&["check"]));
    assert!(!folder.path().join(".exlint_cache").exists());
    assert!(!check(&["clean"]));
}

#[test]
fn every_command_has_help_with_an_example() {
    let folder = project(&[]);
    let help = |arguments: &[&str]| {
        let output = exlint(folder.path(), arguments);
        assert_eq!(code(&output), 0, "{arguments:?}");
        stdout(&output)
    };
    let all = help(&["--help"]);
    let commands = all.split("Commands:\n").nth(1).expect("there are commands");
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let commands: Vec<_> = commands
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.contains(&"check") && !commands.contains(&"debug"));
    for command in commands.into_iter().filter(|it| *it != "help") {
        let text = help(&[command, "--help"]);
        let is_plain = matches!(command, "clean" | "docs" | "init");
        assert!(is_plain || text.contains("Example"), "{command}");
        assert!(
            text.lines().all(|line| line.chars().count() <= 120),
            "{text}"
        );
    }
    assert!(all.contains("NO_COLOR") && all.contains("FORCE_HYPERLINK"));
}

#[test]
fn completions_complete() {
    let folder = project(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = exlint(folder.path(), &["completions", shell]);
        assert_eq!(code(&output), 0);
        assert!(stdout(&output).contains("stdin-filename"), "{shell}");
    }
    let bash = stdout(&exlint(folder.path(), &["completions", "bash"]));
    write(folder.path(), "exlint.bash", &bash);
    let complete = |words: &str, index: usize| {
        let script = format!(
            "source ./exlint.bash; COMP_WORDS=({words}); COMP_CWORD={index}; \
             _exlint exlint \"${{COMP_WORDS[{index}]}}\" \"${{COMP_WORDS[{index} - 1]}}\"; echo \"${{COMPREPLY[*]}}\""
        );
        let mut bash = std::process::Command::new("bash");
        let output = bash
            .args(["-c", &script])
            .current_dir(folder.path())
            .output();
        stdout(&output.expect("bash runs")).trim().to_owned()
    };
    assert_eq!(complete("exlint ba", 1), "baseline");
    assert_eq!(complete("exlint check --stdin", 2), "--stdin-filename");
    assert_eq!(complete("exlint check --format sa", 3), "sarif");
    assert_eq!(complete("exlint completions fi", 2), "fish");
}

#[test]
fn the_manual_page_has_all_commands() {
    let folder = project(&[]);
    let manual = stdout(&exlint(folder.path(), &["man"]));
    for part in [
        ".TH exlint",
        ".TH exlint-check",
        "fail\\-on",
        "Exit codes:",
        "FORCE_HYPERLINK",
    ] {
        assert!(manual.contains(part), "{part} is not in the manual");
    }
}
