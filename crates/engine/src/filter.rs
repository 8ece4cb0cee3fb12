//! `include`, `exclude` and the paths of overrides: globs as `.gitignore` writes them.
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::config::Globs;

/// What one or more configuration files include and exclude, each below its own folder.
#[derive(Clone, Debug)]
pub(crate) struct FileFilter {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    include: Option<Matcher>,
    exclude: Matcher,
}

impl FileFilter {
    pub(crate) fn new(globs: &[Globs]) -> Self {
        let part = |globs: &Globs| {
            let matcher = |list: &Vec<String>| Matcher::new(&globs.base, list);
            let include = globs.include.as_ref().map(|it| &it.value);
            let exclude = globs.exclude.as_ref().map(|it| &it.value);
            Part {
                include: include.filter(|list| !list.is_empty()).map(matcher),
                exclude: matcher(exclude.unwrap_or(&Vec::new())),
            }
        };
        Self {
            parts: globs.iter().map(part).collect(),
        }
    }

    pub(crate) fn excludes(&self, path: &Path, is_dir: bool) -> bool {
        self.parts
            .iter()
            .any(|part| part.exclude.covers(path, is_dir) == Some(true))
    }

    pub(crate) fn includes(&self, path: &Path) -> bool {
        let includes = |part: &Part| {
            let include = part.include.as_ref();
            include.is_none_or(|include| include.covers(path, false) != Some(false))
        };
        self.parts.iter().all(includes)
    }
}

/// Globs relative to a folder.
#[derive(Clone, Debug)]
pub(crate) struct Matcher {
    base: PathBuf,
    globs: Gitignore,
}

impl Matcher {
    pub(crate) fn new(base: &Path, globs: &[String]) -> Self {
        let mut builder = GitignoreBuilder::new("");
        for glob in globs {
            // A file is only accepted with globs that can be read.
            let _ = builder.add_line(None, glob);
        }
        Self {
            base: base.to_owned(),
            globs: builder.build().unwrap_or_else(|_| Gitignore::empty()),
        }
    }

    /// Whether a glob matches the path or a folder above it; `None` outside the folder.
    pub(crate) fn covers(&self, path: &Path, is_dir: bool) -> Option<bool> {
        let path = path.strip_prefix(&self.base).ok()?;
        Some(
            self.globs
                .matched_path_or_any_parents(path, is_dir)
                .is_ignore(),
        )
    }
}
