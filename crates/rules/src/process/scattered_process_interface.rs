use exlint_project::{Behaviour, Message, ModuleId, ServerCall};
use rustc_hash::FxHashMap;

use crate::prelude::*;

/// A server is called from outside the module that defines it.
///
/// The messages of a server are its private format. Where other modules build them, every change of one has to be made
/// in all of them, nothing checks that they agree, and nobody sees in one place what the server can be asked.
///
/// # Bad
///
/// ```elixir
/// defmodule Cart do
///   use GenServer
///
///   def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)
///   def handle_call({:add, item}, _from, state), do: {:reply, :ok, [item | state]}
/// end
///
/// defmodule Shop do
///   def buy(item), do: GenServer.call(Cart, {:add, item})
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Cart do
///   use GenServer
///
///   def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)
///   def add(item), do: GenServer.call(__MODULE__, {:add, item})
///   def handle_call({:add, item}, _from, state), do: {:reply, :ok, [item | state]}
/// end
///
/// defmodule Shop do
///   def buy(item), do: Cart.add(item)
/// end
/// ```
///
/// A module that the server is nested in, or that is nested in it, counts as its interface, as does a module that makes
/// all of its calls, where there are several.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Medium, scope = Project)]
pub struct ScatteredProcessInterface {}

impl Rule for ScatteredProcessInterface {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl ScatteredProcessInterface {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let sent: Vec<&Message> = project
            .messages()
            .iter()
            .filter(|it| matches!(it.kind, ServerCall::Call | ServerCall::Cast))
            .filter(|it| cx.covers(project.role_of(it.call.clause)))
            .collect();
        let callers = callers(project, &sent);
        for message in &sent {
            let Some(server) = message.to.and_then(|it| project.server(it)) else {
                continue;
            };
            let own = project.module_name(server.module);
            let from = project.module_of_clause(message.call.clause);
            let is_served = matches!(server.behaviour, Behaviour::GenServer | Behaviour::Agent);
            let is_lone = callers.get(&server.module).is_some_and(|it| it.is_lone());
            if !is_served || is_lone || is_near(own, project.module_name(from)) {
                continue;
            }
            let at = project.at(message.call);
            let callee = project.callee_text(message.call);
            let text = format!(
                "`{callee}` is called on `{own}` outside the module that knows its messages"
            );
            let finding = cx.report(at.file, at.span, text);
            let receivers = project.receivers(message.call, server, None);
            let clause = receivers.first().copied();
            if let Some(clause) = clause.filter(|_| server.behaviour != Behaviour::Agent) {
                let at = project.at_clause(clause);
                finding.label_in(at.file, at.span, "the message is handled here");
            }
            finding.help(format!(
                "add a function to `{own}` that sends the message, and call that"
            ));
        }
    }
}

/// Who sends messages to a server.
struct Callers {
    count: usize,
    /// The module that sends all of them, if there is one.
    only: Option<ModuleId>,
}

impl Callers {
    /// Whether one module makes all of the calls, where there are several.
    fn is_lone(&self) -> bool {
        self.count > 1 && self.only.is_some()
    }
}

fn callers(project: &Project, sent: &[&Message]) -> FxHashMap<ModuleId, Callers> {
    let mut callers: FxHashMap<ModuleId, Callers> = FxHashMap::default();
    for message in sent {
        let from = project.module_of_clause(message.call.clause);
        if let Some(to) = message.to {
            let first = Callers {
                count: 0,
                only: Some(from),
            };
            let callers = callers.entry(to).or_insert(first);
            callers.count += 1;
            callers.only = callers.only.filter(|it| *it == from);
        }
    }
    callers
}

/// Whether one module is nested in the other, or is the other.
fn is_near(one: &str, other: &str) -> bool {
    let within = |outer: &str, inner: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|it| it.is_empty() || it.starts_with('.'))
    };
    within(one, other) || within(other, one)
}
