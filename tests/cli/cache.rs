//! Results that are kept from one run to the next.
use std::fs;

use crate::support::*;

fn shop() -> tempfile::TempDir {
    let module = module("Shop", &["one", "two"]);
    project(&[("mix.exs", b"1\n"), ("lib/shop.ex", module.as_bytes())])
}

#[test]
fn every_format_is_the_same_cold_and_warm() {
    let folder = shop();
    for format in ["full", "concise", "json", "sarif"] {
        // The duration stands in some of them.
        let report = |arguments: &[&str]| {
            let output = exlint(
                folder.path(),
                &[&["check", "--format", format], arguments].concat(),
            );
            let lines = stdout(&output);
            let lines = lines.lines().filter(|line| !line.contains("checked in"));
            lines
                .filter(|line| !line.contains("elapsed"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let without = report(&["--no-cache"]);
        for threads in ["1", "2", "16"] {
            assert_eq!(report(&["--threads", threads]), without);
            assert_eq!(report(&["--threads", threads]), without);
        }
    }
}

#[test]
fn the_folder_is_kept_out_of_git_and_of_backups() {
    let folder = shop();
    exlint(folder.path(), &["check"]);
    assert_eq!(read(folder.path(), ".exlint_cache/.gitignore"), "*\n");
    let tag = read(folder.path(), ".exlint_cache/CACHEDIR.TAG");
    assert!(tag.starts_with("Signature: 8a477f597d28d172789f06886806bc55"));
}

#[test]
fn another_folder_is_used_and_cleaned() {
    let folder = shop();
    let cache = tempfile::tempdir().expect("a folder");
    let path = cache.path().join("results");
    let path = path.to_str().expect("UTF-8");
    exlint(folder.path(), &["check", "--cache-dir", path]);
    assert!(!folder.path().join(".exlint_cache").exists());
    assert_eq!(fs::read_dir(path).expect("a folder").count(), 3);
    let clean = exlint(folder.path(), &["clean", "--cache-dir", path]);
    assert_eq!(code(&clean), 0);
    assert!(stdout(&clean).contains("removed"), "{}", stdout(&clean));
    assert!(!std::path::Path::new(path).exists());
    let again = exlint(folder.path(), &["clean", "--cache-dir", path]);
    assert!(stdout(&again).contains("nothing"), "{}", stdout(&again));
}

#[test]
fn nothing_is_kept_where_nobody_wants_it() {
    let folder = shop();
    exlint(folder.path(), &["check", "--no-cache"]);
    assert!(!folder.path().join(".exlint_cache").exists());
    let mut command = command(folder.path(), &["check", "-"]);
    command.output().expect("it runs");
    assert!(!folder.path().join(".exlint_cache").exists());
    let alone = project(&[("a.ex", b"1\n")]);
    exlint(alone.path(), &["check", "a.ex"]);
    assert_eq!(fs::read_dir(alone.path()).expect("a folder").count(), 1);
}
