use exlint_syntax::Bindings;

use crate::prelude::*;

/// `Process.exit(pid, :normal)` for another process, which ignores it.
///
/// An exit signal with the reason `:normal` has no effect on a process that does not trap exits. The process that the
/// code wants to stop lives on, with all it holds.
///
/// # Bad
///
/// ```elixir
/// Process.exit(watcher, :normal)
/// ```
///
/// # Good
///
/// ```elixir
/// Process.exit(watcher, :shutdown)
/// ```
///
/// A supervisor, and a server that traps exits, do end when their parent sends them `:normal`: processes that the same
/// function has started with `start_link` are reported only where they are known to be neither. A module that traps exits
/// and has code for `{:EXIT, pid, reason}` may use the signal as a message, and is left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Module)]
pub struct ProcessExitNormal {}

impl Rule for ProcessExitNormal {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&["Process.exit/2", ":erlang.exit/2"], Self::check);
    }
}

impl ProcessExitNormal {
    fn check<'t>(&self, call: Call<'t>, cx: &mut Cx<'t>) {
        let (Some(target), Some(reason)) = (call.argument(0), call.argument(1)) else {
            return;
        };
        let is_own_protocol = call.enclosing::<Module>().is_some_and(handles_exits);
        if !reason.constant().is_atom("normal") || is_own_protocol || heeds_normal(target) {
            return;
        }
        cx.report(call.node().whole_pipe(), "the exit reason `:normal` does not stop another process")
            .label(reason, "ignored by every process that does not trap exits")
            .help("use `:shutdown`, or `:kill` where the process must not refuse; `GenServer.stop/1` waits for the end of a server");
    }
}

/// Whether the processes of this module make exits messages and look at them: `:normal` may be one of these.
fn handles_exits(module: Module) -> bool {
    let names = |name| module.descendants().any(|it| it.is_atom(name));
    names("trap_exit") && names("EXIT")
}

/// The process itself, or one that may well end when the code before has started it.
fn heeds_normal(target: Node) -> bool {
    // Outside of a function (in a block that a macro takes) it is not known where the variable comes from.
    if target.is(Kind::Var) && target.enclosing::<Def>().is_none() {
        return target.enclosing::<Module>().is_some();
    }
    let origin = origin(target).unwrap_or(target);
    let Some(call) = Call::cast(origin) else {
        return false;
    };
    match (call.callee(), call.name()) {
        (Callee::Remote(module), "self") => matches!(module.as_ref(), "Kernel" | ":erlang"),
        (Callee::Remote(module), "start_link") => match module.as_ref() {
            "Task" | "Agent" => false,
            "GenServer" => call
                .argument(0)
                .and_then(Node::module_name)
                .is_none_or(|it| may_trap_exits(&it, call)),
            name => may_trap_exits(name, call),
        },
        _ => false,
    }
}

/// Whether a module sets `:trap_exit`, as far as this file tells.
fn may_trap_exits(name: &str, near: Call) -> bool {
    match near.file().module(name) {
        Some(module) => module.descendants().any(|it| it.is_atom("trap_exit")),
        None => true,
    }
}

/// The expression whose value the variable has: `f()` of `x = f()` and of `{:ok, x} = f()`.
fn origin(target: Node<'_>) -> Option<Node<'_>> {
    if !target.is(Kind::Var) {
        return None;
    }
    let def = target.enclosing::<Def>()?;
    let bindings = Bindings::of(def.node());
    let bound = target.file().node(bindings.binding(target)?.node);
    let matched = bound
        .ancestors()
        .take_while(|it| it.id() > def.id())
        .find(|it| it.is(Kind::Match) && it.mode() == Mode::Code)?;
    let pattern = matched.child(Role::Left)?;
    pattern
        .contains(bound)
        .then(|| matched.child(Role::Right))?
}
