//! Everything that decides what a run checks: the shipped rules, the project's file, the command line.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use exlint_findings::{Level, Source};
use exlint_project::Tables;
use exlint_rules::{Enabled, Family, Linter, Meta};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use serde::Deserialize;

use crate::config::{self, Author, Config, FailOn, RuleConfig, Switch};
use crate::names::{Catalogue, Selector, suggestion};
use crate::targets::Targets;
use crate::{Error, rows};

/// Where the project's configuration comes from.
#[derive(Clone, Debug, Default)]
pub enum ConfigFile {
    /// The nearest `exlint.toml` from what is checked up to the root of the project.
    #[default]
    Find,
    /// No file: the shipped rules as they are.
    None,
    At(PathBuf),
}

/// What the command line says; it wins over the project's file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Replaces the file's `select` when not empty.
    pub select: Vec<String>,
    /// Taken away from what is selected, whoever selected it.
    pub ignore: Vec<String>,
    pub fail_on: Option<FailOn>,
}

/// What a run checks and how.
#[derive(Debug)]
pub struct Settings {
    /// Every rule, on or off, sorted by name.
    pub rules: Vec<RuleSetting>,
    /// The shipped rows, then the project's own.
    pub tables: Tables,
    pub fail_on: FailOn,
    /// The project's file, if there is one.
    pub config: Option<PathBuf>,
    pub(crate) files: FileFilter,
    /// Whether the command line chose among the rules.
    pub(crate) narrowed: bool,
}

/// A rule as this run sees it.
#[derive(Clone, Debug)]
pub struct RuleSetting {
    pub meta: &'static Meta,
    pub on: bool,
    /// The level of its findings; for a rule that is off, what it would be.
    pub level: Level,
    pub options: toml::Table,
    /// Whether it is on unless told otherwise.
    pub recommended: bool,
    /// Whether the user said that it should be off.
    pub(crate) silenced: bool,
}

impl Settings {
    /// Reads the project's file and puts all layers together. `shipped` is the text of `rules.toml`.
    pub fn load(
        shipped: &str,
        file: &ConfigFile,
        overrides: &Overrides,
        targets: &Targets,
    ) -> Result<Settings, Error> {
        let catalogue = Catalogue::shipped();
        let shipped = Config::read(
            Source::new("rules.toml", shipped),
            Author::Shipped,
            &catalogue,
        )?;
        let path = match file {
            ConfigFile::Find => targets.find_upwards(config::FILE_NAME),
            ConfigFile::None => None,
            ConfigFile::At(path) => Some(path.clone()),
        };
        let user = match &path {
            Some(path) => read_user(path, targets, &catalogue)?,
            None => Config::default(),
        };
        let base = match (&path, file) {
            (Some(path), ConfigFile::Find) => path.parent().unwrap_or(&targets.root),
            _ => &targets.root,
        };
        let files = FileFilter::new(base, &user);
        let layers = Layers {
            catalogue: &catalogue,
            shipped: &shipped,
            user: &user,
            overrides,
        };
        let rules = layers.rules()?;
        let tables = merged_tables(shipped.tables.clone(), user.tables.clone())?;
        let fail_on = overrides.fail_on.or(user.fail_on).or(shipped.fail_on);
        Ok(Settings {
            rules,
            tables,
            fail_on: fail_on.unwrap_or(FailOn::From(Level::Warning)),
            config: path,
            files,
            narrowed: !overrides.select.is_empty() || !overrides.ignore.is_empty(),
        })
    }

    #[cfg(test)]
    pub(crate) fn of(rules: Vec<RuleSetting>) -> Settings {
        let files = FileFilter::new(Path::new(""), &Config::default());
        let (tables, fail_on) = (Tables::default(), FailOn::Never);
        Settings {
            rules,
            tables,
            fail_on,
            config: None,
            files,
            narrowed: false,
        }
    }

    pub fn rule(&self, name: &str) -> Option<&RuleSetting> {
        self.rules.iter().find(|rule| rule.meta.name == name)
    }

    /// The level of a rule that is on.
    pub(crate) fn level(&self, name: &str) -> Option<Level> {
        self.rule(name)
            .filter(|rule| rule.on)
            .map(|rule| rule.level)
    }

    pub(crate) fn is_family_on(&self, family: Family) -> bool {
        self.rules
            .iter()
            .any(|rule| rule.on && rule.meta.family == family)
    }

