//! Files that are much of one thing take no phase more than a few times as long as parsing them: nothing looks at
//! everything for each thing. Ratios are compared, not times; what is quadratic is far beyond the bound.
//!
//! `CASE=name` tries one case, `SCALE=10` makes all of them ten times as large, `SHOW=1` prints every figure.
#![allow(
    clippy::print_stderr,
    reason = "figures are printed when they are asked for"
)]
mod cases;
mod doubling;
mod processes;

use std::fs;
use std::path::Path;
use std::time::Duration;

use cases::{CASES, Case};
use exlint_engine::{
    ConfigFile, Outcome, Overlay, Overrides, Phase, Request, Settings, Targets, check,
};

const RULES: &str = include_str!("../../rules.toml");

/// How many times as long as parsing each phase may take. Without optimisation most take longer than parsing, which is
/// always optimised.
const BOUND: u32 = 15;

/// What is allowed beside, for what costs time whatever the file is.
const ALLOWANCE: Duration = Duration::from_millis(60);

#[test]
fn no_phase_takes_much_longer_than_parsing() {
    let scale = variable("SCALE").map_or(1, |it| it.parse().expect("a number"));
    let only = variable("CASE");
    let chosen = |case: &&Case| only.as_ref().is_none_or(|it| it == case.name);
    let slow: Vec<String> = CASES
        .iter()
        .chain(processes::CASES)
        .chain(doubling::CASES)
        .filter(chosen)
        .flat_map(|case| slow_phases(case, scale))
        .collect();
    assert!(slow.is_empty(), "\n{}", slow.join("\n"));
}

fn slow_phases(case: &Case, scale: usize) -> Vec<String> {
    let outcome = checked(&(case.make)(case.size * scale));
    assert_eq!(outcome.failures, [], "{}", case.name);
    let parse = outcome.timing.of(Phase::Parse);
    let phases = Phase::ALL
        .into_iter()
        .filter(|phase| outcome.timing.of(*phase) > parse * BOUND + ALLOWANCE);
    let slow = phases.map(|phase| {
        let rules = outcome.timing.rules.iter().take(3);
        let rules: Vec<_> = rules
            .map(|it| format!("{} {:.0?}", it.name, it.time))
            .collect();
        let time = outcome.timing.of(phase);
        let name = phase.name();
        format!(
            "{}: {name} takes {time:.0?}, parsing {parse:.0?} ({})",
            case.name,
            rules.join(", ")
        )
    });
    let slow = slow.collect();
    if variable("SHOW").is_some() {
        show(case, &outcome);
    }
    slow
}

fn show(case: &Case, outcome: &Outcome) {
    let phases = Phase::ALL.map(|it| format!("{} {:.0?}", it.name(), outcome.timing.of(it)));
    let rule = &outcome.timing.rules[0];
    eprintln!(
        "{}: {} B, {}, {} {:.0?}, {} findings",
        case.name,
        outcome.bytes,
        phases.join(", "),
        rule.name,
        rule.time,
        outcome.findings.len()
    );
}

/// With every rule, on one thread.
fn checked(source: &str) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), source);
    let targets = Targets::resolve(&[folder.path().to_owned()]).expect("the folder is there");
    let overrides = Overrides {
        select: vec!["all".to_owned()],
        ..Overrides::default()
    };
    let settings = Settings::load(RULES, &ConfigFile::None, &overrides, &targets)
        .expect("the shipped rules are right");
    let overlay = Overlay::default();
    let request = Request {
        threads: Some(1),
        timing: true,
        fingerprints: true,
        ..Request::of(&targets, &settings, &overlay)
    };
    check(&request).expect("it is checked")
}

/// One file, or those that begin with `# file: PATH`.
fn write(folder: &Path, source: &str) {
    let files = source.strip_prefix("# file: ");
    let files = files.map_or_else(
        || vec![("big.ex", source)],
        |it| {
            let files = it.split("\n# file: ");
            files.filter_map(|it| it.split_once('\n')).collect()
        },
    );
    for (path, text) in files {
        let path = folder.join(path);
        let parent = path.parent().expect("a file has a folder");
        fs::create_dir_all(parent).expect("folders");
        fs::write(path, text).expect("a file");
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
