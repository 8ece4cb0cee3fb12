//! Runs exlint over a project.
//!
//! [`Targets`] finds what was asked for, [`Settings`] decides what is checked, and [`check`] is the whole run:
//! every phase stands in [`run`], in its order. Only this crate and the command read files.
mod analyse;
mod config;
mod discover;
mod error;
mod guard;
mod names;
mod outcome;
mod read;
mod rows;
mod settings;
mod suppress;
mod targets;
#[cfg(test)]
mod testing;
mod timing;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use exlint_facts::FileFacts;
use exlint_findings::{FileId, Finding, Source};
use exlint_project::Project;
use exlint_rules::Linter;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use analyse::{Analysed, analyse};
use discover::{Found, discover};
use guard::guarded;

pub use config::{FILE_NAME, FailOn};
pub use error::{ConfigError, Error, Problem};
pub use names::{nearest, suggestion};
pub use outcome::{Failure, Outcome, ShownFile};
pub use settings::{ConfigFile, Overrides, RuleSetting, Settings};
pub use targets::Targets;
pub use timing::{Phase, RuleTime, Timing};

/// The stack of each thread that parses, in bytes: deep enough for source nested far deeper than anyone reads.
pub const STACK: usize = 64 << 20;

const SYNTAX_ERROR: &str = "syntax-error";
const UNUSED_SUPPRESSION: &str = "unused-suppression";

/// A run to be done.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub targets: &'a Targets,
    pub settings: &'a Settings,
    /// As many as the machine has when `None`.
    pub threads: Option<usize>,
    /// Whether to measure each rule, which costs a little.
    pub timing: bool,
}

/// Checks the targets. The same input gives the same outcome, whatever the number of threads.
pub fn check(request: &Request) -> Result<Outcome, Error> {
    let linter = request.settings.linter()?;
    let threads = request.threads.unwrap_or(0);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(STACK)
        .build();
    let pool = pool.map_err(|error| Error::Threads {
        threads,
        error: error.to_string(),
    })?;
    Ok(pool.install(|| run(request, &linter)))
}

/// Walk, analyse each file, link, project rules, suppress, sort, read what is to be shown.
fn run(request: &Request, linter: &Linter) -> Outcome {
    let Request {
        targets, settings, ..
    } = *request;
    let mut timing = Timing::default();
    let (found, mut failures) = timing.measure(Phase::Walk, || discover(targets, &settings.files));

    let files = found.par_iter().enumerate();
    let mut files: Vec<Analysed> = files
        .map(|(index, found)| analyse(request, linter, FileId(index as u32), found))
        .collect();
    let mut findings: Vec<Finding> = files
        .iter_mut()
        .flat_map(|file| file.findings.drain(..))
        .collect();
    failures.extend(files.iter_mut().flat_map(|file| file.failures.drain(..)));
    files.iter().for_each(|file| timing.add(&file.timing));

    let facts = files
        .iter_mut()
        .map(|file| std::mem::take(&mut file.facts))
        .collect();
    let project = check_project(request, linter, facts, &mut timing);
    findings.extend(project.findings);
    failures.extend(project.failures);
    if request.timing {
        timing.rules = rule_times(linter, &files, &project.times, &findings);
    }

    let suppressions: Vec<_> = files
        .iter_mut()
        .map(|file| std::mem::take(&mut file.suppressions))
        .collect();
    // Where something went wrong, a finding may be missing that a suppression waits for.
    let judge = suppress::Judge {
        settings,
        whole: targets.whole,
        complete: failures.is_empty(),
    };
    let mut findings = suppress::apply(findings, &suppressions, judge);
    findings.retain(|finding| found[finding.file.0 as usize].asked);
    outcome::sort(&mut findings);

    let shown = timing.measure(Phase::Report, || {
        read_shown(request, &findings, &found, &files, &mut failures)
    });
    let asked = || std::iter::zip(&found, &files).filter(|(found, _)| found.asked);
    Outcome {
        findings,
        shown,
        files: asked().count(),
        bytes: asked().map(|(_, file)| file.bytes).sum(),
        all_bytes: files.iter().map(|file| file.bytes).sum(),
        failures,
        timing,
    }
}

