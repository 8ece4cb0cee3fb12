//! What a run was asked to check, and the project it lies in.
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use exlint_syntax::Notation;
use rustc_hash::FxHashSet;

use crate::{Error, FILE_NAME, Overlay};

/// Paths to check, found on the disk.
///
/// Of a Mix project, every file is analysed, whichever of them is asked for: what a rule says of one file can depend
/// on all others.
#[derive(Clone, Debug)]
pub struct Targets {
    /// Files and folders that findings are wanted for: absolute, without links above their last component.
    pub(crate) paths: Vec<PathBuf>,
    /// The same, and what those of them lead to that are links.
    asked: FxHashSet<PathBuf>,
    /// The Mix projects that hold one of them.
    pub(crate) projects: Vec<PathBuf>,
    /// The folder that the paths of the analysis are relative to: the project, or what holds all targets.
    pub(crate) root: PathBuf,
    /// The folder that paths are shown relative to: where the command runs.
    base: PathBuf,
    /// Whether everything is analysed that what is asked for can depend on.
    pub(crate) whole: bool,
}

impl Targets {
    /// Finds `paths`, relative to the current folder; each must exist, and a file must be Elixir source.
    pub fn resolve(paths: &[PathBuf]) -> Result<Targets, Error> {
        Self::resolve_in(&current_folder()?, paths)
    }

    /// Finds the place of a text that comes through standard input: a file of this name, which need not be there.
    pub fn resolve_text(name: &Path) -> Result<Targets, Error> {
        let base = current_folder()?;
        let path = place(&base, name)?;
        Ok(Self::around(&base, vec![path]))
    }

    /// Where the project's configuration file belongs, and how its reader knows that place.
    pub fn config_file(&self) -> (PathBuf, String) {
        let path = self.root.join(FILE_NAME);
        let shown = self.show(&path);
        (path, shown)
    }

    /// Everything in the projects that hold the targets.
    pub fn whole_project(mut self) -> Targets {
        if !self.projects.is_empty() {
            self.paths.clone_from(&self.projects);
            self.asked = asked(&self.paths);
        }
        self
    }

    /// Texts that stand for files of the disk: `text` for the one file that is asked for.
    pub fn overlay(&self, text: Vec<u8>) -> Overlay {
        let mut overlay = Overlay::default();
        if let [path] = self.paths.as_slice() {
            overlay.set(path.clone(), text);
        }
        overlay
    }

    pub(crate) fn resolve_in(base: &Path, paths: &[PathBuf]) -> Result<Targets, Error> {
        let found = paths.iter().map(|path| find(base, path));
        Ok(Self::around(base, found.collect::<Result<_, _>>()?))
    }

    fn around(base: &Path, found: Vec<PathBuf>) -> Targets {
        let roots: Vec<PathBuf> = found
            .iter()
            .map(|path| project_root(folder(path), base))
            .collect();
        let root = common(roots.iter().map(PathBuf::as_path))
            .unwrap_or(base)
            .to_owned();
        let holds = |root: &Path| {
            found
                .iter()
                .any(|path| path.is_dir() && root.starts_with(path))
        };
        let whole = std::iter::zip(&roots, &found).all(|(root, path)| {
            is_mix_project(root) || holds(root) || (path.is_dir() && !is_project(root))
        });
        let projects = roots.iter().filter(|root| is_mix_project(root));
        let projects: BTreeSet<PathBuf> = projects.cloned().collect();
        Targets {
            asked: asked(&found),
            paths: found,
            projects: projects.into_iter().collect(),
            root,
            base: base.to_owned(),
            whole,
        }
    }

    /// Whether findings are wanted for a file, by this name or by that of a link to it.
    pub(crate) fn asks_for(&self, disk: &Path) -> bool {
        disk.ancestors().any(|path| self.asked.contains(path))
    }

    /// Whether the root is that of a project, and not just a folder.
    pub(crate) fn is_in_project(&self) -> bool {
        is_project(&self.root)
    }

    /// Whether a file was given by its own name.
    pub(crate) fn names(&self, disk: &Path) -> bool {
        self.asked.contains(disk)
    }

    /// A path as its reader knows it: relative to the current folder if that lies above or inside the project, or
    /// else to the project; with `/`.
    pub(crate) fn show(&self, path: &Path) -> String {
        if let Ok(path) = path.strip_prefix(&self.base) {
            return slashed(path);
        }
        match (
            path.strip_prefix(&self.root),
            self.base.strip_prefix(&self.root),
        ) {
            (Ok(path), Ok(base)) => {
                let shared = path
                    .components()
                    .zip(base.components())
                    .take_while(|(a, b)| a == b)
                    .count();
                let up = "../".repeat(base.components().count() - shared);
                up + &slashed(&path.components().skip(shared).collect::<PathBuf>())
            }
            (Ok(path), Err(_)) => slashed(path),
            (Err(_), _) => slashed(path),
        }
    }

