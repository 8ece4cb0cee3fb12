use super::{handler::Handler, reach::steps};
use crate::{
    prelude::*,
    server::{Behaviour, CallbackKind, Shape},
};

/// Catches that a server is gone, but not that it stops before it answers.
///
/// A caller whose server does not exist exits with `{:noproc, _}`. A caller that is waiting in the queue when the server
/// stops exits with the reason it stops for: `{:normal, _}`, `{:shutdown, _}`, `{{:shutdown, _}, _}`. Where the server
/// stops by itself when its work is done, both happen, and the second takes the caller down. It is a matter of
/// milliseconds, so tests do not see it.
///
/// # Bad
///
/// ```elixir
/// defmodule Room do
///   use GenServer
///
///   def join(room, user) do
///     GenServer.call(room, {:join, user})
///   catch
///     :exit, {:noproc, _} -> {:error, :closed}
///   end
///
///   def handle_call({:join, user}, _from, users), do: {:reply, :ok, [user | users]}
///
///   def handle_info(:idle, users), do: {:stop, :normal, users}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Room do
///   use GenServer
///
///   def join(room, user) do
///     GenServer.call(room, {:join, user})
///   catch
///     :exit, {reason, _} when reason in [:noproc, :normal, :shutdown] -> {:error, :closed}
///   end
///
///   def handle_call({:join, user}, _from, users), do: {:reply, :ok, [user | users]}
///
///   def handle_info(:idle, users), do: {:stop, :normal, users}
/// end
/// ```
///
/// Reported once for each module, where the server that is called is the module itself and its callbacks show that it
/// stops with `:normal` or `:shutdown`. Servers that only others stop are left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = High, scope = Module)]
#[serde(default)]
pub struct CatchMissesNormalStop {}

impl Rule for CatchMissesNormalStop {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

/// The other places of a module that are shown.
const SHOWN: usize = 3;

impl CatchMissesNormalStop {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx
            .server(module)
            .filter(|it| it.behaviour.is_server() || it.behaviour == Behaviour::StateMachine)
        else {
            return;
        };
        let stop = server.outcomes().iter().find_map(|it| {
            let reason = it.tail.node.tuple().get(1).copied()?;
            let stops =
                matches!(it.shape, Shape::Stop(..)) && it.callback.kind != CallbackKind::Init;
            (stops && is_quiet(reason)).then_some(it.tail.node)
        });
        let Some(stop) = stop else { return };
        if cx.file.symbols().all(|(_, name)| name != "noproc") {
            return;
        }
        let handlers: Vec<_> = module
            .descendants()
            .filter(|it| it.section_kind() == Some(SectionKind::Catch))
            .filter_map(|it| narrow(&Handler::of(it), cx))
            .filter(|it| it.enclosing::<Module>() == Some(module))
            .take(SHOWN + 1)
            .collect();
        let Some((first, others)) = handlers.split_first() else {
            return;
        };
        let finding = cx.report(
            first.head_span(),
            "a caller that waits while this server stops is not caught: its exit has the reason of the stop",
        );
        finding.label(stop, "the server stops by itself here");
        for other in others {
            finding.label(other.head_span(), "the same here");
        }
        finding.help(
            "take the other reasons too: `:exit, {reason, _} when reason in [:noproc, :normal, :shutdown]`",
        );
    }
}

/// `:normal`, `:shutdown`, `{:shutdown, _}`: what a server stops with when nothing is wrong.
fn is_quiet(reason: Node) -> bool {
    matches!(reason.tag(), Some("normal" | "shutdown"))
}

/// The clause for `{:noproc, _}`, where no other one takes more and the protected code calls a server.
fn narrow<'t>(handlers: &[Handler<'t>], cx: &Cx<'t>) -> Option<Clause<'t>> {
    let noproc = handlers.iter().find(|it| is_for_noproc(it.clause))?;
    let takes_stops = |it: &&Handler<'t>| {
        let heads: Vec<_> = it.clause.heads().collect();
        match heads.as_slice() {
            [kind, reason] if kind.is_atom("exit") || kind.is(Kind::Var) => {
                it.clause.guard().is_some() || takes_quiet(*reason)
            }
            _ => false,
        }
    };
    if handlers.iter().any(|it| takes_stops(&it)) {
        return None;
    }
    let steps = steps(noproc.body.expressions(), cx.tables);
    let calls = steps
        .iter()
        .any(|it| matches!(it.module(), "GenServer" | ":gen_statem") && it.name == "call");
    calls.then_some(noproc.clause)
}

fn is_for_noproc(clause: Clause) -> bool {
    let heads: Vec<_> = clause.heads().collect();
    match heads.as_slice() {
        [kind, reason] => {
            kind.is_atom("exit") && reason.is(Kind::Tuple) && reason.tag() == Some("noproc")
        }
        _ => false,
    }
}

/// Whether a pattern may take the exit of a caller whose server stops with `:normal` or `:shutdown`.
fn takes_quiet(reason: Node) -> bool {
    match reason.kind() {
        Kind::Tuple => reason.tuple().first().is_none_or(|it| match it.kind() {
            Kind::Atom => matches!(it.name(), "normal" | "shutdown"),
            Kind::Tuple => it.tag() == Some("shutdown"),
            _ => true,
        }),
        Kind::Atom => false,
        _ => true,
    }
}
