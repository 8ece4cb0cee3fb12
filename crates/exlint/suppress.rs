//! `exlint suppress`: writes comments for the findings there are.
use exlint_engine::{Baseline, BaselineFile, Overlay, Request, Settings, Targets};

use crate::args::SuppressArgs;
use crate::progress::watched;
use crate::show::{Terminal, counted};
use crate::{End, RULES, Stop, output};

pub fn run(args: &SuppressArgs, terminal: Terminal) -> Result<End, Stop> {
    if args.reason.trim().is_empty() {
        return Err(Stop::Arguments(
            "`--reason` says why the findings may stay, and is empty",
        ));
    }
    let targets = Targets::resolve(&args.run.paths)?;
    let overrides = args.run.overrides();
    let settings = Settings::load(RULES, &args.run.config.file(), &overrides, &targets)?;
    let cache = args.run.cache.cache(&targets);
    let baseline = Baseline::load(&BaselineFile::Find, &targets)?;
    let mut silenced = watched(false, |progress| {
        let overlay = Overlay::default();
        let request = Request {
            cache: cache.as_ref(),
            baseline: baseline.as_ref(),
            threads: args.run.threads(),
            progress: Some(progress),
            ..Request::of(&targets, &settings, &overlay)
        };
        exlint_engine::silence(&request, &args.reason)
    })?;
    let failed = silenced.files.iter().filter_map(|file| file.write().err());
    silenced.outcome.failures.extend(failed);
    terminal.failures(&silenced.outcome.failures);
    let count = silenced.files.iter().map(|file| file.count).sum();
    let count = counted(count, "finding", "findings");
    let files = counted(silenced.files.len(), "file", "files");
    output::print(&format!("{count} suppressed in {files}\n"))?;
    if !silenced.left.is_empty() {
        let left = counted(silenced.left.len(), "finding", "findings");
        terminal.note(&format!("{left} left that no comment can suppress"));
    }
    Ok(match silenced.outcome.failures.is_empty() {
        true => End::Clean,
        false => End::Failed,
    })
}
