//! The projects under `fixtures/projects`, each held to the `# expect: rule` marks in its files: nothing more, nothing
//! less, with the rules that are on by default.
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

type Places = BTreeSet<(String, u64, String)>;

#[test]
fn projects_have_the_findings_they_expect() {
    let projects = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/projects");
    let mut count = 0;
    for entry in fs::read_dir(projects).expect("there are projects") {
        let project = entry.expect("projects can be listed").path();
        let (expected, found) = (expected(&project), found(&project));
        let missed: Vec<_> = expected.difference(&found).collect();
        let extra: Vec<_> = found.difference(&expected).collect();
        assert!(
            missed.is_empty() && extra.is_empty(),
            "{project:?}\nmissed: {missed:#?}\nfalse: {extra:#?}"
        );
        count += 1;
    }
    assert!(count > 0);
}

fn found(project: &Path) -> Places {
    let output = Command::new(env!("CARGO_BIN_EXE_exlint"))
        .args([
            "check",
            "--format",
            "json",
            "--exit-zero",
            "--no-cache",
            ".",
        ])
        .current_dir(project)
        .output()
        .expect("exlint can be run");
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("the report is JSON");
    let findings = report["findings"]
        .as_array()
        .expect("there is a list of findings");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    findings
        .iter()
        .map(|it| {
            (
                text(&it["path"]),
                it["start"]["line"].as_u64().unwrap_or_default(),
                text(&it["rule"]),
            )
        })
        .collect()
}

fn expected(project: &Path) -> Places {
    let mut files = Vec::new();
    collect(project, &mut files);
    let mut places = Places::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("fixtures can be read");
        let path = file
            .strip_prefix(project)
            .expect("it is below")
            .to_string_lossy()
            .replace('\\', "/");
        for (line, number) in text.lines().zip(1..) {
            let rules = line
                .rsplit_once("# expect: ")
                .map(|(_, rules)| rules.trim_end_matches("--%>"))
                .into_iter()
                .flat_map(|it| it.split(','));
            places.extend(rules.map(|rule| (path.clone(), number, rule.trim().to_owned())));
        }
    }
    places
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("fixtures can be listed") {
        let path = entry.expect("fixtures can be listed").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path
            .extension()
            .is_some_and(|it| it == "ex" || it == "exs" || it == "heex")
        {
            files.push(path);
        }
    }
}
