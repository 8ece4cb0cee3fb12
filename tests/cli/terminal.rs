//! What is only for terminals: colour, links, the progress bar. `script` plays the terminal.
use std::path::Path;
use std::process::Stdio;

use crate::support::*;

const LINK: &str = "\x1b]8;;";
const COLOUR: &str = "\x1b[1;33m";

/// What a terminal gets to see of a run with these variables.
fn seen(folder: &Path, arguments: &str, set: &[(&str, &str)]) -> String {
    let run = format!("{} {arguments}", env!("CARGO_BIN_EXE_exlint"));
    let mut script = std::process::Command::new("script");
    let script = script
        .args(["--quiet", "--command", &run, "/dev/null"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .env_clear()
        .envs(["PATH", "HOME"].map(|name| (name, std::env::var_os(name).unwrap_or_default())))
        .env("TERM", "xterm-256color")
        .envs(set.iter().copied());
    let output = script.output().expect("`script` runs");
    stdout(&output)
}

#[test]
fn links_lead_to_files_and_rules_where_the_terminal_has_them() {
    let folder = project(&[("my app/a.ex", module("A", &["f"]).as_bytes())]);
    let root = folder.path().canonicalize().expect("it is there");
    let has = |set: &[(&str, &str)]| seen(&root, "check", set).contains(LINK);
    assert!(!has(&[]));
    for known in [
        ("FORCE_HYPERLINK", "1"),
        ("TERM", "xterm-kitty"),
        ("TERM_PROGRAM", "vscode"),
        ("VTE_VERSION", "6003"),
    ] {
        assert!(has(&[known]), "{known:?}");
    }
    for unwanted in [
        ("NO_COLOR", "1"),
        ("TERM", "dumb"),
        ("FORCE_HYPERLINK", "0"),
    ] {
        let set = [("TERM_PROGRAM", "vscode"), unwanted];
        assert!(!has(&set), "{unwanted:?}");
    }
    let text = seen(&root, "check", &[("FORCE_HYPERLINK", "1")]);
    let file = format!("{LINK}file://{}/my%20app/a.ex\x1b\\", root.display());
    assert!(text.contains(&file), "{text:?}");
    let rule = "/source/docs/dynamic-atom.md\x1b\\dynamic-atom";
    assert!(text.contains(rule), "{text:?}");
    assert!(!seen(&root, "check --color never", &[("FORCE_HYPERLINK", "1")]).contains(LINK));
}

#[test]
fn links_are_never_written_to_a_pipe_or_a_file() {
    let folder = project(&[("a.ex", module("A", &["f"]).as_bytes())]);
    let mut piped = command(folder.path(), &["check", "--color", "always"]);
    piped.env("FORCE_HYPERLINK", "1");
    let text = stdout(&piped.output().expect("the command runs"));
    assert!(text.contains(COLOUR) && !text.contains(LINK), "{text:?}");
    let forced = [("FORCE_HYPERLINK", "1")];
    seen(folder.path(), "check --output-file report", &forced);
    assert!(!read(folder.path(), "report").contains('\x1b'));
}

#[test]
fn a_terminal_has_colour_unless_it_is_unwanted() {
    let folder = project(&[("a.ex", module("A", &["f"]).as_bytes())]);
    let has = |set: &[(&str, &str)]| seen(folder.path(), "check", set).contains(COLOUR);
    assert!(has(&[]));
    assert!(!has(&[("NO_COLOR", "1")]));
    assert!(!has(&[("TERM", "dumb")]));
    assert!(has(&[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")]));
    assert!(!has(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn a_bar_is_drawn_for_a_long_run_on_a_terminal_alone() {
    const BAR: &str = "/4 files";
    let line = format!("[{}nil]\n", "{:ok, \"text\"}, ".repeat(100));
    let slow = line.repeat(1_500_000 / line.len());
    let slow = slow.as_bytes();
    let files = ["a.ex", "b.ex", "c.ex", "d.ex"].map(|name| (name, slow));
    let folder = project(&files);
    let arguments = "check --no-cache --threads 1";
    assert!(seen(folder.path(), arguments, &[]).contains(BAR));
    let quiet = format!("{arguments} --quiet");
    assert!(!seen(folder.path(), &quiet, &[]).contains(BAR));
    let piped = exlint(folder.path(), &arguments.split(' ').collect::<Vec<_>>());
    assert!(!stderr(&piped).contains(BAR));

    let quick = project(&[("a.ex", b"1\n")]);
    assert!(!seen(quick.path(), "check", &[]).contains(" files\r"));
}

#[test]
fn diffs_and_names_control_no_terminal() {
    let source = module("A", &["f"]).replace("end\n", "end # \u{1b}]0;title\u{7}\n");
    let folder = project(&[("esc\u{1b}[2J.ex", source.as_bytes())]);
    for arguments in [
        "check --diff --unsafe-fixes --color never",
        "check --show-files",
    ] {
        let text = seen(folder.path(), arguments, &[]);
        assert!(text.contains("esc"), "{text}");
        let control = text
            .chars()
            .find(|it| it.is_control() && !"\r\n".contains(*it));
        assert_eq!(control, None, "{arguments}: {text:?}");
    }
    // A patch holds the bytes of the file.
    let patch = exlint(folder.path(), &["check", "--diff", "--unsafe-fixes"]);
    assert!(stdout(&patch).contains("\u{1b}]0;title"));
    assert!(stdout(&patch).starts_with("--- \"a/esc\\033[2J.ex\"\n"));
}
