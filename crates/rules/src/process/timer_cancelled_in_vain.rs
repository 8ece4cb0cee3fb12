use exlint_syntax::Bindings;

use crate::{prelude::*, server::function_tails};

/// Cancels a timer by something that is not its reference.
///
/// `:timer.send_after/2` and `:timer.send_interval/2` return `{:ok, ref}`. Kept as a whole, the tuple tells
/// `:timer.cancel/1` nothing: it returns `{:error, :badarg}`, which nobody looks at, and the timer goes on. An interval that
/// is set anew ticks twice as often each time. The timers of `:timer` and of `Process.send_after/3` are not of one kind
/// either: `:timer.cancel/1` does nothing to the latter, and `Process.cancel_timer/1` raises for the former.
///
/// # Bad
///
/// ```elixir
/// defmodule Clock do
///   use GenServer
///
///   def init(_), do: {:ok, %{timer: :timer.send_interval(1_000, :tick)}}
///
///   def handle_call({:period, period}, _from, state) do
///     :timer.cancel(state.timer)
///     {:reply, :ok, %{state | timer: :timer.send_interval(period, :tick)}}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Clock do
///   use GenServer
///
///   def init(_) do
///     {:ok, timer} = :timer.send_interval(1_000, :tick)
///     {:ok, %{timer: timer}}
///   end
///
///   def handle_call({:period, period}, _from, state) do
///     :timer.cancel(state.timer)
///     {:ok, timer} = :timer.send_interval(period, :tick)
///     {:reply, :ok, %{state | timer: timer}}
///   end
/// end
/// ```
///
/// A timer is followed through variables, through keys of maps and structs, and out of functions of the same module. Keys
/// that hold timers of both kinds are left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Module)]
pub struct TimerCancelledInVain {}

const STARTS: &[&str] = &[
    ":timer.send_after",
    ":timer.send_interval",
    ":timer.apply_after",
    ":timer.apply_interval",
    "Process.send_after",
    ":erlang.send_after",
    ":erlang.start_timer",
];

impl Rule for TimerCancelledInVain {
    fn listen(on: &mut On<Self>) {
        on.calls_to(STARTS, Self::check);
    }
}

/// What a value is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Timer {
    /// `{:ok, ref}`.
    Tuple,
    /// The `ref` in it.
    Unpacked,
    /// That of `Process.send_after/3`.
    Reference,
}

impl Timer {
    /// Whether the function that this cancels, or would if it could, does nothing with it.
    fn is_wrong_for(self, cancel: Call) -> bool {
        match cancel.name() {
            "cancel" => self != Timer::Unpacked,
            _ => self != Timer::Reference,
        }
    }
}

/// Where a timer is kept: under keys, and in calls that cancel it at once.
#[derive(Default)]
struct Kept<'t> {
    keys: Vec<(Symbol, Timer)>,
    cancels: Vec<(Call<'t>, Timer)>,
}

impl TimerCancelledInVain {
    fn check(&self, start: Call, cx: &mut Cx) {
        let Some(module) = start.enclosing::<Module>().filter(|_| is_code(start)) else {
            return;
        };
        let kept = kept(module, start);
        let by_key = cancels(module).filter_map(|it| {
            let key = key_of(it.argument(0)?)?;
            let (_, timer) = kept.keys.iter().find(|(kept, _)| *kept == key)?;
            let is_mixed = *timer != Timer::Tuple && holds_other(module, key, it);
            (!is_mixed).then_some((it, *timer))
        });
        let mut wrong = by_key.chain(kept.cancels.iter().copied());
        if let Some((cancel, timer)) = wrong.find(|(it, timer)| timer.is_wrong_for(*it)) {
            report(start, cancel, timer, cx);
        }
    }
}

fn is_code(call: Call) -> bool {
    call.mode() == Mode::Code
}

fn report(start: Call, cancel: Call, timer: Timer, cx: &mut Cx) {
    let (by, starts) = (cancel.mfa(), start.mfa());
    let (why, help) = match timer {
        Timer::Tuple if cancel.name() == "cancel" => (
            "is given `{:ok, ref}`",
            format!("match the result: `{{:ok, ref}} = {starts}`, and keep `ref`"),
        ),
        Timer::Reference => (
            "knows nothing of it",
            "cancel it with `Process.cancel_timer/1`".to_owned(),
        ),
        _ => (
            "raises for it",
            "cancel it with `:timer.cancel/1`, which takes the `ref` in `{:ok, ref}`".to_owned(),
        ),
    };
    cx.report(
        start.node().whole_pipe(),
        format!("this timer cannot be cancelled: `{by}` {why}"),
    )
    .label(cancel.node().whole_pipe(), "cancels nothing")
    .help(help);
}

fn cancels<'t>(module: Module<'t>) -> impl Iterator<Item = Call<'t>> {
    let calls = module.descendants().filter_map(Call::cast);
    calls.filter(|it| {
        let of = match it.name() {
            "cancel" => [":timer", ":timer"],
            "cancel_timer" => ["Process", ":erlang"],
            _ => return false,
        };
        is_code(*it) && it.module().is_some_and(|it| of.contains(&it.as_ref()))
    })
}

