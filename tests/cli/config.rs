//! Configuration: nested files, overrides, what is in force, what to begin with.
use crate::support::*;

#[test]
fn the_configuration_in_force_is_shown_with_its_sources() {
    let root = b"fail-on = \"error\"\nexclude = [\"gen/\"]\n[rules.dynamic-atom]\nlevel = \"info\"\n[[sink]]\n\
                 module = \"A\"\nkind = \"http\"\nseverity = \"low\"\n";
    let app = b"ignore = [\"exlint\"]\n[[override]]\npaths = [\"lib/a.ex\"]\n[override.rules.dynamic-atom]\nlevel = \"error\"\n";
    let folder = project(&[
        ("mix.exs", b"1\n"),
        ("exlint.toml", root),
        ("apps/web/mix.exs", b"1\n"),
        ("apps/web/exlint.toml", app),
        ("apps/web/lib/a.ex", b"1\n"),
    ]);
    let shown = |path: &str| {
        let output = exlint(folder.path(), &["config", path]);
        assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));
        let text = stdout(&output);
        let words = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        words.collect::<Vec<_>>().join("\n")
    };
    let file = shown("apps/web/lib/a.ex");
    for part in [
        "fail-on = \"error\" # exlint.toml:1",
        "exclude = [\"gen/\"] # exlint.toml:2",
        "# sink: the shipped rows and 1 of the project",
        "[rules.dynamic-atom]\nlevel = \"error\" # apps/web/exlint.toml:5",
        "[rules.syntax-error]\nlevel = \"off\" # apps/web/exlint.toml:1",
    ] {
        assert!(file.contains(part), "{part} is not in:\n{file}");
    }
    let top = shown(".");
    assert!(
        top.contains("[rules.dynamic-atom]\nlevel = \"info\" # exlint.toml:4"),
        "{top}"
    );
    assert!(
        top.contains("[rules.syntax-error]\nlevel = \"error\" # default"),
        "{top}"
    );
}

#[test]
fn files_of_one_run_are_checked_each_in_its_own_way() {
    let bad = module("A", &["f"]);
    let app =
        b"fail-on = \"never\"\nexclude = [\"lib/gen/\"]\n[rules.dynamic-atom]\nlevel = \"info\"\n";
    let folder = project(&[
        ("mix.exs", b"1\n"),
        ("apps/core/lib/a.ex", bad.as_bytes()),
        ("apps/web/lib/b.ex", bad.as_bytes()),
        ("apps/web/lib/gen/c.ex", bad.as_bytes()),
        ("apps/web/exlint.toml", app),
        ("apps/off/lib/d.ex", bad.as_bytes()),
        ("apps/off/exlint.toml", b"ignore = [\"dynamic-atom\"]\n"),
    ]);
    let output = exlint(folder.path(), &["check", "--format", "json"]);
    assert_eq!(code(&output), 1);
    let report = json(&output);
    let found = report["findings"].as_array().expect("a list").iter();
    let levels: Vec<_> = found
        .map(|finding| (&finding["path"], &finding["level"]))
        .collect();
    assert_eq!(
        format!("{levels:?}"),
        r#"[(String("apps/core/lib/a.ex"), String("warning")), (String("apps/web/lib/b.ex"), String("info"))]"#
    );
    assert_eq!(
        code(&exlint(
            folder.path(),
            &["check", "apps/web", "--fail-on", "info"]
        )),
        1
    );
    assert_eq!(code(&exlint(folder.path(), &["check", "apps/web"])), 0);
}

#[test]
fn a_nested_file_that_is_wrong_is_a_usage_error() {
    let folder = project(&[
        ("mix.exs", b"1\n"),
        ("apps/web/lib/a.ex", b"1\n"),
        ("apps/web/exlint.toml", b"selct = []\n"),
    ]);
    let output = exlint(folder.path(), &["check"]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("apps/web/exlint.toml:1:1"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_file_to_begin_with_is_written_once() {
    let folder = project(&[("mix.exs", b"1\n"), ("lib/a.ex", b"1\n")]);
    let root = folder.path();
    let output = exlint(&root.join("lib"), &["init"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(
        stdout(&output).starts_with("wrote ../exlint.toml"),
        "{}",
        stdout(&output)
    );
    assert_eq!(code(&exlint(root, &["check"])), 0);
    let again = exlint(root, &["init"]);
    assert_eq!(code(&again), 2);
    assert!(
        stderr(&again).contains("`exlint.toml` is there already"),
        "{}",
        stderr(&again)
    );

    // Everything that is commented out is right as it stands.
    let text = read(root, "exlint.toml");
    let active: String = text
        .lines()
        .filter(|line| !line.starts_with("# "))
        .map(|line| format!("{}\n", line.trim_start_matches('#')))
        .collect();
    assert!(active.contains("[[sink]]"), "{active}");
    write(root, "exlint.toml", &active);
    let output = exlint(root, &["check"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

#[test]
fn the_schema_is_printed() {
    let folder = project(&[]);
    let schema = json(&exlint(folder.path(), &["schema"]));
    assert_eq!(schema["additionalProperties"], false);
    assert!(schema["$defs"]["rules"]["properties"]["dynamic-atom"].is_object());
}

#[test]
fn what_nobody_writes_by_hand_is_told_in_few_words() {
    let nested = |open: &str| format!("a = {}\n", open.repeat(100_000));
    let long = format!("fail-on = \"error\"\n{} = 1\n", "a".repeat(100_000));
    let dotted = format!("[{}a]\n", "a.".repeat(100_000));
    let late = format!("x = \"{}\" y\n", "a".repeat(100_000));
    let many: String = (0..1_000)
        .map(|number| format!("a{number} = 1\n"))
        .collect();
    for text in [nested("["), nested("{a="), long, dotted, late, many] {
        let folder = project(&[("a.ex", b"1\n"), ("exlint.toml", text.as_bytes())]);
        let output = exlint(folder.path(), &["check"]);
        let told = stderr(&output);
        assert_eq!(code(&output), 2, "{:.300}", told);
        assert!(told.contains("  × "), "{:.300}", told);
        assert!(told.len() < 5_000, "{:.300}", told);
    }
}