#[derive(Default)]
struct ProjectChecked {
    findings: Vec<Finding>,
    failures: Vec<Failure>,
    /// Per project rule.
    times: Vec<Duration>,
}

fn check_project(
    request: &Request,
    linter: &Linter,
    facts: Vec<FileFacts>,
    timing: &mut Timing,
) -> ProjectChecked {
    let mut checked = ProjectChecked::default();
    let project = timing.measure(Phase::Link, || {
        guarded(|| Project::link(facts, &request.settings.tables))
    });
    let project = match project {
        Ok(project) => project,
        Err(panic) => {
            let message = format!("internal error while linking the project: {panic}");
            checked.failures.push(Failure {
                path: None,
                message,
            });
            return checked;
        }
    };
    let rules = (0..linter.project_rules()).into_par_iter();
    let results: Vec<_> = rules
        .map(|index| {
            let start = Instant::now();
            let result = guarded(|| linter.check_project(index, &project));
            (result, start.elapsed())
        })
        .collect();
    for (index, (result, time)) in results.into_iter().enumerate() {
        timing.book(Phase::ProjectRules, time);
        checked.times.push(time);
        match result {
            Ok(findings) => checked.findings.extend(findings),
            Err(panic) => {
                let message = format!(
                    "internal error in rule `{}`: {panic}",
                    linter.project_rule(index).name
                );
                checked.failures.push(Failure {
                    path: None,
                    message,
                });
            }
        }
    }
    checked
}

fn rule_times(
    linter: &Linter,
    files: &[Analysed],
    project_times: &[Duration],
    findings: &[Finding],
) -> Vec<RuleTime> {
    let mut times: FxHashMap<&str, Duration> = FxHashMap::default();
    let rules = linter.rules();
    for file in files {
        for (rule, time) in std::iter::zip(&rules, &file.rule_times) {
            *times.entry(rule.name).or_default() += Duration::from_nanos(*time);
        }
    }
    for (index, time) in project_times.iter().enumerate() {
        *times.entry(linter.project_rule(index).name).or_default() += *time;
    }
    let count = |name| {
        findings
            .iter()
            .filter(|finding| finding.rule == name)
            .count()
    };
    let time = |name| times.get(name).copied().unwrap_or_default();
    let mut rules: Vec<RuleTime> = rules
        .iter()
        .map(|rule| RuleTime {
            name: rule.name,
            time: time(rule.name),
            findings: count(rule.name),
        })
        .collect();
    rules.sort_by_key(|rule| (std::cmp::Reverse(rule.time), rule.name));
    rules
}

/// Reads again the few files that findings point into: no run holds the text of all its files.
fn read_shown(
    request: &Request,
    findings: &[Finding],
    found: &[Found],
    files: &[Analysed],
    failures: &mut Vec<Failure>,
) -> FxHashMap<FileId, ShownFile> {
    let mentioned = findings.iter().flat_map(|finding| {
        let labels = finding.labels.iter().filter_map(|label| label.file);
        std::iter::once(finding.file).chain(labels)
    });
    let mentioned: BTreeSet<FileId> = mentioned.collect();
    let mut shown = FxHashMap::default();
    for id in mentioned {
        let (Some(found), Some(file)) = (found.get(id.0 as usize), files.get(id.0 as usize)) else {
            continue;
        };
        let path = request.targets.show(&found.disk);
        let source = match read::read(&found.disk) {
            Ok(text) if text.hash == file.hash => Ok(Source::new(path.clone(), text.text)),
            Ok(_) => Err("was changed while exlint ran".to_owned()),
            Err(error) => Err(format!("cannot be read again: {error}")),
        };
        let source = source
            .map_err(|message| {
                failures.push(Failure {
                    path: Some(path.clone()),
                    message,
                })
            })
            .ok();
        shown.insert(id, ShownFile { path, source });
    }
    shown
}
