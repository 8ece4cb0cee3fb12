//! The configuration in force for a path, and where each value comes from.
use crate::config::{Config, FailOn};
use crate::filter::Matcher;
use crate::folders::Folders;
use crate::settings::{RuleSetting, Setter};
use crate::targets::Targets;
use crate::{Error, Settings};

/// What is in force for a file or a folder.
#[derive(Debug)]
pub struct Effective {
    pub rules: Vec<RuleSetting>,
    pub fail_on: (FailOn, Setter),
    /// `include` and `exclude` of every file that has a say, the one at the root of the project first.
    pub globs: Vec<Listed>,
    /// Each shared table that the project adds rows to, and how many it adds.
    pub rows: Vec<(String, usize)>,
}

/// A list of a configuration file.
#[derive(Debug)]
pub struct Listed {
    pub key: &'static str,
    pub values: Vec<String>,
    pub from: Setter,
}

impl Settings {
    /// What is in force for the first of the targets; overrides count when it is a file.
    pub fn effective(&self, targets: &Targets) -> Result<Effective, Error> {
        let path = targets.paths.first().unwrap_or(&targets.root);
        let folder = match path.is_dir() {
            true => path,
            false => path.parent().unwrap_or(path),
        };
        let mut folders = Folders::new(targets, &self.file, &self.layers.catalogue);
        let config = folders.of(folder)?;
        let applying = config.overrides.iter().filter(|it| {
            let paths = Matcher::new(&it.base, &it.paths);
            path.is_file() && paths.covers(path, false) == Some(true)
        });
        Ok(Effective {
            rules: self.layers.rules(&config, &applying.collect::<Vec<_>>()),
            fail_on: self.layers.fail_on_from(&config),
            globs: globs(&config),
            rows: rows(&config),
        })
    }
}

fn globs(config: &Config) -> Vec<Listed> {
    let lists = config.globs.iter().flat_map(|globs| {
        let listed = |key, list: &Option<crate::config::Sourced<Vec<String>>>| {
            list.as_ref().map(|list| Listed {
                key,
                values: list.value.clone(),
                from: Setter::File(list.origin.clone()),
            })
        };
        [
            listed("include", &globs.include),
            listed("exclude", &globs.exclude),
        ]
    });
    lists.flatten().collect()
}

fn rows(config: &Config) -> Vec<(String, usize)> {
    let count = |value: &toml::Value| match value {
        toml::Value::Array(rows) => rows.len(),
        toml::Value::Table(keys) => keys.len(),
        _ => 1,
    };
    let tables = config.tables.iter();
    tables
        .map(|(name, value)| (name.clone(), count(value)))
        .collect()
}
