//! `exlint check`: what is checked, fixed and shown.
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Instant;

use exlint_engine::{Baseline, Changes, Fixed, Outcome, Overlay, Request, Settings, Targets};
use exlint_findings::{Applicability, Finding};
use exlint_report::{Format, SARIF_MAX_RESULTS};
use supports_unicode::Stream;

use crate::args::{CheckArgs, OutputArg};
use crate::output::Output;
use crate::progress::watched;
use crate::show::{Circumstances, Terminal, counted};
use crate::{End, RULES, Stop, diff, output, statistics, style, timing};

pub fn run(args: &CheckArgs, terminal: Terminal) -> Result<End, Stop> {
    let start = Instant::now();
    if let Some(contradiction) = args.contradiction() {
        return Err(Stop::Arguments(contradiction));
    }
    let (targets, overlay) = targets(args)?;
    let settings = Settings::load(RULES, &args.run.config.file(), &args.overrides(), &targets)?;
    if args.show_files {
        return show_files(&targets, &settings, terminal);
    }
    let cache = args.run.cache.cache(&targets);
    let baseline = Baseline::load(&args.baseline(), &targets)?;
    let since = args.since.as_deref();
    let changes = since
        .map(|since| Changes::since(since, &targets))
        .transpose()?;
    let outputs = args.outputs();
    let fixed = watched(args.quiet, |progress| {
        let request = Request {
            targets: &targets,
            settings: &settings,
            overlay: &overlay,
            cache: cache.as_ref(),
            baseline: baseline.as_ref(),
            changes: changes.as_ref(),
            threads: args.run.threads(),
            timing: args.timing,
            fingerprints: outputs.iter().any(|it| it.format.names_findings()),
            suppressed: args.show_suppressed,
            progress: Some(progress),
        };
        match args.fixes() {
            Some(most) => exlint_engine::fix(&request, most),
            None => exlint_engine::check(&request).map(Fixed::nothing),
        }
    })?;
    if fixed.outcome.files == 0 && fixed.outcome.failures.is_empty() && !args.quiet {
        let paths = args.run.shown_paths();
        terminal.warn(&format!("no Elixir files found under {paths}"));
    }
    if args.diff {
        return show_diff(&fixed, args, terminal);
    }
    let text = match args.reads_stdin() && args.fixes().is_some() {
        true => Some(fixed_text(&fixed, &overlay)),
        false => None,
    };
    let circumstances = Circumstances {
        start,
        quiet: args.quiet,
        folder: &targets.folder_in_repository(),
        category: args.sarif_category.as_deref(),
    };
    finish(fixed, text, args, circumstances, terminal)
}

fn targets(args: &CheckArgs) -> Result<(Targets, Overlay), Stop> {
    if !args.reads_stdin() {
        return Ok((Targets::resolve(&args.run.paths)?, Overlay::default()));
    }
    let name = args
        .stdin_filename
        .as_deref()
        .unwrap_or(Path::new("stdin.ex"));
    let targets = Targets::resolve_text(name)?;
    let mut text = Vec::new();
    io::stdin().read_to_end(&mut text).map_err(Stop::Stdin)?;
    let overlay = targets.overlay(text);
    Ok((targets, overlay))
}

fn show_files(targets: &Targets, settings: &Settings, terminal: Terminal) -> Result<End, Stop> {
    let (files, failures) = exlint_engine::files(targets, settings)?;
    terminal.failures(&failures);
    let is_shown = style::is_terminal(Stream::Stdout);
    let lines = files.iter().map(|file| match is_shown {
        true => exlint_report::harmless(file) + "\n",
        false => format!("{file}\n"),
    });
    output::print(&lines.collect::<String>())?;
    Ok(match failures.is_empty() {
        true => End::Clean,
        false => End::Failed,
    })
}

fn show_diff(fixed: &Fixed, args: &CheckArgs, terminal: Terminal) -> Result<End, Stop> {
    let mut output = Output::open(None)?;
    let is_shown = style::is_terminal(Stream::Stdout);
    for file in &fixed.files {
        let text = diff::unified(file, is_shown, terminal.is_coloured());
        output.write_all(text.as_bytes())?;
    }
    output.finish()?;
    terminal.failures(&fixed.outcome.failures);
    if let (Some(count), false) = (fixes(fixed), args.quiet) {
        terminal.note(&format!("{count} can be fixed"));
    }
    Ok(match () {
        () if !fixed.outcome.failures.is_empty() => End::Failed,
        () if fixed.files.is_empty() || args.exit_zero => End::Clean,
        () => End::Findings,
    })
}

/// What standard input becomes.
fn fixed_text(fixed: &Fixed, overlay: &Overlay) -> Vec<u8> {
    match fixed.files.first() {
        Some(file) => file.after().into_bytes(),
        None => overlay.only().unwrap_or_default().to_owned(),
    }
}

