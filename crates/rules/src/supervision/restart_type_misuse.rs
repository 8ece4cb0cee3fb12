use exlint_facts::Shape;
use exlint_project::{Child, ClauseId, Item, Message, ModuleId, ServerCall};

use crate::prelude::*;

/// A child's restart type does not fit what the child does.
///
/// A `:permanent` child that stops itself with `:normal` is started again at once, and does its work once more; when
/// that happens quickly enough, the supervisor has counted too many restarts and takes its other children down. A
/// `:temporary` child that others call is gone for good after its first crash, and every later call fails.
///
/// # Bad
///
/// ```elixir
/// defmodule Import do
///   use GenServer
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///   def init(_), do: {:ok, []}
///   def handle_info(:run, state), do: {:stop, :normal, state}
/// end
///
/// defmodule Import.Supervisor do
///   use Supervisor
///   def init(_), do: Supervisor.init([Import], strategy: :one_for_one)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Import do
///   use GenServer, restart: :transient
///   def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)
///   def init(_), do: {:ok, []}
///   def handle_info(:run, state), do: {:stop, :normal, state}
/// end
///
/// defmodule Import.Supervisor do
///   use Supervisor
///   def init(_), do: Supervisor.init([Import], strategy: :one_for_one)
/// end
/// ```
///
/// A server that stops because it is told to, or because another process ended, is left alone. Opt-in: some servers
/// stop in order to be started afresh, which the source does not tell.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = Low, scope = Project)]
#[serde(default)]
pub struct RestartTypeMisuse {}

impl Rule for RestartTypeMisuse {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl RestartTypeMisuse {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let tree = project.tree();
        let supervisors = tree.supervisors.iter();
        let listed = supervisors.flat_map(|it| it.children.iter().filter_map(Item::child));
        let dynamic = tree.dynamic.iter().map(|it| &it.child);
        for child in listed.chain(dynamic) {
            let file = project.file_of(child.clause);
            let module = child.module.and_then(|it| project.find_module(it, file));
            if let Some(module) = module {
                check_child(project, child, module, cx);
            }
        }
    }
}

fn check_child(project: &Project, child: &Child, module: ModuleId, cx: &mut ProjectCx) {
    let restart = child.restart.map_or("permanent", |it| project.text(it));
    let name = project.module_name(module);
    match restart {
        "permanent" if child.restart.is_some() || is_permanent(project, module) => {
            let Some((clause, span)) = stops_normally(project, module) else {
                return;
            };
            cx.report(
                child.at.file,
                child.at.span,
                format!("`{name}` is started again whenever it has stopped normally"),
            )
            .label_in(project.file_of(clause), span, "it stops itself here")
            .help("give it `restart: :transient`");
        }
        "temporary" if has_callers(project, module) => {
            cx.report(
                child.at.file,
                child.at.span,
                format!("`{name}` is called by others, and stays away after its first crash"),
            )
            .help("give it `restart: :permanent`");
        }
        _ => {}
    }
}

/// Whether the specification of a module is the one that `use GenServer` gives it.
fn is_permanent(project: &Project, module: ModuleId) -> bool {
    let has_own = project
        .name("child_spec")
        .is_some_and(|it| project.find_function(module, it, 1).is_some());
    let mut uses = project.module(module).uses.iter();
    !has_own && uses.any(|it| matches!(project.text(it.module), "GenServer" | "GenStage"))
}

/// A callback that gives `{:stop, :normal, state}` of its own accord: not to a caller, nor on a process's end.
fn stops_normally(project: &Project, module: ModuleId) -> Option<(ClauseId, Span)> {
    const OWN: &[&str] = &["handle_cast", "handle_info", "handle_continue"];
    let server = project.server(module)?;
    let is_own = |(name, _, clause): &(exlint_facts::Name, u8, ClauseId)| {
        let message = project.clause(*clause).parameters.first();
        let tag = message
            .and_then(Shape::tag)
            .map(|(tag, _)| project.text(tag));
        OWN.contains(&project.text(*name))
            && !matches!(tag, Some("DOWN" | "EXIT" | "stop" | "shutdown" | "close"))
    };
    for (_, _, clause) in server.callbacks.iter().filter(|it| is_own(it)) {
        for tail in &project.code(*clause).tails {
            if let Shape::Tuple(parts) = project.value(*clause, &tail.shape)
                && let [stop, reason, ..] = parts.as_slice()
                && stop.atom().is_some_and(|it| project.is(it, "stop"))
                && reason.atom().is_some_and(|it| project.is(it, "normal"))
            {
                return Some((*clause, tail.span));
            }
        }
    }
    None
}

fn has_callers(project: &Project, module: ModuleId) -> bool {
    let is_call = |it: &Message| it.kind == ServerCall::Call;
    project
        .messages()
        .iter()
        .any(|it| is_call(it) && it.to == Some(module) && it.to_singleton)
}
