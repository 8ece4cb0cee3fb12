use std::fs;

use super::*;

fn tree(files: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("the folder exists");
    for file in files {
        let path = root.join(file);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders");
        fs::write(path, "").expect("a file");
    }
    (folder, root)
}

fn resolve(base: &Path, paths: &[&str]) -> Targets {
    let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    Targets::resolve_in(base, &paths).expect("the paths exist")
}

#[test]
fn paths_are_shown_relative_to_a_folder_of_the_repository() {
    let (_folder, root) = tree(&[
        "repo/.git/HEAD",
        "repo/apps/web/mix.exs",
        "repo/apps/web/lib/a.ex",
        "x/b.ex",
        "b.ex",
    ]);
    let folder = |base: &str, path: &str| resolve(&root.join(base), &[path]).folder_in_repository();
    assert_eq!(folder("repo", "."), "");
    assert_eq!(folder("repo", "apps/web/lib/a.ex"), "");
    assert_eq!(folder("repo/apps/web", "lib"), "apps/web");
    assert_eq!(folder("repo/apps/web/lib", "a.ex"), "apps/web/lib");
    // The project is somewhere else, and paths are relative to its root.
    assert_eq!(folder("x", "../repo/apps/web"), "apps/web");
    // The repository lies below.
    assert_eq!(folder("", "repo/apps/web"), "");
    assert_eq!(folder("", "b.ex"), "");
}

#[test]
fn the_root_is_the_project_and_for_its_applications_the_umbrella() {
    let (_folder, root) = tree(&[
        "shop/mix.exs",
        "shop/apps/web/mix.exs",
        "shop/apps/web/lib/a.ex",
        "x/b.ex",
    ]);
    let targets = resolve(&root, &["shop/apps/web"]);
    assert_eq!(targets.root, root.join("shop"));
    assert_eq!(targets.projects, [root.join("shop")]);
    assert!(targets.whole);
    assert!(resolve(&root, &["shop"]).whole);
    // No project: the current folder.
    assert_eq!(resolve(&root, &["x/b.ex"]).root, root);
    assert!(!resolve(&root, &["x/b.ex"]).whole);
    assert!(resolve(&root, &["x"]).whole);
    assert_eq!(resolve(&root, &["shop/apps/web/lib/a.ex", "x"]).root, root);
}

#[test]
fn paths_are_shown_from_where_the_reader_stands() {
    let (_folder, root) = tree(&["shop/mix.exs", "shop/lib/a.ex", "elsewhere/b.ex"]);
    let file = root.join("shop/lib/a.ex");
    let shown = |base: &str, path: &str| resolve(&root.join(base), &[path]).show(&file);
    assert_eq!(shown("", "shop"), "shop/lib/a.ex");
    assert_eq!(shown("shop/lib", "."), "a.ex");
    assert_eq!(shown("elsewhere", "../shop"), "lib/a.ex");
    fs::create_dir(root.join("shop/test")).expect("a folder");
    assert_eq!(shown("shop/test", "../lib"), "../lib/a.ex");
    assert_eq!(resolve(&root, &["shop"]).relative(&file), "lib/a.ex");
}

#[test]
fn what_is_not_there_or_not_elixir_is_named() {
    let (_folder, root) = tree(&["README.md"]);
    let error = |path: &str| {
        Targets::resolve_in(&root, &[path.into()])
            .expect_err("it is refused")
            .to_string()
    };
    assert_eq!(error("lib"), "`lib` does not exist");
    assert_eq!(
        error("README.md"),
        "`README.md` is not Elixir source: exlint reads `.ex`, `.exs` and `.heex` files"
    );
}