/// Writes what was fixed, `text` to standard output or else each file, reports what is left, and says how the run
/// ends.
fn finish(
    fixed: Fixed,
    text: Option<Vec<u8>>,
    args: &CheckArgs,
    circumstances: Circumstances,
    terminal: Terminal,
) -> Result<End, Stop> {
    let notes = notes(&fixed, args);
    let Fixed { mut outcome, files } = fixed;
    match &text {
        Some(text) => {
            let mut output = Output::open(None)?;
            output.write_all(text)?;
            output.finish()?;
        }
        None => {
            let failures = files.iter().filter_map(|file| file.write().err());
            outcome.failures.extend(failures);
        }
    }
    // Nothing is written anywhere before everything can be.
    let outputs = args.outputs().into_iter().map(|it| {
        let output = match text.is_some() && it.file.is_none() {
            true => Output::error(),
            false => Output::open(it.file.as_deref())?,
        };
        Ok((it, output))
    });
    let mut outputs = outputs.collect::<Result<Vec<_>, Stop>>()?;
    if !outputs
        .iter()
        .any(|(it, output)| is_for_people(it) && !output.is_file())
    {
        terminal.failures(&outcome.failures);
    }
    for (OutputArg { format, .. }, output) in &mut outputs {
        match args.statistics && matches!(format, Format::Full | Format::Concise) {
            true => output.write_all(statistics::table(&outcome).as_bytes())?,
            false => terminal.report(&mut outcome, *format, circumstances, output)?,
        }
    }
    let has_sarif = outputs.iter().any(|(it, _)| it.format == Format::Sarif);
    for (_, output) in outputs {
        output.finish()?;
    }
    if has_sarif && outcome.findings.len() > SARIF_MAX_RESULTS {
        terminal.warn(&format!(
            "the SARIF report holds the {SARIF_MAX_RESULTS} gravest of {} findings: GitHub takes no more",
            outcome.findings.len()
        ));
    }
    notes.iter().for_each(|note| terminal.note(note));
    if args.timing {
        timing::print(&outcome, circumstances.start.elapsed());
    }
    Ok(end(
        &outcome,
        files.iter().map(|file| file.count).sum(),
        args,
    ))
}

fn is_for_people(output: &OutputArg) -> bool {
    matches!(output.format, Format::Full | Format::Concise)
}

/// What there is to say beside the findings.
fn notes(fixed: &Fixed, args: &CheckArgs) -> Vec<String> {
    let mut notes = Vec::new();
    if args.quiet {
        return notes;
    }
    if let Some(count) = fixes(fixed) {
        let verb = if args.reads_stdin() {
            "fixed"
        } else {
            "fixed in"
        };
        let files = match args.reads_stdin() {
            true => String::new(),
            false => format!(" {}", counted(fixed.files.len(), "file", "files")),
        };
        notes.push(format!("{count} {verb}{files}"));
    }
    let outcome = &fixed.outcome;
    let fixable = |kind: Applicability| {
        let has = |it: &&Finding| it.fix.as_ref().is_some_and(|fix| fix.applicability == kind);
        outcome.findings.iter().filter(has).count()
    };
    match (fixable(Applicability::Safe), fixable(Applicability::Unsafe)) {
        (0, 0) => {}
        (0, risky) => notes.push(format!(
            "{} can be fixed with `--fix --unsafe-fixes`",
            counted(risky, "finding", "findings")
        )),
        (safe, 0) => notes.push(format!(
            "{} can be fixed with `--fix`",
            counted(safe, "finding", "findings")
        )),
        (safe, risky) => notes.push(format!(
            "{} can be fixed with `--fix`, {risky} more with `--unsafe-fixes`",
            counted(safe, "finding", "findings")
        )),
    }
    if let Some(held) = &outcome.held {
        if held.count > 0 {
            let count = counted(held.count, "known finding", "known findings");
            notes.push(format!("{count} held back by {}", held.path));
        }
        if !held.stale.is_empty() {
            let count = counted(held.stale.len(), "entry", "entries");
            let path = &held.path;
            notes.push(format!(
                "{count} of {path} no longer found; `exlint baseline --prune` removes what was fixed"
            ));
        }
    }
    notes
}

/// How many findings were fixed, if any was.
fn fixes(fixed: &Fixed) -> Option<String> {
    let count: usize = fixed.files.iter().map(|file| file.count).sum();
    (count > 0).then(|| counted(count, "finding", "findings"))
}

fn end(outcome: &Outcome, fixed: usize, args: &CheckArgs) -> End {
    match () {
        () if !outcome.failures.is_empty() => End::Failed,
        () if args.exit_zero => End::Clean,
        () if outcome.fails || (args.exit_non_zero_on_fix && fixed > 0) => End::Findings,
        () => End::Clean,
    }
}
