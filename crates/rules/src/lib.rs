//! The rules of exlint: what a rule is, the registry, and every rule, one a file.
mod app;
mod cx;
mod design;
mod ecto;
mod errors;
mod exlint;
pub mod guide;
mod immutability;
mod jobs;
mod linter;
mod liveview;
mod on;
mod phoenix;
mod prelude;
mod process;
mod resilience;
pub mod rule;
mod security;
mod server;
mod settings;
mod state;
mod supervision;
mod tasks;
mod testing;

use std::sync::LazyLock;

use exlint_findings::Level;

pub use cx::{Cx, ProjectCx};
pub use exlint_rules_macros::RuleMeta;
pub use linter::Linter;
pub use on::{FunctionName, On};
pub use rule::{Family, Meta, OptionMeta, Rule, RuleMeta, Scope};

/// A rule that can be switched on.
pub struct Entry {
    pub meta: &'static Meta,
    check: fn(toml::Table) -> Result<(), toml::de::Error>,
    add: fn(&mut Linter, Level, toml::Table) -> Result<(), toml::de::Error>,
}

impl Entry {
    /// The entry of a rule.
    pub fn of<R: Rule>() -> Entry {
        Entry {
            meta: &R::META,
            check: |options| options.try_into::<R>().map(|_| ()),
            add: |linter, level, options| {
                linter.add(options.try_into::<R>()?, level);
                Ok(())
            },
        }
    }

    /// Reads the options without switching the rule on; fails where one has the wrong type.
    pub fn check_options(&self, options: toml::Table) -> Result<(), toml::de::Error> {
        (self.check)(options)
    }
}

/// A rule that is on, with its level and options.
pub struct Enabled {
    pub rule: &'static Entry,
    pub level: Level,
    pub options: toml::Table,
}

/// Every rule, sorted by name.
pub fn all() -> &'static [Entry] {
    static ALL: LazyLock<Vec<Entry>> = LazyLock::new(|| {
        let families = [
            design::rules(),
            ecto::rules(),
            errors::rules(),
            exlint::rules(),
            immutability::rules(),
            jobs::rules(),
            liveview::rules(),
            phoenix::rules(),
            process::rules(),
            resilience::rules(),
            security::rules(),
            state::rules(),
            supervision::rules(),
            tasks::rules(),
            testing::rules(),
        ];
        let mut rules: Vec<_> = families.into_iter().flatten().collect();
        rules.sort_by_key(|it| it.meta.name);
        rules
    });
    &ALL
}

/// The rule of this name.
pub fn find(name: &str) -> Option<&'static Entry> {
    all().iter().find(|it| it.meta.name == name)
}
