//! What a rule is: its description, its options, and what it listens for.
use serde::de::DeserializeOwned;

use exlint_findings::{Applicability, Confidence};

/// The subject a rule belongs to; users can select all rules of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    Process,
    State,
    Supervision,
    Errors,
    Immutability,
    Tasks,
    Liveview,
    Phoenix,
    Ecto,
    Jobs,
    Resilience,
    Testing,
    Security,
    Design,
    Readability,
    Refactor,
    Consistency,
    /// What exlint says about the source and its own comments: `syntax-error`, `unused-suppression`.
    Exlint,
}

impl Family {
    pub const ALL: &[Family] = &[
        Family::Process,
        Family::State,
        Family::Supervision,
        Family::Errors,
        Family::Immutability,
        Family::Tasks,
        Family::Liveview,
        Family::Phoenix,
        Family::Ecto,
        Family::Jobs,
        Family::Resilience,
        Family::Testing,
        Family::Security,
        Family::Design,
        Family::Readability,
        Family::Refactor,
        Family::Consistency,
        Family::Exlint,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Family::Process => "process",
            Family::State => "state",
            Family::Supervision => "supervision",
            Family::Errors => "errors",
            Family::Immutability => "immutability",
            Family::Tasks => "tasks",
            Family::Liveview => "liveview",
            Family::Phoenix => "phoenix",
            Family::Ecto => "ecto",
            Family::Jobs => "jobs",
            Family::Resilience => "resilience",
            Family::Testing => "testing",
            Family::Security => "security",
            Family::Design => "design",
            Family::Readability => "readability",
            Family::Refactor => "refactor",
            Family::Consistency => "consistency",
            Family::Exlint => "exlint",
        }
    }
}

/// How far a rule looks before it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    File,
    Module,
    Project,
}

impl Scope {
    pub fn name(self) -> &'static str {
        match self {
            Scope::File => "file",
            Scope::Module => "module",
            Scope::Project => "project",
        }
    }
}

/// An option of a rule: a field of its type.
#[derive(Clone, Copy, Debug)]
pub struct OptionMeta {
    pub name: &'static str,
    /// The last segment of the field's Rust type: `usize`, `bool`, `String`, `Vec`.
    pub kind: &'static str,
    pub docs: &'static str,
}

/// What is known of a rule without running it.
#[derive(Clone, Copy, Debug)]
pub struct Meta {
    /// Kebab-case; what users write.
    pub name: &'static str,
    pub family: Family,
    pub confidence: Confidence,
    pub scope: Scope,
    pub fix: Option<Applicability>,
    /// Whether the rule also looks at tests and test support.
    pub in_tests: bool,
    /// Whether the rule also looks at scripts (`.exs` outside tests: seeds, migrations, configuration).
    pub in_scripts: bool,
    /// Whether the rule also looks at code in templates: `~H` and `.heex` files.
    pub in_templates: bool,
    /// Markdown: the doc comment of the rule.
    pub docs: &'static str,
    pub options: &'static [OptionMeta],
    /// The Rust file the rule is written in.
    pub source: &'static str,
}

impl Meta {
    /// The first sentence of the documentation.
    pub fn summary(&self) -> &'static str {
        let first = self.docs.split("\n\n").next().unwrap_or_default();
        first.trim()
    }
}

/// Derive it.
pub trait RuleMeta {
    const META: Meta;
}

/// A rule. Its fields are its options, its doc comment is its documentation.
pub trait Rule: RuleMeta + Default + DeserializeOwned + Send + Sync + 'static {
    /// Says what the rule wants to see.
    fn listen(on: &mut crate::On<Self>);
}