    /// The folder that shown paths are relative to, as seen from the root of the git repository around it, with `/`;
    /// empty when that is the root itself, or when there is no repository.
    pub fn folder_in_repository(&self) -> String {
        let is_above = self.root.starts_with(&self.base);
        let folder = match is_above || self.base.starts_with(&self.root) {
            true => &self.base,
            false => &self.root,
        };
        let inside = repository(folder).and_then(|root| folder.strip_prefix(root).ok());
        inside.map_or_else(String::new, slashed)
    }

    /// A path as the analysis knows it: relative to the root, with `/`.
    pub fn relative(&self, path: &Path) -> String {
        slashed(path.strip_prefix(&self.root).unwrap_or(path))
    }
}

/// Whether a file is one of those exlint reads: Elixir, or a template.
pub(crate) fn is_elixir(path: &Path) -> bool {
    let name = path.file_name().map(|it| it.as_encoded_bytes());
    name.is_some_and(|name| {
        name.ends_with(b".ex")
            || name.ends_with(b".exs")
            || std::str::from_utf8(name).is_ok_and(|it| Notation::of_file(it).is_some())
    })
}

/// Folders in which applications keep what the browser runs; JavaScript elsewhere is that of other programs.
const CLIENT_FOLDERS: &[&str] = &["assets", "lib"];

/// Whether a file is JavaScript of a Phoenix application, which is read for the events it sends.
pub(crate) fn is_client(path: &Path) -> bool {
    let name = path.file_name().and_then(|it| it.to_str());
    let mut folders = path.components().map(|it| it.as_os_str());
    name.is_some_and(exlint_facts::is_client)
        && folders.any(|folder| CLIENT_FOLDERS.iter().any(|it| folder == *it))
}

fn asked(paths: &[PathBuf]) -> FxHashSet<PathBuf> {
    let links = paths.iter().filter(|path| path.is_symlink());
    let real = links.filter_map(|link| link.canonicalize().ok());
    paths.iter().cloned().chain(real).collect()
}

fn current_folder() -> Result<PathBuf, Error> {
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    here.map_err(|error| Error::Unreadable {
        path: ".".into(),
        error,
    })
}

/// Where a file would be, whether it is there or not.
fn place(base: &Path, path: &Path) -> Result<PathBuf, Error> {
    if !is_elixir(path) {
        return Err(Error::NotElixir(path.to_owned()));
    }
    let full = base.join(path);
    let parent = full.parent().and_then(|parent| parent.canonicalize().ok());
    Ok(match (parent, full.file_name()) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => full,
    })
}

fn find(base: &Path, path: &Path) -> Result<PathBuf, Error> {
    let full = base.join(path);
    let metadata = match full.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::MissingPath(path.to_owned()));
        }
        Err(error) => {
            return Err(Error::Unreadable {
                path: path.to_owned(),
                error,
            });
        }
    };
    if !metadata.is_dir() && !is_elixir(path) {
        return Err(Error::NotElixir(path.to_owned()));
    }
    let found = match (metadata.is_dir(), full.parent(), full.file_name()) {
        // A link to a file keeps its own name.
        (false, Some(parent), Some(name)) => parent.canonicalize().map(|parent| parent.join(name)),
        _ => full.canonicalize(),
    };
    found.map_err(|error| Error::Unreadable {
        path: path.to_owned(),
        error,
    })
}

/// The folder a target lies in, or is.
fn folder(path: &Path) -> &Path {
    if path.is_dir() {
        path
    } else {
        path.parent().unwrap_or(path)
    }
}

/// The nearest folder upwards with `mix.exs` or `.git`; of an application in an umbrella, the umbrella. Without
/// one, the current folder if the target lies in it, or else the target's own folder.
fn project_root(folder: &Path, base: &Path) -> PathBuf {
    let Some(root) = folder.ancestors().find(|folder| is_project(folder)) else {
        return if folder.starts_with(base) {
            base.to_owned()
        } else {
            folder.to_owned()
        };
    };
    let apps = root.parent().filter(|apps| apps.ends_with("apps"));
    let umbrella = apps
        .and_then(Path::parent)
        .filter(|umbrella| is_mix_project(umbrella));
    umbrella.unwrap_or(root).to_owned()
}

fn is_project(folder: &Path) -> bool {
    is_mix_project(folder) || folder.join(".git").exists()
}

/// The root of the git repository that a folder lies in.
pub(crate) fn repository(folder: &Path) -> Option<&Path> {
    let mut above = folder.ancestors();
    above.find(|folder| folder.join(".git").exists())
}

fn is_mix_project(folder: &Path) -> bool {
    folder.join("mix.exs").is_file()
}

/// The deepest folder that holds all of `folders`.
fn common<'a>(mut folders: impl Iterator<Item = &'a Path>) -> Option<&'a Path> {
    let first = folders.next()?;
    folders.try_fold(first, |common, folder| {
        common
            .ancestors()
            .find(|ancestor| folder.starts_with(ancestor))
    })
}

fn slashed(path: &Path) -> String {
    let name = |component: Component| match component {
        Component::RootDir => None,
        component => Some(component.as_os_str().to_string_lossy().into_owned()),
    };
    let names: Vec<String> = path.components().filter_map(name).collect();
    if path.is_absolute() {
        format!("/{}", names.join("/"))
    } else {
        names.join("/")
    }
}

#[cfg(test)]
mod tests;
