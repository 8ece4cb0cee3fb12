//! What GitHub asks of a SARIF file, read back from one. `tests/sarif/validate.sh` asks the rest.
use exlint_findings::{FileId, Level, Source, Span};
use exlint_report::{Format, Report, SARIF_MAX_RESULTS, Style};
use serde_json::Value;

use crate::{Files, finding, formats, render, report, written};

fn sarif(findings: &[exlint_findings::Finding], files: &Files) -> Value {
    let text = render(findings, files, Format::Sarif, Style::PLAIN);
    serde_json::from_str(&text).expect("it is JSON")
}

#[test]
fn everything_required_is_there() {
    let log = sarif(&formats::findings(), &formats::files());
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    let rules = run["tool"]["driver"]["rules"]
        .as_array()
        .expect("rules are a list");
    let ids: Vec<_> = rules.iter().map(|rule| &rule["id"]).collect();
    assert_eq!(ids, ["blocking-genserver", "dynamic-atom"]);
    for text in [
        "/shortDescription/text",
        "/fullDescription/text",
        "/help/text",
        "/help/markdown",
    ] {
        for rule in rules {
            let text = rule
                .pointer(text)
                .and_then(Value::as_str)
                .unwrap_or_default();
            assert!(!text.is_empty());
        }
    }
    assert_eq!(
        rules[1]["properties"]["tags"],
        serde_json::json!(["security", "external/cwe/cwe-079"])
    );
    assert_eq!(rules[1]["properties"]["security-severity"], "8.0");
    assert!(rules[0]["properties"].get("security-severity").is_none());
    for result in run["results"].as_array().expect("results are a list") {
        let index = result["ruleIndex"].as_u64().expect("the rule is known") as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
    }
}

#[test]
fn columns_are_in_utf16_and_paths_are_uris() {
    let log = sarif(&formats::findings(), &formats::files());
    let result = &log["runs"][0]["results"][0];
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        (&region["startColumn"], &region["endColumn"]),
        (&14.into(), &48.into())
    );
    let step = &result["relatedLocations"][2]["physicalLocation"]["artifactLocation"];
    assert_eq!(step["uri"], "lib/shop/pay%20ments.ex");
    let flow = &result["codeFlows"][0]["threadFlows"][0]["locations"];
    assert_eq!(flow.as_array().map(Vec::len), Some(5));
}

#[test]
fn a_report_can_be_told_from_others_of_the_commit() {
    let id = |category| -> Value {
        let report = Report {
            category,
            ..report()
        };
        let text = written(&report, Format::Sarif, Style::PLAIN);
        let log: Value = serde_json::from_str(&text).expect("it is JSON");
        log["runs"][0]["automationDetails"]["id"].clone()
    };
    assert_eq!(id(None), Value::Null);
    assert_eq!(id(Some("shop")), "shop/");
    assert_eq!(id(Some("shop/")), "shop/");
}

#[test]
fn the_most_severe_findings_are_kept() {
    let at = Span::new(0, 1);
    let mut findings = vec![finding("a", Level::Info, at, "m"); SARIF_MAX_RESULTS];
    findings.push(finding("b", Level::Error, at, "m"));
    let files = Files(vec![Source::new("/abs/a.ex", "x\n")]);
    assert_eq!(findings[0].file, FileId(0));
    let log = sarif(&findings, &files);
    let run = &log["runs"][0];
    let results = run["results"].as_array().expect("results are a list");
    assert_eq!(results.len(), SARIF_MAX_RESULTS);
    assert_eq!(results[SARIF_MAX_RESULTS - 1]["ruleId"], "b");
    let place = &results[0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(place, &serde_json::json!({"uri": "file:///abs/a.ex"}));
    let notes = run["invocations"][0]["toolExecutionNotifications"]
        .as_array()
        .map(Vec::len);
    assert_eq!(notes, Some(2));
}
