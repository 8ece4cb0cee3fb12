use crate::prelude::*;

/// Starts a task for each element of a collection, however many there are.
///
/// `Enum.map/2` with `Task.async/1` starts everything at once. With ten elements that is fine; with ten thousand it is
/// ten thousand requests to one service, or as many processes waiting for ten database connections until they time
/// out, and with them the caller that they are linked to. `Task.async_stream/3` runs as many as there are schedulers,
/// or `max_concurrency`.
///
/// # Bad
///
/// ```elixir
/// defmodule Invoices do
///   def send_all(invoices) do
///     invoices
///     |> Enum.map(fn invoice -> Task.async(fn -> Invoices.Mail.send(invoice) end) end)
///     |> Task.await_many()
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Invoices do
///   def send_all(invoices) do
///     invoices
///     |> Task.async_stream(&Invoices.Mail.send/1, max_concurrency: 10)
///     |> Enum.to_list()
///   end
/// end
/// ```
///
/// Collections whose size is bound are left alone: written out in the source, a range, chunked or cut with `take`, the
/// nodes of a cluster. Only functions that also wait for their tasks are looked at: a server that keeps the references of
/// its tasks usually knows how many it can have.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Tasks, confidence = Medium, scope = File)]
#[serde(default)]
pub struct UnboundedTaskFanout {}

impl Rule for UnboundedTaskFanout {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[
                "Task.async/1",
                "Task.async/3",
                "Task.Supervisor.async/2",
                "Task.Supervisor.async/4",
                "Task.Supervisor.async_nolink/2",
                "Task.Supervisor.async_nolink/4",
            ],
            Self::check,
        );
    }
}

impl UnboundedTaskFanout {
    fn check(&self, call: Call, cx: &mut Cx) {
        let Some((around, collection)) = loop_around(call) else {
            return;
        };
        if is_bound(collection) || !awaits(call) || is_awaited_inside(call) || in_command(call) {
            return;
        }
        cx.report(
            call,
            "a task is started for each element at once, however many there are",
        )
        .label(collection, "the size of this is not known")
        .label(around, "for each element")
        .help("use `Task.async_stream/3` with `max_concurrency`");
    }
}

/// The loop that a call is the value of for each element, and what it goes through.
fn loop_around(call: Call) -> Option<(Span, Node)> {
    for node in call.node().ancestors() {
        match node.kind() {
            Kind::Fn | Kind::Capture => {
                let taker = node.parent().and_then(Call::cast)?;
                let is_loop = taker.module().is_some_and(|it| it == "Enum")
                    && matches!(taker.name(), "map" | "flat_map" | "each" | "into");
                let collection = taker.argument(0).filter(|_| is_loop)?;
                return Some((taker.name_span(), collection));
            }
            Kind::Call if node.name() == "for" && node.child(Role::Receiver).is_none() => {
                let generator = node
                    .written_arguments()
                    .find(|it| it.op() == Op::LeftArrow)?;
                return Some((node.name_span(), generator.child(Role::Right)?));
            }
            Kind::Def | Kind::Module => return None,
            _ => {}
        }
    }
    None
}

/// Whether the size of a collection is limited by something that the source shows.
fn is_bound(collection: Node) -> bool {
    let value = collection.constant();
    if value.is_literal() || matches!(value.kind(), Kind::List | Kind::Tuple | Kind::Map) {
        return true;
    }
    let is_limit = |it: Node| {
        it.op() == Op::Range
            || it.is(Kind::Attribute)
            || it.is(Kind::Call)
                && matches!(
                    it.name(),
                    "chunk_every"
                        | "take"
                        | "slice"
                        | "split"
                        | "take_random"
                        | "chunk"
                        | "list"
                        | "nodes"
                        | "schedulers_online"
                        | "schedulers"
                )
            || it.is(Kind::List)
    };
    value.subtree().any(is_limit) || is_bound_by_name(collection, &is_limit)
}

/// A variable that is bound, in the same function, to something of limited size.
fn is_bound_by_name(variable: Node, is_limit: &dyn Fn(Node) -> bool) -> bool {
    if !variable.is(Kind::Var) {
        let first = variable.subtree().find(|it| it.is(Kind::Var));
        return variable.is(Kind::Pipe) && first.is_some_and(|it| is_bound_by_name(it, is_limit));
    }
    if variable.name().contains("node") || variable.name().contains("chunk") {
        return true;
    }
    let Some(def) = variable.enclosing::<Def>() else {
        return true;
    };
    let bindings = def.node().descendants().filter_map(Match::cast);
    bindings
        .filter(|it| {
            it.pattern()
                .is_some_and(|it| it.subtree().any(|it| it.symbol() == variable.symbol()))
        })
        .filter_map(Match::value)
        .any(|it| it.subtree().any(is_limit))
}

/// Whether the function waits for its tasks: others start what somebody else has counted.
fn awaits(call: Call) -> bool {
    let def = call.node().enclosing::<Def>();
    def.is_some_and(|it| {
        it.node().descendants().any(|it| {
            matches!(it.kind(), Kind::Call | Kind::Capture)
                && (it.name().starts_with("await") || it.name().starts_with("yield"))
        })
    })
}

/// `Task.await` on the spot starts one task at a time, which is another problem.
fn is_awaited_inside(call: Call) -> bool {
    let around = call
        .node()
        .ancestors()
        .find(|it| matches!(it.kind(), Kind::Fn | Kind::Capture | Kind::Def));
    around.is_some_and(|it| {
        it.descendants().any(|it| {
            it.is(Kind::Call)
                && matches!(it.name(), "await" | "yield")
                && !it.is(Kind::Def)
                && it.enclosing::<exlint_syntax::Fn>().map(|it| it.id())
                    == call
                        .node()
                        .enclosing::<exlint_syntax::Fn>()
                        .map(|it| it.id())
        })
    })
}

/// Mix tasks work through what a developer gives them.
fn in_command(call: Call) -> bool {
    let module = call.node().enclosing_module_name();
    module.is_some_and(|it| it.starts_with("Mix."))
}
