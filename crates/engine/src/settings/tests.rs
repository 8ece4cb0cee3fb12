use super::*;
use crate::config::Override;
use crate::testing::{catalogue, read};

const SHIPPED: &str = "[rules.bare-spawn]\nlevel = \"info\"\nrecommended = false\n[rules.blocking-genserver]\n\
                       level = \"error\"\nmax_depth = 6\n";

/// The rules that are on, with the configuration `user` and `--select`, `--ignore`.
fn on(user: &str, select: &[&str], ignore: &[&str]) -> Vec<&'static str> {
    let rules = rules(user, select, ignore).expect("the names are known");
    rules
        .iter()
        .filter(|rule| rule.on)
        .map(|rule| rule.meta.name)
        .collect()
}

fn rules(user: &str, select: &[&str], ignore: &[&str]) -> Result<Vec<RuleSetting>, Error> {
    let strings = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
    let overrides = Overrides {
        select: strings(select),
        ignore: strings(ignore),
        ..Overrides::default()
    };
    let shipped = read(SHIPPED, Author::Shipped).expect("the shipped file is good");
    let user = read(user, Author::User).expect("the user's file is good");
    let layers = Layers::new(catalogue(), shipped, &overrides)?;
    let all: Vec<&Override> = user.overrides.iter().collect();
    Ok(layers.rules(&user, &all))
}

const RECOMMENDED: [&str; 3] = [
    "blocking-genserver",
    "sleep-in-callback",
    "unused-suppression",
];

#[test]
fn recommended_rules_are_on_unless_told_otherwise() {
    assert_eq!(on("", &[], &[]), RECOMMENDED);
    assert_eq!(on("", &["all"], &["recommended"]), ["bare-spawn"]);
    assert_eq!(on("select = [\"supervision\"]", &[], &[]), ["bare-spawn"]);
}

#[test]
fn select_replaces_and_ignore_subtracts() {
    assert_eq!(
        on(
            "select = [\"all\"]\nignore = [\"exlint\"]",
            &["process"],
            &["sleep-in-callback"]
        ),
        ["blocking-genserver"]
    );
    assert_eq!(
        on("ignore = [\"process\"]", &["recommended"], &[]),
        ["unused-suppression"]
    );
    // Named on the command line, whatever the file says.
    assert_eq!(
        on("ignore = [\"process\"]", &["sleep-in-callback"], &[]),
        ["sleep-in-callback"]
    );
    assert_eq!(
        on("[rules.bare-spawn]\nlevel = \"off\"", &["bare-spawn"], &[]),
        ["bare-spawn"]
    );
}

#[test]
fn a_level_switches_a_rule_on_and_off() {
    let user = "[rules.bare-spawn]\nlevel = \"error\"\n[rules.sleep-in-callback]\nlevel = \"off\"";
    assert_eq!(
        on(user, &[], &[]),
        ["bare-spawn", "blocking-genserver", "unused-suppression"]
    );
    assert_eq!(on(user, &["process"], &[]), ["blocking-genserver"]);
}

#[test]
fn options_and_levels_are_laid_over_the_shipped_ones() {
    let rules =
        rules("[rules.blocking-genserver]\nmax_depth = 2", &[], &[]).expect("the names are known");
    let rule = rules
        .iter()
        .find(|rule| rule.meta.name == "blocking-genserver")
        .expect("it is there");
    assert_eq!(
        (rule.level, rule.options["max_depth"].as_integer()),
        (Level::Error, Some(2))
    );
}

#[test]
fn an_unknown_name_on_the_command_line_is_an_error() {
    let error = rules("", &["bare-spwan"], &[]).expect_err("it is unknown");
    assert_eq!(
        error.to_string(),
        "unknown rule `bare-spwan`; did you mean `bare-spawn`?"
    );
}

#[test]
fn rows_of_the_project_follow_the_shipped_ones() {
    let sink = |module: &str| {
        let row = format!("[[sink]]\nmodule = \"{module}\"\nkind = \"http\"\nseverity = \"low\"\n");
        read(&row, Author::User).expect("the row is good").tables
    };
    let mut tables = sink("Shipped");
    crate::rows::merge(&mut tables, sink("Own"));
    let tables = tables_of(tables).expect("the tables are good");
    let modules: Vec<&str> = tables
        .sinks
        .iter()
        .map(|sink| sink.module.as_str())
        .collect();
    assert_eq!(modules, ["Shipped", "Own"]);
}

#[test]
fn the_last_override_wins_over_the_file() {
    let user = "ignore = [\"process\"]\n[rules.blocking-genserver]\nmax_depth = 3\n\
                [[override]]\npaths = [\"a\"]\nignore = [\"exlint\"]\n\
                [override.rules.blocking-genserver]\nlevel = \"info\"\nmax_depth = 4\n\
                [[override]]\npaths = [\"a\"]\n[override.rules.blocking-genserver]\nlevel = \"error\"\n";
    assert_eq!(on(user, &[], &[]), ["blocking-genserver"]);
    let rules = rules(user, &[], &[]).expect("the names are known");
    let rule = rules.iter().find(|rule| rule.on).expect("one is on");
    assert_eq!(rule.level, Level::Error);
    assert_eq!(rule.options["max_depth"].as_integer(), Some(4));
    assert_eq!(rule.level_from.to_string(), "exlint.toml:13");
    assert_eq!(rule.options_from["max_depth"].line, 9);
}

