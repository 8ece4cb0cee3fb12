//! The transcripts in README.md are what exlint prints: every command in a `console` block is run, and what it prints
//! compared. They are one session in one folder, which begins empty: a file that is not there when `cat` shows it is
//! written as it is shown. How long a run takes is not compared.
use std::fs;
use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../README.md");

#[test]
fn the_first_steps_go_as_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let steps = README
        .split("## First steps")
        .nth(1)
        .expect("there is the section");
    let steps = steps.split("\n## ").next().unwrap_or_default();
    for (command, expected) in commands(steps) {
        let shown = command.strip_prefix("cat ");
        let shown = shown.map(|file| folder.path().join(file));
        match shown.filter(|file| !file.exists()) {
            Some(file) => {
                fs::create_dir_all(file.parent().expect("a file has a folder")).expect("a folder");
                fs::write(file, expected).expect("a file");
            }
            None => assert_prints(folder.path(), command, &expected),
        }
    }
}

#[test]
fn the_finding_on_top_is_found() {
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/projects/shop");
    let top = README.split("## What it finds").next().unwrap_or_default();
    for (_, expected) in commands(top) {
        let printed = run(&shop, "exlint check --no-cache");
        let lines = printed
            .lines()
            .map(|line| line.split(" # expect").next().unwrap_or_default());
        let printed = lines.collect::<Vec<_>>().join("\n");
        assert!(
            printed.contains(expected.trim_end()),
            "{expected} is not in:\n{printed}"
        );
    }
}

/// Each command of the `console` blocks, and what it prints.
fn commands(text: &str) -> Vec<(&str, String)> {
    let mut commands: Vec<(&str, String)> = Vec::new();
    let blocks = text.split("```console\n").skip(1);
    for block in blocks.filter_map(|block| block.split("```").next()) {
        for line in block.lines() {
            match (line.strip_prefix("$ "), commands.last_mut()) {
                (Some(command), _) => commands.push((command, String::new())),
                (None, Some((_, output))) => output.push_str(&format!("{line}\n")),
                (None, None) => panic!("a block begins with a command: {line}"),
            }
        }
    }
    assert!(!commands.is_empty());
    commands
}

fn assert_prints(folder: &Path, command: &str, expected: &str) {
    let printed = run(folder, command);
    assert!(
        without_times(&printed) == without_times(expected),
        "`{command}` prints\n{printed}\nand README.md shows\n{expected}"
    );
}

fn run(folder: &Path, command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_exlint"));
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", program.parent().expect("a folder").display());
    let output = Command::new("bash")
        .args(["-c", &format!("exec 2>&1; {command}")])
        .current_dir(folder)
        .env("PATH", path)
        .env("LC_ALL", "C.UTF-8")
        .env_remove("CLICOLOR_FORCE")
        .env_remove("EXLINT_CACHE_DIR")
        .output()
        .expect("bash runs");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn without_times(text: &str) -> String {
    let line = |line: &str| match line.split_once(" checked in ") {
        Some((files, rest)) => {
            let (_, rest) = rest.split_once(" s").unwrap_or(("", rest));
            format!("{files} checked in a moment{rest}")
        }
        None => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
