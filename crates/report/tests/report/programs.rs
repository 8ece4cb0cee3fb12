//! What single readers ask of a report.
use exlint_findings::{FileId, Finding, Fix, Level, Source, Span};
use exlint_report::{Format, Style};
use serde_json::Value;

use crate::{Files, finding, render, render_run, span};

fn json(findings: &[Finding], files: &Files, format: Format) -> Value {
    let text = render(findings, files, format, Style::PLAIN);
    serde_json::from_str(&text).expect("it is JSON")
}

fn one_file(text: &str) -> Files {
    Files(vec![Source::new("lib/a.ex", text)])
}

#[test]
fn github_gets_the_gravest_first_and_learns_what_it_leaves_out() {
    let at = Span::new(0, 1);
    let mut findings = vec![finding("r", Level::Info, at, "m"); 12];
    findings.extend(vec![finding("r", Level::Error, at, "m"); 11]);
    findings.push(finding("r", Level::Warning, at, "m"));
    let text = render(&findings, &one_file("x\n"), Format::Github, Style::PLAIN);
    let commands = text
        .lines()
        .map(|line| line.split(' ').next().unwrap_or_default());
    let mut commands: Vec<_> = commands.collect();
    commands.dedup();
    assert_eq!(commands, ["::error", "::warning", "::notice", "4"]);
    assert!(
        text.ends_with("\n4 more not shown as annotations: GitHub shows 10 of each level\n"),
        "{text}"
    );
}

#[test]
fn github_takes_nothing_in_a_name_or_a_message_for_a_command() {
    let mut bad = finding("r", Level::Error, Span::new(0, 1), "100%\n::error::x");
    bad.help("a: b, c");
    let files = Files(vec![Source::new("a,b:c%\n.ex", "x\n")]);
    let text = render_run(&[bad], &[], &files, Format::Github, Style::PLAIN);
    assert_eq!(
        text,
        "::error title=exlint r,file=a%2Cb%3Ac%25%0A.ex,line=1,endLine=1,col=1,endColumn=2\
         ::100%25\\n::error::x%0Ahelp: a: b, c\n"
    );
}

#[test]
fn gitlab_knows_a_finding_again_after_its_line_has_moved() {
    let fingerprints = |text: &str| {
        let starts = text
            .match_indices("IO.inspect")
            .map(|(start, _)| start as u32);
        let findings: Vec<_> = starts
            .map(|start| finding("r", Level::Info, Span::new(start, start + 10), "m"))
            .collect();
        let issues = json(&findings, &one_file(text), Format::Gitlab);
        let issues = issues.as_array().expect("issues are a list").clone();
        issues
            .iter()
            .map(|issue| issue["fingerprint"].clone())
            .collect::<Vec<_>>()
    };
    let before = fingerprints("IO.inspect(a)\nIO.inspect(b)\nIO.inspect(b)\n");
    let after = fingerprints("x = 1\n\n  IO.inspect( a )\nIO.inspect(b)\n\nIO.inspect(b)\n");
    assert_eq!(before, after);
    assert_ne!(before[0], before[1]);
    assert_ne!(before[1], before[2]);
}

#[test]
fn junit_of_a_clean_run_has_a_case_that_passed() {
    let text = render_run(&[], &[], &one_file(""), Format::Junit, Style::PLAIN);
    assert!(
        text.contains("tests=\"1\" failures=\"0\" errors=\"0\">"),
        "{text}"
    );
    assert!(text.contains("<testcase name=\"no findings\" classname=\"exlint\"/>"));
}

#[test]
fn a_suggestion_for_reviewdog_is_one_edit_in_bytes() {
    let text = "é = foo(1)\n";
    let mut whole = finding("r", Level::Info, span(text, "foo"), "m");
    whole.fix(Fix::replace("Use `bar`", span(text, "foo"), "bar"));
    let mut split = whole.clone();
    let mut fix = Fix::replace("Use `bar`", span(text, "foo"), "bar");
    fix.edits
        .extend(Fix::replace("", span(text, "1"), "2").edits);
    split.fix(fix);
    let result = json(&[whole, split], &one_file(text), Format::Rdjson);
    let suggestion = &result["diagnostics"][0]["suggestions"][0];
    assert_eq!(suggestion["range"]["start"]["column"], 6);
    assert!(result["diagnostics"][1].get("suggestions").is_none());
}

#[test]
fn sonar_gets_no_range_that_is_empty_or_ends_behind_the_text() {
    let text = "a = 1\nb\n";
    let whole = finding("r", Level::Info, Span::new(0, text.len() as u32), "m");
    let empty = finding("r", Level::Info, Span::new(6, 6), "m");
    let lost = Finding {
        file: FileId(1),
        ..empty.clone()
    };
    let files = Files(vec![Source::new("a.ex", text), Source::new("b.ex", "")]);
    let document = json(&[whole, empty, lost], &files, Format::Sonar);
    let range = |index: usize| &document["issues"][index]["primaryLocation"]["textRange"];
    let expected =
        serde_json::json!({"startLine": 1, "endLine": 2, "startColumn": 0, "endColumn": 1});
    assert_eq!(range(0), &expected);
    assert_eq!(range(1), &serde_json::json!({"startLine": 2}));
    assert_eq!(range(2), &serde_json::json!({"startLine": 1}));
}
