use exlint_project::{CallId, Target};

use crate::{
    app::{first_segment, is_web, last_segment, production},
    prelude::*,
};

/// The application calls its own web layer.
///
/// The web layer depends on the application. Where the application calls back, neither can be compiled, tested or changed
/// without the other, and every change of a controller may recompile the whole project.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Orders do
///   def price(order), do: ShopWeb.PriceFormat.text(order.total)
/// end
///
/// defmodule ShopWeb.PriceFormat do
///   def text(total), do: "#{total} EUR"
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Orders do
///   def price(order), do: Shop.PriceFormat.text(order.total)
/// end
///
/// defmodule Shop.PriceFormat do
///   def text(total), do: "#{total} EUR"
/// end
/// ```
///
/// Endpoints, routers, presence, telemetry, translations, and the views and components that mails are made with are what
/// the application may well use. Each pair of modules is reported once.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Phoenix, confidence = Medium, scope = Project)]
pub struct ContextBoundary {}

impl Rule for ContextBoundary {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

const OPEN: &[&str] = &[
    "Endpoint",
    "Router",
    "Helpers",
    "Presence",
    "Telemetry",
    "Gettext",
];

impl ContextBoundary {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let mut told = rustc_hash::FxHashSet::default();
        for clause in production(project) {
            let from = project.module_of_clause(clause);
            let name = project.module_name(from);
            if is_web(name) || name.ends_with("Application") {
                continue;
            }
            for (call, _) in project.calls_of(clause) {
                let Some(called) = called_module(project, call) else {
                    continue;
                };
                if is_own_web(name, called) && !is_open(called) && told.insert((from, called)) {
                    let at = project.at(call);
                    cx.report(
                        at.file,
                        at.span,
                        format!("`{name}` calls `{called}` of the web layer"),
                    )
                    .help("move the function into the application, or pass its result in");
                }
            }
        }
    }
}

fn called_module(project: &Project, call: CallId) -> Option<&str> {
    match project.target(call) {
        Target::Function { function, .. } => {
            Some(project.module_name(project.module_of(*function)))
        }
        Target::External(module) => Some(project.text(*module)),
        Target::Configured(_) | Target::Unknown => None,
    }
}

fn is_own_web(from: &str, called: &str) -> bool {
    first_segment(called).strip_suffix("Web") == Some(first_segment(from))
}

fn is_open(called: &str) -> bool {
    let last = last_segment(called);
    OPEN.contains(&last)
        || !called.contains('.')
        || ["View", "HTML", "Components", "Email", "Emails"]
            .iter()
            .any(|it| last.ends_with(it))
}