/// Whether a key holds a timer that a call does cancel.
fn holds_other(module: Module, key: Symbol, cancel: Call) -> bool {
    let calls = module.descendants().filter_map(Call::cast);
    let mut starts = calls.filter(|it| is_code(*it) && is_start(*it));
    starts.any(|it| {
        let mut keys = kept(module, it).keys.into_iter();
        keys.any(|(kept, timer)| kept == key && !timer.is_wrong_for(cancel))
    })
}

fn is_start(call: Call) -> bool {
    let name = call.name();
    let is_named = STARTS
        .iter()
        .any(|it| it.ends_with(name) && it.contains('.'));
    is_named && {
        let of = call.module();
        of.is_some_and(|it| STARTS.contains(&format!("{it}.{name}").as_str()))
    }
}

/// Where the timer that a call starts is kept.
fn kept<'t>(module: Module<'t>, start: Call<'t>) -> Kept<'t> {
    let timer = match start.module().as_deref() {
        Some(":timer") => Timer::Tuple,
        _ => Timer::Reference,
    };
    let mut kept = Kept::default();
    let value = start.node().whole_pipe();
    keep(value, timer, &mut kept);
    // `defp arm(state), do: :timer.send_after(1_000, :tick)`
    if let Some(def) = value.enclosing::<Def>()
        && function_tails(def).iter().any(|it| it.node == value)
    {
        let (name, arity) = (def.function_name(), def.arity().1);
        let calls = module.descendants().filter_map(Call::cast);
        let callers = calls.filter(|it| is_code(*it) && it.name() == name && it.arity() == arity);
        for call in callers.filter(|it| !it.is_remote()) {
            keep(call.node().whole_pipe(), timer, &mut kept);
        }
    }
    kept
}

/// What becomes of a value: it stands under a key, or is bound to a variable that does.
fn keep<'t>(value: Node<'t>, timer: Timer, kept: &mut Kept<'t>) {
    let Some(parent) = value.parent() else { return };
    match parent.kind() {
        Kind::Match if value.role() == Role::Right => {
            let pattern = parent.child(Role::Left);
            match pattern.map(|it| (it, it.tuple())) {
                Some((_, parts)) if timer == Timer::Tuple && parts.len() == 2 => {
                    keep_variable(parts[1], Timer::Unpacked, kept);
                }
                Some((variable, _)) => keep_variable(variable, timer, kept),
                None => {}
            }
        }
        _ => keep_at(value, timer, kept),
    }
}

fn keep_variable<'t>(variable: Node<'t>, timer: Timer, kept: &mut Kept<'t>) {
    let Some(def) = variable
        .enclosing::<Def>()
        .filter(|_| variable.is_binding())
    else {
        return;
    };
    let bindings = Bindings::of(def.node());
    for used in bindings.binding(variable).map_or(&[][..], |it| &it.uses) {
        keep_at(variable.file().node(*used), timer, kept);
    }
}

/// Where one expression with the timer stands.
fn keep_at<'t>(value: Node<'t>, timer: Timer, kept: &mut Kept<'t>) {
    let Some(parent) = value.parent() else { return };
    if parent.is(Kind::Pair) && value.role() == Role::Value {
        let key = parent.child(Role::Key).filter(|it| it.is(Kind::Atom));
        kept.keys.extend(key.map(|it| (it.symbol(), timer)));
    }
    let call = match Pipe::cast(parent) {
        Some(pipe) => pipe.right().and_then(Call::cast),
        None => Call::cast(parent),
    };
    let Some(call) = call else { return };
    match (call.module().as_deref(), call.name()) {
        (Some(":timer"), "cancel") | (Some("Process" | ":erlang"), "cancel_timer") => {
            kept.cancels.push((call, timer));
        }
        (Some("Map"), "put" | "replace" | "replace!") if call.argument(2) == Some(value) => {
            let key = call.argument(1).filter(|it| it.is(Kind::Atom));
            kept.keys.extend(key.map(|it| (it.symbol(), timer)));
        }
        _ => {}
    }
}

/// The key that a value is read from: `state.timer`, `state[:timer]`, or a variable that a pattern takes out.
fn key_of(value: Node) -> Option<Symbol> {
    match value.kind() {
        Kind::Field => Some(value.symbol()),
        Kind::Access => {
            let key = value.child(Role::Key).filter(|it| it.is(Kind::Atom));
            key.map(Node::symbol)
        }
        Kind::Var => {
            let bindings = Bindings::of(value.enclosing::<Def>()?.node());
            let bound = value.file().node(bindings.binding(value)?.node);
            let pair = bound.parent().filter(|it| it.is(Kind::Pair))?;
            let key = pair.child(Role::Key).filter(|it| it.is(Kind::Atom))?;
            Some(key.symbol())
        }
        _ => None,
    }
}
