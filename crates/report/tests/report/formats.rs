//! One run in every format, compared with files in `expected/`.
use std::collections::BTreeMap;

use exlint_findings::{Confidence, FileId, Finding, Fix, Level, Source, Span};
use exlint_report::{
    Format, Place, Problem, RulePage, RuleRow, Style, docs, error, explain, rules_json, rules_table,
};
use exlint_rules::guide::{Practice, Source as Origin};

use crate::{Files, RULES, assert_is, finding, render, span};

const CART: &str = "\
defmodule Shop.Cart do
  use GenServer

  alias Shop.Payments

  def handle_call(:checkout, _from, état) do
    # 漢字
    {:reply, Payments.charge(état.order, \"é😀\"), état}
  end

  def role(params) do
\tString.to_atom(params[\"role\"])
  end
end
";
const PAYMENTS: &str = "\
defmodule Shop.Payments do
  def charge(order, note) do
    body = encode(order, note)
    request(body)
  end

  defp encode(order, note), do: {order, note}







  defp request(body) do
    :timer.sleep(100)
    HTTPoison.post(@url, body)
  end
end
";

pub fn files() -> Files {
    Files(vec![
        Source::new("lib/shop/cart.ex", CART),
        Source::new("lib/shop/pay ments.ex", PAYMENTS),
    ])
}

pub fn findings() -> Vec<Finding> {
    let call = span(CART, "Payments.charge(état.order, \"é😀\")");
    let message = "`handle_call/3` waits for `HTTPoison.post/2`";
    let mut blocking = finding("blocking-genserver", Level::Warning, call, message);
    blocking
        .label(
            span(CART, "def handle_call(:checkout, _from, état) do\n"),
            "the callback",
        )
        .label(call, "calls `Shop.Payments.charge/2`")
        .label_in(FileId(1), span(PAYMENTS, "charge"), "which is defined here")
        .label_in(
            FileId(1),
            span(PAYMENTS, "request(body)"),
            "and calls `request/1`",
        )
        .label_in(
            FileId(1),
            span(PAYMENTS, "HTTPoison.post(@url, body)"),
            "waits up to 5 s",
        )
        .help("do the work in a task and reply from there with `GenServer.reply/2`");
    let call = span(CART, "String.to_atom(params[\"role\"])");
    let message = "`String.to_atom/1` can fill the atom table";
    let mut atom = finding("dynamic-atom", Level::Error, call, message);
    let fix = Fix::replace(
        "Use `to_existing_atom`",
        span(CART, "to_atom"),
        "to_existing_atom",
    );
    atom.label(
        span(CART, "params[\"role\"]"),
        "this text is only known at run time",
    )
    .confidence(Confidence::Medium)
    .fix(fix.may_change_behaviour());
    let module = Span::new(0, CART.len() as u32);
    let module = finding(
        "blocking-genserver",
        Level::Info,
        module,
        "all of `map[key](1)`",
    );
    vec![blocking, atom, module]
}

#[test]
fn full() {
    let text = render(&findings(), &files(), Format::Full, Style::PLAIN);
    assert_is(&text, include_str!("expected/full.txt"));
}

#[test]
fn concise() {
    let text = render(&findings(), &files(), Format::Concise, Style::PLAIN);
    assert_is(&text, include_str!("expected/concise.txt"));
}

/// `tests/formats/validate.sh` has these checked by those who read them.
#[test]
fn for_programs() {
    let expected = [
        (Format::Json, include_str!("expected/report.json")),
        (Format::Jsonl, include_str!("expected/report.jsonl")),
        (Format::Sarif, include_str!("expected/report.sarif")),
        (Format::Github, include_str!("expected/report.github")),
        (Format::Gitlab, include_str!("expected/report.gitlab")),
        (Format::Junit, include_str!("expected/report.junit")),
        (
            Format::Checkstyle,
            include_str!("expected/report.checkstyle"),
        ),
        (Format::Rdjson, include_str!("expected/report.rdjson")),
        (Format::Sonar, include_str!("expected/report.sonar")),
    ];
    for (format, expected) in expected {
        assert_is(
            &render(&findings(), &files(), format, Style::PLAIN),
            expected,
        );
    }
}

#[test]
fn formats_have_the_names_that_users_write() {
    for (format, name) in Format::ALL.iter().zip(Format::NAMES) {
        assert_eq!((format.name(), name.parse()), (*name, Ok(*format)));
    }
    assert_eq!(Format::ALL.len(), Format::NAMES.len());
}

#[test]
fn rules_as_a_table() {
    let off = RuleRow {
        level: None,
        ..RULES[1]
    };
    let expected = "\
rule                family    level  confidence  scope    fix     recommended
dynamic-atom        security  error  medium      file     unsafe  no
blocking-genserver  process   off    high        project  none    yes
";
    assert_is(&rules_table(&[RULES[0], off], Style::PLAIN), expected);
}

#[test]
fn rules_for_programs() {
    let page = RulePage {
        row: RULES[1],
        defaults: BTreeMap::from([("max_wait".to_owned(), "50".to_owned())]),
    };
    let text = rules_json(&[page]).expect("it is JSON");
    let list: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let rule = &list["rules"][0];
    assert_eq!(rule["name"], "blocking-genserver");
    assert_eq!(rule["level"], "warning");
    let option = serde_json::json!({
        "name": "max_wait",
        "kind": "number",
        "docs": "Waits up to this many milliseconds\nare fine.",
        "value": "50",
    });
    assert_eq!(rule["options"][0], option);
}

#[test]
fn a_rule_explained() {
    let defaults = BTreeMap::from([("max_wait".to_owned(), "50".to_owned())]);
    let text = explain(
        &RULES[1],
        &defaults,
        Style {
            width: 60,
            ..Style::PLAIN
        },
    );
    assert_is(&text, include_str!("expected/explain.txt"));
}

#[test]
fn rules_as_pages() {
    let page = |row: &RuleRow| RulePage {
        row: *row,
        defaults: BTreeMap::from([("max_wait".to_owned(), "50".to_owned())]),
    };
    let practice = |name, source, rules, remark| Practice {
        name,
        source,
        rules,
        remark,
    };
    let practices = [
        practice(
            "Dynamic atom creation",
            Origin::Code,
            &["dynamic-atom"][..],
            "where the text comes from outside",
        ),
        practice(
            "Comments overuse",
            Origin::Code,
            &[],
            "a question of meaning",
        ),
    ];
    let pages = docs(&RULES.iter().map(page).collect::<Vec<_>>(), &practices);
    let names: Vec<_> = pages.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["README.md", "dynamic-atom.md", "blocking-genserver.md"]
    );
    assert_is(&pages[0].1, include_str!("expected/rules.md"));
    assert_is(&pages[2].1, include_str!("expected/rule.md"));
}

#[test]
fn a_mistake_in_the_configuration() {
    let text = "[rules]\nblocking-genserver.levle = \"\x1b[31m\"\n";
    let place = Place {
        path: "exlint.toml",
        text,
        span: span(text, "levle"),
        label: "no such option",
    };
    let problem = Problem {
        message: "unknown key `levle`",
        place: Some(place),
        help: Some("did you mean `level`?"),
    };
    assert_is(
        &error(&problem, Style::PLAIN),
        include_str!("expected/error.txt"),
    );
    let bare = Problem {
        place: None,
        help: None,
        ..problem
    };
    assert_is(&error(&bare, Style::PLAIN), "  x unknown key `levle`\n");
}
