//! (skeleton)
pub mod rule;

use exlint_facts::{FileFacts, FileRole};
use exlint_findings::{FileId, Finding, Level};
use exlint_project::{Project, Tables};
pub use rule::{Family, Meta, OptionMeta, Rule, RuleMeta, Scope};

pub struct On<R> {
    _rule: std::marker::PhantomData<R>,
}

/// A rule that can be switched on.
pub struct Entry {
    pub meta: &'static Meta,
    build: fn(toml::Table) -> Result<Built, toml::de::Error>,
}
struct Built;
impl Entry {
    /// Checks the options without building a linter.
    pub fn check_options(&self, options: toml::Table) -> Result<(), toml::de::Error> {
        (self.build)(options).map(|_| ())
    }
}
/// Every rule, sorted by name. `syntax-error` and `unused-suppression` are entries too: the engine produces the latter's findings itself.
pub fn all() -> &'static [Entry] {
    &[]
}

/// A rule that is on, at its effective level, with its effective options.
pub struct Enabled {
    pub rule: &'static Entry,
    pub level: Level,
    pub options: toml::Table,
}

/// The rules that are on, sorted by what they listen for. `Sync`; shared by all threads.
pub struct Linter {}
impl Linter {
    pub fn new(_rules: Vec<Enabled>, _tables: Tables) -> Result<Linter, toml::de::Error> {
        Ok(Linter {})
    }
    pub fn rules(&self) -> Vec<&'static Meta> {
        Vec::new()
    }
    pub fn tables(&self) -> &Tables {
        unreachable!()
    }
    /// The findings of all file and module rules in one file. `times` receives nanoseconds per rule (same order as `rules()`) when given.
    pub fn check_file(
        &self,
        _path: &str,
        _id: FileId,
        _role: FileRole,
        _file: &exlint_syntax::File,
        _facts: &FileFacts,
        _times: Option<&mut [u64]>,
    ) -> Vec<Finding> {
        Vec::new()
    }
    /// Number of project-wide rules, each to be run (in parallel) with `check_project`.
    pub fn project_rules(&self) -> usize {
        0
    }
    /// Runs the project rule number `index`.
    pub fn check_project(&self, _index: usize, _project: &Project) -> Vec<Finding> {
        Vec::new()
    }
    /// The rule that `check_project(index)` runs.
    pub fn project_rule(&self, _index: usize) -> &'static Meta {
        unreachable!()
    }
}
