use exlint_project::{Behaviour, SinkKind, Witnesses};

use crate::{app::tell, prelude::*};

/// A server that everybody shares raises when a service outside does not answer.
///
/// `Req.get!/1` and its like raise on the first timeout, as does `{:ok, response} = Req.get(url)`. In a server with one process for all, this takes its state and all
/// calls that wait with it, and when it happens a few times in a row, as it does while the service is down, the supervisor
/// gives up and takes its neighbours along.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Rates do
///   use GenServer
///
///   def start_link(_), do: GenServer.start_link(__MODULE__, %{}, name: __MODULE__)
///   def init(rates), do: {:ok, rates}
///
///   def handle_info(:refresh, _rates) do
///     {:noreply, Req.get!("https://rates.example").body}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Rates do
///   use GenServer
///
///   def start_link(_), do: GenServer.start_link(__MODULE__, %{}, name: __MODULE__)
///   def init(rates), do: {:ok, rates}
///
///   def handle_info(:refresh, rates) do
///     case Req.get("https://rates.example") do
///       {:ok, response} -> {:noreply, response.body}
///       {:error, _reason} -> {:noreply, rates}
///     end
///   end
/// end
/// ```
///
/// Only servers registered under one name count, and only requests over the network; what is rescued on the way is not
/// reported.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Resilience, confidence = Medium, scope = Project)]
pub struct BangIoInServer {}

const CALLBACKS: &[(&str, u8)] = &[
    ("handle_call", 3),
    ("handle_cast", 2),
    ("handle_info", 2),
    ("handle_continue", 2),
];

impl Rule for BangIoInServer {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl BangIoInServer {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let raises = Witnesses::to_sinks(project, |id, kind, _| {
            let is_remote = matches!(kind, SinkKind::Http | SinkKind::Network);
            let call = project.call(id);
            is_remote && (project.text(call.name).ends_with('!') || call.is_asserted)
        });
        for server in project.servers() {
            if server.behaviour != Behaviour::GenServer || !server.is_singleton() {
                continue;
            }
            for (callback, arity) in CALLBACKS {
                for clause in server.clauses(project, callback, *arity) {
                    let path = raises.path_from(clause);
                    let Some(path) =
                        path.filter(|it| !it.iter().any(|it| project.call(*it).in_try))
                    else {
                        continue;
                    };
                    let Some(last) = path.last() else { continue };
                    let at = project.at_clause(clause);
                    let name = project.module_name(server.module);
                    let finding = cx.report(
                        at.file,
                        at.span,
                        format!(
                            "`{name}` crashes when `{}` fails",
                            project.callee_text(*last)
                        ),
                    );
                    tell(
                        finding,
                        project,
                        &path,
                        "raises when the service does not answer",
                    );
                    finding.help(match project.call(*last).is_asserted {
                        true => "match `{:error, reason}`, too, and keep the state there",
                        false => {
                            "use the form without `!` and keep the state on `{:error, reason}`"
                        }
                    });
                }
            }
        }
    }
}
