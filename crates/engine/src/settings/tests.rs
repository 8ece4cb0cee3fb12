use super::*;
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
        fail_on: None,
    };
    let shipped = read(SHIPPED, Author::Shipped).expect("the shipped file is good");
    let user = read(user, Author::User).expect("the user's file is good");
    Layers {
        catalogue: &catalogue(),
        shipped: &shipped,
        user: &user,
        overrides: &overrides,
    }
    .rules()
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
    let tables = merged_tables(sink("Shipped"), sink("Own")).expect("the tables are good");
    let modules: Vec<&str> = tables
        .sinks
        .iter()
        .map(|sink| sink.module.as_str())
        .collect();
    assert_eq!(modules, ["Shipped", "Own"]);
}

#[test]
fn the_nearest_file_up_to_the_project_root_is_read() {
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
        load(&ConfigFile::Find).expect("no file is fine").config,
        None
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
