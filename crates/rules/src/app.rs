//! What applications on Phoenix, Ecto and Oban are made of, in the words of rules that see the whole project.
use exlint_facts::{CallFacts, FileRole, Name, Shape};
use exlint_findings::Finding;
use exlint_project::{Behaviour, CallId, ClauseId, ModuleId, Placement, Project, Target};

/// Functions of a repository that read.
pub(crate) const READS: &[&str] = &[
    "all",
    "all_by",
    "one",
    "one!",
    "get",
    "get!",
    "get_by",
    "get_by!",
    "exists?",
    "aggregate",
    "reload",
    "reload!",
    "preload",
];

/// Functions of a repository that write one row.
pub(crate) const WRITES: &[&str] = &[
    "insert",
    "insert!",
    "insert_or_update",
    "insert_or_update!",
    "update",
    "update!",
    "delete",
    "delete!",
];

/// Functions of `Enum` and its like that call a function once for each element. Those that stop at the first that
/// fits are left out: they try one after the other on purpose.
const PER_ELEMENT: &[&str] = &[
    "each",
    "map",
    "flat_map",
    "filter",
    "reject",
    "reduce",
    "map_reduce",
    "flat_map_reduce",
    "count",
    "group_by",
    "into",
    "new",
    "sort_by",
    "split_with",
    "map_join",
    "with_index",
    "uniq_by",
];

/// The function of a repository that a call calls: `all` of `MyApp.Repo.all(User)`.
pub(crate) fn repo_function(project: &Project, id: CallId) -> Option<&str> {
    let call = project.call(id);
    let module = match project.target(id) {
        Target::External(module) => *module,
        _ => return None,
    };
    is_repo(project, module, id).then(|| project.text(call.name))
}

/// Whether a module is a repository: it uses `Ecto.Repo`, or is not of the project and is called so.
pub(crate) fn is_repo(project: &Project, module: Name, from: CallId) -> bool {
    match project.find_module(module, project.file_of(from.clause)) {
        Some(own) => project.implements(own, "Ecto.Repo"),
        None => last_segment(project.text(module)) == "Repo",
    }
}

pub(crate) fn last_segment(module: &str) -> &str {
    module.rsplit('.').next().unwrap_or(module)
}

pub(crate) fn first_segment(module: &str) -> &str {
    module.split('.').next().unwrap_or(module)
}

/// Whether a call begins a transaction: one of a repository, or a step of an `Ecto.Multi`.
pub(crate) fn is_transaction(project: &Project, id: CallId) -> bool {
    let name = project.text(project.call(id).name);
    match project.target(id) {
        Target::External(module) if project.is(*module, "Ecto.Multi") => name == "run",
        Target::External(module) => {
            matches!(name, "transaction" | "transact") && is_repo(project, *module, id)
        }
        // A repository's own function around a transaction.
        Target::Function {
            function, clauses, ..
        } => {
            let begins = |clause: &ClauseId| {
                let mut calls = project.calls_of(*clause);
                calls.any(|(_, it)| matches!(project.text(it.name), "transaction" | "transact"))
            };
            project.implements(project.module_of(*function), "Ecto.Repo")
                && clauses.iter().any(begins)
        }
        Target::Configured(_) | Target::Unknown => false,
    }
}

/// The call that begins the transaction in which `id` is made.
pub(crate) fn transaction_around(project: &Project, id: CallId) -> Option<CallId> {
    for closure in project.closures_around(id) {
        if let Some(call) = closure.given_to.filter(|it| is_transaction(project, *it)) {
            return Some(call);
        }
        if closure.placement != Placement::Inline {
            return None;
        }
    }
    None
}

/// Calls made in a transaction, with the call that begins it, in production code.
pub(crate) fn calls_in_transactions(project: &Project) -> Vec<(CallId, CallId)> {
    let mut found = Vec::new();
    for clause in production(project) {
        let begins = |(id, _): (CallId, &CallFacts)| is_transaction(project, id);
        if project.code(clause).closures.is_empty() || !project.calls_of(clause).any(begins) {
            continue;
        }
        for (id, _) in project.calls_of(clause) {
            found.extend(transaction_around(project, id).map(|it| (id, it)));
        }
    }
    found
}

/// The clauses of production code.
pub(crate) fn production(project: &Project) -> impl Iterator<Item = ClauseId> {
    project
        .clauses()
        .filter(|it| project.role_of(*it) == FileRole::Production)
}

