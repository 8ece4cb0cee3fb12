use exlint_facts::{CallFacts, Callee, Code, FileRole, Name, Shape};
use exlint_project::{At, Project};
use rustc_hash::FxHashSet;

use crate::{prelude::*, settings::Settings};

/// A handler or metric for a telemetry event of the project's own that nothing executes.
///
/// Attaching to an event that nobody executes is no error. The handler is never called, the metric stays empty, and both
/// are noticed when somebody needs them.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Telemetry do
///   def attach do
///     :telemetry.attach("orders", [:shop, :order, :placed], &__MODULE__.count/4, nil)
///   end
///
///   def count(_event, _measurements, _metadata, _config), do: :ok
/// end
///
/// defmodule Shop.Orders do
///   def place(order) do
///     :telemetry.execute([:shop, :orders, :placed], %{count: 1}, %{id: order.id})
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Telemetry do
///   def attach do
///     :telemetry.attach("orders", [:shop, :orders, :placed], &__MODULE__.count/4, nil)
///   end
///
///   def count(_event, _measurements, _metadata, _config), do: :ok
/// end
///
/// defmodule Shop.Orders do
///   def place(order) do
///     :telemetry.execute([:shop, :orders, :placed], %{count: 1}, %{id: order.id})
///   end
/// end
/// ```
///
/// Handlers (`:telemetry.attach/4`, `attach_many/4`) and the metrics of `Telemetry.Metrics` are read. An event is the
/// project's own if it begins with the name of its application, or as events do that it executes. Events of its Ecto
/// repositories are known. Silent where any event is computed when it is executed.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Design, confidence = High, scope = Project)]
pub struct UnknownTelemetryEvent {}

impl Rule for UnknownTelemetryEvent {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

/// A segment of an event; `None` where it is computed.
type Event = Vec<Option<String>>;

#[derive(Default)]
struct Events {
    executed: Vec<Event>,
    awaited: Vec<(Event, At)>,
    is_unsure: bool,
}

impl UnknownTelemetryEvent {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let mut events = Events::of(project);
        if events.is_unsure {
            return;
        }
        events.executed.extend(repositories(project));
        let own: Vec<&str> = Settings::of(project)
            .own
            .iter()
            .map(|it| project.text(*it))
            .collect();
        let mut told: Vec<&Event> = Vec::new();
        for (event, at) in &events.awaited {
            let Some(Some(root)) = event.first() else {
                continue;
            };
            let is_own = own.contains(&root.to_lowercase().as_str())
                || events.executed.iter().any(|it| it.first() == event.first());
            if is_own
                && !told.contains(&event)
                && !events.executed.iter().any(|it| matches(it, event))
            {
                told.push(event);
                report(&events, event, *at, cx);
            }
        }
    }
}

/// Whether an executed event may be the one that is awaited.
fn matches(executed: &Event, awaited: &Event) -> bool {
    executed.len() == awaited.len()
        && executed
            .iter()
            .zip(awaited)
            .all(|(left, right)| left.is_none() || right.is_none() || left == right)
}

fn report(events: &Events, event: &Event, at: At, cx: &mut ProjectCx) {
    let finding = cx.report(
        at.file,
        at.span,
        format!("nothing executes the event `{}`", text(event)),
    );
    let shared = |other: &&Event| {
        other
            .iter()
            .zip(event)
            .filter(|(left, right)| left.is_some() && left == right)
            .count()
    };
    match events.executed.iter().max_by_key(shared) {
        Some(nearest) if shared(&nearest) > 0 => {
            finding.help(format!("`{}` is executed: mind its parts", text(nearest)))
        }
        _ => finding.help("execute it where it happens, or remove what waits for it"),
    };
}

fn text(event: &Event) -> String {
    let parts: Vec<_> = event
        .iter()
        .map(|it| it.as_ref().map_or("...".to_owned(), |it| format!(":{it}")))
        .collect();
    format!("[{}]", parts.join(", "))
}

/// The functions that execute events, or wait for them.
const FUNCTIONS: &[&str] = &[
    "execute",
    "span",
    "attach",
    "attach_many",
    "counter",
    "sum",
    "last_value",
    "summary",
    "distribution",
];

impl Events {
    fn of(project: &Project) -> Self {
        let mut events = Self::default();
        let functions: FxHashSet<Name> =
            FUNCTIONS.iter().filter_map(|it| project.name(it)).collect();
        for (file, facts) in project.files() {
            if facts.role == FileRole::Test {
                continue;
            }
            for module in &facts.modules {
                let clauses = module.functions.iter().flat_map(|it| &it.clauses);
                let codes = clauses.map(|it| (it.file(file), &it.code));
                for (file, code) in codes.chain([(file, &module.body)]) {
                    for call in code.calls.iter().filter(|it| functions.contains(&it.name)) {
                        let at = At {
                            file,
                            span: call.span,
                        };
                        events.read(project, code, call, at);
                    }
                }
            }
        }
        events
    }

