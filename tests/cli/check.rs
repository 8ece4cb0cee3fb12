//! Input of every kind. What rules find is tested elsewhere: these tests hold whatever the rules are.
use std::fs;
use std::io::Read;
use std::process::Stdio;

use crate::support::*;

/// The JSON report of a file that is the whole project, which nothing may crash on.
fn report_on(content: &[u8]) -> serde_json::Value {
    let folder = project(&[("a.ex", content)]);
    let output = exlint(
        folder.path(),
        &["check", "--format", "json", "--fail-on", "never"],
    );
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = json(&output);
    assert_eq!(report["summary"]["files"], 1);
    assert_eq!(report["summary"]["bytes"], content.len());
    assert_eq!(report["summary"]["failures"], 0);
    report
}

fn has_syntax_error(report: &serde_json::Value) -> bool {
    let findings = report["findings"].as_array().expect("a list of findings");
    findings
        .iter()
        .any(|finding| finding["rule"] == "syntax-error")
}

#[test]
fn a_clean_project_is_clean() {
    let folder = project(&[("mix.exs", b"1\n"), ("lib/a.ex", b"defmodule A do\nend\n")]);
    let output = exlint(folder.path(), &["check"]);
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));
    assert!(stdout(&output).contains("2 files"), "{}", stdout(&output));
    let quiet = exlint(folder.path(), &["check", "--quiet"]);
    assert_eq!(
        (
            code(&quiet),
            stdout(&quiet).as_str(),
            stderr(&quiet).as_str()
        ),
        (0, "", "")
    );
}

