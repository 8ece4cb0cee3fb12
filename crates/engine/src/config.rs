//! One configuration file: the shipped `rules.toml` or a project's `exlint.toml`.
//!
//! The file is read as a tree of keys and values that know their places, so that one pass reports everything that
//! is wrong with it, each thing at its line. What the rules and the shared tables say about types is asked of them,
//! one option and one row at a time.
mod reader;

use std::collections::BTreeMap;
use std::path::PathBuf;

use exlint_findings::{Level, Source};
use toml::de::DeTable;

use crate::error::ConfigError;
use crate::names::Catalogue;
use crate::rows;
use reader::Reader;

pub(crate) use reader::{KEYS, OVERRIDE_KEYS};

/// The name of a project's configuration file.
pub const FILE_NAME: &str = "exlint.toml";

/// From which level on findings make a run fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    Never,
    From(Level),
}

impl FailOn {
    pub const NAMES: [&str; 4] = ["error", "warning", "info", "never"];

    pub fn from_name(name: &str) -> Option<FailOn> {
        match name {
            "never" => Some(FailOn::Never),
            _ => level(name).map(FailOn::From),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            FailOn::Never => "never",
            FailOn::From(level) => level.name(),
        }
    }

    pub fn fails(self, level: Level) -> bool {
        matches!(self, FailOn::From(least) if level >= least)
    }
}

/// What `level` says about a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Switch {
    Off,
    On(Level),
}

/// What one file says, checked, or several laid over each other; what they leave out is `None` or empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    pub(crate) extends: Vec<Sourced<String>>,
    pub(crate) select: Option<Sourced<Vec<String>>>,
    pub(crate) ignore: Option<Sourced<Vec<String>>>,
    pub(crate) fail_on: Option<Sourced<FailOn>>,
    pub(crate) globs: Vec<Globs>,
    pub(crate) rules: Rules,
    pub(crate) overrides: Vec<Override>,
    /// The shared tables, as far as the file has them.
    pub(crate) tables: toml::Table,
}

/// By the names of rules.
pub(crate) type Rules = BTreeMap<&'static str, RuleConfig>;

/// A value and where it was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sourced<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// A line of a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// As its reader knows it.
    pub path: String,
    /// From 1.
    pub line: u32,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct RuleConfig {
    pub(crate) switch: Option<Sourced<Switch>>,
    /// Only in the shipped file: `false` for a rule that runs when someone asks for it.
    pub(crate) recommended: Option<bool>,
    pub(crate) options: BTreeMap<String, Sourced<toml::Value>>,
}

/// The `include` and `exclude` of one file, in the way `.gitignore` writes them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Globs {
    /// The folder they are relative to.
    pub(crate) base: PathBuf,
    pub(crate) include: Option<Sourced<Vec<String>>>,
    pub(crate) exclude: Option<Sourced<Vec<String>>>,
}

/// `[[override]]`: rules set otherwise for some of the files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Override {
    /// The folder that the globs are relative to.
    pub(crate) base: PathBuf,
    pub(crate) paths: Vec<String>,
    pub(crate) ignore: Option<Sourced<Vec<String>>>,
    pub(crate) rules: Rules,
}

/// Who wrote the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Author {
    /// exlint itself: may say `recommended`, and may be ahead of the rules it is built with.
    Shipped,
    User,
}

impl Config {
    /// Reads a file whose globs are relative to `base`.
    pub(crate) fn read(
        source: Source,
        base: PathBuf,
        author: Author,
        catalogue: &Catalogue,
    ) -> Result<Config, ConfigError> {
        let (document, errors) = DeTable::parse_recoverable(&source.text);
        let mut reader = Reader::new(catalogue, author, &source, base);
        if errors.is_empty() {
            reader.document(document.get_ref());
        }
        for error in errors {
            let span = error.span().unwrap_or_default();
            reader.problem(span, error.message().to_owned(), None);
        }
        let (config, mut problems) = reader.finish();
        problems.sort_by_key(|problem| problem.span);
        // Of each of many brackets, TOML says that it is not closed.
        problems.dedup();
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError {
                source: Box::new(source),
                problems,
            })
        }
    }

    /// Lays `stronger` over this one: key by key, and rule by rule; globs, overrides and rows add up.
    pub(crate) fn lay(&mut self, stronger: Config) {
        let Config {
            extends: _,
            select,
            ignore,
            fail_on,
            globs,
            rules,
            overrides,
            tables,
        } = stronger;
        replace(&mut self.select, select);
        replace(&mut self.ignore, ignore);
        replace(&mut self.fail_on, fail_on);
        self.globs.extend(globs);
        lay_rules(&mut self.rules, rules);
        self.overrides.extend(overrides);
        rows::merge(&mut self.tables, tables);
    }
}

fn lay_rules(weaker: &mut Rules, stronger: Rules) {
    for (name, rule) in stronger {
        let below = weaker.entry(name).or_default();
        replace(&mut below.switch, rule.switch);
        replace(&mut below.recommended, rule.recommended);
        below.options.extend(rule.options);
    }
}

fn replace<T>(weaker: &mut Option<T>, stronger: Option<T>) {
    if stronger.is_some() {
        *weaker = stronger;
    }
}

fn level(name: &str) -> Option<Level> {
    [Level::Info, Level::Warning, Level::Error]
        .into_iter()
        .find(|level| level.name() == name)
}

#[cfg(test)]
mod tests;
