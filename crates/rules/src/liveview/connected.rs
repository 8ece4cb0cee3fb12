//! Whether code of a LiveView runs only once the socket is connected.
use exlint_project::{CallId, Project};

/// Whether no step on the way stands in a branch of a clause that asks `connected?/1`.
pub(super) fn is_unguarded(project: &Project, path: &[CallId]) -> bool {
    path.iter().all(|it| !is_guarded(project, *it))
}

fn is_guarded(project: &Project, call: CallId) -> bool {
    let asks = project
        .calls_of(call.clause)
        .any(|(_, it)| project.text(it.name).ends_with("connected?"));
    asks && is_conditional(project, call)
}

/// Whether a call stands in a branch, itself or with a closure around it.
pub(super) fn is_conditional(project: &Project, call: CallId) -> bool {
    let around = project.closures_around(call);
    let given_to = around.iter().filter_map(|it| it.given_to);
    project.call(call).is_conditional
        || given_to
            .into_iter()
            .any(|it| project.call(it).is_conditional)
}
