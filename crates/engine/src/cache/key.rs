//! What results depend on beside the files.
use std::fmt::Write as _;

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::scopes::{Scope, Scopes};
use crate::settings::{RuleSetting, Settings};

/// What a run depends on: the build, the tables, the rules as the root of the project has them.
pub(super) fn of_run(settings: &Settings, scopes: &Scopes) -> Option<u128> {
    let mut key = postcard::to_allocvec(&scopes.tables).ok()?;
    key.extend(env!("EXLINT_BUILD").as_bytes());
    key.extend(text(&settings.rules).as_bytes());
    Some(xxh3_128(&key))
}

/// What the findings of a file depend on beside that: the rules as the file has them.
pub(super) fn of_scope(scope: &Scope) -> u64 {
    xxh3_64(text(&scope.rules).as_bytes())
}

fn text(rules: &[RuleSetting]) -> String {
    let mut text = String::new();
    for rule in rules {
        let RuleSetting {
            on,
            level,
            options,
            silenced,
            ..
        } = rule;
        let name = rule.meta.name;
        let _ = writeln!(text, "{name} {on} {level:?} {silenced} {options:?}");
    }
    text
}