/// What a call is made once for each element of: a `for`, or a call such as `Enum.map/2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loop {
    Comprehension,
    Over(CallId),
}

/// The loop around a call, where what it goes over is not written out or made of chunks.
pub(crate) fn loop_around(project: &Project, id: CallId) -> Option<Loop> {
    for closure in project.closures_around(id) {
        if let Some(call) = closure.given_to.filter(|it| is_per_element(project, *it)) {
            return (!is_short(project, call)).then_some(Loop::Over(call));
        }
        if closure.placement != Placement::Inline {
            return None;
        }
    }
    project.call(id).in_loop.then_some(Loop::Comprehension)
}

fn is_per_element(project: &Project, id: CallId) -> bool {
    let name = project.text(project.call(id).name);
    PER_ELEMENT.contains(&name)
        && matches!(
            project.external_module(id),
            Some("Enum" | "Map" | "MapSet" | "Stream")
        )
}

/// Whether the collection is written out, or in chunks, or made of such a one.
fn is_short(project: &Project, id: CallId) -> bool {
    let Some(collection) = project.call(id).arguments.first() else {
        return false;
    };
    match project.value(id.clause, collection) {
        Shape::List(_) | Shape::Keywords(_) => true,
        Shape::Map(_, open) => !open,
        Shape::Call(index) => {
            let call = CallId {
                index: *index,
                ..id
            };
            let name = project.text(project.call(call).name);
            name.contains("chunk")
                || name.contains("batch")
                // As many elements as it is given, or fewer.
                || matches!(name, "with_index" | "filter" | "reject" | "map" | "sort_by")
                    && matches!(project.external_module(call), Some("Enum" | "Stream"))
                    && is_short(project, call)
        }
        _ => false,
    }
}

/// Whether a module belongs to the web layer: `ShopWeb.Endpoint`.
pub(crate) fn is_web(module: &str) -> bool {
    let root = first_segment(module);
    root.ends_with("Web") && root.len() > 3
}

/// Whether a module is a LiveView or a LiveComponent.
pub(crate) fn is_live(project: &Project, module: ModuleId) -> bool {
    let behaviour = project.server(module).map(|it| it.behaviour);
    matches!(
        behaviour,
        Some(Behaviour::LiveView | Behaviour::LiveComponent)
    )
}

/// Whether a module is an Oban worker.
pub(crate) fn is_worker(project: &Project, module: ModuleId) -> bool {
    project.implements(module, "Oban.Worker") || project.implements(module, "Oban.Pro.Worker")
}

/// Whether code in this place serves development or maintenance rather than users: Mix tasks, seeds, release tasks.
pub(crate) fn is_maintenance(project: &Project, clause: ClauseId) -> bool {
    let module = project.module_name(project.module_of_clause(clause));
    let path = &project.file(project.file_of(clause)).path;
    module.starts_with("Mix.")
        || module
            .split('.')
            .any(|it| it.contains("Seed") || it.contains("Migrat") || it == "Release")
        || path.contains("/seeds")
        || path.contains("priv/")
}

/// Whether a call is told to leave something out: `skip_email: true`, `notify: false`. What it would do otherwise it may
/// not do.
pub(crate) fn leaves_something_out(project: &Project, id: CallId) -> bool {
    let is_off = |key: Name, value: &Shape| {
        let key = project.text(key);
        let names = |words: &[&str]| words.iter().any(|it| key.contains(it));
        let value = project.value(id.clause, value).atom();
        match value.map(|it| project.text(it)) {
            Some("true") => names(&["skip", "without", "silent", "dry_run"]),
            Some("false") => names(&["send", "notify", "deliver", "mail", "broadcast", "publish"]),
            _ => false,
        }
    };
    let arguments = project.call(id).arguments.iter();
    arguments
        .map(|it| project.value(id.clause, it))
        .any(|it| match it {
            Shape::Keywords(pairs) => pairs.iter().any(|(key, value)| is_off(*key, value)),
            _ => false,
        })
}

/// Labels the calls of a path: each says what it calls, the last one what is wrong with it.
pub(crate) fn tell(finding: &mut Finding, project: &Project, path: &[CallId], last: &str) {
    for (call, nth) in path.iter().zip(1..) {
        let at = project.at(*call);
        let text = if nth == path.len() {
            last.to_owned()
        } else {
            format!("calls `{}`", project.callee_text(*call))
        };
        finding.label_in(at.file, at.span, text);
    }
}
