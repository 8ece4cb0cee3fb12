//! `exlint baseline`: remembers the findings of a project.
use exlint_engine::{Baseline, Error, Overlay, Overrides, Request, Settings, Targets};

use crate::args::BaselineArgs;
use crate::progress::watched;
use crate::show::{Terminal, counted};
use crate::{End, RULES, Stop, output};

pub fn run(args: &BaselineArgs, terminal: Terminal) -> Result<End, Stop> {
    let targets = Targets::resolve(std::slice::from_ref(&args.path))?;
    let targets = targets.whole_project();
    let config = args.config.file();
    let settings = Settings::load(RULES, &config, &Overrides::default(), &targets)?;
    let cache = args.cache.cache(&targets);
    let known = match args.prune {
        true => Baseline::load(&args.file(), &targets)?
            .ok_or(Error::NoBaseline)?
            .into(),
        false => None,
    };
    let outcome = watched(false, |progress| {
        exlint_engine::check(&Request {
            cache: cache.as_ref(),
            baseline: known.as_ref(),
            fingerprints: true,
            progress: Some(progress),
            ..Request::of(&targets, &settings, &Overlay::default())
        })
    })?;
    terminal.failures(&outcome.failures);
    let said = match known {
        Some(mut known) => {
            let stale = outcome.held.as_ref().map_or(&[][..], |held| &held.stale);
            known.remove(stale);
            known.write()?;
            let removed = counted(stale.len(), "entry", "entries");
            format!(
                "{removed} removed from {}, {} left\n",
                known.path,
                known.entries.len()
            )
        }
        None => {
            let mut baseline = Baseline::empty(&args.file(), &targets);
            baseline.extend(&outcome, &targets);
            baseline.write()?;
            let count = counted(baseline.entries.len(), "finding", "findings");
            format!(
                "{count} written to {}; `exlint check` reports what is new\n",
                baseline.path
            )
        }
    };
    output::print(&said)?;
    Ok(match outcome.failures.is_empty() {
        true => End::Clean,
        false => End::Failed,
    })
}
