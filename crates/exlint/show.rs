//! The way to the report crate: what a run came to, in its words, in a style that fits the terminal.
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use exlint_engine::{
    Error, Failure, Fingerprint, Outcome, Phase, Problem, RuleSetting, Suppressor,
};
use exlint_findings::{FileId, Level, MessageGraph, ProcessNode, Source};
use exlint_report::{
    DrawFormat, Format, Place, Report, RulePage, RuleRow, Sources, Style, Summary,
};
use supports_unicode::Stream;

use crate::args::Color;
use crate::output::Output;
use crate::{End, Stop, docs, style};

/// What standard output and standard error can show.
#[derive(Clone, Copy)]
pub struct Terminal {
    out: Style,
    error: Style,
}

impl Terminal {
    pub fn new(color: Color) -> Terminal {
        Terminal {
            out: style::of(color, Stream::Stdout),
            error: style::of(color, Stream::Stderr),
        }
    }

    /// Writes the report of a run to `output`.
    pub fn report(
        self,
        outcome: &mut Outcome,
        format: Format,
        circumstances: Circumstances,
        output: &mut Output,
    ) -> Result<(), Stop> {
        let Circumstances {
            start,
            quiet,
            folder,
            category,
        } = circumstances;
        let is_for_people = matches!(format, Format::Full | Format::Concise);
        if quiet && is_for_people && outcome.findings.is_empty() && outcome.failures.is_empty() {
            return Ok(());
        }
        let style = match output {
            Output::Standard(_) => self.out,
            Output::Error(_) => self.error,
            Output::Complete(..) | Output::Device(..) => Style::PLAIN,
        };
        let summary = Summary {
            files: outcome.files,
            bytes: outcome.bytes,
            errors: outcome.count(Level::Error),
            warnings: outcome.count(Level::Warning),
            infos: outcome.count(Level::Info),
            failures: outcome.failures.len(),
            elapsed: start.elapsed(),
        };
        let rules: Vec<RuleRow> = outcome
            .rules
            .iter()
            .filter(|rule| rule.on)
            .map(row)
            .collect();
        let failures: Vec<_> = outcome.failures.iter().map(failure).collect();
        let fingerprints = outcome.fingerprints.iter().map(Fingerprint::hash);
        let suppressed: Vec<_> = outcome.suppressed.iter().map(suppressed).collect();
        let mut timing = std::mem::take(&mut outcome.timing);
        let report = Report {
            findings: &outcome.findings,
            fingerprints: &fingerprints.collect::<Vec<_>>(),
            suppressed: &suppressed,
            sources: &Shown(outcome),
            rules: &rules,
            summary: &summary,
            failures: &failures,
            folder,
            category,
        };
        let written = timing.measure(Phase::Report, || {
            exlint_report::write(&report, format, style, output)
        });
        outcome.timing = timing;
        Ok(written?)
    }

    pub fn rules(self, rules: &[RuleSetting]) -> String {
        let rows: Vec<RuleRow> = rules.iter().map(row).collect();
        exlint_report::rules_table(&rows, self.out)
    }

    pub fn explain(self, setting: &RuleSetting) -> String {
        let defaults: BTreeMap<String, String> = setting.written_options();
        exlint_report::explain(&row(setting), &defaults, self.out)
    }

    pub fn is_coloured(self) -> bool {
        self.out.color
    }

    pub fn failures(self, failures: &[Failure]) {
        failures
            .iter()
            .for_each(|failure| say("failure", &failure.to_string()));
    }

    /// Says something beside the findings.
    pub fn note(self, message: &str) {
        say("note", message);
    }

    pub fn tree(self, nodes: &[ProcessNode], format: DrawFormat) -> String {
        exlint_report::tree(nodes, format, self.out)
    }

    pub fn graph(self, graph: &MessageGraph, format: DrawFormat) -> String {
        exlint_report::graph(graph, format, self.out)
    }

    pub fn warn(self, message: &str) {
        say("warning", message);
    }

