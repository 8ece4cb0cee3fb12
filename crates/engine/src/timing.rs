//! Where the time of a run goes.
use std::time::{Duration, Instant};

use exlint_findings::Finding;
use rustc_hash::FxHashMap;

use crate::analyse::Analysed;
use crate::scopes::Scopes;

/// The steps of a run, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Walk,
    Cache,
    Read,
    Parse,
    Lower,
    Facts,
    FileRules,
    Link,
    ProjectRules,
    Report,
}

impl Phase {
    pub const ALL: [Phase; 10] = [
        Phase::Walk,
        Phase::Cache,
        Phase::Read,
        Phase::Parse,
        Phase::Lower,
        Phase::Facts,
        Phase::FileRules,
        Phase::Link,
        Phase::ProjectRules,
        Phase::Report,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Phase::Walk => "walk",
            Phase::Cache => "cache",
            Phase::Read => "read",
            Phase::Parse => "parse",
            Phase::Lower => "lower",
            Phase::Facts => "facts",
            Phase::FileRules => "file rules",
            Phase::Link => "link",
            Phase::ProjectRules => "project rules",
            Phase::Report => "report",
        }
    }
}

/// Time per phase, summed over all threads; time per rule when it was asked for.
#[derive(Clone, Debug, Default)]
pub struct Timing {
    spent: [Duration; Phase::ALL.len()],
    /// The size of the files that were analysed: what is known from an earlier run is not.
    pub bytes: u64,
    /// Sorted by time, longest first.
    pub rules: Vec<RuleTime>,
}

/// What one rule cost and what it found, before suppressions.
#[derive(Clone, Debug)]
pub struct RuleTime {
    pub name: &'static str,
    pub time: Duration,
    pub findings: usize,
}

impl Timing {
    pub fn of(&self, phase: Phase) -> Duration {
        self.spent[phase as usize]
    }

    /// Does `work` and books its time to `phase`.
    pub fn measure<T>(&mut self, phase: Phase, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.spent[phase as usize] += start.elapsed();
        result
    }

    pub(crate) fn add(&mut self, other: &Timing) {
        for (sum, more) in std::iter::zip(&mut self.spent, other.spent) {
            *sum += more;
        }
        self.bytes += other.bytes;
    }

    pub(crate) fn book(&mut self, phase: Phase, time: Duration) {
        self.spent[phase as usize] += time;
    }
}

/// What each rule cost in all files and in the project, and what it found. `files` in the order of their numbers.
pub(crate) fn rule_times(
    scopes: &Scopes,
    files: &[Analysed],
    project_times: &[(&'static str, Duration)],
    findings: &[Finding],
) -> Vec<RuleTime> {
    let mut times: FxHashMap<&'static str, (Duration, usize)> = FxHashMap::default();
    let rules_by_scope: Vec<_> = scopes.all.iter().map(|it| it.linter.rules()).collect();
    for rule in rules_by_scope.iter().flatten() {
        times.entry(rule.name).or_default();
    }
    for (file, index) in std::iter::zip(files, scopes.indices()) {
        for (rule, time) in std::iter::zip(&rules_by_scope[*index], &file.rule_times) {
            times.entry(rule.name).or_default().0 += Duration::from_nanos(*time);
        }
    }
    for (rule, time) in project_times {
        times.entry(rule).or_default().0 += *time;
    }
    for finding in findings {
        if let Some((_, count)) = times.get_mut(finding.rule.as_ref()) {
            *count += 1;
        }
    }
    let mut rules: Vec<RuleTime> = times
        .into_iter()
        .map(|(name, (time, findings))| RuleTime {
            name,
            time,
            findings,
        })
        .collect();
    rules.sort_by_key(|rule| (std::cmp::Reverse(rule.time), rule.name));
    rules
}
