//! Takes a configuration file apart.
use std::ops::Range;
use std::path::PathBuf;

use exlint_findings::{Source, Span};
use exlint_rules::Meta;
use ignore::gitignore::GitignoreBuilder;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{
    Author, Config, FailOn, Globs, Origin, Override, RuleConfig, Rules, Sourced, Switch, level,
};
use crate::error::Problem;
use crate::names::{Catalogue, question, rule_suggestion, suggestion};
use crate::rows::{self, Misfit};

/// Everything a file may say, but for the tables that rules share.
pub(crate) const KEYS: &[&str] = &[
    "extends", "select", "ignore", "fail-on", "include", "exclude", "rules", "override",
];

pub(crate) const OVERRIDE_KEYS: &[&str] = &["paths", "ignore", "rules"];

/// Takes a document apart, and notes what is wrong with it.
pub(crate) struct Reader<'a> {
    catalogue: &'a Catalogue,
    author: Author,
    source: &'a Source,
    base: PathBuf,
    config: Config,
    problems: Vec<Problem>,
}

type Value<'i> = Spanned<DeValue<'i>>;

impl<'a> Reader<'a> {
    pub(crate) fn new(
        catalogue: &'a Catalogue,
        author: Author,
        source: &'a Source,
        base: PathBuf,
    ) -> Self {
        Self {
            catalogue,
            author,
            source,
            base,
            config: Config::default(),
            problems: Vec::new(),
        }
    }

    pub(crate) fn finish(self) -> (Config, Vec<Problem>) {
        (self.config, self.problems)
    }

    pub(crate) fn document(&mut self, document: &DeTable) {
        let tables = rows::names();
        let mut globs = Globs {
            base: self.base.clone(),
            ..Globs::default()
        };
        for (key, value) in document {
            match key.get_ref().as_ref() {
                "extends" => self.config.extends = self.paths(value),
                "select" => self.config.select = Some(self.selection("select", value)),
                "ignore" => self.config.ignore = Some(self.selection("ignore", value)),
                "fail-on" => self.fail_on(value),
                "include" => globs.include = Some(self.globs("include", value)),
                "exclude" => globs.exclude = Some(self.globs("exclude", value)),
                "rules" => self.config.rules = self.rules(value),
                "override" => self.overrides(value),
                table if tables.iter().any(|name| name == table) => self.table(table, value),
                unknown => {
                    let tables = tables.iter().map(String::as_str);
                    self.unknown_key(unknown, key.span(), KEYS.iter().copied().chain(tables));
                }
            }
        }
        self.config.globs.push(globs);
    }

