//! SARIF 2.1.0 with all that GitHub code scanning asks for. The same findings give the same bytes
//! on every machine: no times, no absolute paths.
mod fingerprint;
mod model;
mod rules;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    io,
};

use exlint_findings::{FileId, Finding, Fix, Label, Level, Span};
use model::{
    ArtifactChange, ArtifactLocation, AutomationDetails, CodeFlow, Content, Driver, Invocation,
    Location, Log, Message, Notification, OriginalUriBaseIds, PartialFingerprints,
    PhysicalLocation, Region, Replacement, Run, SarifFix, SarifResult, Suppression, ThreadFlow,
    ThreadFlowLocation, Tool, UriBase,
};

use crate::{
    Failure, INFORMATION_URI, Report, RuleRow, Suppressed, Suppressor, VERSION,
    place::{Unit, in_repository, points},
    uri::percent_encode,
};

/// GitHub refuses a report with more results. Those of the highest level are kept.
pub const MAX_RESULTS: usize = 25_000;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const ROOT: &str = "%SRCROOT%";

pub(crate) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [run(report, MAX_RESULTS)],
    };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

fn run<'a>(report: &Report<'a>, max_results: usize) -> Run<'a> {
    let mut rows: Vec<&RuleRow> = report.rules.iter().collect();
    rows.sort_by_key(|row| row.meta.name);
    let rules = rows.iter().map(|row| rules::descriptor(row)).collect();
    let mut builder = Builder {
        report,
        rule_indexes: rows
            .iter()
            .zip(0..)
            .map(|(row, index)| (row.meta.name, index))
            .collect(),
        fingerprints: BTreeMap::new(),
    };
    let kept = most_severe(report.findings, max_results);
    let failures = report.failures.iter();
    let mut notifications: Vec<_> = failures.map(|it| notification(report, it)).collect();
    if kept.len() < report.findings.len() {
        notifications.push(too_many(report.findings.len(), kept.len()));
    }
    let room = max_results - kept.len();
    let mut results: Vec<_> = kept
        .into_iter()
        .map(|index| builder.result(index, &report.findings[index]))
        .collect();
    let suppressed = report.suppressed.iter().take(room);
    results.extend(suppressed.map(|it| builder.suppressed(it)));
    Run {
        tool: Tool {
            driver: Driver {
                name: "exlint",
                semantic_version: VERSION,
                version: VERSION,
                information_uri: INFORMATION_URI,
                rules,
            },
        },
        column_kind: "utf16CodeUnits",
        original_uri_base_ids: OriginalUriBaseIds {
            root: UriBase {
                description: Message::new("The root of the analysed project."),
            },
        },
        invocations: [Invocation {
            execution_successful: report.failures.is_empty(),
            tool_execution_notifications: notifications,
        }],
        automation_details: report.category.map(|category| AutomationDetails {
            // What stands behind the slash would name the run.
            id: format!("{}/", category.trim_end_matches('/')),
        }),
        results,
    }
}

/// The indices of at most `limit` findings, in their order.
fn most_severe(findings: &[Finding], limit: usize) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..findings.len()).collect();
    if kept.len() > limit {
        kept.sort_by_key(|index| (Reverse(findings[*index].level), *index));
        kept.truncate(limit);
        kept.sort_unstable();
    }
    kept
}

fn notification(report: &Report<'_>, failure: &Failure) -> Notification {
    let location = |path: &String| Location {
        id: None,
        message: None,
        physical_location: PhysicalLocation {
            artifact_location: artifact(report, path),
            region: None,
        },
    };
    Notification {
        level: "error",
        message: Message::new(sentence(&failure.message)),
        locations: failure.path.iter().map(location).collect(),
    }
}

fn too_many(found: usize, kept: usize) -> Notification {
    let text = format!("There are {found} findings; only the {kept} most severe are in this file.");
    Notification {
        level: "warning",
        message: Message::new(text),
        locations: Vec::new(),
    }
}

struct Builder<'r, 'a> {
    report: &'r Report<'a>,
    rule_indexes: HashMap<&'static str, usize>,
    /// Of each line of the files with findings.
    fingerprints: BTreeMap<FileId, Vec<String>>,
}

