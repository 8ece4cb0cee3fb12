//! Text from standard input stands for a file of the project.
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::support::*;

fn with_input(folder: &Path, arguments: &[&str], text: &str) -> Output {
    let mut child = command(folder, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(text.as_bytes()).expect("it reads");
    drop(input);
    child.wait_with_output().expect("the command ends")
}

#[test]
fn the_text_is_checked_in_place_of_the_file() {
    let config = b"[[override]]\npaths = [\"lib/quiet.ex\"]\nignore = [\"security\"]\n";
    let folder = project(&[
        ("mix.exs", b"1\n"),
        ("lib/a.ex", b"defmodule A do\nend\n"),
        ("lib/b.ex", module("B", &["f"]).as_bytes()),
        ("exlint.toml", config),
    ]);
    let check = |name: &str| {
        let arguments = [
            "check",
            "--format",
            "concise",
            "--ignore",
            "modules-with-identical-names",
            "--stdin-filename",
            name,
            "-",
        ];
        with_input(folder.path(), &arguments, &module("A", &["f"]))
    };
    let output = check("lib/a.ex");
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let text = stdout(&output);
    assert!(
        text.starts_with("lib/a.ex:3:5: warning[dynamic-atom]"),
        "{text}"
    );
    assert!(text.contains("1 file checked"), "{text}");
    assert!(!text.contains("lib/b.ex"), "{text}");
    // A file that is not there, in a folder that is not there.
    let new = stdout(&check("lib/new/c.ex"));
    assert!(
        new.starts_with("lib/new/c.ex:3:5: warning[dynamic-atom]"),
        "{new}"
    );
    assert_eq!(code(&check("lib/quiet.ex")), 0);
    assert_eq!(read(folder.path(), "lib/a.ex"), "defmodule A do\nend\n");
}

#[test]
fn fixed_text_goes_to_standard_output() {
    let folder = project(&[("mix.exs", b"1\n"), ("lib/a.ex", b"1\n")]);
    let arguments = [
        "check",
        "--fix",
        "--unsafe-fixes",
        "--stdin-filename",
        "lib/a.ex",
        "-",
    ];
    let bad = module("A", &["f"]);
    let output = with_input(folder.path(), &arguments, &bad);
    assert_eq!(stdout(&output), bad.replace("to_atom", "to_existing_atom"));
    assert!(
        stderr(&output).contains("1 finding fixed"),
        "{}",
        stderr(&output)
    );
    assert_eq!(read(folder.path(), "lib/a.ex"), "1\n");
    let good = "\u{feff}defmodule A do\nend\n";
    assert_eq!(stdout(&with_input(folder.path(), &arguments, good)), good);
}

#[test]
fn standard_input_stands_alone() {
    let folder = project(&[("a.ex", b"1\n")]);
    let nameless = with_input(folder.path(), &["check", "-"], "\u{1}(");
    assert_eq!(code(&nameless), 1, "{}", stdout(&nameless));
    for arguments in [
        &["check", "-", "a.ex"][..],
        &["check", "--stdin-filename", "a.ex"],
    ] {
        assert_eq!(code(&exlint(folder.path(), arguments)), 2, "{arguments:?}");
    }
    let text = ["check", "--stdin-filename", "a.txt", "-"];
    assert_eq!(code(&exlint(folder.path(), &text)), 2);
}
