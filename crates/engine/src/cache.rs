//! What a run found out about each file, kept for the next one.
//!
//! A [`Cache`] is a folder with a file for each way in which the project is checked: `.exlint_cache` in the project. Such
//! a file holds an index, which says which files with which content were seen and what the whole run found, and a
//! record for each file: its facts, its findings, its suppressions. A run in which nothing changed reads the index
//! alone. Otherwise the files that changed are analysed, the others' records are read, and the project is linked.
//!
//! Whatever is written is replaced at once, carries check sums, and names the build and the configuration it comes
//! from. What does not fit is thrown away, and what cannot be written is not missed. Somebody may have forged all of it:
//! what is read is only followed as deep and taken for as large as a run writes it, and a run that goes wrong with it
//! is done again without.
#[cfg(any(test, fuzzing))]
mod forge;
mod kept;
mod key;
mod sound;
mod stamp;
mod store;

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;
use xxhash_rust::xxh3::xxh3_64;

use crate::{Targets, replace, temporary_in};

#[cfg(fuzzing)]
pub use forge::forge_records;
pub(crate) use kept::{Entry, Kept};
pub(crate) use sound::point_into;

/// The folder in a project that holds its results.
const FOLDER: &str = ".exlint_cache";
const EXTENSION: &str = "cache";
/// The number of ways of checking a project whose results are kept.
const KEPT: usize = 4;
/// When a file that is being written has been forgotten.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

const TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
                   # This folder holds what exlint can find out again: https://bford.info/cachedir/\n";

/// Where the results of runs over a project are kept.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
    /// What the names of the project's files begin with.
    prefix: String,
}

impl Cache {
    /// The cache of the project that holds the targets, in `folder` if given. Files outside of any project have none,
    /// unless a folder for it is given.
    pub fn of(targets: &Targets, folder: Option<&Path>) -> Option<Cache> {
        match folder {
            Some(folder) => {
                let root = targets.root.as_os_str().as_encoded_bytes();
                Some(Cache {
                    folder: folder.to_owned(),
                    prefix: format!("{:016x}-", xxh3_64(root)),
                })
            }
            None => targets.is_in_project().then(|| Cache {
                folder: targets.root.join(FOLDER),
                prefix: String::new(),
            }),
        }
    }

    /// Removes the results of the project, and the folder when nothing else is in it; whether there were any.
    ///
    /// # Errors
    ///
    /// Those of reading the folder and removing files.
    pub fn clean(&self) -> io::Result<bool> {
        let files = match self.files() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            files => files?,
        };
        let found = !files.is_empty();
        for file in files {
            fs::remove_file(file)?;
        }
        let marks = [
            self.folder.join(".gitignore"),
            self.folder.join("CACHEDIR.TAG"),
        ];
        let is_mark = |path: &PathBuf| marks.contains(path);
        if entries(&self.folder)?.iter().all(is_mark) {
            for mark in marks.iter().filter(|mark| mark.exists()) {
                fs::remove_file(mark)?;
            }
            fs::remove_dir(&self.folder)?;
        }
        Ok(found)
    }

    /// The file that holds the results of runs with this key.
    fn file(&self, key: u128) -> PathBuf {
        self.folder
            .join(format!("{}{key:032x}.{EXTENSION}", self.prefix))
    }

    /// Whether the folder lies where it seems to: nobody's link leads a run to write elsewhere.
    fn is_safe(&self) -> bool {
        let is_given = !self.prefix.is_empty();
        is_given || !self.folder.is_symlink()
    }

    /// A file to be written in the folder, which is made if it is missing.
    fn begin(&self) -> io::Result<NamedTempFile> {
        fs::create_dir_all(&self.folder)?;
        if entries(&self.folder)?.is_empty() {
            replace(&self.folder.join(".gitignore"), b"*\n")?;
            replace(&self.folder.join("CACHEDIR.TAG"), TAG.as_bytes())?;
        }
        temporary_in(&self.folder)
    }

    /// Removes what has not been written to for longest, but for a few, and what nobody finished.
    fn prune(&self) -> io::Result<()> {
        let modified = |path: &PathBuf| path.metadata().and_then(|metadata| metadata.modified());
        let mut files: Vec<(SystemTime, PathBuf)> = self
            .files()?
            .into_iter()
            .filter_map(|path| Some((modified(&path).ok()?, path)))
            .collect();
        files.sort();
        for (_, file) in files.iter().rev().skip(KEPT) {
            fs::remove_file(file)?;
        }
        let is_abandoned = |path: &PathBuf| {
            let age = modified(path).ok().and_then(|time| time.elapsed().ok());
            name(path).starts_with(".exlint-") && age.is_some_and(|age| age > ABANDONED)
        };
        for file in entries(&self.folder)?
            .iter()
            .filter(|path| is_abandoned(path))
        {
            fs::remove_file(file)?;
        }
        Ok(())
    }

    /// The project's files in the folder.
    fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = entries(&self.folder)?;
        files.retain(|path| {
            let stem = name(path).strip_suffix(EXTENSION);
            let key = stem.and_then(|stem| stem.strip_suffix('.')?.strip_prefix(&self.prefix));
            key.is_some_and(|key| key.len() == 32 && key.bytes().all(|it| it.is_ascii_hexdigit()))
        });
        Ok(files)
    }
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect()
}

fn name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