    /// Says why the command stops.
    pub fn stop(self, stop: &Stop) -> End {
        let message = stop.to_string();
        match stop {
            Stop::Usage(Error::Config(error)) => {
                let shown = error.problems.iter().take(PROBLEMS);
                shown.for_each(|problem| self.config_problem(&error.source, problem));
                let more = error.problems.len().saturating_sub(PROBLEMS);
                if more > 0 {
                    self.problem(
                        &format!("{more} more in `{}`", error.source.path),
                        None,
                        None,
                    );
                }
            }
            Stop::Usage(Error::UnknownRule { name, help }) => {
                self.problem(&format!("unknown rule `{name}`"), help.as_deref(), None);
            }
            _ => self.problem(&message, None, None),
        }
        stop.end()
    }

    fn config_problem(self, source: &Source, problem: &Problem) {
        let place = Place {
            path: &source.path,
            text: &source.text,
            span: problem.span,
            label: "",
        };
        self.problem(&problem.message, problem.help.as_deref(), Some(place));
    }

    fn problem(self, message: &str, help: Option<&str>, place: Option<Place>) {
        let problem = exlint_report::Problem {
            message,
            place,
            help,
        };
        // Nobody reads standard error when it is closed.
        let _ = io::stderr().write_all(exlint_report::error(&problem, self.error).as_bytes());
    }
}

/// What is shown of the mistakes in one file.
const PROBLEMS: usize = 20;

/// What there is to know of a run beside its outcome.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    /// When it began.
    pub start: Instant,
    pub quiet: bool,
    /// The folder that paths are relative to, as seen from the root of the repository.
    pub folder: &'a str,
    pub category: Option<&'a str>,
}

/// The rules, with their documentation, for programs.
pub fn rules_json(rules: &[RuleSetting]) -> Result<String, Stop> {
    let pages = rules.iter().map(|rule| RulePage {
        row: row(rule),
        ..docs::page(rule)
    });
    let pages: Vec<RulePage> = pages.collect();
    Ok(exlint_report::rules_json(&pages).map_err(io::Error::from)?)
}

/// A number of things: `1 file`, `2 files`.
pub fn counted(number: usize, one: &str, many: &str) -> String {
    let thing = if number == 1 { one } else { many };
    format!("{number} {thing}")
}

fn say(title: &str, message: &str) {
    // Nobody reads standard error when it is closed.
    let _ = writeln!(io::stderr(), "{title}: {}", harmless(message));
}

/// File names may hold anything; none may control the terminal.
fn harmless(text: &str) -> String {
    let escaped = |letter: char| match letter.is_control() {
        true => letter.escape_default().to_string(),
        false => letter.to_string(),
    };
    text.chars().map(escaped).collect()
}

fn row(setting: &RuleSetting) -> RuleRow {
    RuleRow {
        meta: setting.meta,
        level: setting.on.then_some(setting.level),
        recommended: setting.recommended,
    }
}

fn failure(failure: &Failure) -> exlint_report::Failure {
    exlint_report::Failure {
        path: failure.path.clone(),
        message: failure.message.clone(),
    }
}

fn suppressed(suppressed: &exlint_engine::Suppressed) -> exlint_report::Suppressed<'_> {
    exlint_report::Suppressed {
        finding: &suppressed.finding,
        by: match &suppressed.by {
            Suppressor::Comment(reason) => exlint_report::Suppressor::Comment(reason.as_deref()),
            Suppressor::Baseline => exlint_report::Suppressor::Baseline,
        },
    }
}

struct Shown<'a>(&'a Outcome);

impl Sources for Shown<'_> {
    fn path(&self, file: FileId) -> &str {
        self.0.shown.get(&file).map_or("", |shown| &shown.path)
    }

    fn disk(&self, file: FileId) -> Option<&Path> {
        self.0.shown.get(&file).map(|shown| shown.disk())
    }

    fn source(&self, file: FileId) -> Option<&Source> {
        self.0.shown.get(&file)?.source.as_ref()
    }
}
