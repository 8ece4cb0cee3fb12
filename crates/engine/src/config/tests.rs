use super::*;
use crate::testing::read;

fn problems(text: &str) -> String {
    read(text, Author::User)
        .expect_err("the file has problems")
        .to_string()
}

#[test]
fn every_wrong_name_is_reported_at_its_place_with_the_nearest_real_one() {
    let text = "selct = [\"all\"]\nignore = [\"bare-spwan\"]\n\n[rules.bloking-genserver]\nlevel = \"off\"\n\n\
                [rules.blocking-genserver]\nmax_dept = 3\nlevel = \"warn\"\n\n[[sinks]]\nmodule = \"A\"\n";
    assert_eq!(
        problems(text),
        "exlint.toml:1:1: unknown key `selct`; did you mean `select`?\n\
         exlint.toml:2:11: unknown rule `bare-spwan` in `ignore`; did you mean `bare-spawn`?\n\
         exlint.toml:4:8: unknown rule `bloking-genserver`; did you mean `blocking-genserver`?\n\
         exlint.toml:8:1: `blocking-genserver` has no option `max_dept`; did you mean `max_depth`?\n\
         exlint.toml:9:9: `level` is one of `off`, `info`, `warning`, `error`, not `warn`; did you mean `warning`?\n\
         exlint.toml:11:3: unknown key `sinks`; did you mean `sink`?"
    );
}

#[test]
fn every_wrong_type_is_reported_at_its_value() {
    let text = "select = \"all\"\nfail-on = 1\nexclude = [\"a\", 2, \"a[\"]\n\
                [rules]\nbare-spawn = \"off\"\nblocking-genserver = { max_depth = \"deep\", level = true }\n";
    let problems = problems(text);
    let lines: Vec<&str> = problems.lines().collect();
    assert_eq!(
        lines[0],
        "exlint.toml:1:10: `select` wants a list of strings, not a value of type string"
    );
    assert!(
        lines[1].starts_with("exlint.toml:2:11: `fail-on` wants one of `error`,"),
        "{}",
        lines[1]
    );
    assert_eq!(
        lines[2],
        "exlint.toml:3:17: `exclude` wants a list of strings, not a value of type integer"
    );
    assert!(
        lines[3].starts_with("exlint.toml:3:20: bad glob in `exclude`:"),
        "{}",
        lines[3]
    );
    assert!(
        lines[4].starts_with("exlint.toml:5:14: `bare-spawn` wants a table:"),
        "{}",
        lines[4]
    );
    assert!(
        lines[5].starts_with(
            "exlint.toml:6:36: option `max_depth` of `blocking-genserver`: invalid type"
        )
    );
    assert!(
        lines[6].starts_with("exlint.toml:6:52: `level` wants one of"),
        "{}",
        lines[6]
    );
    assert_eq!(lines.len(), 7);
}

#[test]
fn every_wrong_key_of_a_row_is_reported() {
    let text = "[[sink]]\nmodul = \"A\"\nkind = \"htp\"\nseverity = \"high\"\nfunction = []\n\n\
                [[sink]]\nmodule = \"B\"\nkind = \"http\"\n";
    let problems = problems(text);
    let lines: Vec<&str> = problems.lines().collect();
    assert_eq!(
        lines[0],
        "exlint.toml:2:1: unknown key `modul`; did you mean `module`?"
    );
    assert!(
        lines[1].starts_with("exlint.toml:3:8: unknown value `htp`, expected one of `sleep`"),
        "{}",
        lines[1]
    );
    assert!(lines[1].ends_with("did you mean `http`?"), "{}", lines[1]);
    assert_eq!(
        lines[2],
        "exlint.toml:5:1: unknown key `function`; did you mean `functions`?"
    );
    assert_eq!(lines[3], "exlint.toml:7:1: missing key `severity`");
    assert_eq!(lines.len(), 4);
}

#[test]
fn broken_toml_is_reported_where_it_breaks() {
    let problems = problems("fail-on = \"error\"\nselect = [\"all\"\n");
    assert!(problems.starts_with("exlint.toml:"), "{problems}");
    assert!(!problems.contains("unknown"), "{problems}");
}

#[test]
fn a_good_file_is_read() {
    let text = "select = [\"process\", \"bare-spawn\"]\nfail-on = \"never\"\nspawners = [\"Job.run/1\"]\n\
                [rules.blocking-genserver]\nlevel = \"error\"\nmax_depth = 3\n\
                [[sink]]\nmodule = \"Http\"\nfunctions = [\"get/1\"]\nkind = \"http\"\nseverity = \"high\"\n";
    let config = read(text, Author::User).expect("the file is good");
    let fail_on = config.fail_on.expect("it is there");
    assert_eq!((fail_on.value, fail_on.origin.line), (FailOn::Never, 2));
    let rule = &config.rules["blocking-genserver"];
    let switch = rule.switch.as_ref().expect("it is there");
    assert_eq!(
        (switch.value, switch.origin.line),
        (Switch::On(Level::Error), 5)
    );
    assert_eq!(rule.options["max_depth"].value.as_integer(), Some(3));
    assert_eq!(config.tables["sink"].as_array().map(Vec::len), Some(1));
    assert_eq!(config.tables["spawners"].as_array().map(Vec::len), Some(1));
}

#[test]
fn only_the_shipped_file_recommends_and_may_be_ahead_of_the_rules() {
    let text = "[rules.bare-spawn]\nrecommended = false\n[rules.rule-to-come]\nlevel = \"error\"\n";
    let config = read(text, Author::Shipped).expect("the shipped file is good");
    assert_eq!(config.rules["bare-spawn"].recommended, Some(false));
    assert!(problems(text).contains("`bare-spawn` has no option `recommended`"));
}

#[test]
fn an_override_has_paths_and_rules() {
    let text = "[[override]]\npaths = [\"test/**\"]\nignore = [\"process\"]\n[override.rules.bare-spawn]\nlevel = \"info\"\n";
    let config = read(text, Author::User).expect("the file is good");
    let row = &config.overrides[0];
    assert_eq!(row.paths, ["test/**"]);
    assert!(row.rules.contains_key("bare-spawn"));
    assert_eq!(
        problems("[[override]]\nlevel = \"off\"\n"),
        "exlint.toml:1:1: missing key `paths`; `paths` says which files it is for, as `.gitignore` would\n\
         exlint.toml:2:1: unknown key `level`; there is `paths`, `ignore`, `rules`"
    );
}
