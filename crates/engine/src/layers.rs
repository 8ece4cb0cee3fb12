//! Puts the shipped rules, the files in force in a folder, overrides and the command line together.
use std::collections::BTreeMap;

use exlint_findings::Level;
use exlint_project::Tables;
use exlint_rules::Meta;

use crate::config::{Config, FailOn, Override, RuleConfig, Sourced, Switch};
use crate::names::{Catalogue, Selector, rule_suggestion};
use crate::settings::{Overrides, RuleSetting, Setter, tables_of};
use crate::{Error, rows};

/// What is the same for every file of a run.
#[derive(Debug)]
pub(crate) struct Layers {
    pub(crate) catalogue: Catalogue,
    shipped: Config,
    /// `--select`.
    select: Vec<Selector>,
    /// `--ignore`.
    ignore: Vec<Selector>,
    fail_on: Option<FailOn>,
}

impl Layers {
    pub(crate) fn new(
        catalogue: Catalogue,
        shipped: Config,
        overrides: &Overrides,
    ) -> Result<Layers, Error> {
        Ok(Layers {
            select: selectors(&catalogue, &overrides.select)?,
            ignore: selectors(&catalogue, &overrides.ignore)?,
            fail_on: overrides.fail_on,
            catalogue,
            shipped,
        })
    }

    /// Whether the command line chose among the rules.
    pub(crate) fn is_narrowed(&self) -> bool {
        !self.select.is_empty() || !self.ignore.is_empty()
    }

    pub(crate) fn fail_on(&self, files: &Config) -> FailOn {
        self.fail_on_from(files).0
    }

    pub(crate) fn fail_on_from(&self, files: &Config) -> (FailOn, Setter) {
        if let Some(fail_on) = self.fail_on {
            return (fail_on, Setter::CommandLine);
        }
        match (&files.fail_on, &self.shipped.fail_on) {
            (Some(in_file), _) => (in_file.value, file(in_file)),
            (None, Some(shipped)) => (shipped.value, Setter::Shipped),
            (None, None) => (FailOn::From(Level::Warning), Setter::Shipped),
        }
    }

