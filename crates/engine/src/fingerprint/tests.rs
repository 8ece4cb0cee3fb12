use exlint_findings::{Confidence, Label, Level, Source};

use super::*;

/// The fingerprints of findings at each of `places` (texts) of `source`, in their order.
fn at(source: &str, places: &[&str]) -> Vec<Fingerprint> {
    let mut from = 0;
    let findings = places.iter().map(|text| {
        let start = from + source[from..].find(text).expect("it is in the source");
        from = start + 1;
        finding(Span::new(start as u32, (start + text.len()) as u32))
    });
    fingerprints(source, findings.collect())
}

fn fingerprints(source: &str, findings: Vec<Finding>) -> Vec<Fingerprint> {
    let file = ShownFile {
        path: String::new(),
        disk: Default::default(),
        has_mark: false,
        source: Some(Source::new("a.ex", source)),
    };
    all(&findings, &[(FileId(0), file)].into_iter().collect())
}

fn finding(span: Span) -> Finding {
    Finding {
        rule: "rule".into(),
        level: Level::Warning,
        confidence: Confidence::High,
        file: FileId(0),
        span,
        message: String::new(),
        labels: Vec::new(),
        help: None,
        fix: None,
    }
}

const SOURCE: &str = "defmodule Shop.Cart do\n  def add(a, b) do\n    String.to_atom(a)\n    String.to_atom(b)\n  \
                      end\n\n  defmodule Item do\n    def new(a), do: String.to_atom(a)\n  end\nend\n";

#[test]
fn a_finding_is_known_by_its_function_and_its_code() {
    let found = at(
        SOURCE,
        &["String.to_atom(a)", "to_atom(b)", "String.to_atom(a)"],
    );
    let shown: Vec<_> = found
        .iter()
        .map(|it| (it.function.as_str(), it.code.as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            ("Shop.Cart.add/2", "String.to_atoma"),
            ("Shop.Cart.add/2", "String.to_atomb"),
            ("Shop.Cart.Item.new/1", "String.to_atoma")
        ]
    );
}

#[test]
fn reformatting_and_moving_change_nothing() {
    let moved = "# A comment.\ndefmodule Shop.Cart do\n  defmodule Item do\n    def new(a) do\n      String.to_atom a\n    \
                 end\n  end\n\n  def add(a, b) do\n    String.to_atom(\n      # why\n      a\n    )\n\n    \
                 String.to_atom(b)\n  end\nend\n";
    let mut before = at(
        SOURCE,
        &[
            "String.to_atom(a)",
            "String.to_atom(b)",
            "String.to_atom(a)",
        ],
    );
    let mut after = at(
        moved,
        &[
            "String.to_atom a",
            "String.to_atom(\n      # why\n      a\n    )",
            "String.to_atom(b)",
        ],
    );
    before.sort();
    after.sort();
    assert_eq!(before, after);
}

#[test]
fn equal_findings_of_one_function_are_told_apart() {
    let source = "def f(a) do\n  g(a)\n  g(a)\nend\n";
    let found = at(source, &["g(a)", "g(a)"]);
    let ordinals: Vec<_> = found.iter().map(|it| it.ordinal).collect();
    assert_eq!(ordinals, [1, 2]);
    assert_ne!(found[0].hash(), found[1].hash());
    assert_eq!(found[0].hash().len(), 16);
}

#[test]
fn a_finding_whose_story_spans_files_belongs_to_its_clause() {
    let mut finding = finding(Span::new(14, 18));
    finding.labels.push(Label {
        file: Some(FileId(1)),
        span: Span::new(0, 1),
        text: String::new(),
    });
    let found = fingerprints("def f(a) do\n  g(a)\nend\n", vec![finding]);
    assert_eq!(
        (found[0].function.as_str(), found[0].code.as_str()),
        (".f/1", "fa")
    );
}
