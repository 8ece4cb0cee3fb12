//! Runs that are interrupted, that cannot read or write, whose reader goes away; and runs that differ in nothing that
//! may show.
#![cfg(unix)]
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use crate::support::*;

fn large() -> tempfile::TempDir {
    let source = module("A", &["a", "b", "c"]).repeat(200);
    project(&[("mix.exs", b"1\n"), ("lib/a.ex", source.as_bytes())])
}

/// All files but those of caches.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.ends_with(".exlint_cache") {
                continue;
            }
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let bytes = fs::read(&path).expect("a file");
                    let name = path.strip_prefix(folder).expect("it is within");
                    found.insert(name.display().to_string(), bytes);
                }
            }
        }
    }
    found
}

/// The names of files that are being written, those of the cache too.
fn unfinished(folder: &Path) -> Vec<String> {
    let cache = folder.join(".exlint_cache");
    let entries = [folder.to_owned(), folder.join("lib"), cache];
    let entries = entries.iter().filter_map(|it| fs::read_dir(it).ok());
    let names = entries.flatten().map(|it| it.expect("an entry"));
    let names = names.map(|it| it.file_name().to_string_lossy().into_owned());
    names
        .filter(|it| it.starts_with(".exlint-") && it != ".exlint-baseline.json")
        .collect()
}

fn signalled(folder: &Path, arguments: &[&str], signal: i32, delay: Duration) -> ExitStatus {
    let mut child = command(folder, arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command runs");
    std::thread::sleep(delay);
    // It may have ended by itself.
    let kill = Command::new("kill")
        .args([format!("-{signal}"), child.id().to_string()])
        .stderr(Stdio::null())
        .status();
    kill.expect("kill runs");
    child.wait().expect("it has ended")
}

const SIGINT: i32 = 2;
const SIGTERM: i32 = 15;

/// Whatever is being written, Ctrl-C leaves what was there, or what was to be, and nothing beside it.
#[test]
fn an_interrupted_run_leaves_whole_files() {
    let commands: [&[&str]; 4] = [
        &[
            "check",
            "--fix",
            "--unsafe-fixes",
            "--output",
            "json=report.json",
        ],
        &["check", "--output", "sarif=report.json"],
        &["baseline", "--baseline", "report.json"],
        &["suppress", "--reason", "as it is"],
    ];
    let mut interrupted = 0;
    for arguments in commands {
        let finished = large();
        write(finished.path(), "report.json", "{}");
        let start = Instant::now();
        let usual = exlint(finished.path(), arguments).status;
        let time = start.elapsed();
        let after = files(finished.path());
        for step in 0..12 {
            let folder = large();
            write(folder.path(), "report.json", "{}");
            let before = files(folder.path());
            let signal = [SIGINT, SIGTERM][step as usize % 2];
            let status = signalled(folder.path(), arguments, signal, time * step / 10);
            assert!(
                status == usual || status.signal() == Some(signal),
                "{arguments:?} in step {step}: {status}"
            );
            interrupted += usize::from(status.signal().is_some());
            let left = unfinished(folder.path());
            assert!(left.is_empty(), "{arguments:?} in step {step}: {left:?}");
            for (name, bytes) in files(folder.path()) {
                let is_whole = if name == "report.json" {
                    serde_json::from_slice::<serde_json::Value>(&bytes).is_ok()
                } else {
                    Some(&bytes) == before.get(&name) || Some(&bytes) == after.get(&name)
                };
                assert!(is_whole, "{arguments:?} in step {step}: {name}");
            }
        }
    }
    assert!(interrupted > 10, "{interrupted} runs were interrupted");
}

/// A script stops when what it runs was interrupted, which it knows from how that ended.
#[test]
fn a_shell_sees_that_a_run_was_interrupted() {
    let folder = project(&[]);
    let script =
        "mkfifo in; \"$0\" check - < in & exec 3> in; sleep 0.3; kill -TERM $!; wait $!; echo $?";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_exlint")])
        .current_dir(folder.path())
        .output()
        .expect("the shell runs");
    assert_eq!(stdout(&output), "143\n", "{}", stderr(&output));
}

/// Runs where no file can have more than `blocks` of 512 bytes, as on a disk that becomes full.
fn on_full_disk(folder: &Path, blocks: usize, arguments: &[&str]) -> Output {
    Command::new("sh")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$0\" \"$@\"",
        ])
        .arg(env!("CARGO_BIN_EXE_exlint"))
        .arg(blocks.to_string())
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("the command runs")
}