    /// The shipped rows, and then those of the project.
    pub(crate) fn tables<'t>(
        &self,
        project: impl IntoIterator<Item = &'t toml::Table>,
    ) -> Result<Tables, Error> {
        let mut tables = self.shipped.tables.clone();
        for table in project {
            rows::merge(&mut tables, table.clone());
        }
        tables_of(tables)
    }

    /// Every rule, as a file sees it that `files` and `overrides` are in force for, the last override strongest.
    pub(crate) fn rules(&self, files: &Config, overrides: &[&Override]) -> Vec<RuleSetting> {
        let rules = self.catalogue.rules().iter();
        rules
            .map(|meta| self.rule(meta, files, overrides))
            .collect()
    }

    fn rule(&self, meta: &'static Meta, files: &Config, overrides: &[&Override]) -> RuleSetting {
        let nothing = RuleConfig::default();
        let shipped = self.shipped.rules.get(meta.name).unwrap_or(&nothing);
        let in_files = files.rules.get(meta.name).unwrap_or(&nothing);
        let in_overrides = overrides
            .iter()
            .rev()
            .filter_map(|it| it.rules.get(meta.name));
        let is_off = shipped
            .switch
            .as_ref()
            .is_some_and(|it| it.value == Switch::Off);
        let recommended = shipped.recommended.unwrap_or(true) && !is_off;

        let switches = in_overrides.clone().chain([in_files, shipped]);
        let level = switches
            .filter_map(|rule| rule.switch.as_ref())
            .find_map(|it| match it.value {
                Switch::On(level) => Some((level, it)),
                Switch::Off => None,
            });
        let level_from = level.filter(|(_, it)| Some(*it) != shipped.switch.as_ref());
        let override_switch = in_overrides.clone().find_map(|rule| rule.switch.as_ref());
        let choice = self.choose(
            meta,
            files,
            overrides,
            in_files,
            override_switch,
            recommended,
        );

        let mut options = toml::Table::new();
        let mut options_from = BTreeMap::new();
        let weakest_first = [shipped, in_files].into_iter();
        for rule in weakest_first.chain(in_overrides.rev()) {
            for (name, option) in &rule.options {
                options.insert(name.clone(), option.value.clone());
                if !std::ptr::eq(rule, shipped) {
                    options_from.insert(name.clone(), option.origin.clone());
                }
            }
        }
        RuleSetting {
            meta,
            on: choice.on,
            level: level.map_or(Level::Warning, |(level, _)| level),
            options,
            recommended,
            on_from: choice.from,
            level_from: level_from.map_or(Setter::Shipped, |(_, it)| file(it)),
            options_from,
            silenced: choice.silenced,
        }
    }

    /// Whether a rule is on. The command line wins over all files, an override over the files around it, and in
    /// those `ignore` and `level = "off"` over `select`.
    fn choose(
        &self,
        meta: &'static Meta,
        files: &Config,
        overrides: &[&Override],
        in_files: &RuleConfig,
        override_switch: Option<&Sourced<Switch>>,
        recommended: bool,
    ) -> Choice {
        let covered = |selectors: &[Selector]| {
            let covers = |it: &Selector| it.covers(meta, recommended);
            selectors.iter().any(covers)
        };
        let names = |list: &&Sourced<Vec<String>>| {
            let names = list.value.iter();
            let selectors = names.filter_map(|name| self.catalogue.selector(name));
            covered(&selectors.collect::<Vec<_>>())
        };
        // Whoever names a rule on the command line wants to see it, whatever the files say of it.
        let is_named = |it: &Selector| matches!(it, Selector::Rule(rule) if rule.name == meta.name);
        let named = self.select.iter().any(is_named);
        if covered(&self.ignore) {
            return Choice::off(Setter::CommandLine);
        }
        if named {
            return Choice::on(Setter::CommandLine);
        }
        let in_override = overrides.iter().rev().filter_map(|it| it.ignore.as_ref());
        let switch = override_switch.or(in_files.switch.as_ref());
        let off = switch.filter(|it| it.value == Switch::Off).map(file);
        let ignored = in_override.chain(&files.ignore).find(names).map(file);
        let forced = override_switch.filter(|it| it.value != Switch::Off);
        if let (Some(from), None) = (off.or(ignored), forced) {
            return Choice::off(from);
        }
        if !self.select.is_empty() {
            let on = covered(&self.select);
            return Choice::selected(on, Setter::CommandLine);
        }
        if let Some(switch) = switch {
            return Choice::on(file(switch));
        }
        if let Some(select) = &files.select {
            return Choice::selected(names(&select), file(select));
        }
        let shipped = self.shipped.select.as_ref();
        Choice::selected(
            shipped.map_or(recommended, |it| names(&it)),
            Setter::Shipped,
        )
    }
}

/// Whether a rule is on, and who said so.
struct Choice {
    on: bool,
    from: Setter,
    /// Whether it is off because somebody wants it off.
    silenced: bool,
}

impl Choice {
    fn on(from: Setter) -> Choice {
        Choice::selected(true, from)
    }

    fn off(from: Setter) -> Choice {
        Choice {
            on: false,
            from,
            silenced: true,
        }
    }

    fn selected(on: bool, from: Setter) -> Choice {
        Choice {
            on,
            from,
            silenced: false,
        }
    }
}

fn file<T>(sourced: &Sourced<T>) -> Setter {
    Setter::File(sourced.origin.clone())
}

fn selectors(catalogue: &Catalogue, names: &[String]) -> Result<Vec<Selector>, Error> {
    let selector = |name: &String| match catalogue.selector(name) {
        Some(selector) => Ok(selector),
        None => {
            let help = rule_suggestion(name, catalogue.selector_names());
            Err(Error::UnknownRule {
                name: name.clone(),
                help,
            })
        }
    };
    names.iter().map(selector).collect()
}