impl<'a> Builder<'_, 'a> {
    /// The finding of this index.
    fn result(&mut self, index: usize, finding: &'a Finding) -> SarifResult<'a> {
        let mut result = self.plain(finding);
        let fingerprint = self.report.fingerprints.get(index);
        result.partial_fingerprints.finding = fingerprint.map(String::as_str);
        result
    }

    fn suppressed(&mut self, suppressed: &Suppressed<'a>) -> SarifResult<'a> {
        let (kind, justification) = match suppressed.by {
            Suppressor::Comment(reason) => ("inSource", reason),
            Suppressor::Baseline => ("external", Some("known, and held back by the baseline")),
        };
        let mut result = self.plain(suppressed.finding);
        result.suppressions = vec![Suppression {
            kind,
            justification,
        }];
        result
    }

    fn plain(&mut self, finding: &'a Finding) -> SarifResult<'a> {
        let place = self.location(finding.file, finding.span);
        let steps: Vec<Location> = finding
            .labels
            .iter()
            .zip(1..)
            .map(|(label, id)| self.step(finding, label, id))
            .collect();
        SarifResult {
            rule_id: &finding.rule,
            rule_index: self.rule_indexes.get(&*finding.rule).copied(),
            level: level_name(finding.level),
            message: Message::new(message(finding)),
            partial_fingerprints: PartialFingerprints {
                primary_location_line_hash: self.fingerprint(finding),
                finding: None,
            },
            suppressions: Vec::new(),
            locations: [place],
            code_flows: code_flows(&steps),
            related_locations: steps,
            fixes: finding
                .fix
                .iter()
                .filter_map(|fix| self.fix(finding.file, fix))
                .collect(),
        }
    }

    fn step(&self, finding: &Finding, label: &Label, id: usize) -> Location {
        let mut location = self.location(label.file.unwrap_or(finding.file), label.span);
        location.id = Some(id);
        location.message = Some(Message::new(escape_links(&sentence(&label.text))));
        location
    }

    fn location(&self, file: FileId, span: Span) -> Location {
        let region = self.region(file, span);
        let artifact_location = self.artifact(file);
        let physical_location = PhysicalLocation {
            artifact_location,
            region: Some(region),
        };
        Location {
            id: None,
            message: None,
            physical_location,
        }
    }

    fn region(&self, file: FileId, span: Span) -> Region {
        let (start, end) = points(self.report, file, span, Unit::Utf16);
        Region {
            start_line: start.line,
            start_column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }

    fn fingerprint(&mut self, finding: &Finding) -> String {
        let source = self.report.sources.source(finding.file);
        let text = source.map_or("", |source| &source.text);
        let lines = self
            .fingerprints
            .entry(finding.file)
            .or_insert_with(|| fingerprint::line_fingerprints(text));
        let line = source.map_or(1, |source| source.line(finding.span.start)) as usize;
        lines
            .get(line - 1)
            .or(lines.last())
            .cloned()
            .unwrap_or_default()
    }

    /// `None` for a fix without edits, as SARIF wants at least one.
    fn fix(&self, file: FileId, fix: &'a Fix) -> Option<SarifFix<'a>> {
        let replacements: Vec<_> = fix
            .edits
            .iter()
            .map(|edit| Replacement {
                deleted_region: self.region(file, edit.span),
                inserted_content: Content { text: &edit.text },
            })
            .collect();
        (!replacements.is_empty()).then(|| SarifFix {
            description: Message::new(sentence(&fix.title)),
            artifact_changes: [ArtifactChange {
                artifact_location: self.artifact(file),
                replacements,
            }],
        })
    }

    fn artifact(&self, file: FileId) -> ArtifactLocation {
        artifact(self.report, self.report.sources.path(file))
    }
}

/// A path of two steps or more.
fn code_flows(steps: &[Location]) -> Vec<CodeFlow> {
    if steps.len() < 2 {
        return Vec::new();
    }
    let locations = steps.iter().map(|step| {
        // Numbers are for links from the message to related locations.
        ThreadFlowLocation {
            location: Location {
                id: None,
                ..step.clone()
            },
        }
    });
    vec![CodeFlow {
        thread_flows: [ThreadFlow {
            locations: locations.collect(),
        }],
    }]
}

/// What is wrong, then the steps as links to the related locations, then the way out.
fn message(finding: &Finding) -> String {
    let mut text = escape_links(&sentence(&finding.message));
    let numbered = finding.labels.len() > 1;
    for (label, id) in finding.labels.iter().zip(1..) {
        let number = if numbered {
            format!("{id}. ")
        } else {
            String::new()
        };
        let label = label.text.replace(['[', ']'], "");
        text.push_str(&format!("\n{number}[{label}]({id})."));
    }
    if let Some(help) = &finding.help {
        text.push_str(&format!("\nHelp: {}", escape_links(&sentence(help))));
    }
    text
}

/// Takes the meaning of a link from `map[key](1)`.
fn escape_links(text: &str) -> String {
    if text.contains("](") {
        text.replace('[', "\\[")
    } else {
        text.to_owned()
    }
}

/// exlint's messages have no full stop; SARIF's do.
fn sentence(text: &str) -> String {
    let text = text.trim_end();
    let ends = text.ends_with(['.', '!', '?']);
    format!("{text}{}", if ends { "" } else { "." })
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Info => "note",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

fn artifact(report: &Report<'_>, path: &str) -> ArtifactLocation {
    let uri = percent_encode(&in_repository(report, path));
    match uri.starts_with('/') {
        true => ArtifactLocation {
            uri: format!("file://{uri}"),
            uri_base_id: None,
        },
        false => ArtifactLocation {
            uri,
            uri_base_id: Some(ROOT),
        },
    }
}
