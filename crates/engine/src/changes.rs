//! The lines that changed since a commit, as git knows them.
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use exlint_findings::{Edit, FileId, Finding, Source, Span};
use rustc_hash::FxHashMap;

use crate::Error;
use crate::outcome::ShownFile;
use crate::targets::{Targets, repository};

/// What git is asked about.
const PATTERNS: &[&str] = &["*.ex", "*.exs", "*.heex", "*.html.eex", "*.html.leex"];

/// The lines of the working tree that changed.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    files: FxHashMap<PathBuf, Lines>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Lines {
    /// The file is new.
    All,
    /// First and last line of each run of changed ones, from 1.
    Some(Vec<(u32, u32)>),
}

impl Changes {
    /// What changed in the working tree since it left the history of `reference`: since their merge base, so that what
    /// others did there since then is not taken for a change made here. Without one, as in a shallow clone, since
    /// `reference` itself.
    ///
    /// # Errors
    ///
    /// When there is no git, no repository, or no such commit.
    pub fn since(reference: &str, targets: &Targets) -> Result<Changes, Error> {
        let git = Git::of(&targets.root);
        git.run(&["rev-parse", "--is-inside-work-tree"])?;
        let commit = format!("{reference}^{{commit}}");
        let resolve = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ];
        let commit = git.run(&resolve).map_err(|error| match error {
            Error::Git(_) => git.no_commit(reference),
            other => other,
        })?;
        let commit = String::from_utf8_lossy(&commit).trim().to_owned();
        let base = git.run(&["merge-base", &commit, "HEAD"]);
        let base = base.map(|base| String::from_utf8_lossy(&base).trim().to_owned());
        let base = base.ok().filter(|base| !base.is_empty()).unwrap_or(commit);
        let mut diff = vec![
            "diff",
            "-U0",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--ignore-submodules",
            "--src-prefix=a/",
            "--dst-prefix=b/",
            "-M",
            "--relative",
            &base,
            "--",
        ];
        diff.extend(PATTERNS);
        let mut changes = Changes::default();
        changes.read_diff(&git.run(&diff)?, &targets.root);
        let mut new = vec!["ls-files", "-o", "--exclude-standard", "-z", "--"];
        new.extend(PATTERNS);
        for path in git.run(&new)?.split(|byte| *byte == 0) {
            if !path.is_empty() {
                changes
                    .files
                    .insert(targets.root.join(os(path)), Lines::All);
            }
        }
        Ok(changes)
    }

    /// Reads a diff without context.
    fn read_diff(&mut self, diff: &[u8], root: &Path) {
        let mut file = None;
        // How many lines of the hunk are still to come: they may look like anything.
        let mut pending = 0;
        for line in diff.split(|byte| *byte == b'\n') {
            if pending > 0 && line.first().is_some_and(|byte| b"+-".contains(byte)) {
                pending -= 1;
            } else if let Some(path) = line.strip_prefix(b"+++ ") {
                let path = unquoted(path);
                file = path.strip_prefix(b"b/").map(|path| root.join(os(path)));
            } else if let Some((removed, start, added)) = hunk(line) {
                pending = removed + added;
                if let Some(file) = file.as_ref().filter(|_| added > 0) {
                    self.add(file, (start, start + added - 1));
                }
            }
        }
    }

    fn add(&mut self, file: &Path, lines: (u32, u32)) {
        let known = self
            .files
            .entry(file.to_owned())
            .or_insert(Lines::Some(Vec::new()));
        if let Lines::Some(known) = known {
            known.push(lines);
        }
    }

    /// Whether a finding, or a place that explains it, lies on a changed line.
    pub(crate) fn touch(&self, finding: &Finding, shown: &FxHashMap<FileId, ShownFile>) -> bool {
        let labels = finding.labels.iter();
        let labels = labels.map(|label| (label.file.unwrap_or(finding.file), label.span));
        std::iter::once((finding.file, finding.span))
            .chain(labels)
            .any(|(file, span)| {
                let Some(shown) = shown.get(&file) else {
                    return false;
                };
                match (self.files.get(&shown.disk), &shown.source) {
                    (None, _) => false,
                    (Some(Lines::All), _) | (_, None) => true,
                    (Some(Lines::Some(lines)), Some(source)) => {
                        let (first, last) = lines_of(source, span);
                        lines.iter().any(|(from, to)| *from <= last && first <= *to)
                    }
                }
            })
    }

    /// Follows edits of a file: the lines below move, and those that are edited are changed lines.
    pub(crate) fn follow(&mut self, disk: &Path, source: &Source, edits: &[Edit]) {
        for edit in edits.iter().rev() {
            let (first, last) = (source.line(edit.span.start), source.line(edit.span.end));
            let added = edit.text.matches('\n').count() as u32;
            let removed = last - first;
            let moved = |line: u32| match line {
                line if line <= first => line,
                line if line <= last => first,
                line => line + added - removed,
            };
            match self.files.get_mut(disk) {
                Some(Lines::All) => return,
                Some(Lines::Some(lines)) => {
                    for (from, to) in &mut *lines {
                        (*from, *to) = (moved(*from), moved(*to));
                    }
                }
                None => {}
            }
            self.add(disk, (first, first + added));
        }
    }
}