/// The settings of the one file of a project whose folders have these configurations.
fn of_file(files: &[(&str, &str)], path: &str) -> Result<Vec<RuleSetting>, Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("the folder exists");
    for (path, text) in [("mix.exs", ""), (path, "")].iter().chain(files) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders");
        std::fs::write(path, text).expect("a file");
    }
    let targets = Targets::resolve_in(&root, &[path.into()])?;
    let settings = Settings::load("", &ConfigFile::Find, &Overrides::default(), &targets)?;
    let (mut found, _) = crate::discover::discover(&targets, &settings);
    found.retain(|file| file.asked);
    let scopes = crate::scopes::Scopes::sort(&settings, &targets, &mut found)?;
    Ok(scopes.of(exlint_findings::FileId(0)).rules.clone())
}

fn level_of(files: &[(&str, &str)], path: &str) -> Option<(Level, String)> {
    let rules = of_file(files, path).expect("the files are good");
    let rule = rules
        .into_iter()
        .find(|rule| rule.meta.name == "dynamic-atom");
    let rule = rule.expect("there is such a rule");
    rule.on.then(|| (rule.level, rule.level_from.to_string()))
}

const INFO: &str = "[rules.dynamic-atom]\nlevel = \"info\"\n";

#[test]
fn the_closest_file_wins_key_by_key() {
    let app = "apps/web/lib/a.ex";
    let nested = ("apps/web/exlint.toml", "fail-on = \"never\"\n");
    assert_eq!(
        level_of(&[("exlint.toml", INFO), nested], app),
        Some((Level::Info, "exlint.toml:2".to_owned()))
    );
    let off = (
        "apps/web/exlint.toml",
        "[rules.dynamic-atom]\nlevel = \"off\"\n",
    );
    assert_eq!(level_of(&[("exlint.toml", INFO), off], app), None);
    assert!(level_of(&[("exlint.toml", INFO), off], "apps/core/lib/a.ex").is_some());
    let ignore = ("exlint.toml", "ignore = [\"security\"]\n");
    assert_eq!(level_of(&[ignore], app), None);
    assert!(level_of(&[ignore, ("apps/web/exlint.toml", "ignore = []\n")], app).is_some());
}

#[test]
fn overrides_are_for_the_files_below_their_own_folder() {
    let text = format!(
        "[[override]]\npaths = [\"/lib/gen/\"]\n{}",
        INFO.replace("[rules", "[override.rules")
    );
    let files = [("apps/web/exlint.toml", text.as_str())];
    let is_info =
        |path: &str| level_of(&files, path).is_some_and(|(level, _)| level == Level::Info);
    assert!(is_info("apps/web/lib/gen/a.ex"));
    assert!(!is_info("apps/web/lib/a.ex"));
    assert!(!is_info("lib/gen/a.ex"));
}

#[test]
fn a_file_extends_others() {
    let shared = ("config/shared.toml", INFO);
    let extends = ("exlint.toml", "extends = \"config/shared.toml\"\n");
    assert_eq!(
        level_of(&[shared, extends], "lib/a.ex"),
        Some((Level::Info, "config/shared.toml:2".to_owned()))
    );
    // Their globs are for the files below the one that extends them.
    let globs =
        "[[override]]\npaths = [\"/lib/\"]\n[override.rules.dynamic-atom]\nlevel = \"error\"\n";
    let shared = ("config/shared.toml", globs);
    let level = level_of(&[shared, extends], "lib/a.ex").map(|(level, _)| level);
    assert_eq!(level, Some(Level::Error));
    let error = |text: &str| {
        let files = [
            ("config/shared.toml", "extends = \"../exlint.toml\"\n"),
            ("exlint.toml", text),
        ];
        of_file(&files, "lib/a.ex")
            .expect_err("it is refused")
            .to_string()
    };
    let circle = error("\nextends = [\"config/shared.toml\"]\n");
    assert!(
        circle.ends_with("config/shared.toml:1:1: `../exlint.toml` extends itself"),
        "{circle}"
    );
    let missing = error("extends = \"nowhere.toml\"\n");
    assert!(
        missing.ends_with(":1:1: `nowhere.toml`, which is extended here, does not exist"),
        "{missing}"
    );
}

#[test]
fn the_file_is_found_at_the_root_or_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("the folder exists");
    std::fs::create_dir_all(root.join("shop/lib/cart")).expect("folders");
    std::fs::write(root.join("shop/mix.exs"), "").expect("a file");
    std::fs::write(root.join("exlint.toml"), "fail-on = \"never\"").expect("a file");
    let load = |file: &ConfigFile| {
        let targets = Targets::resolve_in(&root, &["shop/lib/cart".into()]).expect("it exists");
        Settings::load("", file, &Overrides::default(), &targets)
    };
    // It lies above the project.
    assert_eq!(
        load(&ConfigFile::Find).expect("no file is fine").fail_on,
        FailOn::From(Level::Warning)
    );
    std::fs::write(root.join("shop/exlint.toml"), "fail-on = \"error\"").expect("a file");
    let settings = load(&ConfigFile::Find).expect("the file is good");
    assert_eq!(settings.fail_on, FailOn::From(Level::Error));
    assert_eq!(
        load(&ConfigFile::None).expect("no file is fine").fail_on,
        FailOn::From(Level::Warning)
    );
    let other = ConfigFile::At(root.join("exlint.toml"));
    assert_eq!(
        load(&other).expect("the file is good").fail_on,
        FailOn::Never
    );
    let missing = load(&ConfigFile::At("nowhere.toml".into())).expect_err("there is none");
    assert_eq!(missing.to_string(), "`nowhere.toml` does not exist");
    std::fs::write(root.join("shop/exlint.toml"), "select = 1").expect("a file");
    let error = load(&ConfigFile::Find)
        .expect_err("the file is bad")
        .to_string();
    assert!(
        error.starts_with("shop/exlint.toml:1:10: `select` wants"),
        "{error}"
    );
}
