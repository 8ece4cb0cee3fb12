//! Credo's comments: who has told Credo that a place is fine need not tell exlint again, where the two say the same.
use exlint_findings::Span;
use regex_lite::Regex;

use super::comments::{Covers, Name, Suppression};

const PREFIX: &str = "credo:disable-for-";

/// Checks of Credo, and the rules that report the same. A rule that bears the name of a check needs no entry.
const CHECKS: &[(&str, &[&str])] = &[
    (
        "Credo.Check.Refactor.AppendSingleItem",
        &["append-in-loop", "linear-work-on-state"],
    ),
    (
        "Credo.Check.Refactor.FunctionArity",
        &["long-parameter-list"],
    ),
    (
        "Credo.Check.Refactor.LongQuoteBlocks",
        &["large-code-generation"],
    ),
    ("Credo.Check.Refactor.WithClauses", &["with-complex-else"]),
    (
        "Credo.Check.Warning.ApplicationConfigInModuleAttribute",
        &["compile-time-app-config"],
    ),
    ("Credo.Check.Warning.MixEnv", &["mix-at-run-time"]),
    ("Credo.Check.Warning.StructFieldAmount", &["large-struct"]),
    ("Credo.Check.Warning.UnsafeExec", &["command-injection"]),
    ("Credo.Check.Warning.UnsafeToAtom", &["dynamic-atom"]),
    (
        "Credo.Check.Warning.UnusedEnumOperation",
        &["unused-pure-result", "map-for-side-effects"],
    ),
    (
        "Credo.Check.Warning.UnusedFileOperation",
        &["unused-pure-result"],
    ),
    (
        "Credo.Check.Warning.UnusedKeywordOperation",
        &["unused-pure-result"],
    ),
    (
        "Credo.Check.Warning.UnusedListOperation",
        &["unused-pure-result"],
    ),
    (
        "Credo.Check.Warning.UnusedMapOperation",
        &["unused-pure-result"],
    ),
    (
        "Credo.Check.Warning.UnusedOperation",
        &["unused-pure-result"],
    ),
    (
        "Credo.Check.Warning.UnusedPathOperation",
        &["unused-pure-result"],
    ),
    (
        "Credo.Check.Warning.UnusedRegexOperation",
        &["unused-pure-result"],
    ),
    (
        "Credo.Check.Warning.UnusedStringOperation",
        &["unused-pure-result"],
    ),
    (
        "Credo.Check.Warning.UnusedTupleOperation",
        &["unused-pure-result"],
    ),
];

/// Families of rules that are about what Credo is about.
const FAMILIES: &[&str] = &["readability", "refactor", "consistency"];

/// What a comment for Credo suppresses.
pub(super) fn suppression(source: &str, text: &str, comment: Span) -> Option<Suppression> {
    let body = text.trim_start_matches('#').trim_start();
    let body = body.strip_prefix(PREFIX)?;
    let (instruction, check) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
    let covers = match instruction.split_once(':') {
        None => match instruction {
            "this-file" => Covers::File,
            "next-line" => lines(source, comment, 1, 1),
            "previous-line" => lines(source, comment, -1, -1),
            _ => return None,
        },
        Some(("lines", count)) => {
            let count: i64 = count.parse().ok()?;
            lines(source, comment, count.min(0), count.max(0))
        }
        Some(_) => return None,
    };
    let name = |text: String| Name {
        text,
        span: comment,
        removal: Vec::new(),
    };
    Some(Suppression {
        comment,
        covers,
        names: rules(check.trim()).into_iter().map(name).collect(),
        reason: None,
        removal: Vec::new(),
        problem: None,
        is_foreign: true,
    })
}

/// The rules that correspond to a check, to all that a pattern `/.../` matches, or to any.
fn rules(check: &str) -> Vec<String> {
    let in_table = |is_meant: &dyn Fn(&str) -> bool| {
        let checks = CHECKS.iter().filter(|(check, _)| is_meant(check));
        let rules = checks.flat_map(|(_, rules)| rules.iter());
        rules.map(|rule| (*rule).to_owned()).collect::<Vec<_>>()
    };
    if check.is_empty() {
        let families = FAMILIES.iter().map(|family| (*family).to_owned());
        return in_table(&|_| true).into_iter().chain(families).collect();
    }
    let pattern = check
        .strip_prefix('/')
        .and_then(|rest| rest.rsplit_once('/'));
    match pattern {
        Some((pattern, _)) => match Regex::new(pattern) {
            Ok(pattern) => in_table(&|check| pattern.is_match(check)),
            Err(_) => Vec::new(),
        },
        None => {
            let mut rules = in_table(&|it| it == check);
            rules.extend(check.strip_prefix("Credo.Check.").map(rule_name));
            rules
        }
    }
}

