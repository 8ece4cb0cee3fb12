//! What a rule may ask while it looks at a file or at the project, and where it reports.
use std::borrow::Cow;

use exlint_facts::{FileFacts, FileRole};
use exlint_findings::{FileId, Finding, Level, Spanned};
use exlint_project::{Project, Tables};
use exlint_syntax::File;

use crate::{Meta, security::KnownOutside, server::Servers};

/// A rule's view of one file.
pub struct Cx<'t> {
    pub path: &'t str,
    pub role: FileRole,
    pub file: &'t File,
    pub facts: &'t FileFacts,
    pub tables: &'t Tables,
    pub(crate) id: FileId,
    pub(crate) rule: &'static Meta,
    pub(crate) level: Level,
    pub(crate) findings: Vec<Finding>,
    /// Found when the first rule asks for them.
    pub(crate) servers: Servers<'t>,
    pub(crate) outside: KnownOutside,
}

impl Cx<'_> {
    /// Reports a finding at `at`, at the rule's level and confidence; add labels, help and fix to what comes back.
    pub fn report(&mut self, at: impl Spanned, message: impl Into<String>) -> &mut Finding {
        self.findings.push(new_finding(
            self.rule,
            self.level,
            self.id,
            at,
            message.into(),
        ));
        self.findings.last_mut().expect("a finding was just pushed")
    }

    pub fn is_test(&self) -> bool {
        self.role == FileRole::Test
    }
}

/// A rule's view of the project.
pub struct ProjectCx<'p> {
    pub tables: &'p Tables,
    pub(crate) rule: &'static Meta,
    pub(crate) level: Level,
    pub(crate) findings: Vec<Finding>,
}

impl ProjectCx<'_> {
    /// Reports a finding at `at` in `file`.
    pub fn report(
        &mut self,
        file: FileId,
        at: impl Spanned,
        message: impl Into<String>,
    ) -> &mut Finding {
        self.findings
            .push(new_finding(self.rule, self.level, file, at, message.into()));
        self.findings.last_mut().expect("a finding was just pushed")
    }

    /// Whether the rule looks at files of this role.
    pub fn covers(&self, role: FileRole) -> bool {
        covers(self.rule, role)
    }
}

/// Whether `rule` looks at files of this role.
pub(crate) fn covers(rule: &Meta, role: FileRole) -> bool {
    match role {
        FileRole::Production => true,
        FileRole::Test => rule.in_tests,
        FileRole::Script => rule.in_scripts,
        FileRole::Template => rule.in_templates,
        FileRole::Client => false,
    }
}

fn new_finding(
    rule: &'static Meta,
    level: Level,
    file: FileId,
    at: impl Spanned,
    message: String,
) -> Finding {
    Finding {
        rule: Cow::Borrowed(rule.name),
        level,
        confidence: rule.confidence,
        file,
        span: at.span(),
        message,
        labels: Vec::new(),
        help: None,
        fix: None,
    }
}

/// Used by the linter to run project rules.
pub(crate) fn project_cx<'p>(
    tables: &'p Tables,
    rule: &'static Meta,
    level: Level,
) -> ProjectCx<'p> {
    ProjectCx {
        tables,
        rule,
        level,
        findings: Vec::new(),
    }
}

/// Runs one project handler.
pub(crate) fn run_project(
    handler: &crate::on::ProjectHandler,
    project: &Project,
    mut cx: ProjectCx,
) -> Vec<Finding> {
    handler(project, &mut cx);
    cx.findings
}
