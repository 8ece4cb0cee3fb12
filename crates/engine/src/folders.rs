//! The configuration in force in each folder of a project.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use exlint_findings::Source;

use crate::config::{Author, Config, FILE_NAME, Sourced};
use crate::names::Catalogue;
use crate::targets::Targets;
use crate::{ConfigError, ConfigFile, Error, Problem, read};

/// Reads configuration files, each once.
pub(crate) struct Folders<'a> {
    targets: &'a Targets,
    file: &'a ConfigFile,
    catalogue: &'a Catalogue,
    /// All that is in force in a folder; folders without a file of their own share that of the folder above.
    known: BTreeMap<PathBuf, Arc<Config>>,
    /// The tables of each file that was read.
    pub(crate) tables: Vec<toml::Table>,
}

impl<'a> Folders<'a> {
    pub(crate) fn new(
        targets: &'a Targets,
        file: &'a ConfigFile,
        catalogue: &'a Catalogue,
    ) -> Self {
        Self {
            targets,
            file,
            catalogue,
            known: BTreeMap::new(),
            tables: Vec::new(),
        }
    }

    /// What is in force at the root of the project.
    pub(crate) fn root(&mut self) -> Result<Arc<Config>, Error> {
        let root = self.targets.root.clone();
        self.of(&root)
    }

    /// What is in force in a folder.
    pub(crate) fn of(&mut self, folder: &Path) -> Result<Arc<Config>, Error> {
        if let Some(config) = self.known.get(folder) {
            return Ok(config.clone());
        }
        let is_top = folder == self.targets.root || !folder.starts_with(&self.targets.root);
        let above = match (folder.parent(), is_top) {
            (Some(above), false) => self.of(above)?,
            _ => Arc::default(),
        };
        let file = match self.file {
            ConfigFile::None => None,
            ConfigFile::At(path) => is_top.then(|| path.clone()),
            ConfigFile::Find => Some(folder.join(FILE_NAME)).filter(|file| file.is_file()),
        };
        let config = match file {
            None => above,
            Some(file) => {
                let base = match self.file {
                    ConfigFile::At(_) => &self.targets.root,
                    _ => folder,
                };
                let own = self.read(&file, base, &mut Vec::new())?;
                self.tables.push(own.tables.clone());
                let mut config = Arc::unwrap_or_clone(above);
                config.lay(own);
                Arc::new(config)
            }
        };
        self.known.insert(folder.to_owned(), config.clone());
        Ok(config)
    }

    /// Reads a file and lays it over those it extends, whose globs are relative to the same folder `base`. `chain`
    /// holds the files that led here.
    fn read(&self, path: &Path, base: &Path, chain: &mut Vec<PathBuf>) -> Result<Config, Error> {
        let text = read::text(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Error::MissingPath(path.to_owned()),
            _ => Error::Unreadable {
                path: self.targets.show(path).into(),
                error,
            },
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let source = Source::new(self.targets.show(path), text);
        let own = Config::read(
            source.clone(),
            base.to_owned(),
            Author::User,
            self.catalogue,
        )?;
        chain.push(path.canonicalize().unwrap_or_else(|_| path.to_owned()));
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut config = Config::default();
        for extended in &own.extends {
            config.lay(self.extended(folder, base, extended, &source, chain)?);
        }
        chain.pop();
        config.lay(own);
        Ok(config)
    }

    fn extended(
        &self,
        folder: &Path,
        base: &Path,
        name: &Sourced<String>,
        source: &Source,
        chain: &mut Vec<PathBuf>,
    ) -> Result<Config, Error> {
        let refuse = |message: String| {
            let span = source.line_span(name.origin.line);
            let problem = Problem {
                span,
                position: source.position(span.start),
                message,
                help: None,
            };
            Err(Error::Config(ConfigError {
                source: Box::new(source.clone()),
                problems: vec![problem],
            }))
        };
        let Ok(path) = folder.join(&name.value).canonicalize() else {
            return refuse(format!(
                "`{}`, which is extended here, does not exist",
                name.value
            ));
        };
        if chain.contains(&path) {
            return refuse(format!("`{}` extends itself", name.value));
        }
        self.read(&path, base, chain)
    }
}
