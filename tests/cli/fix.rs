//! Fixes are applied, or shown.
use std::fs;

use crate::support::*;

const UNUSED: &str =
    "defmodule A do\n  # exlint:ignore bare-spawn -- long gone\n  def f, do: 1\nend\n";
const FIXED: &str = "defmodule A do\n  def f, do: 1\nend\n";

#[test]
fn safe_fixes_are_applied_and_counted() {
    let folder = project(&[
        ("a.ex", UNUSED.as_bytes()),
        ("b.ex", module("B", &["f"]).as_bytes()),
    ]);
    let root = folder.path();
    let arguments = ["check", "--select", "all", "--fix"];
    let output = exlint(root, &arguments);
    assert_eq!(read(root, "a.ex"), FIXED);
    assert_eq!(read(root, "b.ex"), module("B", &["f"]));
    assert_eq!(code(&output), 1);
    assert_eq!(
        stderr(&output),
        "note: 1 finding fixed in 1 file\nnote: 1 finding can be fixed with `--fix --unsafe-fixes`\n"
    );
    let again = exlint(root, &arguments);
    assert!(!stderr(&again).contains("fixed in"), "{}", stderr(&again));

    let risky = exlint(
        root,
        &["check", "--select", "all", "--fix", "--unsafe-fixes"],
    );
    assert_eq!(code(&risky), 0);
    assert!(read(root, "b.ex").contains("String.to_existing_atom(params"));
}

#[test]
fn a_diff_changes_nothing() {
    let folder = project(&[("lib/a.ex", UNUSED.as_bytes())]);
    let output = exlint(folder.path(), &["check", "--diff"]);
    assert_eq!(code(&output), 1);
    assert_eq!(
        stdout(&output),
        "--- a/lib/a.ex\n+++ b/lib/a.ex\n@@ -1,4 +1,3 @@\n defmodule A do\n\
         -  # exlint:ignore bare-spawn -- long gone\n   def f, do: 1\n end\n"
    );
    assert_eq!(stderr(&output), "note: 1 finding can be fixed\n");
    let both = exlint(folder.path(), &["check", "--fix", "--diff"]);
    assert_eq!((code(&both), stdout(&both)), (1, stdout(&output)));
    assert_eq!(read(folder.path(), "lib/a.ex"), UNUSED);
    write(folder.path(), "lib/a.ex", FIXED);
    let clean = exlint(folder.path(), &["check", "--diff"]);
    assert_eq!((code(&clean), stdout(&clean).as_str()), (0, ""));
}

#[test]
fn a_run_can_fail_because_it_fixed_something() {
    let folder = project(&[("a.ex", UNUSED.as_bytes())]);
    let arguments = ["check", "--fix", "--exit-non-zero-on-fix"];
    assert_eq!(code(&exlint(folder.path(), &arguments)), 1);
    assert_eq!(code(&exlint(folder.path(), &arguments)), 0);
}

#[cfg(unix)]
#[test]
fn a_fixed_file_keeps_its_rights_its_marks_and_its_links() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let windows = format!("\u{feff}{}", UNUSED.replace('\n', "\r\n"));
    let folder = project(&[("real/a.ex", windows.as_bytes()), ("lib/b.ex", b"1\n")]);
    let root = folder.path();
    let real = root.join("real/a.ex");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o750)).expect("the file is ours");
    symlink(&real, root.join("lib/a.ex")).expect("a link");
    exlint(root, &["check", "lib", "--fix"]);
    let fixed = format!("\u{feff}{}", FIXED.replace('\n', "\r\n"));
    assert_eq!(read(root, "real/a.ex"), fixed);
    let mode = fs::metadata(&real)
        .expect("the file is there")
        .permissions();
    assert_eq!(mode.mode() & 0o777, 0o750);
    assert!(root.join("lib/a.ex").is_symlink());
    assert_eq!(
        fs::read_dir(root.join("real")).expect("the folder").count(),
        1
    );
}

#[test]
fn unsafe_fixes_alone_fix_nothing() {
    let folder = project(&[("a.ex", b"1\n")]);
    let output = exlint(folder.path(), &["check", "--unsafe-fixes"]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("give `--fix` or `--diff`"),
        "{}",
        stderr(&output)
    );
}
