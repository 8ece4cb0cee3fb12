//! What the terminal shows of awkward sources.
use std::time::{Duration, Instant};

use exlint_findings::{FileId, Level, Source, Span};
use exlint_report::{Format, Style};

use crate::{Files, assert_is, finding, render, span};

const NARROW: Style = Style {
    color: false,
    unicode: true,
    width: 50,
    links: false,
};

/// The first finding of a run over one file, without the summary.
fn shown(text: &str, part: &str, label: &str, style: Style) -> String {
    let mut finding = finding("r", Level::Warning, span(text, part), "m");
    if !label.is_empty() {
        finding.label(span(text, part), label);
    }
    let files = Files(vec![Source::new("a.ex", text)]);
    let out = render(&[finding], &files, Format::Full, style);
    let end = out.find("\n\n").expect("an empty line follows");
    out[..=end].to_owned()
}

#[test]
fn no_source_controls_the_terminal() {
    let text = "x = \"\x1b]0;title\x07\u{9b}2J\u{202e}\"\r\n";
    let mut finding = finding(
        "r",
        Level::Error,
        span(text, "\u{9b}2J"),
        "bad \x1b[31m\nname",
    );
    finding
        .label(span(text, "x"), "a \x1bc label")
        .help("do\n\x1b[1mthis");
    let files = Files(vec![Source::new("li\x1b[5m\nb.ex", text)]);
    let expected = "\
error[r] bad \\u{1b}[31m\\nname
 --> li\\u{1b}[5m\\nb.ex:1:16
1 | x = \"\\u{1b}]0;title\\u{7}\\u{9b}2J\\u{202e}\"
  |                         ^^^^^^^^
  | - a \\u{1b}c label
  = help: do
          \\u{1b}[1mthis

";
    let out = render(&[finding.clone()], &files, Format::Full, Style::PLAIN);
    assert!(out.starts_with(expected), "{out}");
    let out = render(&[finding], &files, Format::Concise, Style::PLAIN);
    assert!(
        out.starts_with("li\\u{1b}[5m\\nb.ex:1:16: error[r] bad \\u{1b}[31m\\nname\n"),
        "{out}"
    );
}

#[test]
fn a_long_line_is_cut_around_the_place() {
    let text = format!(
        "{}target(漢){}",
        "a + ".repeat(100_000),
        " + b".repeat(100_000)
    );
    let expected = "\
warning[r] m
 --> a.ex:1:400001
1 │ … a + a + a + a + target(漢) + b + b + b + b …
  │                   ^^^^^^^^^^ here
";
    assert_is(&shown(&text, "target(漢)", "here", NARROW), expected);

    let text = format!("{}target", "a + ".repeat(100));
    let expected = "\
warning[r] m
 --> a.ex:1:401
1 │ …+ a + a + a + a + a + a + a + a + a + target
  │                                        ^^^^^^
  │       a label that needs more room than there
  │       is
";
    let label = "a label that needs more room than there is";
    assert_is(&shown(&text, "target", label, NARROW), expected);
}

#[test]
fn a_place_wider_than_the_terminal_is_shown_from_its_start() {
    let text = format!("x = f({})", "1, ".repeat(100));
    let expected = "\
warning[r] m
 --> a.ex:1:5
1 │ x = f(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,…
  │     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
";
    assert_is(&shown(&text, &text[4..], "", NARROW), expected);
}

#[test]
fn a_place_at_the_end_of_the_file_or_behind_it_is_shown() {
    for (text, at) in [("a\n", 2), ("", 0), ("é", 1), ("a\r\nb", 9)] {
        let finding = finding("r", Level::Info, Span::new(at, at), "m");
        let files = Files(vec![Source::new("a.ex", text)]);
        let out = render(&[finding], &files, Format::Full, NARROW);
        assert!(out.starts_with("info[r] m\n"), "{out}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let mut finding = finding("r", Level::Info, Span::new(7, 9), "m");
    finding.label(Span::new(1, 2), "here");
    let files = Files(vec![Source::new("a.ex", "")]);
    let out = render(&[finding.clone()], &files, Format::Full, NARROW);
    assert!(
        out.starts_with("info[r] m\n  --> a.ex\n  = note: here\n\n"),
        "{out}"
    );
    let out = render(&[finding], &files, Format::Concise, NARROW);
    assert!(out.starts_with("a.ex:1:1: info[r] m\n"), "{out}");
}

#[test]
fn a_single_line_between_two_places_is_shown() {
    let text = "a\nb\nc\nd\ne\nf\n";
    let mut finding = finding("r", Level::Warning, span(text, "a"), "m");
    finding
        .label(span(text, "f"), "last")
        .label(span(text, "c"), "middle");
    let files = Files(vec![Source::new("a.ex", text)]);
    let expected = "\
warning[r] m
 --> a.ex:1:1
1 | a
  | ^
2 | b
3 | c
  | - 2. middle
...
6 | f
  | - 1. last
";
    let out = render(&[finding], &files, Format::Full, Style::PLAIN);
    assert!(out.starts_with(expected), "{out}");
}

#[test]
fn colours_are_only_where_they_are_wanted() {
    let style = Style {
        color: true,
        ..NARROW
    };
    let expected = "\
\x1b[1;33mwarning[r]\x1b[0m \x1b[1mm\x1b[0m
 \x1b[2m-->\x1b[0m a.ex:1:1
\x1b[2m1\x1b[0m \x1b[2m│\x1b[0m x
  \x1b[2m│\x1b[0m \x1b[1;33m^\x1b[0m \x1b[1;33mhere\x1b[0m
";
    assert_is(&shown("x\n", "x", "here", style), expected);
}

#[test]
fn places_and_rules_are_links_where_the_terminal_has_them() {
    let style = Style {
        links: true,
        ..NARROW
    };
    let findings = [finding("r", Level::Warning, Span::new(0, 1), "m")];
    let files = Files(vec![Source::new("/my app/a.ex", "x\n")]);
    let place = "\x1b]8;;file:///my%20app/a.ex\x1b\\/my app/a.ex:1:1\x1b]8;;\x1b\\";
    let page = concat!(
        "https://docs.rs/crate/exlint_rules/",
        env!("CARGO_PKG_VERSION"),
        "/source/docs/r.md"
    );
    let rule = format!("warning[\x1b]8;;{page}\x1b\\r\x1b]8;;\x1b\\]");
    for format in [Format::Full, Format::Concise] {
        let text = render(&findings, &files, format, style);
        assert!(text.contains(place) && text.contains(&rule), "{text:?}");
        let plain = render(&findings, &files, format, NARROW);
        assert!(!plain.contains('\x1b'), "{plain:?}");
    }
}

#[test]
fn thousands_of_findings_in_a_large_file_take_no_time() {
    let line = "    IO.inspect(value, label: \"a label that is of usual length\")\n";
    assert_quick(&line.repeat(20_000), line.len() as u32);
}

#[test]
fn thousands_of_findings_in_a_line_of_megabytes_take_no_time() {
    let call = "IO.inspect(välue, label: \"😀\"); ".repeat(60);
    assert_quick(&call.repeat(2_400), call.len() as u32);
}

/// Reports 2,000 findings, one in each `stride` bytes of `text`, in every format.
fn assert_quick(text: &str, stride: u32) {
    let findings: Vec<_> = (0..2_000)
        .map(|number| {
            let start = number * stride + 4;
            let mut finding = finding("r", Level::Warning, Span::new(start, start + 10), "m");
            finding.label_in(FileId(0), Span::new(start + 65, start + 70), "here");
            finding.label_in(FileId(0), Span::new(0, 4), "and here");
            finding
        })
        .collect();
    let files = Files(vec![Source::new("a.ex", text)]);
    for format in Format::ALL {
        let started = Instant::now();
        let out = render(&findings, &files, *format, NARROW);
        assert!(out.len() > 50_000);
        assert!(
            started.elapsed() < Duration::from_secs(1),
            "{format}: {:?}",
            started.elapsed()
        );
    }
}
