use exlint_findings::{Label, Level};

use super::*;
use crate::settings::{RuleSetting, Setter};
use crate::testing::catalogue;

fn comments(source: &str) -> Vec<Span> {
    let starts = source.match_indices('#').map(|(at, _)| at);
    let comment = |start: usize| {
        let end = source[start..]
            .find('\n')
            .map_or(source.len(), |length| start + length);
        Span::new(start as u32, end as u32)
    };
    starts.map(comment).collect()
}

fn settings(off: &[&str]) -> Scopes {
    let setting = |meta: &&'static exlint_rules::Meta| RuleSetting {
        meta,
        on: !off.contains(&meta.name),
        level: Level::Warning,
        options: Default::default(),
        recommended: true,
        on_from: Setter::Shipped,
        level_from: Setter::Shipped,
        options_from: Default::default(),
        silenced: false,
    };
    Scopes::of_one(catalogue().rules().iter().map(setting).collect())
}

fn finding(rule: &'static str, source: &str, at: &str) -> Finding {
    let start = source.find(at).expect("it is in the source") as u32;
    Finding {
        rule: rule.into(),
        level: Level::Warning,
        confidence: Confidence::High,
        file: FileId(0),
        span: Span::new(start, start + at.len() as u32),
        message: format!("`{at}`"),
        labels: Vec::new(),
        help: None,
        fix: None,
    }
}

fn left(source: &str, findings: Vec<Finding>, scopes: &Scopes, whole: bool) -> Vec<Finding> {
    let judge = Judge {
        scopes,
        whole,
        narrowed: false,
        complete: true,
    };
    apply(findings, &[collect(source, &comments(source))], judge).kept
}

fn messages(findings: &[Finding]) -> Vec<&str> {
    findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect()
}

fn fixed(source: &str, finding: &Finding) -> String {
    let edit = &finding.fix.as_ref().expect("it has a fix").edits[0];
    let mut source = source.to_owned();
    source.replace_range(edit.span.range(), &edit.text);
    source
}

#[test]
fn a_comment_covers_its_line_or_the_next_line_of_code() {
    let source = "one() # exlint:ignore bare-spawn\ntwo()\n\
                  # exlint:ignore bare-spawn, process -- a reason -- and more\n# why\n\n  three()\nfour()\n";
    let findings = ["one", "two", "three", "four"].map(|at| finding("bare-spawn", source, at));
    let mut findings = Vec::from(findings);
    findings.push(finding("sleep-in-callback", source, "three"));
    assert_eq!(
        messages(&left(source, findings, &settings(&[]), true)),
        ["`two`", "`four`"]
    );
}

#[test]
fn a_file_can_be_covered_as_a_whole() {
    let source = "one()\ntwo() # exlint:ignore-file supervision\n# exlint:ignore-file all\n";
    let findings = vec![
        finding("bare-spawn", source, "one"),
        finding("other", source, "two"),
    ];
    assert_eq!(
        messages(&left(source, findings, &settings(&[]), true)),
        Vec::<&str>::new()
    );
}

#[test]
fn a_place_that_explains_the_finding_can_be_covered() {
    let source = "one()\ntwo() # exlint:ignore blocking-genserver\n";
    let mut finding = finding("blocking-genserver", source, "one");
    finding.labels.push(Label {
        file: None,
        span: Span::new(6, 9),
        text: String::new(),
    });
    assert_eq!(left(source, vec![finding], &settings(&[]), true), []);
}

#[test]
fn names_that_suppress_nothing_are_findings_with_a_fix() {
    let source = "one() # exlint:ignore bare-spawn, sleep-in-callback, process\n# exlint:ignore bare-spawn\ntwo()\n";
    let left = left(
        source,
        vec![finding("bare-spawn", source, "one")],
        &settings(&[]),
        true,
    );
    assert_eq!(
        messages(&left),
        [
            "`sleep-in-callback` finds nothing here, so nothing is suppressed",
            "`process` finds nothing here, so nothing is suppressed",
            "`bare-spawn` finds nothing here, so nothing is suppressed",
        ]
    );
    assert!(fixed(source, &left[0]).starts_with("one() # exlint:ignore bare-spawn, process\n"));
    assert!(
        fixed(source, &left[1])
            .starts_with("one() # exlint:ignore bare-spawn, sleep-in-callback\n")
    );
    assert!(fixed(source, &left[2]).ends_with("process\ntwo()\n"));
}

