use exlint_findings::{Confidence, Fix, Level, Span};

use super::*;

fn finding(start: u32, end: u32, text: &str) -> Finding {
    Finding {
        rule: "rule".into(),
        level: Level::Warning,
        confidence: Confidence::High,
        file: FileId(0),
        span: Span::new(start, end),
        message: String::new(),
        labels: Vec::new(),
        help: None,
        fix: Some(Fix::replace("", Span::new(start, end), text)),
    }
}

#[test]
fn fixes_that_meet_an_earlier_one_wait_for_the_next_round() {
    let findings = [
        finding(0, 3, "a"),
        finding(2, 4, "b"),
        finding(3, 3, "c"),
        finding(5, 6, "d"),
    ];
    let (edits, rules) = choose(&findings.iter().collect::<Vec<_>>(), Applicability::Safe);
    let texts: Vec<_> = edits.iter().map(|edit| edit.text.as_str()).collect();
    assert_eq!((texts, rules.len()), (vec!["a", "d"], 2));
}

#[test]
fn unsafe_fixes_are_applied_when_they_are_asked_for() {
    let mut finding = finding(0, 1, "a");
    finding.fix = finding.fix.map(Fix::may_change_behaviour);
    assert_eq!(choose(&[&finding], Applicability::Safe).1.len(), 0);
    assert_eq!(choose(&[&finding], Applicability::Unsafe).1.len(), 1);
}

#[test]
fn line_breaks_are_those_of_the_file() {
    let edit = |text: &str| Edit {
        span: Span::new(1, 2),
        text: text.to_owned(),
    };
    assert_eq!(edited("abc\r\n", &[edit("x\ny")]), "ax\r\nyc\r\n");
    assert_eq!(edited("abc\n", &[edit("x\ny")]), "ax\nyc\n");
}