    pub(crate) fn linter(&self) -> Result<Linter, Error> {
        let entries = exlint_rules::all();
        let enabled = self
            .rules
            .iter()
            .filter(|setting| setting.on)
            .filter_map(|setting| {
                let rule = entries
                    .iter()
                    .find(|entry| entry.meta.name == setting.meta.name)?;
                Some(Enabled {
                    rule,
                    level: setting.level,
                    options: setting.options.clone(),
                })
            });
        Linter::new(enabled.collect(), self.tables.clone())
            .map_err(|error| Error::Options(error.message().to_owned()))
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

/// The sources of the settings, the last one strongest.
struct Layers<'a> {
    catalogue: &'a Catalogue,
    shipped: &'a Config,
    user: &'a Config,
    overrides: &'a Overrides,
}

impl Layers<'_> {
    fn rules(&self) -> Result<Vec<RuleSetting>, Error> {
        let select = self.resolve(&self.overrides.select)?;
        let ignore = self.resolve(&self.overrides.ignore)?;
        Ok(self
            .catalogue
            .rules()
            .iter()
            .map(|meta| self.rule(meta, &select, &ignore))
            .collect())
    }

    fn resolve(&self, names: &[String]) -> Result<Vec<Selector>, Error> {
        let selector = |name: &String| match self.catalogue.selector(name) {
            Some(selector) => Ok(selector),
            None => {
                let help = suggestion(name, self.catalogue.selector_names());
                Err(Error::UnknownRule {
                    name: name.clone(),
                    help,
                })
            }
        };
        names.iter().map(selector).collect()
    }

    fn rule(&self, meta: &'static Meta, select: &[Selector], ignore: &[Selector]) -> RuleSetting {
        let nothing = RuleConfig::default();
        let shipped = self.shipped.rules.get(meta.name).unwrap_or(&nothing);
        let user = self.user.rules.get(meta.name).unwrap_or(&nothing);
        let recommended =
            shipped.recommended.unwrap_or(true) && shipped.switch != Some(Switch::Off);
        let covered =
            |selectors: &[Selector]| selectors.iter().any(|it| it.covers(meta, recommended));
        let in_file = |names: &[String]| {
            names
                .iter()
                .filter_map(|name| self.catalogue.selector(name))
                .any(|it| it.covers(meta, recommended))
        };
        // Whoever names a rule on the command line wants to see it, whatever the file says of it.
        let named = select
            .iter()
            .any(|it| matches!(it, Selector::Rule(rule) if rule.name == meta.name));
        let selected = match (&self.user.select, &self.shipped.select) {
            _ if !select.is_empty() => covered(select),
            _ if matches!(user.switch, Some(Switch::On(_))) => true,
            (Some(names), _) | (None, Some(names)) => in_file(names),
            (None, None) => recommended,
        };
        let off_in_file = user.switch == Some(Switch::Off) || in_file(&self.user.ignore);
        let silenced = covered(ignore) || (off_in_file && !named);
        let on = selected && !silenced;
        let level = [user.switch, shipped.switch]
            .into_iter()
            .flatten()
            .find_map(|switch| match switch {
                Switch::On(level) => Some(level),
                Switch::Off => None,
            });
        let mut options = shipped.options.clone();
        options.extend(user.options.clone());
        RuleSetting {
            meta,
            on,
            level: level.unwrap_or(Level::Warning),
            options,
            recommended,
            silenced,
        }
    }
}

fn read_user(path: &Path, targets: &Targets, catalogue: &Catalogue) -> Result<Config, Error> {
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::MissingPath(path.to_owned()),
        _ => Error::Unreadable {
            path: path.to_owned(),
            error,
        },
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(Config::read(
        Source::new(targets.show(path), text),
        Author::User,
        catalogue,
    )?)
}

fn merged_tables(mut shipped: toml::Table, user: toml::Table) -> Result<Tables, Error> {
    rows::merge(&mut shipped, user);
    Tables::deserialize(shipped).map_err(|error| Error::Options(error.message().to_owned()))
}

/// `include` and `exclude`, in the way `.gitignore` writes them.
#[derive(Clone, Debug)]
pub(crate) struct FileFilter {
    base: PathBuf,
    include: Option<Gitignore>,
    exclude: Gitignore,
}

impl FileFilter {
    fn new(base: &Path, config: &Config) -> Self {
        let include = (!config.include.is_empty()).then(|| matcher(&config.include));
        Self {
            base: base.to_owned(),
            include,
            exclude: matcher(&config.exclude),
        }
    }

    pub(crate) fn excludes(&self, path: &Path, is_dir: bool) -> bool {
        let Ok(path) = path.strip_prefix(&self.base) else {
            return false;
        };
        self.exclude
            .matched_path_or_any_parents(path, is_dir)
            .is_ignore()
    }

    pub(crate) fn includes(&self, path: &Path) -> bool {
        let (Some(include), Ok(path)) = (&self.include, path.strip_prefix(&self.base)) else {
            return true;
        };
        include.matched_path_or_any_parents(path, false).is_ignore()
    }
}

fn matcher(globs: &[String]) -> Gitignore {
    let mut builder = GitignoreBuilder::new("");
    for glob in globs {
        // The file was only accepted with globs that can be read.
        let _ = builder.add_line(None, glob);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

#[cfg(test)]
mod tests;