#[test]
fn the_last_name_takes_the_comment_with_it() {
    let source = "one()  # exlint:ignore bare-spawn -- once\ntwo()\n";
    let left = left(source, Vec::new(), &settings(&[]), true);
    assert_eq!(fixed(source, &left[0]), "one()\ntwo()\n");
}

#[test]
fn only_what_would_have_been_found_is_judged() {
    let source = "one() # exlint:ignore bare-spawn, blocking-genserver, process, all\n";
    assert_eq!(
        left(source, Vec::new(), &settings(&["bare-spawn"]), false),
        []
    );
    assert_eq!(
        left(source, Vec::new(), &settings(&["unused-suppression"]), true),
        []
    );
    let scopes = settings(&[]);
    let judge = Judge {
        scopes: &scopes,
        narrowed: false,
        whole: true,
        complete: false,
    };
    let applied = apply(Vec::new(), &[collect(source, &comments(source))], judge);
    assert_eq!(applied.kept, []);
}

#[test]
fn unknown_names_and_words_are_findings() {
    let source = "one() # exlint:ignore bare-spwan\ntwo() # exlint:ignore what-ever\n# exlint:disable bare-spawn\n\
                  # exlint:ignore -- for a reason\n";
    let left = left(source, Vec::new(), &settings(&[]), true);
    assert_eq!(
        messages(&left),
        [
            "there is no rule `bare-spwan` to suppress",
            "there is no rule `what-ever` to suppress",
            "this comment asks exlint for something it does not know",
            "this comment names no rule, so it suppresses nothing",
        ]
    );
    assert_eq!(left[0].help.as_deref(), Some("did you mean `bare-spawn`?"));
    assert!(fixed(source, &left[0]).starts_with("one() # exlint:ignore bare-spawn\n"));
    assert!(fixed(source, &left[1]).contains("\ntwo()\n#"));
    assert!(fixed(source, &left[3]).ends_with("bare-spawn\n"));
}

#[test]
fn other_comments_and_windows_line_breaks_do_no_harm() {
    assert_eq!(
        collect(
            "# see exlint:ignore\n#\n# exlint\n",
            &comments("# see exlint:ignore\n#\n# exlint\n")
        ),
        []
    );
    let source = "# exlint:ignore bare-spawn\r\none()\r\n";
    assert_eq!(
        left(
            source,
            vec![finding("bare-spawn", source, "one")],
            &settings(&[]),
            true
        ),
        []
    );
}

#[test]
fn a_block_covers_the_lines_between_its_comments() {
    let source = "one()\n# exlint:ignore-start bare-spawn -- why\ntwo()\n# exlint:ignore-start all\nthree()\n\
                  # exlint:ignore-end bare-spawn\nfour()\n# exlint:ignore-end\nfive()\n";
    let findings =
        ["one", "two", "three", "four", "five"].map(|at| finding("bare-spawn", source, at));
    assert_eq!(
        messages(&left(source, findings.into(), &settings(&[]), true)),
        ["`one`", "`five`"]
    );
}

#[test]
fn a_block_has_a_beginning_and_an_end() {
    let source = "# exlint:ignore-end\n# exlint:ignore-start bare-spawn\none()\n";
    let found = left(
        source,
        vec![finding("bare-spawn", source, "one")],
        &settings(&[]),
        true,
    );
    assert_eq!(
        messages(&found),
        [
            "no `ignore-start` begins what this comment ends",
            "no `ignore-end` ends what this comment begins"
        ]
    );
}

#[test]
fn an_unused_block_goes_away_with_its_end() {
    let source = "# exlint:ignore-start bare-spawn\none()\n# exlint:ignore-end\n";
    let found = left(source, Vec::new(), &settings(&[]), true);
    let edits = &found[0].fix.as_ref().expect("it has a fix").edits;
    assert_eq!(crate::fix::edited(source, edits), "one()\n");
}

#[test]
fn a_comment_for_credo_suppresses_and_is_never_unused() {
    let source = "# credo:disable-for-next-line Credo.Check.Warning.BareSpawn\none()\ntwo()\n";
    let findings = ["one", "two"].map(|at| finding("bare-spawn", source, at));
    assert_eq!(
        messages(&left(source, findings.into(), &settings(&[]), true)),
        ["`two`"]
    );
    assert_eq!(left(source, Vec::new(), &settings(&[]), true), []);
}
