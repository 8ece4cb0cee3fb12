use super::pure::{gives_known_functions, is_pure, pure_function};
use crate::prelude::*;

/// Calls a function that does nothing but return a value, and drops the value.
///
/// Data does not change in Elixir: `Map.put/3` returns another map, `assign/3` another socket, `put_status/2` another
/// connection. Where that result is not bound, passed on or returned, the line has no effect, and the code after it works
/// with what was there before.
///
/// # Bad
///
/// ```elixir
/// def handle_event("on", _params, socket) do
///   Phoenix.Component.assign(socket, :on, true)
///   {:noreply, socket}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def handle_event("on", _params, socket) do
///   {:noreply, Phoenix.Component.assign(socket, :on, true)}
/// end
/// ```
///
/// The functions known to be pure stand in the table `pure`; those that are called for the exception they may raise do
/// not. A call that is given functions with effects, or functions that the code does not show, is left alone.
/// A stream that nobody runs is always reported.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Immutability, confidence = High, scope = File)]
pub struct UnusedPureResult {}

impl Rule for UnusedPureResult {
    fn listen(on: &mut On<Self>) {
        on.calls(Self::call);
        on.maps(|rule, map, cx| rule.update(map.node(), map.base(), cx));
        on.structs(|rule, it, cx| rule.update(it.node(), it.base(), cx));
        on.kind(Kind::Binary, Self::operation);
    }
}

impl UnusedPureResult {
    fn call(&self, call: Call, cx: &mut Cx) {
        let whole = call.whole_pipe();
        if !whole.is_discarded() || is_protected(whole) {
            return;
        }
        let Some(function) = pure_function(call, cx) else {
            return;
        };
        let is_lazy = is_lazy(&function);
        if !is_lazy && (!runs_known_functions(call, cx) || may_run_stream(call, &function)) {
            return;
        }
        let (message, help) = match function.split_once('.') {
            Some(("Stream", name)) => (
                format!(
                    "nobody runs the stream that `Stream.{name}/{}` returns",
                    call.arity()
                ),
                "a stream does nothing until `Enum` or `Stream.run/1` goes through it".to_owned(),
            ),
            _ => (
                format!("the result of `{function}/{}` is not used", call.arity()),
                help(call),
            ),
        };
        cx.report(call, message).help(help);
    }

    /// `list ++ [element]`, `text <> more`
    fn operation(&self, node: Node, cx: &mut Cx) {
        let joins = matches!(node.op(), Op::Append | Op::Subtract | Op::Concat);
        if joins && node.mode() == Mode::Code && node.is_discarded() && !calls_anything(node) {
            let operator = node.op().text();
            cx.report(node, format!("the result of `{operator}` is not used"))
                .help("bind the result, return it, or remove the line");
        }
    }

    /// `%{map | key: value}`
    fn update<'t>(&self, update: Node<'t>, base: Option<Node<'t>>, cx: &mut Cx<'t>) {
        let Some(base) = base.filter(|_| update.is_discarded()) else {
            return;
        };
        let help = match base.kind() {
            Kind::Var => format!("bind the new map: `{0} = %{{{0} | ...}}`", base.name()),
            _ => "bind the new map, or return it".to_owned(),
        };
        cx.report(update, "the updated map is not used").help(help);
    }
}

fn calls_anything(node: Node) -> bool {
    node.subtree()
        .any(|it| matches!(it.kind(), Kind::Call | Kind::Apply | Kind::Invoke))
}

fn help(call: Call) -> String {
    match call.argument(0).filter(|it| it.is(Kind::Var)) {
        Some(subject) => format!(
            "`{0}` itself does not change; bind the result (`{0} = ...`), or return it",
            subject.name()
        ),
        None => "bind the result, return it, or remove the call".to_owned(),
    }
}

/// What runs later, or never, whatever is given to it.
fn is_lazy(function: &str) -> bool {
    function.starts_with("Stream.") || function.starts_with("Ecto.Multi.")
}

fn runs_known_functions(call: Call, cx: &Cx) -> bool {
    let mut functions = call
        .written_arguments()
        .filter(|it| matches!(it.kind(), Kind::Fn | Kind::Capture));
    gives_known_functions(call, cx) && functions.all(|it| is_pure(it, cx))
}

/// Going through a stream does what is in it.
fn may_run_stream(call: Call, function: &str) -> bool {
    let collections = call.arguments().take(2).flat_map(Node::subtree);
    function.starts_with("Enum.")
        && collections
            .filter(|it| !it.is(Kind::String))
            .any(|it| it.name().to_ascii_lowercase().contains("stream"))
}

/// Directly in a `try`: called to see whether it raises.
fn is_protected(step: Node) -> bool {
    let section = step.parent().filter(|it| it.is(Kind::Section));
    section
        .and_then(Node::parent)
        .is_some_and(|it| it.is(Kind::Call) && it.name() == "try")
}
