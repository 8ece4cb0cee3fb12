//! What single readers ask of a report.
use exlint_findings::{FileId, Finding, Fix, Level, Source, Span};
use exlint_report::{Format, Report, Style, Suppressed, Suppressor};
use serde_json::Value;

use crate::{Files, finding, render, render_run, report, span, written};

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
         ::100%25\\n\\u{3a}:error::x%0Ahelp: a: b, c\n"
    );
}

#[test]
fn gitlab_and_sarif_know_a_finding_by_the_same_name() {
    let findings = vec![finding("r", Level::Info, Span::new(0, 1), "m"); 2];
    let files = one_file("x\n");
    let issues = json(&findings, &files, Format::Gitlab);
    let log = json(&findings, &files, Format::Sarif);
    for index in 0..2 {
        let name = &issues[index]["fingerprint"];
        let in_sarif = &log["runs"][0]["results"][index]["partialFingerprints"]["exlintFinding/v1"];
        assert_eq!((name, in_sarif), (&format!("{index:016x}").into(), name));
    }
}

#[test]
fn paths_are_those_of_the_repository_where_the_host_asks_for_them() {
    let findings = [finding("r", Level::Info, Span::new(0, 1), "m")];
    for (path, expected) in [
        ("lib/a.ex", "apps/web/lib/a.ex"),
        ("../core/a.ex", "apps/core/a.ex"),
        ("/tmp/a.ex", "/tmp/a.ex"),
    ] {
        let files = Files(vec![Source::new(path, "x\n")]);
        for format in [Format::Sarif, Format::Github, Format::Gitlab] {
            let report = Report {
                findings: &findings,
                fingerprints: &["0".to_owned()],
                sources: &files,
                folder: "apps/web",
                ..report()
            };
            let text = written(&report, format, Style::PLAIN);
            let found = text.contains(&format!("\"{expected}\""))
                || text.contains(&format!("file={expected},"))
                || text.contains(&format!("\"file://{expected}\""));
            assert!(found, "{expected} is not in:\n{text}");
        }
        let json = Report {
            findings: &findings,
            sources: &files,
            folder: "apps/web",
            ..report()
        };
        assert!(written(&json, Format::Json, Style::PLAIN).contains(&format!("\"{path}\"")));
    }
}

#[test]
fn what_is_suppressed_is_shown_as_such_where_that_can_be_said() {
    let finding = finding("r", Level::Info, Span::new(0, 1), "m");
    let by = |by| Suppressed {
        finding: &finding,
        by,
    };
    let report = Report {
        suppressed: &[
            by(Suppressor::Comment(Some("why"))),
            by(Suppressor::Comment(None)),
            by(Suppressor::Baseline),
        ],
        sources: &one_file("x\n"),
        ..report()
    };
    let json = |format| -> Value {
        serde_json::from_str(&written(&report, format, Style::PLAIN)).expect("it is JSON")
    };
    let results = json(Format::Sarif)["runs"][0]["results"].clone();
    let suppressions: Vec<_> = results
        .as_array()
        .expect("results are a list")
        .iter()
        .map(|result| result["suppressions"][0].clone())
        .collect();
    assert_eq!(
        suppressions,
        [
            serde_json::json!({"kind": "inSource", "justification": "why"}),
            serde_json::json!({"kind": "inSource"}),
            serde_json::json!({"kind": "external", "justification": "known, and held back by the baseline"}),
        ]
    );
    let document = json(Format::Json);
    assert_eq!(document["findings"], serde_json::json!([]));
    assert_eq!(
        document["suppressed"][0]["suppressed"],
        serde_json::json!({"by": "comment", "reason": "why"})
    );
    for format in Format::ALL.iter().filter(|it| !it.shows_suppressed()) {
        let nothing = written(
            &Report {
                suppressed: &[],
                ..report
            },
            *format,
            Style::PLAIN,
        );
        assert_eq!(written(&report, *format, Style::PLAIN), nothing, "{format}");
    }
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