    fn unknown_key<'k>(
        &mut self,
        key: &str,
        span: Range<usize>,
        known: impl Iterator<Item = &'k str>,
    ) {
        let help = suggestion(key, known);
        self.problem(span, format!("unknown key `{key}`"), help);
    }

    /// One path, or a list of them.
    fn paths(&mut self, value: &Value) -> Vec<Sourced<String>> {
        let paths = match value.get_ref().as_str() {
            Some(path) => vec![(path.to_owned(), value.span())],
            None => self.strings("extends", value),
        };
        let paths = paths.into_iter();
        paths.map(|(path, span)| self.sourced(path, span)).collect()
    }

    fn overrides(&mut self, value: &Value) {
        let Some(rows) = value.get_ref().as_array() else {
            return self.wrong_type("override", value, "a list of tables: `[[override]]`");
        };
        for row in rows.iter() {
            match row.get_ref().as_table() {
                Some(table) => self.override_row(table, row.span()),
                None => self.wrong_type("override", row, "a list of tables: `[[override]]`"),
            }
        }
    }

    fn override_row(&mut self, table: &DeTable, span: Range<usize>) {
        let mut row = Override {
            base: self.base.clone(),
            ..Override::default()
        };
        let has_paths = table.iter().any(|(key, _)| key.get_ref() == "paths");
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "paths" => row.paths = self.globs("paths", value).value,
                "ignore" => row.ignore = Some(self.selection("ignore", value)),
                "rules" => row.rules = self.rules(value),
                unknown => self.unknown_key(unknown, key.span(), OVERRIDE_KEYS.iter().copied()),
            }
        }
        if !has_paths {
            let help = "`paths` says which files it is for, as `.gitignore` would".to_owned();
            self.problem(span, "missing key `paths`".to_owned(), Some(help));
        }
        self.config.overrides.push(row);
    }

    fn selection(&mut self, key: &str, value: &Value) -> Sourced<Vec<String>> {
        let names = self.strings(key, value);
        for (name, span) in &names {
            if self.catalogue.selector(name).is_none() && self.author == Author::User {
                let help = rule_suggestion(name, self.catalogue.selector_names());
                self.problem(
                    span.clone(),
                    format!("unknown rule `{name}` in `{key}`"),
                    help,
                );
            }
        }
        let names = names.into_iter().map(|(name, _)| name).collect();
        self.sourced(names, value.span())
    }

    fn fail_on(&mut self, value: &Value) {
        let name = value.get_ref().as_str().unwrap_or_default();
        match FailOn::from_name(name) {
            Some(fail_on) => self.config.fail_on = Some(self.sourced(fail_on, value.span())),
            None => self.bad_choice("fail-on", value, &FailOn::NAMES),
        }
    }

    fn globs(&mut self, key: &str, value: &Value) -> Sourced<Vec<String>> {
        let globs = self.strings(key, value);
        for (glob, span) in &globs {
            if let Err(error) = GitignoreBuilder::new("")
                .allow_unclosed_class(false)
                .add_line(None, glob)
            {
                self.problem(span.clone(), format!("bad glob in `{key}`: {error}"), None);
            }
        }
        let globs = globs.into_iter().map(|(glob, _)| glob).collect();
        self.sourced(globs, value.span())
    }

    fn rules(&mut self, value: &Value) -> Rules {
        let mut found = Rules::new();
        let Some(rules) = value.get_ref().as_table() else {
            self.wrong_type("rules", value, "a table for each rule: `[rules.some-rule]`");
            return found;
        };
        for (key, value) in rules {
            let name = key.get_ref().as_ref();
            match self.catalogue.rule(name) {
                Some(meta) => {
                    found.insert(meta.name, self.rule(meta, value));
                }
                None if self.author == Author::Shipped => {}
                None => {
                    let help = rule_suggestion(name, self.catalogue.rule_names());
                    self.problem(key.span(), format!("unknown rule `{name}`"), help);
                }
            }
        }
        found
    }

    fn rule(&mut self, meta: &'static Meta, value: &Value) -> RuleConfig {
        let mut rule = RuleConfig::default();
        let Some(table) = value.get_ref().as_table() else {
            let expected = format!("a table: `level = \"off\"` under `[rules.{}]`", meta.name);
            self.wrong_type(meta.name, value, &expected);
            return rule;
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "level" => rule.switch = self.switch(value),
                "recommended" if self.author == Author::Shipped => {
                    rule.recommended = value.get_ref().as_bool()
                }
                name => match meta.options.iter().find(|option| option.name == name) {
                    Some(option) => rule.options.extend(self.option(meta, option.name, value)),
                    None => self.unknown_option(meta, name, key.span()),
                },
            }
        }
        rule
    }

    fn switch(&mut self, value: &Value) -> Option<Sourced<Switch>> {
        let name = value.get_ref().as_str().unwrap_or_default();
        let switch = if name == "off" {
            Some(Switch::Off)
        } else {
            level(name).map(Switch::On)
        };
        if switch.is_none() {
            self.bad_choice("level", value, &["off", "info", "warning", "error"]);
        }
        switch.map(|switch| self.sourced(switch, value.span()))
    }

    fn option(
        &mut self,
        meta: &Meta,
        name: &str,
        value: &Value,
    ) -> Option<(String, Sourced<toml::Value>)> {
        let option = rows::one(name, value);
        match toml::Table::deserialize(toml::Deserializer::from(option)) {
            Ok(options) => {
                if let Err(error) = self.catalogue.check_options(meta.name, options.clone()) {
                    let message =
                        format!("option `{name}` of `{}`: {}", meta.name, error.message());
                    self.problem(value.span(), message, None);
                }
                let (name, option) = options.into_iter().next()?;
                Some((name, self.sourced(option, value.span())))
            }
            Err(error) => {
                self.problem(value.span(), error.message().to_owned(), None);
                None
            }
        }
    }

    fn unknown_option(&mut self, meta: &Meta, name: &str, span: Range<usize>) {
        let options = meta
            .options
            .iter()
            .map(|option| option.name)
            .chain(["level"]);
        self.problem(
            span,
            format!("`{}` has no option `{name}`", meta.name),
            suggestion(name, options),
        );
    }

    fn table(&mut self, name: &str, value: &Value) {
        match rows::check(name, value) {
            Ok(rows) => self.config.tables.extend(rows),
            Err(misfits) => {
                for Misfit {
                    span,
                    message,
                    help,
                } in misfits
                {
                    self.problem(span, message, help);
                }
            }
        }
    }

    fn strings(&mut self, key: &str, value: &Value) -> Vec<(String, Range<usize>)> {
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "a list of strings");
            return Vec::new();
        };
        let mut strings = Vec::new();
        for item in array.iter() {
            match item.get_ref().as_str() {
                Some(text) => strings.push((text.to_owned(), item.span())),
                None => self.wrong_type(key, item, "a list of strings"),
            }
        }
        strings
    }

    fn bad_choice(&mut self, key: &str, value: &Value, choices: &[&str]) {
        let known = choices
            .iter()
            .map(|choice| format!("`{choice}`"))
            .collect::<Vec<_>>()
            .join(", ");
        match value.get_ref().as_str() {
            Some(text) => {
                let help = question(text, choices);
                self.problem(
                    value.span(),
                    format!("`{key}` is one of {known}, not `{text}`"),
                    help,
                );
            }
            None => self.wrong_type(key, value, &format!("one of {known}")),
        }
    }

    fn wrong_type(&mut self, key: &str, value: &Value, expected: &str) {
        let message = format!(
            "`{key}` wants {expected}, not a value of type {}",
            value.get_ref().type_str()
        );
        self.problem(value.span(), message, None);
    }

    fn sourced<T>(&self, value: T, span: Range<usize>) -> Sourced<T> {
        let origin = Origin {
            path: self.source.path.clone(),
            line: self.source.line(span.start as u32),
        };
        Sourced { value, origin }
    }

    pub(crate) fn problem(&mut self, span: Range<usize>, message: String, help: Option<String>) {
        let span = Span::new(span.start as u32, span.end as u32);
        let position = self.source.position(span.start);
        self.problems.push(Problem {
            span,
            position,
            message,
            help,
        });
    }
}
