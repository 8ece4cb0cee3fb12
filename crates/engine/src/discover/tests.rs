use std::fs;

use super::*;
use crate::settings::{ConfigFile, Overrides};

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

fn found(root: &Path, paths: &[&str]) -> (Vec<String>, Vec<Failure>) {
    let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    let targets = Targets::resolve_in(root, &paths).expect("the paths exist");
    let settings =
        Settings::load("", &ConfigFile::Find, &Overrides::default(), &targets).expect("settings");
    let (files, failures) = discover(&targets, &settings);
    let asked = files.into_iter().filter(|file| file.asked);
    (asked.map(|file| file.path).collect(), failures)
}

#[test]
fn elixir_files_are_found_sorted_and_without_foreign_ones() {
    let (_folder, root) = tree(&[
        "mix.exs",
        "lib/b.ex",
        "lib/a.ex",
        "lib/a/c.ex",
        "lib/page.html.heex",
        "lib/mail.html.eex",
        "lib/mail.text.eex",
        "lib/folder.ex/d.ex",
        "deps/x/lib/x.ex",
        "_build/y.ex",
        "assets/node_modules/z.ex",
        ".elixir_ls/w.ex",
        ".formatter.exs",
        "gen/v.ex",
    ]);
    fs::write(root.join(".gitignore"), "gen/\n").expect("a file");
    let (files, failures) = found(&root, &["."]);
    assert_eq!(
        files,
        [
            "lib/a.ex",
            "lib/a/c.ex",
            "lib/b.ex",
            "lib/folder.ex/d.ex",
            "lib/mail.html.eex",
            "lib/page.html.heex",
            "mix.exs"
        ]
    );
    assert_eq!(failures, []);
    // By name, each is looked into, and nothing is taken twice.
    assert_eq!(
        found(&root, &["deps", "deps/x", "./lib/../lib/a.ex", "lib/a.ex"]).0,
        ["deps/x/lib/x.ex", "lib/a.ex"]
    );
}

#[test]
fn the_whole_of_a_mix_project_is_found_and_of_other_folders_what_is_asked_for() {
    let (_folder, root) = tree(&[
        "shop/mix.exs",
        "shop/apps/web/mix.exs",
        "shop/apps/web/lib/a.ex",
        "shop/apps/core/mix.exs",
        "shop/apps/core/lib/b.ex",
        "scripts/c.exs",
        "scripts/d.exs",
    ]);
    let all = |paths: &[&str]| {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let targets = Targets::resolve_in(&root, &paths).expect("the paths exist");
        let settings = Settings::load("", &ConfigFile::None, &Overrides::default(), &targets);
        let (files, _) = discover(&targets, &settings.expect("settings"));
        let path = |file: Found| match file.asked {
            true => file.path,
            false => format!("({})", file.path),
        };
        files.into_iter().map(path).collect::<Vec<_>>()
    };
    assert_eq!(
        all(&["shop/apps/web/lib/a.ex"]),
        [
            "(apps/core/lib/b.ex)",
            "(apps/core/mix.exs)",
            "apps/web/lib/a.ex",
            "(apps/web/mix.exs)",
            "(mix.exs)"
        ]
    );
    assert_eq!(all(&["scripts/c.exs"]), ["scripts/c.exs"]);
}

#[test]
fn include_and_exclude_choose_among_what_is_walked() {
    let (_folder, root) = tree(&[
        "mix.exs",
        "lib/a.ex",
        "lib/gen/b.ex",
        "test/a_test.exs",
        "priv/seed.exs",
    ]);
    fs::write(
        root.join("exlint.toml"),
        "include = [\"lib\", \"test\"]\nexclude = [\"lib/gen/\", \"*_test.exs\"]",
    )
    .expect("a file");
    assert_eq!(found(&root, &["."]).0, ["lib/a.ex"]);
    assert_eq!(found(&root, &["priv/seed.exs"]).0, ["priv/seed.exs"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_to_files_alone() {
    use std::os::unix::fs::symlink;

    let (_folder, root) = tree(&["mix.exs", "lib/a.ex", "other/z.ex"]);
    let outside = tempfile::tempdir().expect("a folder");
    fs::write(outside.path().join("o.ex"), "").expect("a file");
    symlink(&root, root.join("lib/loop")).expect("a link");
    symlink(root.join("lib/a.ex"), root.join("lib/same.ex")).expect("a link");
    symlink(outside.path().join("o.ex"), root.join("lib/outside.ex")).expect("a link");
    symlink(outside.path().join("o.ex"), root.join("lib/outside_too.ex")).expect("a link");
    symlink("nowhere.ex", root.join("lib/dangling.ex")).expect("a link");
    symlink("self.ex", root.join("lib/self.ex")).expect("a link");
    let (files, failures) = found(&root, &["."]);
    assert_eq!(
        files,
        ["lib/a.ex", "lib/outside.ex", "mix.exs", "other/z.ex"]
    );
    let paths: Vec<_> = failures
        .iter()
        .filter_map(|failure| failure.path.as_deref())
        .collect();
    assert_eq!(paths, ["lib/dangling.ex", "lib/self.ex"]);
}

#[test]
fn javascript_of_the_application_is_read_but_not_reported_on() {
    let (_folder, root) = tree(&[
        "mix.exs",
        "assets/js/app.js",
        "assets/js/vendor.min.js",
        "assets/node_modules/x/index.js",
        "lib/shop_web/live/cart.hooks.ts",
        "frontend/src/App.tsx",
    ]);
    let targets = Targets::resolve_in(&root, &[PathBuf::from(".")]).expect("the path exists");
    let settings =
        Settings::load("", &ConfigFile::Find, &Overrides::default(), &targets).expect("settings");
    let (files, _) = discover(&targets, &settings);
    let files: Vec<_> = files
        .iter()
        .map(|it| (it.path.as_str(), it.asked))
        .collect();
    assert_eq!(
        files,
        [
            ("assets/js/app.js", false),
            ("lib/shop_web/live/cart.hooks.ts", false),
            ("mix.exs", true)
        ]
    );
}
