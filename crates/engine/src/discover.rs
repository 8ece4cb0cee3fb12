//! Finds the Elixir files and templates among the targets.
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};
use rustc_hash::FxHashSet;

use crate::Error;
use crate::filter::FileFilter;
use crate::outcome::Failure;
use crate::scopes::Scopes;
use crate::settings::Settings;
use crate::targets::{Targets, is_client, is_elixir};

/// Folders of build results and of other people's code; looked into only when given by name.
const SKIPPED: &[&str] = &["_build", "deps", "node_modules", ".elixir_ls"];

/// A file to analyse.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    /// Relative to the root of the run, with `/`.
    pub(crate) path: String,
    pub(crate) disk: PathBuf,
    /// Whether findings are wanted for it; the others are there for what they tell about it.
    pub(crate) asked: bool,
    /// Whether it was given by its own name, which no glob excludes.
    pub(crate) is_named: bool,
}

/// Every Elixir file of the targets and of their projects, once, in the order of the paths; and what could not be
/// looked at.
pub(crate) fn discover(targets: &Targets, settings: &Settings) -> (Vec<Found>, Vec<Failure>) {
    let mut walk = Walk {
        targets,
        filter: &settings.files,
        force_exclude: settings.force_exclude,
        files: Vec::new(),
        links: Vec::new(),
        failures: Vec::new(),
    };
    for project in &targets.projects {
        walk.folder(project);
    }
    let others = targets.paths.iter();
    for target in others.filter(|path| !targets.projects.contains(path)) {
        if walk.is_forced_out(target) {
            continue;
        }
        match target.is_dir() {
            true => walk.folder(target),
            false => walk.file(target.clone(), target.is_symlink()),
        }
    }
    walk.finish()
}

/// The files that a run would report on, as their reader knows them; and what could not be looked at.
///
/// # Errors
///
/// Those of a nested configuration file.
pub fn files(targets: &Targets, settings: &Settings) -> Result<(Vec<String>, Vec<Failure>), Error> {
    let (mut found, failures) = discover(targets, settings);
    Scopes::sort(settings, targets, &mut found)?;
    let asked = found.iter().filter(|file| file.asked);
    let files = asked.map(|file| targets.show(&file.disk));
    Ok((files.collect(), failures))
}

struct Walk<'a> {
    targets: &'a Targets,
    filter: &'a FileFilter,
    force_exclude: bool,
    files: Vec<PathBuf>,
    /// Files that are links; followed when no file of their own is there.
    links: Vec<PathBuf>,
    failures: Vec<Failure>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path) {
        let mut walker = WalkBuilder::new(folder);
        let filter = self.filter.clone();
        walker
            .require_git(false)
            .filter_entry(move |entry| !is_skipped(entry, &filter));
        for entry in walker.build() {
            match entry {
                Ok(entry) => self.entry(entry),
                Err(error) => self.walk_error(folder, &error),
            }
        }
    }

    fn is_forced_out(&self, path: &Path) -> bool {
        let is_dir = path.is_dir();
        let excluded = || {
            let inside = path.strip_prefix(&self.targets.root).unwrap_or(path);
            let mut names = inside.components().map(|it| it.as_os_str());
            names.any(|name| SKIPPED.iter().any(|skipped| name == *skipped))
                || self.filter.excludes(path, is_dir)
                || !(is_dir || self.filter.includes(path))
        };
        self.force_exclude && excluded()
    }

    fn entry(&mut self, entry: DirEntry) {
        let Some(kind) = entry.file_type() else {
            return;
        };
        let path = entry.path();
        let is_read = is_elixir(path) || is_client(path);
        if kind.is_dir() || !is_read || !self.filter.includes(path) {
            return;
        }
        if kind.is_file() {
            self.file(entry.into_path(), false);
        } else if kind.is_symlink() {
            match path.metadata() {
                Ok(metadata) if metadata.is_file() => self.file(entry.into_path(), true),
                Ok(_) => {}
                Err(error) => self.fail(path, &error),
            }
        }
    }

    fn file(&mut self, path: PathBuf, is_link: bool) {
        if is_link {
            self.links.push(path)
        } else {
            self.files.push(path)
        }
    }

    fn walk_error(&mut self, folder: &Path, error: &ignore::Error) {
        let path = error_path(error).unwrap_or(folder);
        match error.io_error() {
            Some(io) => self.fail(path, io),
            None => self.fail(path, error),
        }
    }

    fn fail(&mut self, path: &Path, error: &dyn std::fmt::Display) {
        let path = self.targets.show(path);
        self.failures.push(Failure {
            path: Some(path),
            message: format!("cannot be read: {error}"),
        });
    }

    fn finish(mut self) -> (Vec<Found>, Vec<Failure>) {
        self.files.sort();
        self.files.dedup();
        self.links.sort();
        self.links.dedup();
        if !self.links.is_empty() {
            self.follow_links();
        }
        let found = |disk: PathBuf| Found {
            path: self.targets.relative(&disk),
            asked: self.targets.asks_for(&disk) && is_elixir(&disk),
            is_named: !self.force_exclude && self.targets.names(&disk),
            disk,
        };
        let mut files: Vec<Found> = self.files.into_iter().map(found).collect();
        files.sort();
        self.failures.sort();
        self.failures.dedup();
        (files, self.failures)
    }

    /// Takes each link that leads to a file not taken so far.
    fn follow_links(&mut self) {
        let mut taken: FxHashSet<PathBuf> = self.files.iter().cloned().collect();
        for link in std::mem::take(&mut self.links) {
            let real = link.canonicalize().unwrap_or_else(|_| link.clone());
            if taken.insert(real) {
                self.files.push(link);
            }
        }
    }
}

fn is_skipped(entry: &DirEntry, filter: &FileFilter) -> bool {
    let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
    let foreign = is_dir && SKIPPED.iter().any(|name| entry.file_name() == *name);
    entry.depth() > 0 && (foreign || filter.excludes(entry.path(), is_dir))
}

fn error_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            error_path(err)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