#[test]
fn a_missing_path_is_named() {
    let folder = project(&[]);
    let output = exlint(folder.path(), &["check", "lib/nowhere"]);
    assert_eq!((code(&output), stdout(&output).as_str()), (2, ""));
    assert!(
        stderr(&output).contains("`lib/nowhere` does not exist"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_file_that_is_not_elixir_is_refused() {
    let folder = project(&[("README.md", b"")]);
    let output = exlint(folder.path(), &["check", "README.md"]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("`README.md` is not Elixir source"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_folder_without_elixir_is_said_to_be_one() {
    let folder = project(&[("docs/README.md", b"")]);
    let output = exlint(folder.path(), &["check", "docs"]);
    assert_eq!(code(&output), 0);
    assert_eq!(
        stderr(&output),
        "warning: no Elixir files found under `docs`\n"
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_a_failure_and_the_rest_is_checked() {
    let folder = project(&[("lib/a.ex", b"1\n"), ("lib/b.ex", b"\xff\n")]);
    std::os::unix::fs::symlink("nowhere", folder.path().join("lib/dangling.ex")).expect("a link");
    let output = exlint(folder.path(), &["check", "--format", "concise"]);
    assert_eq!(code(&output), 3);
    let text = stdout(&output);
    assert!(text.contains("lib/b.ex:1:1: error[syntax-error]"), "{text}");
    assert!(text.contains("lib/dangling.ex: cannot be read"), "{text}");
    let json_output = exlint(folder.path(), &["check", "--format", "json"]);
    assert_eq!(json(&json_output)["summary"]["failures"], 1);
    assert!(stderr(&json_output).contains("failure: lib/dangling.ex: cannot be read"));
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_is_a_failure() {
    use std::os::unix::fs::PermissionsExt;

    let folder = project(&[("lib/a.ex", b"1\n"), ("lib/secret/b.ex", b"1\n")]);
    let secret = folder.path().join("lib/secret");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).expect("the folder is ours");
    // A superuser reads everything, and then there is nothing to report.
    let is_readable = fs::read_dir(&secret).is_ok();
    let output = exlint(folder.path(), &["check"]);
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o755)).expect("the folder is ours");
    assert_eq!(
        code(&output),
        if is_readable { 0 } else { 3 },
        "{}",
        stdout(&output)
    );
    assert_eq!(
        stdout(&output).contains("lib/secret: cannot be read"),
        !is_readable,
        "{}",
        stdout(&output)
    );
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_end() {
    let folder = project(&[("lib/a.ex", b"1\n")]);
    std::os::unix::fs::symlink("..", folder.path().join("lib/up")).expect("a link");
    std::os::unix::fs::symlink("loop.ex", folder.path().join("lib/loop.ex")).expect("a link");
    let output = exlint(folder.path(), &["check", "--format", "json"]);
    assert_eq!(code(&output), 3);
    assert_eq!(json(&output)["summary"]["files"], 1);
    assert!(
        stderr(&output).contains("lib/loop.ex: cannot be read"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_file_that_is_not_utf8_is_reported_at_the_first_bad_byte() {
    let folder = project(&[("a.ex", b"# caf\xc3\xa9\nx = \"\xe9\xe9\"\n")]);
    let output = exlint(folder.path(), &["check", "--format", "json"]);
    assert_eq!(code(&output), 1);
    let finding = &json(&output)["findings"][0];
    assert_eq!(finding["message"], "this file is not valid UTF-8");
    assert_eq!(
        finding["start"],
        serde_json::json!({"line": 2, "column": 6})
    );
    // Nobody is told that a file is fine which was not looked at.
    assert_eq!(
        code(&exlint(folder.path(), &["check", "--select", "security"])),
        1
    );
}

#[test]
fn unusual_files_are_analysed() {
    assert!(!has_syntax_error(&report_on(b"")));
    assert!(!has_syntax_error(&report_on(b"\xef\xbb\xbf")));
    assert!(!has_syntax_error(&report_on(
        b"\xef\xbb\xbfdefmodule A do\nend\n"
    )));
    assert!(!has_syntax_error(&report_on(
        b"defmodule A do\r\n  def f, do: 1\r\nend\r\n"
    )));
}

#[test]
fn places_are_counted_behind_a_byte_order_mark_and_across_windows_line_breaks() {
    let folder = project(&[("a.ex", b"\xef\xbb\xbfx\r\n\xff\r\n")]);
    let output = exlint(folder.path(), &["check", "--format", "concise"]);
    assert!(
        stdout(&output).starts_with("a.ex:2:1: error[syntax-error]"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn one_line_of_five_megabytes_is_analysed() {
    let item = "{:ok, \"text\"}, ";
    let line = format!("[{}nil]", item.repeat(5_000_000 / item.len()));
    assert!(!has_syntax_error(&report_on(line.as_bytes())));
}

#[test]
fn nesting_ten_thousand_deep_is_analysed() {
    let nested =
        |open: &str, close: &str| format!("{}1{}\n", open.repeat(10_000), close.repeat(10_000));
    report_on(nested("[", "]").as_bytes());
    report_on(nested("f(", ")").as_bytes());
    report_on(nested("if x do\n", "\nend").as_bytes());
    report_on("[".repeat(10_000).as_bytes());
    report_on(format!("{}1\n", "1 + ".repeat(10_000)).as_bytes());
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let files: Vec<String> = (0..50).map(|number| format!("lib/f{number}.ex")).collect();
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|path| (path.as_str(), b"x = \xff\n".as_slice()))
        .collect();
    let folder = project(&files);
    let report = |threads: &str| {
        let output = exlint(
            folder.path(),
            &["check", "--format", "json", "--threads", threads],
        );
        assert_eq!(code(&output), 1);
        stdout(&output)
    };
    let one = report("1");
    assert_eq!(one, report("2"));
    assert_eq!(one, report("16"));
}

#[test]
fn wrong_configuration_is_shown_with_place_and_suggestion() {
    let folder = project(&[
        ("mix.exs", b"1\n"),
        (
            "exlint.toml",
            b"fail-on = \"error\"\nselct = []\nignroe = []\n",
        ),
    ]);
    let output = exlint(folder.path(), &["check"]);
    assert_eq!((code(&output), stdout(&output).as_str()), (2, ""));
    let text = stderr(&output);
    for part in [
        "exlint.toml:2:1",
        "`selct`",
        "`select`",
        "exlint.toml:3:1",
        "`ignroe`",
        "`ignore`",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    assert_eq!(code(&exlint(folder.path(), &["check", "--no-config"])), 0);
    fs::write(folder.path().join("other.toml"), "fail-on = ").expect("a file");
    let other = exlint(folder.path(), &["check", "--config", "other.toml"]);
    assert_eq!(code(&other), 2);
    assert!(
        stderr(&other).contains("other.toml:1:"),
        "{}",
        stderr(&other)
    );
    let missing = exlint(folder.path(), &["check", "--config", "nowhere.toml"]);
    assert_eq!(code(&missing), 2);
    assert!(
        stderr(&missing).contains("`nowhere.toml` does not exist"),
        "{}",
        stderr(&missing)
    );
}

#[test]
fn an_unknown_rule_is_named_with_the_nearest() {
    let folder = project(&[("a.ex", b"1\n")]);
    for arguments in [
        ["check", "--select", "proces"],
        ["check", "--ignore", "proces"],
    ] {
        let output = exlint(folder.path(), &arguments);
        assert_eq!(code(&output), 2);
        let text = stderr(&output);
        assert!(
            text.contains("unknown rule `proces`") && text.contains("did you mean `process`?"),
            "{text}"
        );
    }
    let output = exlint(folder.path(), &["explain", "no-such-rule"]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("unknown rule `no-such-rule`"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn findings_below_the_level_do_not_fail() {
    let folder = project(&[("a.ex", b"\xff")]);
    assert_eq!(
        code(&exlint(folder.path(), &["check", "--fail-on", "error"])),
        1
    );
    assert_eq!(
        code(&exlint(folder.path(), &["check", "--fail-on", "never"])),
        0
    );
    fs::write(folder.path().join("exlint.toml"), "fail-on = \"never\"\n").expect("a file");
    assert_eq!(code(&exlint(folder.path(), &["check"])), 0);
    assert_eq!(
        code(&exlint(folder.path(), &["check", "--fail-on", "info"])),
        1
    );
}

#[test]
fn wrong_arguments_are_usage_errors() {
    let folder = project(&[("a.ex", b"1\n")]);
    for arguments in [
        &["check", "--format", "xml"][..],
        &["check", "--threads", "0"],
        &["check", "--fail-on", "fatal"],
        &["check", "--config", "a.toml", "--no-config"],
        &["chekc"],
        &[],
    ] {
        assert_eq!(code(&exlint(folder.path(), arguments)), 2, "{arguments:?}");
    }
}

#[test]
fn the_output_file_is_replaced_when_the_report_is_complete() {
    let folder = project(&[("a.ex", b"\xff"), ("out/report.json", b"old")]);
    let output = exlint(
        folder.path(),
        &[
            "check",
            "--format",
            "json",
            "--output-file",
            "out/report.json",
        ],
    );
    assert_eq!((code(&output), stdout(&output).as_str()), (1, ""));
    let written = fs::read(folder.path().join("out/report.json")).expect("the report");
    let report: serde_json::Value = serde_json::from_slice(&written).expect("JSON");
    assert_eq!(report["summary"]["errors"], 1);
    assert_eq!(
        fs::read_dir(folder.path().join("out"))
            .expect("the folder")
            .count(),
        1
    );
    let standard = exlint(
        folder.path(),
        &["check", "--format", "json", "--output-file", "-"],
    );
    assert_eq!(json(&standard)["summary"]["errors"], 1);
    let nowhere = exlint(
        folder.path(),
        &["check", "--output-file", "a.ex/report.json"],
    );
    assert_eq!(code(&nowhere), 2);
    assert!(
        stderr(&nowhere).contains("`a.ex/report.json`"),
        "{}",
        stderr(&nowhere)
    );
    assert_eq!(
        code(&exlint(folder.path(), &["check", "--output-file", "out"])),
        2
    );
}

#[test]
fn a_closed_pipe_is_no_error() {
    let files: Vec<String> = (0..2000)
        .map(|number| format!("lib/file_{number}.ex"))
        .collect();
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|path| (path.as_str(), b"\xff".as_slice()))
        .collect();
    let folder = project(&files);
    let mut child = command(folder.path(), &["check", "--format", "full"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let mut first = [0; 1];
    child
        .stdout
        .take()
        .expect("a pipe")
        .read_exact(&mut first)
        .expect("some output");
    let output = child.wait_with_output().expect("the command ends");
    assert_eq!((code(&output), stderr(&output).as_str()), (1, ""));
}

#[test]
fn colour_is_used_when_asked_for() {
    let folder = project(&[("a.ex", b"\xff")]);
    let has_colour = |set: &[(&str, &str)], arguments: &[&str]| {
        let mut command = command(folder.path(), &["check"]);
        let output = command
            .args(arguments)
            .envs(set.iter().copied())
            .output()
            .expect("the command runs");
        stdout(&output).contains('\u{1b}')
    };
    assert!(!has_colour(&[], &[]));
    assert!(has_colour(&[], &["--color", "always"]));
    assert!(has_colour(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!has_colour(
        &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")],
        &[]
    ));
    assert!(!has_colour(
        &[("CLICOLOR_FORCE", "1")],
        &["--color", "never"]
    ));
}

#[test]
fn timing_names_every_phase() {
    let folder = project(&[("a.ex", b"1\n")]);
    let output = exlint(folder.path(), &["check", "--timing"]);
    assert_eq!(code(&output), 0);
    let text = stderr(&output);
    for phase in [
        "walk",
        "read",
        "parse",
        "lower",
        "facts",
        "file rules",
        "link",
        "project rules",
        "report",
    ] {
        assert!(text.contains(phase), "{phase} is not in:\n{text}");
    }
}

#[test]
fn rules_and_help_are_printed() {
    let folder = project(&[]);
    let rules = exlint(folder.path(), &["rules"]);
    assert_eq!((code(&rules), stderr(&rules).as_str()), (0, ""));
    let help = exlint(folder.path(), &["check", "--help"]);
    assert!(stdout(&help).contains("Exit codes:"), "{}", stdout(&help));
    let quoted = exlint(folder.path(), &["debug", "quoted", "nowhere.ex"]);
    assert_eq!(code(&quoted), 2);
}

#[test]
fn of_a_project_all_is_analysed_and_what_is_asked_for_is_reported() {
    let bad = b"defmodule A do\n  def f(params), do: String.to_atom(params[\"x\"])\nend\n";
    let folder = project(&[
        ("mix.exs", b"1\n"),
        ("lib/a.ex", bad),
        ("lib/b.ex", bad),
        ("lib/broken.ex", b"def f(\n"),
    ]);
    let output = exlint(
        folder.path(),
        &[
            "check", "--select", "security", "--format", "json", "lib/b.ex",
        ],
    );
    let report = json(&output);
    assert_eq!(report["summary"]["files"], 1);
    assert_eq!(report["summary"]["bytes"], bad.len());
    let findings = report["findings"].as_array().expect("a list");
    let paths: Vec<_> = findings.iter().map(|finding| &finding["path"]).collect();
    assert_eq!(paths, ["lib/b.ex"]);
}

#[test]
fn findings_are_suppressed_by_comments() {
    let folder = project(&[(
        "a.ex",
        b"defmodule A do\n  # exlint:ignore dynamic-atom -- the caller is trusted\n  \
          def f(params), do: String.to_atom(params[\"x\"])\n  \
          def g(params), do: String.to_atom(params[\"x\"])\n  \
          def h(params), do: params # exlint:ignore security -- nothing\nend\n",
    )]);
    let lines = |arguments: &[&str]| {
        let arguments = [&["check", "--format", "concise"], arguments].concat();
        let text = stdout(&exlint(folder.path(), &arguments));
        let lines = text.lines().filter(|line| line.starts_with("a.ex:"));
        let place = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
        lines.map(place).collect::<Vec<_>>()
    };
    assert_eq!(
        lines(&[]),
        [
            "a.ex:4:22: warning[dynamic-atom]",
            "a.ex:5:45: warning[unused-suppression]"
        ]
    );
    assert_eq!(
        lines(&["--select", "security"]),
        ["a.ex:4:22: warning[dynamic-atom]"]
    );
    assert_eq!(lines(&["--ignore", "security,exlint"]), [""; 0]);
}
