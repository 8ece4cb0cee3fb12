//! How rules about servers tell the way from a callback to what it waits for.
use exlint_facts::{FileRole, Shape};
use exlint_findings::Finding;
use exlint_project::{Message, Project, Reach, Server, ServerCall, Severity, SinkKind, Step};

/// Processes that are one connection, or one of a pool, or serve one person at a terminal: waiting is their work.
const SERIAL_BY_NATURE: &[&str] = &[
    "DBConnection",
    "Postgrex.SimpleConnection",
    "Postgrex.ReplicationConnection",
    "Postgrex.Notifications",
    ":poolboy_worker",
    "NimblePool",
    "Broadway",
    "WebSockex",
    "Mix.Task",
];

/// Whether the server exists in order to wait.
pub(crate) fn is_serial_by_nature(project: &Project, server: &Server) -> bool {
    let mut natures = SERIAL_BY_NATURE.iter();
    natures.any(|it| project.implements(server.module, it))
        || is_for_developers(project.module_name(server.module))
}

/// Modules of Mix, and those that reload code: nobody runs them in production.
pub(crate) fn is_for_developers(module: &str) -> bool {
    let mut segments = module.split('.');
    module.starts_with("Mix.") || segments.any(|it| matches!(it, "CodeReloader" | "LiveReloader"))
}

/// Whether anybody waits: for a call that `handle_call/3` answers.
pub(crate) fn has_callers(project: &Project, server: &Server) -> bool {
    server.clauses(project, "handle_call", 3).next().is_some()
        && (is_called(project, server)
            || has_clients_by_use(project, server)
            || is_asked_by_tag(project, server))
}

/// Whether somebody calls the server.
pub(crate) fn is_called(project: &Project, server: &Server) -> bool {
    let to_it = |it: &Message| it.kind == ServerCall::Call && it.to == Some(server.module);
    project.messages().iter().any(to_it)
}

/// Whether `use` of a module of the project gives it functions of an interface.
fn has_clients_by_use(project: &Project, server: &Server) -> bool {
    let mut injected = project.traits(server.module).injected.iter();
    injected.any(|(name, _)| {
        let name = project.text(*name);
        !name.starts_with("handle_")
            && !matches!(
                name,
                "init"
                    | "start_link"
                    | "child_spec"
                    | "terminate"
                    | "code_change"
                    | "format_status"
            )
    })
}

/// Whether somebody sends a process that is known at run time only what no other server of the project answers.
fn is_asked_by_tag(project: &Project, server: &Server) -> bool {
    let tag_of = |it: &Message| {
        let message = project.call(it.call).arguments.get(it.argument? as usize)?;
        project.value(it.call.clause, message).tag()
    };
    let answers = |server: &Server, tag| {
        let mut clauses = server.clauses(project, "handle_call", 3);
        clauses.any(|it| project.clause(it).parameters.first().and_then(Shape::tag) == Some(tag))
    };
    let is_unknown = |it: &Message| {
        let receiver = project.call(it.call).arguments.get(it.receiver as usize);
        let receiver = receiver.map(|shape| project.value(it.call.clause, shape));
        !matches!(receiver, Some(Shape::Module(_) | Shape::Atom(_)))
    };
    project.messages().iter().any(|it| {
        it.kind == ServerCall::Call
            && it.to.is_none()
            && project.role_of(it.call.clause) == FileRole::Production
            && is_unknown(it)
            && tag_of(it).is_some_and(|tag| {
                answers(server, tag)
                    && project
                        .servers()
                        .iter()
                        .all(|other| other.module == server.module || !answers(other, tag))
            })
    })
}

/// Whether the way leads to a query through a function that reads a cache: the query runs when the entry is missing.
pub(crate) fn asks_cache(project: &Project, reach: &Reach, steps: &[Step]) -> bool {
    const READS: &[&str] = &["get", "fetch", "read", "lookup", "find", "cached"];
    let reads_cache = |step: &Step| {
        let text = project.callee_text(step.call);
        let name = text.rsplit('.').next().unwrap_or_default();
        name.contains("cache") && READS.iter().any(|it| name.starts_with(it))
    };
    reach.kind == SinkKind::Db && reach.severity < Severity::High && steps.iter().any(reads_cache)
}

/// Whether the call gives a process its name: all nodes agree on it, and there is no other way.
pub(crate) fn is_naming(project: &Project, steps: &[Step]) -> bool {
    steps
        .last()
        .is_some_and(|it| project.external_module(it.call) == Some(":global"))
}

/// Labels the calls on the way; `last` says what the last one does.
pub(crate) fn tell(project: &Project, finding: &mut Finding, steps: &[Step], last: String) {
    let Some((end, way)) = steps.split_last() else {
        return;
    };
    for step in way {
        let at = project.at(step.call);
        let text = format!("calls `{}`", project.callee_text(step.call));
        finding.label_in(at.file, at.span, text);
    }
    let at = project.at(end.call);
    finding.label_in(at.file, at.span, last);
}

/// What a blocking call of this kind waits for.
pub(crate) fn what(kind: SinkKind) -> &'static str {
    match kind {
        SinkKind::Http => "an HTTP request",
        SinkKind::Network => "the network",
        SinkKind::Db => "the database",
        SinkKind::Redis => "Redis",
        SinkKind::Mail => "sending mail",
        SinkKind::ExternalCommand => "another program",
        SinkKind::File => "the file system",
        SinkKind::Queue => "a message queue",
        SinkKind::Cache => "a cache",
        SinkKind::Compile => "compilation",
        SinkKind::Cpu => "heavy computation",
        SinkKind::Console => "the console",
        SinkKind::Lock => "a lock",
        SinkKind::Await => "a task",
        SinkKind::Rpc => "another node",
        SinkKind::Sleep => "time",
        SinkKind::ProcessCall | SinkKind::SupervisorCall => "another process",
        SinkKind::Receive => "a message",
        SinkKind::Callback => "a callback",
    }
}
