//! Files that are checked alike: nested configuration files and overrides can set rules otherwise for some of them.
use std::path::Path;
use std::sync::Arc;

use exlint_findings::{FileId, Level};
use exlint_project::Tables;
use exlint_rules::{Enabled, Family, Linter};
use rustc_hash::FxHashMap;

use crate::config::{Config, FailOn};
use crate::discover::Found;
use crate::filter::{FileFilter, Matcher};
use crate::folders::Folders;
use crate::settings::RuleSetting;
use crate::targets::Targets;
use crate::{Error, Settings};

/// Every way in which files of the run are checked.
pub(crate) struct Scopes {
    pub(crate) all: Vec<Scope>,
    /// By file.
    indices: Vec<usize>,
    /// The shipped rows and those of every file of the project, which is linked as one.
    pub(crate) tables: Tables,
}

/// One way of checking a file.
pub(crate) struct Scope {
    pub(crate) rules: Vec<RuleSetting>,
    pub(crate) linter: Linter,
    pub(crate) fail_on: FailOn,
}

impl Scopes {
    /// Sorts the files by how they are checked, and takes those away that a nested file excludes.
    pub(crate) fn sort(
        settings: &Settings,
        targets: &Targets,
        found: &mut Vec<Found>,
    ) -> Result<Scopes, Error> {
        let mut folders = Folders::new(targets, &settings.file, &settings.layers.catalogue);
        let mut sorter = Sorter {
            settings,
            root: folders.root()?,
            filters: FxHashMap::default(),
            overrides: FxHashMap::default(),
            keys: FxHashMap::default(),
            scopes: Vec::new(),
        };
        let mut indices = Vec::new();
        let mut kept = Vec::new();
        for file in found.drain(..) {
            let folder = file.disk.parent().unwrap_or(Path::new(""));
            let config = folders.of(folder)?;
            if file.is_named || !sorter.excludes(&config, &file.disk) {
                indices.push(sorter.scope(&config, &file.disk));
                kept.push(file);
            }
        }
        *found = kept;
        let tables = settings.layers.tables(&folders.tables)?;
        let scopes = sorter.scopes.into_iter();
        let all = scopes.map(|(rules, fail_on)| Scope::new(rules, fail_on, &tables));
        Ok(Scopes {
            all: all.collect::<Result<_, _>>()?,
            indices,
            tables,
        })
    }

    #[cfg(test)]
    pub(crate) fn of_one(rules: Vec<RuleSetting>) -> Scopes {
        let tables = Tables::default();
        let linter = Linter::new(Vec::new(), tables.clone()).expect("no rule has no options");
        let scope = Scope {
            rules,
            linter,
            fail_on: FailOn::Never,
        };
        Scopes {
            all: vec![scope],
            indices: vec![0],
            tables,
        }
    }

    /// By file.
    pub(crate) fn indices(&self) -> &[usize] {
        &self.indices
    }

    pub(crate) fn index(&self, file: FileId) -> usize {
        self.indices[file.0 as usize]
    }

    pub(crate) fn of(&self, file: FileId) -> &Scope {
        &self.all[self.index(file)]
    }

    /// Every rule; on where any file has it on.
    pub(crate) fn union(&self, settings: &Settings) -> Vec<RuleSetting> {
        let anywhere = |index: usize| {
            let mut settings = self.all.iter().map(|scope| &scope.rules[index]);
            settings.find(|rule| rule.on)
        };
        let rules = settings.rules.iter().enumerate();
        rules
            .map(|(index, rule)| anywhere(index).filter(|_| !rule.on).unwrap_or(rule).clone())
            .collect()
    }
}

impl Scope {
    fn new(rules: Vec<RuleSetting>, fail_on: FailOn, tables: &Tables) -> Result<Scope, Error> {
        let enabled = rules.iter().filter(|setting| setting.on);
        let enabled = enabled.filter_map(|setting| {
            Some(Enabled {
                rule: exlint_rules::find(setting.meta.name)?,
                level: setting.level,
                options: setting.options.clone(),
            })
        });
        let linter = Linter::new(enabled.collect(), tables.clone());
        Ok(Scope {
            linter: linter.map_err(|error| Error::Options(error.message().to_owned()))?,
            rules,
            fail_on,
        })
    }

    pub(crate) fn rule(&self, name: &str) -> Option<&RuleSetting> {
        self.rules.iter().find(|rule| rule.meta.name == name)
    }

    /// The level of a rule that is on.
    pub(crate) fn level(&self, name: &str) -> Option<Level> {
        let rule = self.rule(name).filter(|rule| rule.on);
        rule.map(|rule| rule.level)
    }

    pub(crate) fn is_family_on(&self, family: Family) -> bool {
        let mut rules = self.rules.iter();
        rules.any(|rule| rule.on && rule.meta.family == family)
    }
}

/// A configuration, by its address: folders with the same one share it.
type ConfigKey = *const Config;

struct Sorter<'a> {
    settings: &'a Settings,
    root: Arc<Config>,
    filters: FxHashMap<ConfigKey, FileFilter>,
    overrides: FxHashMap<ConfigKey, Vec<Matcher>>,
    /// By configuration and the overrides that apply.
    keys: FxHashMap<(ConfigKey, Vec<usize>), usize>,
    scopes: Vec<(Vec<RuleSetting>, FailOn)>,
}

impl Sorter<'_> {
    /// Whether a configuration below the root, which the walk did not know of, excludes the file.
    fn excludes(&mut self, config: &Arc<Config>, path: &Path) -> bool {
        if config.globs.len() == self.root.globs.len() {
            return false;
        }
        let filter = self.filters.entry(Arc::as_ptr(config));
        let filter = filter.or_insert_with(|| FileFilter::new(&config.globs));
        filter.excludes(path, false) || !filter.includes(path)
    }

    fn scope(&mut self, config: &Arc<Config>, path: &Path) -> usize {
        let key = Arc::as_ptr(config);
        let matchers = self.overrides.entry(key).or_insert_with(|| {
            let overrides = config.overrides.iter();
            overrides
                .map(|it| Matcher::new(&it.base, &it.paths))
                .collect()
        });
        let applying = matchers.iter().enumerate();
        let applying = applying.filter(|(_, it)| it.covers(path, false) == Some(true));
        let applying: Vec<usize> = applying.map(|(index, _)| index).collect();
        let scopes = &mut self.scopes;
        let settings = self.settings;
        *self.keys.entry((key, applying.clone())).or_insert_with(|| {
            let overrides = applying.iter().map(|index| &config.overrides[*index]);
            let rules = settings
                .layers
                .rules(config, &overrides.collect::<Vec<_>>());
            scopes.push((rules, settings.layers.fail_on(config)));
            scopes.len() - 1
        })
    }
}
