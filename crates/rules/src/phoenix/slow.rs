//! Slow work that others wait for: requests to other services, mails, commands.
use exlint_findings::Finding;
use exlint_project::{CallId, ClauseId, Project, Severity, SinkKind, Witnesses};

use crate::{app::tell, prelude::*};

/// The ways to calls that wait for another service, a mail server or a command.
pub(super) fn slow_work(project: &Project) -> Witnesses {
    Witnesses::to_sinks(project, |_, kind, severity| {
        matches!(
            kind,
            SinkKind::Http | SinkKind::Mail | SinkKind::ExternalCommand
        ) && severity >= Severity::High
    })
}

/// Reports that a callback waits; `who` says for what it should not.
pub(super) fn report<'c>(
    project: &Project,
    clause: ClauseId,
    path: &[CallId],
    who: &str,
    cx: &'c mut ProjectCx,
) -> Option<&'c mut Finding> {
    let last = path.last()?;
    let at = project.at_clause(clause);
    let function = project.function_text(clause);
    let module = project.module_name(project.module_of_clause(clause));
    let slow = project.callee_text(*last);
    let finding = cx.report(
        at.file,
        at.span,
        format!("`{function}` of `{module}` waits for `{slow}`, and {who}"),
    );
    tell(finding, project, path, "this is what takes long");
    Some(finding)
}
