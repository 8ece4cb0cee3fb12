//! Rules as GitHub shows them.
use exlint_findings::{Confidence, Level};
use exlint_rules::{Family, Meta};

use super::{
    level_name,
    model::{Configuration, Help, Message, ReportingDescriptor, RuleProperties},
};
use crate::{RuleRow, Style, markdown, text::first_sentence, uri};

/// GitHub refuses longer descriptions.
const MAX_DESCRIPTION: usize = 1024;

pub(crate) fn descriptor(rule: &RuleRow) -> ReportingDescriptor {
    let meta = rule.meta;
    let level = rule.level.unwrap_or(Level::Info);
    let introduction = introduction(meta);
    let url = uri::of_rule(meta.name);
    ReportingDescriptor {
        id: meta.name,
        name: pascal_case(meta.name),
        short_description: Message::new(cut(first_sentence(&introduction))),
        full_description: Message::new(cut(&introduction)),
        help: Help {
            text: markdown::render(meta.docs, Style::PLAIN),
            // GitHub shows no other link.
            markdown: format!(
                "{}\n\n[The page of this rule]({url})\n",
                meta.docs.trim_end()
            ),
        },
        help_uri: url,
        default_configuration: Configuration {
            level: level_name(level),
        },
        properties: RuleProperties {
            tags: std::iter::once(meta.family.name().to_owned())
                .chain(weaknesses(meta))
                .collect(),
            precision: precision(meta.confidence),
            problem_severity: problem_severity(level),
            security_severity: security_severity(meta, level),
        },
    }
}

/// The tags by which GitHub knows the weaknesses that the documentation names, as `CWE-79`.
fn weaknesses(meta: &Meta) -> impl Iterator<Item = String> {
    let mentions = meta.docs.split("CWE-").skip(1);
    mentions.filter_map(|rest| {
        let end = rest.find(|it: char| !it.is_ascii_digit());
        let number: u32 = rest[..end.unwrap_or(rest.len())].parse().ok()?;
        Some(format!("external/cwe/cwe-{number:03}"))
    })
}

fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

fn problem_severity(level: Level) -> &'static str {
    match level {
        Level::Info => "recommendation",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

/// Any value makes GitHub show the result as a vulnerability.
fn security_severity(meta: &Meta, level: Level) -> Option<&'static str> {
    (meta.family == Family::Security).then_some(match level {
        Level::Info => "2.0",
        Level::Warning => "5.0",
        Level::Error => "8.0",
    })
}

/// The text before the first heading, example or list, on one line; the rule's name when there is
/// none.
fn introduction(meta: &Meta) -> String {
    let is_text = |paragraph: &&str| !paragraph.starts_with(['#', '`', '-', '*', '|']);
    let paragraphs = meta.docs.trim().split("\n\n").take_while(is_text);
    let words: Vec<&str> = paragraphs.flat_map(str::split_whitespace).collect();
    if words.is_empty() {
        meta.name.to_owned()
    } else {
        words.join(" ")
    }
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_DESCRIPTION).collect()
}

/// `blocking-genserver` as `BlockingGenserver`.
fn pascal_case(name: &str) -> String {
    let word = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    name.split('-').map(word).collect()
}
