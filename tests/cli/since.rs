//! Only what changed.
use std::path::Path;

use crate::support::*;

fn commit(folder: &Path) {
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-qm", "A change"]);
}

#[test]
fn findings_on_changed_lines_are_reported() {
    let (a, b) = (module("A", &["f", "g"]), module("B", &["f"]));
    let files: &[(&str, &[u8])] = &[
        ("shop/mix.exs", b"1\n"),
        ("shop/lib/a.ex", a.as_bytes()),
        ("shop/lib/b.ex", b.as_bytes()),
    ];
    let folder = project(files);
    git(folder.path(), &["init", "-qb", "main"]);
    commit(folder.path());
    let shop = folder.path().join("shop");
    assert_eq!(findings(&shop, &["--since", "main"]), [""; 0]);

    // One line of three changes, and a file is new that git does not know.
    write(
        &shop,
        "lib/a.ex",
        &a.replace("params[\"g\"]", "params[\"gg\"]"),
    );
    write(&shop, "lib/ü new.ex", &module("C", &["f"]));
    let changed = ["lib/a.ex:6 dynamic-atom", "lib/ü new.ex:3 dynamic-atom"];
    assert_eq!(findings(&shop, &["--since", "main"]), changed);
    assert_eq!(
        findings(&shop, &["--since", "main", "lib/a.ex"]),
        changed[..1]
    );

    // The same once it is committed on a branch, while main goes on elsewhere.
    git(folder.path(), &["checkout", "-qb", "work"]);
    commit(folder.path());
    git(folder.path(), &["checkout", "-q", "main"]);
    write(&shop, "lib/b.ex", &module("B", &["other"]));
    commit(folder.path());
    git(folder.path(), &["checkout", "-q", "work"]);
    assert_eq!(findings(&shop, &["--since", "main"]), changed);
}

#[test]
fn a_renamed_file_has_the_changes_made_to_it() {
    let folder = project(&[
        ("mix.exs", b"1\n"),
        ("lib/a.ex", module("A", &["f", "g", "h"]).as_bytes()),
    ]);
    let root = folder.path();
    git(root, &["init", "-qb", "main"]);
    commit(root);
    git(root, &["mv", "lib/a.ex", "lib/my file.ex"]);
    assert_eq!(findings(root, &["--since", "main"]), [""; 0]);
    let changed = module("A", &["f", "g", "h"]).replace("params[\"g\"]", "params[\"gg\"]");
    write(root, "lib/my file.ex", &changed);
    let found = ["lib/my file.ex:6 dynamic-atom"];
    assert_eq!(findings(root, &["--since", "main"]), found);
    commit(root);
    assert_eq!(findings(root, &["--since", "HEAD~1"]), found);
}

