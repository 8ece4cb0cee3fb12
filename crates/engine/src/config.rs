//! One configuration file: the shipped `rules.toml` or a project's `exlint.toml`.
//!
//! The file is read as a tree of keys and values that know their places, so that one pass reports everything that
//! is wrong with it, each thing at its line. What the rules and the shared tables say about types is asked of them,
//! one option and one row at a time.
use std::collections::BTreeMap;

use exlint_findings::{Level, Source, Span};
use exlint_rules::Meta;
use ignore::gitignore::GitignoreBuilder;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{ConfigError, Problem};
use crate::names::{Catalogue, suggestion};
use crate::rows::{self, Misfit};

/// The name of a project's configuration file.
pub const FILE_NAME: &str = "exlint.toml";

const KEYS: &[&str] = &["select", "ignore", "fail-on", "include", "exclude", "rules"];

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

/// What one file says, checked; what it leaves out is `None` or empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    pub(crate) select: Option<Vec<String>>,
    pub(crate) ignore: Vec<String>,
    pub(crate) fail_on: Option<FailOn>,
    pub(crate) include: Vec<String>,
    pub(crate) exclude: Vec<String>,
    pub(crate) rules: BTreeMap<&'static str, RuleConfig>,
    /// The shared tables, as far as the file has them.
    pub(crate) tables: toml::Table,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct RuleConfig {
    pub(crate) switch: Option<Switch>,
    /// Only in the shipped file: `false` for a rule that runs when someone asks for it.
    pub(crate) recommended: Option<bool>,
    pub(crate) options: toml::Table,
}

/// Who wrote the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Author {
    /// exlint itself: may say `recommended`, and may be ahead of the rules it is built with.
    Shipped,
    User,
}

impl Config {
    pub(crate) fn read(
        source: Source,
        author: Author,
        catalogue: &Catalogue,
    ) -> Result<Config, ConfigError> {
        let (document, errors) = DeTable::parse_recoverable(&source.text);
        let mut reader = Reader {
            catalogue,
            author,
            source: &source,
            config: Config::default(),
            problems: Vec::new(),
        };
        if errors.is_empty() {
            reader.document(document.get_ref());
        }
        for error in errors {
            reader.problem(
                error.span().unwrap_or_default(),
                error.message().to_owned(),
                None,
            );
        }
        let Reader {
            config,
            mut problems,
            ..
        } = reader;
        problems.sort_by_key(|problem| problem.span);
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError { source, problems })
        }
    }
}

struct Reader<'a> {
    catalogue: &'a Catalogue,
    author: Author,
    source: &'a Source,
    config: Config,
    problems: Vec<Problem>,
}

type Value<'i> = Spanned<DeValue<'i>>;

impl Reader<'_> {
    fn document(&mut self, document: &DeTable) {
        let tables = rows::names();
        for (key, value) in document {
            match key.get_ref().as_ref() {
                "select" => self.config.select = Some(self.selection("select", value)),
                "ignore" => self.config.ignore = self.selection("ignore", value),
                "fail-on" => self.fail_on(value),
                "include" => self.config.include = self.globs("include", value),
                "exclude" => self.config.exclude = self.globs("exclude", value),
                "rules" => self.rules(value),
                table if tables.iter().any(|name| name == table) => self.table(table, value),
                unknown => {
                    let known = KEYS
                        .iter()
                        .copied()
                        .chain(tables.iter().map(String::as_str));
                    let help = suggestion(unknown, known);
                    self.problem(key.span(), format!("unknown key `{unknown}`"), help);
                }
            }
        }
    }

    fn selection(&mut self, key: &str, value: &Value) -> Vec<String> {
        let names = self.strings(key, value);
        for (name, span) in &names {
            if self.catalogue.selector(name).is_none() && self.author == Author::User {
                let help = suggestion(name, self.catalogue.selector_names());
                self.problem(
                    span.clone(),
                    format!("unknown rule `{name}` in `{key}`"),
                    help,
                );
            }
        }
        names.into_iter().map(|(name, _)| name).collect()
    }

    fn fail_on(&mut self, value: &Value) {
        let name = value.get_ref().as_str().unwrap_or_default();
        match FailOn::from_name(name) {
            Some(fail_on) => self.config.fail_on = Some(fail_on),
            None => self.bad_choice("fail-on", value, &FailOn::NAMES),
        }
    }

    fn globs(&mut self, key: &str, value: &Value) -> Vec<String> {
        let globs = self.strings(key, value);
        for (glob, span) in &globs {
            if let Err(error) = GitignoreBuilder::new("")
                .allow_unclosed_class(false)
                .add_line(None, glob)
            {
                self.problem(span.clone(), format!("bad glob in `{key}`: {error}"), None);
            }
        }
        globs.into_iter().map(|(glob, _)| glob).collect()
    }

    fn rules(&mut self, value: &Value) {
        let Some(rules) = value.get_ref().as_table() else {
            return self.wrong_type("rules", value, "a table for each rule: `[rules.some-rule]`");
        };
        for (key, value) in rules {
            let name = key.get_ref().as_ref();
            match self.catalogue.rule(name) {
                Some(meta) => self.rule(meta, value),
                None if self.author == Author::Shipped => {}
                None => {
                    let help = suggestion(name, self.catalogue.rule_names());
                    self.problem(key.span(), format!("unknown rule `{name}`"), help);
                }
            }
        }
    }

    fn rule(&mut self, meta: &'static Meta, value: &Value) {
        let Some(table) = value.get_ref().as_table() else {
            let expected = format!("a table: `level = \"off\"` under `[rules.{}]`", meta.name);
            return self.wrong_type(meta.name, value, &expected);
        };
        let mut rule = RuleConfig::default();
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
        self.config.rules.insert(meta.name, rule);
    }

    fn switch(&mut self, value: &Value) -> Option<Switch> {
        let name = value.get_ref().as_str().unwrap_or_default();
        let switch = if name == "off" {
            Some(Switch::Off)
        } else {
            level(name).map(Switch::On)
        };
        if switch.is_none() {
            self.bad_choice("level", value, &["off", "info", "warning", "error"]);
        }
        switch
    }

    fn option(&mut self, meta: &Meta, name: &str, value: &Value) -> Option<(String, toml::Value)> {
        let option = rows::one(name, value);
        match toml::Table::deserialize(toml::Deserializer::from(option)) {
            Ok(options) => {
                if let Err(error) = self.catalogue.check_options(meta.name, options.clone()) {
                    let message =
                        format!("option `{name}` of `{}`: {}", meta.name, error.message());
                    self.problem(value.span(), message, None);
                }
                options.into_iter().next()
            }
            Err(error) => {
                self.problem(value.span(), error.message().to_owned(), None);
                None
            }
        }
    }

    fn unknown_option(&mut self, meta: &Meta, name: &str, span: std::ops::Range<usize>) {
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

    fn strings(&mut self, key: &str, value: &Value) -> Vec<(String, std::ops::Range<usize>)> {
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
                let help = suggestion(text, choices.iter().copied());
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

    fn problem(&mut self, span: std::ops::Range<usize>, message: String, help: Option<String>) {
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

fn level(name: &str) -> Option<Level> {
    [Level::Info, Level::Warning, Level::Error]
        .into_iter()
        .find(|level| level.name() == name)
}

#[cfg(test)]
mod tests;