#[test]
fn nothing_is_lost_on_a_full_disk() {
    // What is written, and the first file of it that has no room.
    let commands: [(&[&str], &str); 7] = [
        (&["check", "--fix", "--unsafe-fixes"], "lib/a.ex"),
        (&["check", "--output", "json=report.json"], "report.json"),
        (&["check", "--output", "sarif=new.json"], "new.json"),
        (&["baseline"], ".exlint-baseline.json"),
        (&["suppress", "--reason", "as it is"], "lib/a.ex"),
        (&["init"], "exlint.toml"),
        (&["docs", "pages"], "pages"),
    ];
    for (arguments, place) in commands {
        for blocks in [0, 1] {
            let folder = large();
            write(folder.path(), "report.json", "{}");
            let before = files(folder.path());
            let output = on_full_disk(folder.path(), blocks, arguments);
            let told = stdout(&output) + &stderr(&output);
            assert_eq!(code(&output), 3, "{arguments:?}: {told}");
            assert!(told.contains(place), "{arguments:?}: {told}");
            assert!(told.contains("File too large"), "{arguments:?}: {told}");
            assert!(!told.contains("panicked"), "{told}");
            assert_eq!(files(folder.path()), before, "{arguments:?}");
        }
    }
}

#[test]
fn a_full_disk_costs_only_the_cache() {
    let folder = large();
    let expected = stdout(&exlint(
        folder.path(),
        &["check", "--no-cache", "--format", "concise"],
    ));
    for _ in 0..2 {
        let output = on_full_disk(folder.path(), 0, &["check", "--format", "concise"]);
        assert_eq!(code(&output), 1, "{}", stderr(&output));
        assert_eq!(without_time(&stdout(&output)), without_time(&expected));
    }
    exlint(folder.path(), &["check"]);
    let marks = [".gitignore", "CACHEDIR.TAG"];
    let is_marked = |mark: &&str| folder.path().join(".exlint_cache").join(mark).is_file();
    assert!(marks.iter().all(is_marked), "the cache is no part of git");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = large();
    let supervisor = "defmodule Tree do\n  use Supervisor\n  def init(_), do: Supervisor.init([Worker], strategy: :one_for_one)\nend\n";
    write(folder.path(), "lib/tree.ex", supervisor);
    let formats = formats().map(|it| vec!["check", "--exit-zero", "--format", it]);
    let others: [&[&str]; 9] = [
        &["check", "--diff", "--exit-zero", "--unsafe-fixes"],
        &["check", "--statistics", "--exit-zero"],
        &["tree"],
        &["rules"],
        &["explain", "blocking-genserver"],
        &["config"],
        &["schema"],
        &["completions", "bash"],
        &["man"],
    ];
    let others = others.map(<[&str]>::to_vec);
    for arguments in formats.chain(others) {
        let mut child = command(folder.path(), &arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command runs");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(code(&output), 0, "{arguments:?}: {}", stderr(&output));
        assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
        let full = fs::OpenOptions::new().write(true).open("/dev/full");
        let output = command(folder.path(), &arguments)
            .stdout(full.expect("a full disk"))
            .output();
        let output = output.expect("the command runs");
        assert_eq!(code(&output), 3, "{arguments:?}: {}", stderr(&output));
        assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
    }
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_checked() {
    let bad = module("A", &["a"]);
    let folder = project(&[
        ("mix.exs", b"1\n"),
        ("lib/a.ex", bad.as_bytes()),
        ("lib/locked/b.ex", bad.as_bytes()),
        ("lib/c.ex", bad.as_bytes()),
    ]);
    let set = |path: &str, mode| {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(folder.path().join(path), permissions).expect("they are set");
    };
    set("lib/locked", 0);
    set("lib/c.ex", 0);
    let arguments = ["check", "--no-cache", "--format", "concise"];
    let output = as_nobody(folder.path(), &arguments);
    set("lib/locked", 0o755);
    let Some(output) = output else { return };
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    let found = stdout(&output);
    assert_eq!(found.matches("[dynamic-atom]").count(), 1, "{found}");
    let told = found + &stderr(&output);
    for path in ["lib/locked", "lib/c.ex"] {
        assert!(told.contains(path), "{path}: {told}");
    }
}

/// The summary says how long it took.
fn without_time(report: &str) -> String {
    let lines = report.lines();
    let lines = lines.filter(|it| !it.contains("checked in") && !it.contains("elapsed"));
    lines.collect::<Vec<_>>().join("\n")
}