#[test]
fn worktrees_and_hooks_are_seen_as_what_they_are() {
    let folder = project(&[
        ("main/mix.exs", b"1\n"),
        ("main/lib/a.ex", module("A", &["f"]).as_bytes()),
    ]);
    let main = folder.path().join("main");
    git(&main, &["init", "-qb", "main"]);
    commit(&main);
    git(&main, &["worktree", "add", "-qb", "work", "../work tree"]);
    let work = folder.path().join("work tree");
    write(&work, "lib/b.ex", &module("B", &["f"]));
    let found = ["lib/b.ex:3 dynamic-atom"];
    assert_eq!(findings(&work, &["--since", "main"]), found);
    // In a hook, git tells of its repository in ways that hold for the hook's folder alone.
    let arguments = ["check", "--format", "json", "--since", "main", "."];
    let mut hook = command(&work, &arguments);
    let hook = hook
        .env("GIT_DIR", main.join(".git"))
        .env("GIT_INDEX_FILE", ".git/index");
    let report = json(&hook.output().expect("the command runs"));
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_shallow_clone_needs_the_commit_itself() {
    let folder = project(&[("origin/a.ex", module("A", &["f"]).as_bytes())]);
    let origin = folder.path().join("origin");
    git(&origin, &["init", "-qb", "main"]);
    commit(&origin);
    git(&origin, &["checkout", "-qb", "work"]);
    write(&origin, "b.ex", &module("B", &["f"]));
    commit(&origin);
    let url = format!("file://{}", origin.display());
    let clone = ["clone", "-q", "--depth", "1", "-b", "work", &url, "clone"];
    git(folder.path(), &clone);
    let clone = folder.path().join("clone");
    let without = exlint(&clone, &["check", "--since", "origin/main"]);
    assert_eq!(code(&without), 2);
    let said = stderr(&without);
    assert!(
        said.contains("`origin/main` in this shallow clone"),
        "{said}"
    );
    // The two have no history in common then.
    let main = "main:refs/remotes/origin/main";
    git(&clone, &["fetch", "-q", "--depth", "1", "origin", main]);
    let found = findings(&clone, &["--since", "origin/main"]);
    assert_eq!(found, ["b.ex:3 dynamic-atom"]);
}

#[test]
fn what_git_cannot_tell_is_a_usage_error() {
    let folder = project(&[("mix.exs", b"1\n")]);
    let without = exlint(folder.path(), &["check", "--since", "main"]);
    assert_eq!(code(&without), 2);
    assert!(stderr(&without).contains("git"), "{}", stderr(&without));
    git(folder.path(), &["init", "-q"]);
    commit(folder.path());
    for reference in ["nowhere", "--output=x"] {
        let since = format!("--since={reference}");
        let unknown = exlint(folder.path(), &["check", &since]);
        assert_eq!(code(&unknown), 2);
        let text = stderr(&unknown);
        assert!(
            text.contains(&format!("there is no commit `{reference}`")),
            "{text}"
        );
    }
}

const SERVER: &str = "defmodule Server do\n  use GenServer\n\n  def fetch, do: GenServer.call(__MODULE__, :fetch)\n  def init(state), do: {:ok, state}\n\n  \
                      def handle_call(:fetch, _from, state) do\n    {:reply, Client.fetch(), state}\n  end\nend\n";
const CLIENT: &str =
    "defmodule Client do\n  def fetch do\n    HTTPoison.get!(\"http://example.org\")\n  end\nend\n";

#[test]
fn a_finding_whose_path_crosses_a_changed_line_is_reported() {
    let quick = CLIENT.replace("HTTPoison.get!", "String.trim");
    let folder = project(&[
        ("mix.exs", b"1\n"),
        ("lib/client.ex", quick.as_bytes()),
        ("lib/server.ex", SERVER.as_bytes()),
    ]);
    git(folder.path(), &["init", "-qb", "main"]);
    commit(folder.path());
    write(folder.path(), "lib/client.ex", CLIENT);
    let found = ["lib/server.ex:7 blocking-genserver"];
    assert_eq!(findings(folder.path(), &["--since", "main"]), found);
    assert_eq!(
        findings(folder.path(), &["--since", "main", "lib/server.ex"]),
        found
    );
    assert_eq!(
        findings(folder.path(), &["--since", "main", "lib/client.ex"]),
        [""; 0]
    );

    // It is known by its clause, wherever the rest of its path lies.
    exlint(folder.path(), &["baseline"]);
    let longer = CLIENT.replace("HTTPoison.get!(", "# Slow.\n    HTTPoison.post!(\"/\", ");
    write(folder.path(), "lib/client.ex", &longer);
    assert_eq!(findings(folder.path(), &[]), [""; 0]);
    // A comment at any place of the path suppresses it.
    let excused = CLIENT.replace(
        "HTTP",
        "# exlint:ignore blocking-genserver -- quick enough\n    HTTP",
    );
    write(folder.path(), "lib/client.ex", &excused);
    assert_eq!(findings(folder.path(), &["--no-baseline"]), [""; 0]);
}
