//! Everything that decides what a run checks: the shipped rules, the project's files, the command line.
use std::collections::BTreeMap;
use std::path::PathBuf;

use exlint_findings::{Level, Source};
use exlint_project::Tables;
use exlint_rules::Meta;
use serde::Deserialize;

use crate::Error;
use crate::config::{Author, Config, FailOn, Origin};
use crate::filter::FileFilter;
use crate::folders::Folders;
use crate::layers::Layers;
use crate::names::Catalogue;
use crate::targets::Targets;

/// Where the project's configuration comes from.
#[derive(Clone, Debug, Default)]
pub enum ConfigFile {
    /// Every `exlint.toml` from the root of the project down to the folder of a file; the closest wins, key by key.
    #[default]
    Find,
    /// No file: the shipped rules as they are.
    None,
    /// This file, for all of the project.
    At(PathBuf),
}

/// What the command line says; it wins over the project's files.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Replaces the files' `select` when not empty.
    pub select: Vec<String>,
    /// Taken away from what is selected, whoever selected it.
    pub ignore: Vec<String>,
    pub fail_on: Option<FailOn>,
    /// Whether `exclude` holds for files that are given by name as well.
    pub force_exclude: bool,
}

/// What a run checks and how.
#[derive(Debug)]
pub struct Settings {
    /// Every rule, on or off, sorted by name, as the root of the project has it.
    pub rules: Vec<RuleSetting>,
    /// The shipped rows, then those of the root of the project.
    pub tables: Tables,
    pub fail_on: FailOn,
    pub(crate) layers: Layers,
    pub(crate) file: ConfigFile,
    /// What the project's root includes and excludes.
    pub(crate) files: FileFilter,
    pub(crate) force_exclude: bool,
}

/// A rule as a file of the run sees it.
#[derive(Clone, Debug)]
pub struct RuleSetting {
    pub meta: &'static Meta,
    pub on: bool,
    /// The level of its findings; for a rule that is off, what it would be.
    pub level: Level,
    pub options: toml::Table,
    /// Whether it is on unless told otherwise.
    pub recommended: bool,
    /// Who switched it on or off.
    pub on_from: Setter,
    pub level_from: Setter,
    /// Of the options that a file of the project sets.
    pub options_from: BTreeMap<String, Origin>,
    /// Whether the user said that it should be off.
    pub(crate) silenced: bool,
}

/// Who said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setter {
    Shipped,
    CommandLine,
    File(Origin),
}

impl Settings {
    /// Reads the file at the root of the project and puts all layers together. `shipped` is the text of `rules.toml`.
    pub fn load(
        shipped: &str,
        file: &ConfigFile,
        overrides: &Overrides,
        targets: &Targets,
    ) -> Result<Settings, Error> {
        let catalogue = Catalogue::shipped();
        let source = Source::new("rules.toml", shipped);
        let shipped = Config::read(source, PathBuf::new(), Author::Shipped, &catalogue)?;
        let root = Folders::new(targets, file, &catalogue).root()?;
        let layers = Layers::new(catalogue, shipped, overrides)?;
        Ok(Settings {
            rules: layers.rules(&root, &[]),
            tables: layers.tables([&root.tables])?,
            fail_on: layers.fail_on(&root),
            files: FileFilter::new(&root.globs),
            layers,
            file: file.clone(),
            force_exclude: overrides.force_exclude,
        })
    }

    pub fn rule(&self, name: &str) -> Option<&RuleSetting> {
        self.rules.iter().find(|rule| rule.meta.name == name)
    }
}

impl RuleSetting {
    /// The options that are set, each as it is written in `exlint.toml`.
    pub fn written_options(&self) -> BTreeMap<String, String> {
        self.options
            .iter()
            .map(|(name, value)| (name.clone(), written(value)))
            .collect()
    }
}

fn written(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => format!("{text:?}"),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Boolean(truth) => truth.to_string(),
        toml::Value::Datetime(time) => time.to_string(),
        toml::Value::Array(values) => {
            format!(
                "[{}]",
                values.iter().map(written).collect::<Vec<_>>().join(", ")
            )
        }
        toml::Value::Table(table) => {
            let entries = table
                .iter()
                .map(|(key, value)| format!("{key} = {}", written(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

impl std::fmt::Display for Setter {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Setter::Shipped => out.write_str("default"),
            Setter::CommandLine => out.write_str("command line"),
            Setter::File(origin) => write!(out, "{}:{}", origin.path, origin.line),
        }
    }
}

pub(crate) fn tables_of(table: toml::Table) -> Result<Tables, Error> {
    Tables::deserialize(table).map_err(|error| Error::Options(error.message().to_owned()))
}

#[cfg(test)]
mod tests;