/// `Readability.ModuleDoc` as a rule would be called: `module-doc`.
fn rule_name(check: &str) -> String {
    let name = check.rsplit('.').next().unwrap_or_default();
    let mut rule = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !rule.is_empty() {
            rule.push('-');
        }
        rule.extend(letter.to_lowercase());
    }
    rule
}

/// The lines from one below or above the comment to another.
fn lines(source: &str, comment: Span, from: i64, to: i64) -> Covers {
    let starts: Vec<usize> = std::iter::once(0)
        .chain(source.match_indices('\n').map(|(at, _)| at + 1))
        .collect();
    let line = starts.partition_point(|start| *start <= comment.start as usize) as i64 - 1;
    let start_of = |line: i64| {
        let start = usize::try_from(line.max(0))
            .ok()
            .and_then(|line| starts.get(line));
        start.copied().unwrap_or(source.len()) as u32
    };
    let from = start_of(line.saturating_add(from));
    Covers::Lines(Span::new(
        from,
        start_of(line.saturating_add(to).saturating_add(1)),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text that a comment at the `#` of `source` covers, and the rules.
    fn read(source: &str) -> (String, Vec<String>) {
        let start = source.find('#').expect("there is a comment");
        let end = source[start..]
            .find('\n')
            .map_or(source.len(), |at| start + at);
        let comment = Span::new(start as u32, end as u32);
        let found = suppression(source, &source[start..end], comment).expect("it is for Credo");
        let covered = match found.covers {
            Covers::Lines(lines) => source[lines.range()].to_owned(),
            Covers::File => "all".to_owned(),
            Covers::Nothing => String::new(),
        };
        (
            covered,
            found.names.into_iter().map(|name| name.text).collect(),
        )
    }

    #[test]
    fn each_of_the_four_comments_covers_its_lines() {
        let around =
            |comment: &str| read(&format!("1\n2\n# credo:disable-for-{comment}\n4\n5\n")).0;
        assert_eq!(around("this-file"), "all");
        assert_eq!(around("next-line"), "4\n");
        assert_eq!(around("previous-line"), "2\n");
        assert_eq!(around("lines:2"), "# credo:disable-for-lines:2\n4\n5\n");
        assert_eq!(around("lines:-1"), "2\n# credo:disable-for-lines:-1\n");
        assert_eq!(
            around("lines:9223372036854775807"),
            "# credo:disable-for-lines:9223372036854775807\n4\n5\n"
        );
    }

    #[test]
    fn checks_stand_for_the_rules_that_correspond() {
        let rules = |check: &str| read(&format!("# credo:disable-for-this-file {check}\n")).1;
        assert_eq!(
            rules("Credo.Check.Warning.UnsafeToAtom"),
            ["dynamic-atom", "unsafe-to-atom"]
        );
        assert_eq!(rules("Credo.Check.Readability.ModuleDoc"), ["module-doc"]);
        assert_eq!(rules("/Unsafe/"), ["command-injection", "dynamic-atom"]);
        assert_eq!(rules("/(/"), [""; 0]);
        assert!(rules("").contains(&"dynamic-atom".to_owned()));
        assert!(rules("").contains(&"readability".to_owned()));
    }

    #[test]
    fn every_rule_that_corresponds_exists() {
        for rule in CHECKS.iter().flat_map(|(_, rules)| rules.iter()) {
            assert!(exlint_rules::find(rule).is_some(), "{rule}");
        }
    }

    #[test]
    fn other_comments_are_not_for_credo() {
        let comment = |text: &str| suppression(text, text, Span::new(0, text.len() as u32));
        assert_eq!(comment("# credo:disable-for-tomorrow"), None);
        assert_eq!(comment("# credo:disable-for-lines:many"), None);
        assert_eq!(comment("# credo"), None);
    }
}
