//! A bug in a rule costs what that rule would have found, and no more.
use std::fs;

use exlint_findings::{Confidence, Level};
use exlint_project::Project;
use exlint_rules::{
    Cx, Enabled, Entry, Family, Linter, Meta, On, ProjectCx, Rule, RuleMeta, Scope,
};
use exlint_syntax::Call;
use serde::Deserialize;

use crate::settings::{RuleSetting, Setter};
use crate::*;

const RULES: &str = include_str!("../../../rules.toml");

/// Panics at a call of `Bad.luck/0`.
#[derive(Default, Deserialize)]
struct PanicsInFile {}

/// Panics at every project.
#[derive(Default, Deserialize)]
struct PanicsInProject {}

const META: Meta = Meta {
    name: "panics-in-file",
    family: Family::Exlint,
    confidence: Confidence::High,
    scope: Scope::File,
    fix: None,
    in_tests: false,
    in_scripts: false,
    in_templates: false,
    docs: "",
    options: &[],
    source: file!(),
};

impl RuleMeta for PanicsInFile {
    const META: Meta = META;
}

impl RuleMeta for PanicsInProject {
    const META: Meta = Meta {
        name: "panics-in-project",
        scope: Scope::Project,
        ..META
    };
}

impl Rule for PanicsInFile {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&["Bad.luck/0"], Self::check);
    }
}

impl PanicsInFile {
    fn check(&self, _call: Call, _cx: &mut Cx) {
        panic!("no luck");
    }
}

impl Rule for PanicsInProject {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl PanicsInProject {
    fn check(&self, _project: &Project, _cx: &mut ProjectCx) {
        panic!("no luck either");
    }
}

#[test]
fn a_rule_that_panics_is_a_failure_and_the_others_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("it is there");
    let file = |name: &str, body: &str| {
        let text = format!("defmodule {name} do\n  def f(params), do: {body}\nend\n");
        fs::write(root.join(format!("{name}.ex")), text).expect("a file");
    };
    file("Bad", "Bad.luck()");
    file("Good", "String.to_atom(params[\"x\"])");
    let targets = Targets::resolve_in(&root, &[".".into()]).expect("it is there");
    let overrides = Overrides::default();
    let settings = Settings::load(RULES, &ConfigFile::None, &overrides, &targets);
    let (settings, overlay) = (settings.expect("settings"), Overlay::default());
    let request = Request {
        threads: Some(1),
        ..Request::of(&targets, &settings, &overlay)
    };
    let (mut found, mut failures) = discover(&targets, request.settings);
    let mut scopes = Scopes::sort(request.settings, &targets, &mut found).expect("settings");
    break_rules(&mut scopes);

    let mut kept = Kept::open(&request, &scopes, &found);
    let timing = &mut Timing::default();
    let (_, findings, _) = find_out(&request, &scopes, &found, &mut kept, &mut failures, timing);
    let rules: Vec<&str> = findings.iter().map(|it| it.rule.as_ref()).collect();
    assert_eq!(rules, ["dynamic-atom"]);
    let failures: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert_eq!(failures.len(), 2);
    let in_file = "Bad.ex: internal error in rule `panics-in-file`: no luck (";
    assert!(failures[0].starts_with(in_file), "{}", failures[0]);
    let in_project = "internal error in rule `panics-in-project`: no luck either (";
    assert!(failures[1].starts_with(in_project), "{}", failures[1]);
}

/// Runs two rules that panic, and one that does not.
fn break_rules(scopes: &mut Scopes) {
    let scope = &mut scopes.all[0];
    scope.rules.push(RuleSetting {
        meta: &<PanicsInProject as RuleMeta>::META,
        on: true,
        level: Level::Warning,
        options: Default::default(),
        recommended: true,
        on_from: Setter::Shipped,
        level_from: Setter::Shipped,
        options_from: Default::default(),
        silenced: false,
    });
    let broken = [Entry::of::<PanicsInFile>(), Entry::of::<PanicsInProject>()];
    let broken: &'static [Entry] = Box::leak(Box::new(broken));
    let rules = broken.iter().chain(exlint_rules::find("dynamic-atom"));
    let enabled = rules.map(|rule| Enabled {
        rule,
        level: Level::Warning,
        options: Default::default(),
    });
    scope.linter = Linter::new(enabled.collect(), Default::default()).expect("no options");
}
