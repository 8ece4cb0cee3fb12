//! Links the facts of all files, and runs the rules that look at the whole project.
use std::time::{Duration, Instant};

use exlint_facts::FileFacts;
use exlint_findings::{Finding, Level};
use exlint_project::Project;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::guard::{Panic, guarded};
use crate::outcome::Failure;
use crate::scopes::Scopes;
use crate::timing::{Phase, Timing};

#[derive(Default)]
pub(crate) struct ProjectChecked {
    pub(crate) findings: Vec<Finding>,
    pub(crate) failures: Vec<Failure>,
    /// Time by rule.
    pub(crate) times: Vec<(&'static str, Duration)>,
}

pub(crate) fn check_project(
    scopes: &Scopes,
    facts: Vec<FileFacts>,
    timing: &mut Timing,
) -> ProjectChecked {
    let project = timing.measure(Phase::Link, || {
        guarded(|| Project::link(facts, &scopes.tables))
    });
    let project = match project {
        Ok(project) => project,
        Err(panic) => {
            let mut checked = ProjectChecked::default();
            checked.fail(format!("internal error while linking the project: {panic}"));
            return checked;
        }
    };
    let checked = run_rules(scopes, &project, timing);
    // Giving its memory back takes as long as some rules do, and nobody has to wait for that.
    rayon::spawn(move || drop(project));
    checked
}

/// Runs the rules that look at the whole project.
pub(crate) fn run_rules(scopes: &Scopes, project: &Project, timing: &mut Timing) -> ProjectChecked {
    let mut checked = ProjectChecked::default();
    let jobs = jobs(scopes);
    let results: Vec<_> = jobs
        .par_iter()
        .map(|job| {
            let start = Instant::now();
            let linter = &scopes.all[job.scope].linter;
            let result = guarded(|| linter.check_project(job.rule, project));
            (result, start.elapsed())
        })
        .collect();
    for (job, (result, time)) in std::iter::zip(jobs, results) {
        timing.book(Phase::ProjectRules, time);
        checked.take(scopes, &job, result, time);
    }
    checked
}

impl ProjectChecked {
    fn take(
        &mut self,
        scopes: &Scopes,
        job: &Job,
        result: Result<Vec<Finding>, Panic>,
        time: Duration,
    ) {
        self.times.push((job.name, time));
        match result {
            Ok(findings) => {
                let here = |finding: &Finding| job.wanted_in.contains(&scopes.index(finding.file));
                self.findings.extend(findings.into_iter().filter(here));
            }
            Err(panic) => self.fail(format!("internal error in rule `{}`: {panic}", job.name)),
        }
    }

    fn fail(&mut self, message: String) {
        let path = None;
        self.failures.push(Failure { path, message });
    }
}

/// A rule to be run over the project, as a scope has it set.
struct Job {
    name: &'static str,
    scope: usize,
    /// Its number among the project rules of the scope.
    rule: usize,
    /// The scopes that have it set alike: findings in their files count.
    wanted_in: Vec<usize>,
}

/// Each rule once for each way in which it is set.
fn jobs(scopes: &Scopes) -> Vec<Job> {
    let mut jobs: Vec<Job> = Vec::new();
    let mut known: FxHashMap<(&str, usize, Level, String), usize> = FxHashMap::default();
    for (index, scope) in scopes.all.iter().enumerate() {
        let mut seen: FxHashMap<&str, usize> = FxHashMap::default();
        for rule in 0..scope.linter.project_rules() {
            let name = scope.linter.project_rule(rule).name;
            let Some(setting) = scope.rule(name) else {
                continue;
            };
            let nth = seen.entry(name).or_default();
            *nth += 1;
            let key = (name, *nth, setting.level, format!("{:?}", setting.options));
            match known.get(&key) {
                Some(job) => jobs[*job].wanted_in.push(index),
                None => {
                    known.insert(key, jobs.len());
                    jobs.push(Job {
                        name,
                        scope: index,
                        rule,
                        wanted_in: vec![index],
                    });
                }
            }
        }
    }
    jobs
}