    fn read(&mut self, project: &Project, code: &Code, call: &CallFacts, at: At) {
        let module = match &call.callee {
            Callee::Remote(module) => project.text(*module),
            _ => "",
        };
        let argument = |nth: usize| call.arguments.get(nth).map(|it| held(code, it));
        match (module, project.text(call.name)) {
            (":telemetry", "execute") => self.executes(argument(0), project, &[]),
            (":telemetry", "span") => {
                self.executes(argument(0), project, &["start", "stop", "exception"]);
            }
            (":telemetry", "attach") => {
                self.awaited.extend(
                    argument(1)
                        .and_then(|it| event(project, it))
                        .map(|it| (it, at)),
                );
            }
            (":telemetry", "attach_many") => {
                if let Some(Shape::List(all)) = argument(1) {
                    let all = all.iter().filter_map(|it| event(project, it));
                    self.awaited.extend(all.map(|it| (it, at)));
                }
            }
            (
                "Telemetry.Metrics" | "",
                "counter" | "sum" | "last_value" | "summary" | "distribution",
            ) if call.arity <= 2 => {
                self.awaited
                    .extend(metric(project, call).map(|it| (it, at)));
            }
            _ => {}
        }
    }

    fn executes(&mut self, prefix: Option<&Shape>, project: &Project, ends: &[&str]) {
        let Some(prefix) = prefix.and_then(|it| event(project, it)) else {
            self.is_unsure = true;
            return;
        };
        if ends.is_empty() {
            self.executed.push(prefix);
            return;
        }
        for end in ends {
            let mut event = prefix.clone();
            event.push(Some((*end).to_owned()));
            self.executed.push(event);
        }
    }
}

fn held<'c>(code: &'c Code, shape: &'c Shape) -> &'c Shape {
    match shape {
        Shape::Variable(variable) => match code.variables.get(variable.0 as usize) {
            Some(Shape::Unknown) | None => shape,
            Some(held) => held,
        },
        _ => shape,
    }
}

/// An event that is written out as a list.
fn event(project: &Project, shape: &Shape) -> Option<Event> {
    let Shape::List(parts) = shape else {
        return None;
    };
    let part = |shape: &Shape| match shape {
        Shape::Atom(name) | Shape::Module(name) => Some(project.text(*name).to_owned()),
        _ => None,
    };
    Some(parts.iter().map(part).collect())
}

/// The event of `counter("shop.orders.placed.count")`: all but the last part, which is the measurement.
fn metric(project: &Project, call: &CallFacts) -> Option<Event> {
    let name: Name = match call.arguments.first()? {
        Shape::String(name) => *name,
        _ => return None,
    };
    let says_otherwise = project.name("event_name").is_some_and(|key| {
        call.arguments
            .get(1)
            .is_some_and(|it| it.get(key).is_some())
    });
    let mut parts: Event = project
        .text(name)
        .split('.')
        .map(|it| Some(it.to_owned()))
        .collect();
    parts.pop();
    (!says_otherwise && !parts.is_empty()).then_some(parts)
}

/// What the repositories of the project execute: `[:shop, :repo, :query]`, or below the prefix they are given.
fn repositories(project: &Project) -> Vec<Event> {
    let mut events = Vec::new();
    let repos = project.modules().filter(|it| {
        let mut uses = project.traits(*it).uses.iter();
        // `Ecto.Repo`, `AshPostgres.Repo`.
        uses.any(|it| project.text(*it).ends_with(".Repo"))
    });
    for repo in repos {
        let parts = project.module_name(repo).split('.').map(underscore);
        events.push(parts.chain(["query".to_owned()]).map(Some).collect());
    }
    let Some(key) = project.name("telemetry_prefix") else {
        return events;
    };
    for (_, facts) in project.files() {
        let options = facts.top.calls.iter().flat_map(|it| it.arguments.last());
        let uses = facts
            .modules
            .iter()
            .flat_map(|it| &it.uses)
            .map(|it| &it.argument);
        for prefix in options.chain(uses).filter_map(|it| it.get(key)) {
            let mut prefix = event(project, prefix).unwrap_or_else(|| vec![None, None]);
            prefix.push(Some("query".to_owned()));
            events.push(prefix);
        }
    }
    events
}

/// `OrderItem` as `Macro.underscore/1` writes it.
fn underscore(segment: &str) -> String {
    let characters: Vec<char> = segment.chars().collect();
    let mut text = String::new();
    for (nth, it) in characters.iter().enumerate() {
        let after_lower = nth > 0 && !characters[nth - 1].is_uppercase();
        let before_lower = characters.get(nth + 1).is_some_and(|it| it.is_lowercase());
        if it.is_uppercase() && nth > 0 && (after_lower || before_lower) {
            text.push('_');
        }
        text.extend(it.to_lowercase());
    }
    text
}
