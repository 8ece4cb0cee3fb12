//! Runs exlint over a project.
//!
//! [`Targets`] finds what was asked for, [`Settings`] decides what is checked, and [`check`] is the whole run:
//! every phase stands in [`run`], in its order. [`fix`] runs it until nothing is left to fix. Only this crate and the
//! command touch the disk.
mod analyse;
mod baseline;
#[cfg(test)]
mod broken_rules;
mod cache;
mod changes;
mod config;
mod discover;
mod effective;
mod error;
mod filter;
mod fingerprint;
mod fix;
mod folders;
mod graph;
mod guard;
mod layers;
mod limits;
mod linked;
mod names;
mod outcome;
mod overlay;
mod project;
mod read;
mod replace;
mod rows;
mod schema;
mod scopes;
mod settings;
mod shown;
mod silence;
mod suppress;
mod targets;
#[cfg(test)]
mod testing;
mod timing;
mod tree;

use std::sync::atomic::{AtomicUsize, Ordering};

use exlint_findings::{FileId, Finding};
use rayon::prelude::*;

use analyse::{Analysed, analyse};
use cache::Kept;
use discover::{Found, discover};
use scopes::Scopes;

pub use baseline::{Baseline, BaselineEntry, BaselineFile};
pub use cache::Cache;
#[cfg(fuzzing)]
pub use cache::forge_records;
pub use changes::Changes;
pub use config::{FILE_NAME, FailOn, Origin};
pub use discover::files;
pub use effective::{Effective, Listed};
pub use error::{ConfigError, Error, Problem};
pub use fingerprint::Fingerprint;
pub use fix::{Fixed, FixedFile, fix};
pub use graph::message_graph;
pub use names::rule_suggestion;
pub use outcome::{Failure, Held, Outcome, ShownFile, Suppressed, Suppressor};
pub use overlay::Overlay;
pub use replace::{abandon_files, create, put_in_place, replace, temporary_in};
pub use schema::schema;
pub use settings::{ConfigFile, Overrides, RuleSetting, Setter, Settings};
pub use silence::{Silenced, silence};
pub use targets::Targets;
pub use timing::{Phase, RuleTime, Timing};
pub use tree::supervision_tree;

/// The stack of each thread that parses, in bytes: deep enough for source nested far deeper than anyone reads.
pub const STACK: usize = 64 << 20;

const SYNTAX_ERROR: &str = "syntax-error";
const NOT_ANALYSED: &str = "not-analysed";
const UNUSED_SUPPRESSION: &str = "unused-suppression";

/// A run to be done.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub targets: &'a Targets,
    pub settings: &'a Settings,
    /// Texts that stand for files of the disk.
    pub overlay: &'a Overlay,
    /// Where results are kept from one run to the next.
    pub cache: Option<&'a Cache>,
    /// Known findings, which are held back.
    pub baseline: Option<&'a Baseline>,
    /// Only findings that touch these lines are reported.
    pub changes: Option<&'a Changes>,
    /// As many as the machine has when `None`.
    pub threads: Option<usize>,
    /// Whether to measure each rule, which costs a little.
    pub timing: bool,
    /// Whether to say what each finding is known by, which costs a little; done anyway when there is a baseline.
    pub fingerprints: bool,
    /// Whether to say what is not reported because a comment or the baseline suppresses it.
    pub suppressed: bool,
    pub progress: Option<&'a Progress>,
}