/// The first and the last line that a place touches.
fn lines_of(source: &Source, span: Span) -> (u32, u32) {
    let last = span.end.saturating_sub(1).max(span.start);
    (source.line(span.start), source.line(last))
}

/// The numbers of `@@ -1,2 +3,4 @@`: lines removed, where lines were added, how many.
fn hunk(line: &[u8]) -> Option<(u32, u32, u32)> {
    let line = std::str::from_utf8(line.split(|byte| *byte == b'@').nth(2)?).ok()?;
    let (removed, added) = line.trim().split_once(' ')?;
    let numbers = |part: &str| {
        let (start, count) = part.split_once(',').unwrap_or((part, "1"));
        Some((start.parse::<u32>().ok()?, count.parse::<u32>().ok()?))
    };
    let (_, removed) = numbers(removed.strip_prefix('-')?)?;
    let (start, added) = numbers(added.strip_prefix('+')?)?;
    Some((removed, start, added))
}

/// A path as git writes it: in quotes, with escapes, where it holds unusual bytes.
fn unquoted(path: &[u8]) -> Vec<u8> {
    // Behind a name with a space, git writes a tab.
    let path = path.strip_suffix(b"\t").unwrap_or(path);
    let Some(quoted) = path
        .strip_prefix(b"\"")
        .and_then(|path| path.strip_suffix(b"\""))
    else {
        return path.to_owned();
    };
    let mut bytes = Vec::new();
    let mut rest = quoted.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.extend(match rest.next() {
            Some(b'n') => Some(b'\n'),
            Some(b't') => Some(b'\t'),
            Some(b'r') => Some(b'\r'),
            Some(digit @ b'0'..=b'3') => {
                Some(rest.by_ref().take(2).fold(digit - b'0', |sum, digit| {
                    sum.wrapping_mul(8).wrapping_add(digit.wrapping_sub(b'0'))
                }))
            }
            other => other,
        });
    }
    bytes
}

#[cfg(unix)]
fn os(bytes: &[u8]) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes.to_owned())
}

#[cfg(not(unix))]
fn os(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// What git tells its hooks about the repository, for their own folder: elsewhere it would be taken for another one.
const TOLD_TO_HOOKS: [&str; 4] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"];

/// What a repository may have git run and fetch when only asked what changed: a monitor of the folder, hooks that see the
/// index written, and objects that a partial clone lacks.
const QUIET: [&str; 6] = [
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.quotePath=off",
];
const QUIET_ENV: [(&str, &str); 3] = [
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", ""),
];

struct Git<'a> {
    folder: &'a Path,
    /// What turns off the programs that files go through on their way into the repository.
    no_filters: Vec<(String, &'static str)>,
}

impl<'a> Git<'a> {
    fn of(folder: &'a Path) -> Git<'a> {
        let mut git = Git {
            folder,
            no_filters: Vec::new(),
        };
        let list = ["config", "-z", "--name-only", "--get-regexp", "^filter\\."];
        // Fails where there are none.
        let names = git.run(&list).unwrap_or_default();
        let names = names.split(|byte| *byte == 0);
        let names = names.map(|name| String::from_utf8_lossy(name).into_owned());
        let off = names.filter_map(|name| match name.rsplit('.').next()? {
            "clean" | "process" => Some((name, "")),
            "required" => Some((name, "false")),
            _ => None,
        });
        git.no_filters = off.collect();
        git
    }

    fn run(&self, arguments: &[&str]) -> Result<Vec<u8>, Error> {
        let mut git = Command::new("git");
        if repository(self.folder).is_some() {
            TOLD_TO_HOOKS.iter().for_each(|name| {
                git.env_remove(name);
            });
        }
        self.configure(&mut git);
        git.envs(QUIET_ENV).args(QUIET);
        let output = git.arg("-C").arg(self.folder).args(arguments).output();
        let output = output.map_err(|error| Error::Git(format!("cannot run git: {error}")))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let message = String::from_utf8_lossy(&output.stderr);
        let first = message.lines().next().unwrap_or("it says nothing");
        Err(Error::Git(format!(
            "git {} failed: {}",
            arguments[0],
            first.trim_start_matches("fatal: ")
        )))
    }

    /// In variables, as names of filters may hold `=`; after those that are set already.
    fn configure(&self, git: &mut Command) {
        let number = std::env::var("GIT_CONFIG_COUNT").ok();
        let first = number.and_then(|it| it.parse().ok()).unwrap_or(0_usize);
        for (number, (name, value)) in (first..).zip(&self.no_filters) {
            git.env(format!("GIT_CONFIG_KEY_{number}"), name)
                .env(format!("GIT_CONFIG_VALUE_{number}"), value);
        }
        if !self.no_filters.is_empty() {
            let count = first + self.no_filters.len();
            git.env("GIT_CONFIG_COUNT", count.to_string());
        }
    }

    fn no_commit(&self, reference: &str) -> Error {
        let is_shallow = self.run(&["rev-parse", "--is-shallow-repository"]);
        let is_shallow = is_shallow.is_ok_and(|answer| answer.trim_ascii() == b"true");
        let why = match is_shallow {
            true => " in this shallow clone; fetch more of it, as with `fetch-depth: 0`",
            false => "",
        };
        Error::Git(format!("there is no commit `{reference}`{why}"))
    }
}

#[cfg(test)]
mod tests;
