use exlint_facts::FileRole;
use exlint_project::{CallId, Child, ClauseId, Item, ModuleId, ServerCall};

use super::names::Used;
use crate::prelude::*;

/// The web endpoint is started before something that its requests use.
///
/// Children start in the order of the list and stop in the reverse. An endpoint that stands before the repository,
/// Oban, or a registry accepts requests while those are not there yet: at every deploy the first requests fail, and
/// at shutdown requests are still being served after what they need has gone.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Application do
///   use Application
///
///   def start(_type, _args) do
///     children = [ShopWeb.Endpoint, {Oban, queues: [mail: 10]}]
///     Supervisor.start_link(children, strategy: :one_for_one)
///   end
/// end
///
/// defmodule ShopWeb.OrderController do
///   def create(conn, params) do
///     Oban.insert(Shop.Mail.new(params))
///     conn
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Application do
///   use Application
///
///   def start(_type, _args) do
///     children = [{Oban, queues: [mail: 10]}, ShopWeb.Endpoint]
///     Supervisor.start_link(children, strategy: :one_for_one)
///   end
/// end
///
/// defmodule ShopWeb.OrderController do
///   def create(conn, params) do
///     Oban.insert(Shop.Mail.new(params))
///     conn
///   end
/// end
/// ```
///
/// What requests use is what the modules of the web layer come to call. Children whose place in the list is not known,
/// because something computed stands between them and the endpoint, are left alone, and so are those that need the
/// endpoint themselves, such as `Absinthe.Subscription`.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = High, scope = Project)]
#[serde(default)]
pub struct EndpointBeforeDependencies {}

impl Rule for EndpointBeforeDependencies {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl EndpointBeforeDependencies {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for supervisor in &project.tree().supervisors {
            let children = &supervisor.children;
            for (item, nth) in children.iter().zip(1..) {
                if let Some(endpoint) = item.child()
                    && is_endpoint(project, endpoint)
                {
                    let later = children[nth..].iter();
                    let known: Vec<&Child> = later.map_while(Item::child).collect();
                    check_endpoint(project, endpoint, &known, cx);
                }
            }
        }
    }
}

fn is_endpoint(project: &Project, child: &Child) -> bool {
    let Some(name) = child.module else {
        return false;
    };
    let module = project.find_module(name, project.file_of(child.clause));
    match module {
        Some(module) => project.implements(module, "Phoenix.Endpoint"),
        None => project.text(name).ends_with("Web.Endpoint"),
    }
}

fn check_endpoint(project: &Project, endpoint: &Child, later: &[&Child], cx: &mut ProjectCx) {
    if later.is_empty() {
        return;
    }
    let Some(name) = endpoint.module else { return };
    let name = project.text(name);
    let used = Used::by(project, web_clauses(project, name));
    let missing: Vec<(&Child, CallId)> = later
        .iter()
        .filter(|it| !it.excludes(endpoint))
        .filter_map(|it| Some((*it, use_of(project, &used, it)?)))
        .collect();
    let Some((first, _)) = missing.first() else {
        return;
    };
    let title = child_text(project, first);
    let others = match missing.len() {
        1 => String::new(),
        2 => " and one other child".to_owned(),
        more => format!(" and {} other children", more - 1),
    };
    let finding = cx.report(
        endpoint.at.file,
        endpoint.at.span,
        format!("`{name}` serves requests before {title}{others} that they use has started"),
    );
    for (child, call) in &missing {
        let title = child_text(project, child);
        finding.label_in(
            child.at.file,
            child.at.span,
            format!("{title} starts after the endpoint"),
        );
        let at = project.at(*call);
        finding.label_in(
            at.file,
            at.span,
            format!("requests come to use {title} here"),
        );
    }
    finding.help("let the endpoint be the last of the children that serve requests");
}

fn child_text(project: &Project, child: &Child) -> String {
    let name = child.name.or(child.module);
    name.map_or("a child".to_owned(), |it| format!("`{}`", project.text(it)))
}

/// The clauses of the web layer: those of the endpoint's namespace, or of controllers and their like.
fn web_clauses(project: &Project, endpoint: &str) -> Vec<ClauseId> {
    let namespace = endpoint.rsplit_once('.').map_or("", |(it, _)| it);
    let whole = namespace.ends_with("Web");
    let is_web = |module: ModuleId| {
        let name = project.module_name(module);
        let is_inside = name
            .strip_prefix(namespace)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let is_part = [
            "Controller",
            "Live",
            "Plug",
            "Channel",
            "Router",
            "Resolver",
        ]
        .iter()
        .any(|it| name.ends_with(it));
        project.role_of_module(module) == FileRole::Production
            && is_inside
            && (is_part || whole && !name.ends_with("Telemetry"))
    };
    let modules = project.modules().filter(|it| is_web(*it));
    let functions = modules.flat_map(|it| project.functions_of(it));
    functions.flat_map(|it| project.clauses_of(it)).collect()
}

/// A call by which requests come to need a child.
fn use_of(project: &Project, used: &Used, child: &Child) -> Option<CallId> {
    let module = child.module?;
    if let Some(name) = child.name
        && let Some(call) = used.call_to(name)
    {
        return Some(call);
    }
    let Some(id) = project.find_module(module, project.file_of(child.clause)) else {
        let is_service = matches!(project.text(module), "Oban" | "Phoenix.PubSub" | "Finch");
        let is_default = child.name.is_none() || project.text(module) == "Oban";
        return used.call_to(module).filter(|_| is_service && is_default);
    };
    if project.implements(id, "Ecto.Repo") {
        return used.call_to(module);
    }
    let waits = project.messages().iter().find(|it| {
        it.kind == ServerCall::Call && it.to == Some(id) && used.called.contains(&it.call)
    });
    waits.map(|it| it.call)
}