impl<'a> Request<'a> {
    /// Everything that is found, without a cache, and nothing but that.
    pub fn of(targets: &'a Targets, settings: &'a Settings, overlay: &'a Overlay) -> Request<'a> {
        Request {
            targets,
            settings,
            overlay,
            cache: None,
            baseline: None,
            changes: None,
            threads: None,
            timing: false,
            fingerprints: false,
            suppressed: false,
            progress: None,
        }
    }
}

/// How far a run has come; read while it goes on.
#[derive(Debug, Default)]
pub struct Progress {
    files: AtomicUsize,
    done: AtomicUsize,
}

impl Progress {
    /// The number of files to analyse, and of those that are analysed.
    pub fn read(&self) -> (usize, usize) {
        let read = |number: &AtomicUsize| number.load(Ordering::Relaxed);
        (read(&self.files), read(&self.done))
    }
}

/// Checks the targets. The same input gives the same outcome, whatever the number of threads.
pub fn check(request: &Request) -> Result<Outcome, Error> {
    in_pool(request, || run(request))?
}

/// Does `work` on threads with a deep stack.
fn in_pool<T: Send>(request: &Request, work: impl FnOnce() -> T + Send) -> Result<T, Error> {
    let threads = request.threads.unwrap_or(0);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(STACK)
        .build();
    let pool = pool.map_err(|error| Error::Threads {
        threads,
        error: error.to_string(),
    })?;
    Ok(pool.install(work))
}

/// Walk, choose settings for each file, look what is known already, find out the rest, sort, read what is to be shown,
/// leave out what did not change and what is known.
fn run(request: &Request) -> Result<Outcome, Error> {
    let Request {
        targets, settings, ..
    } = *request;
    let mut timing = Timing::default();
    let (mut found, mut failures) = timing.measure(Phase::Walk, || discover(targets, settings));
    let scopes = Scopes::sort(settings, targets, &mut found)?;

    let mut kept = timing.measure(Phase::Cache, || Kept::open(request, &scopes, &found));
    // What was suppressed is not kept.
    let unchanged = match failures.is_empty() && !request.suppressed {
        true => timing.measure(Phase::Cache, || kept.unchanged()),
        false => None,
    };
    let is_unchanged = unchanged.is_some();
    let (files, mut findings, mut suppressed) = match unchanged {
        Some((files, findings)) => (files, findings, Vec::new()),
        None => find_out(
            request,
            &scopes,
            &found,
            &mut kept,
            &mut failures,
            &mut timing,
        ),
    };
    let is_asked = |finding: &Finding| found[finding.file.0 as usize].asked;
    findings.retain(is_asked);
    outcome::sort(&mut findings);
    suppressed.retain(|it| request.suppressed && is_asked(&it.finding));

    let mut shown = timing.measure(Phase::Report, || {
        let all = outcome::all(&findings, &suppressed);
        shown::read_shown(request, all, &found, &files, &mut failures)
    });
    let is_bug = |failure: &Failure| failure.path.is_none();
    let is_wrong = is_unchanged && !failures.is_empty() || failures.iter().any(is_bug);
    if kept.was_used() && (is_wrong || !cache::point_into(&findings, &shown)) {
        // Size and times of a file were the same, and the content was not; or somebody has forged what was kept.
        kept.forget();
        return run(&Request {
            cache: None,
            ..*request
        });
    }
    if let Some(changes) = request.changes {
        findings.retain(|finding| changes.touch(finding, &shown));
        suppressed.retain(|it| changes.touch(&it.finding, &shown));
    }
    let fingerprints = match request.fingerprints || request.baseline.is_some() {
        true => timing.measure(Phase::Report, || fingerprint::all(&findings, &shown)),
        false => Vec::new(),
    };
    let new = baseline::hold_back(
        request,
        &mut findings,
        fingerprints,
        &scopes,
        &found,
        &failures,
    );
    if request.suppressed {
        suppressed.extend(new.known.into_iter().map(Suppressed::known));
        outcome::sort_suppressed(&mut suppressed);
    }
    shown::forget_unmentioned(&mut shown, outcome::all(&findings, &suppressed));

    let asked = || std::iter::zip(&found, &files).filter(|(found, _)| found.asked);
    let fails = |finding: &Finding| scopes.of(finding.file).fail_on.fails(finding.level);
    Ok(Outcome {
        fails: findings.iter().any(fails),
        findings,
        fingerprints: new.fingerprints,
        suppressed,
        held: new.held,
        shown,
        rules: scopes.union(settings),
        files: asked().count(),
        bytes: asked().map(|(_, file)| file.bytes).sum(),
        all_bytes: files.iter().map(|file| file.bytes).sum(),
        failures,
        timing,
    })
}

/// Analyse each file that is not known, link, project rules, suppress; and keep all that for the next run.
fn find_out(
    request: &Request,
    scopes: &Scopes,
    found: &[Found],
    kept: &mut Kept,
    failures: &mut Vec<Failure>,
    timing: &mut Timing,
) -> (Vec<Analysed>, Vec<Finding>, Vec<Suppressed>) {
    timing.measure(Phase::Cache, || {
        kept.load();
        kept.begin();
    });
    let mut files = analyse_all(request, scopes, found, kept);
    let mut findings = take_findings(&mut files);
    failures.extend(files.iter_mut().flat_map(|file| file.failures.drain(..)));
    files.iter().for_each(|file| timing.add(&file.timing));

    let facts = files.iter_mut().map(|file| std::mem::take(&mut file.facts));
    let project = project::check_project(scopes, facts.collect(), timing);
    findings.extend(project.findings);
    failures.extend(project.failures);
    if request.timing {
        timing.rules = timing::rule_times(scopes, &files, &project.times, &findings);
    }

    let complete = failures.is_empty();
    let applied = unsuppressed(request, scopes, &mut files, findings, complete);
    let complete = failures.is_empty().then_some(applied.kept.as_slice());
    timing.measure(Phase::Cache, || kept.save(&mut files, complete));
    (files, applied.kept, applied.suppressed)
}

/// The findings that no comment suppresses.
fn unsuppressed(
    request: &Request,
    scopes: &Scopes,
    files: &mut [Analysed],
    findings: Vec<Finding>,
    complete: bool,
) -> suppress::Applied {
    let suppressions = files
        .iter_mut()
        .map(|file| std::mem::take(&mut file.suppressions));
    let suppressions: Vec<_> = suppressions.collect();
    // Where something went wrong, a finding may be missing that a suppression waits for.
    let judge = suppress::Judge {
        scopes,
        whole: request.targets.whole,
        narrowed: request.settings.layers.is_narrowed(),
        complete: complete && files.iter().all(Analysed::is_complete),
    };
    suppress::apply(findings, &suppressions, judge)
}

fn analyse_all(request: &Request, scopes: &Scopes, found: &[Found], kept: &Kept) -> Vec<Analysed> {
    if let Some(progress) = request.progress {
        progress.files.store(found.len(), Ordering::Relaxed);
        progress.done.store(0, Ordering::Relaxed);
    }
    let files = found.par_iter().enumerate();
    let analysed = files.map(|(index, found)| {
        let id = FileId(index as u32);
        let mut timing = Timing::default();
        let known = timing.measure(Phase::Cache, || kept.recall(id));
        let mut analysed = known.unwrap_or_else(|| {
            let mut analysed = analyse(request, scopes.of(id), id, found);
            timing.measure(Phase::Cache, || {
                kept.remember(id, found, scopes.index(id), &mut analysed);
            });
            analysed
        });
        analysed.timing.add(&timing);
        if let Some(progress) = request.progress {
            progress.done.fetch_add(1, Ordering::Relaxed);
        }
        analysed
    });
    analysed.collect()
}

fn take_findings(files: &mut [Analysed]) -> Vec<Finding> {
    let findings = files.iter_mut().flat_map(|file| file.findings.drain(..));
    findings.collect()
}
