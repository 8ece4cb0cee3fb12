use crate::{
    prelude::*,
    server::{function_tails, own_call},
};

/// Sends a message of a Broadway pipeline to a batcher that the pipeline does not have.
///
/// Broadway raises for each such message, after its work is done: it counts as failed, is not acknowledged, and comes
/// again.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Pipeline do
///   use Broadway
///
///   def start_link(_options) do
///     Broadway.start_link(__MODULE__,
///       name: __MODULE__,
///       producer: [module: {BroadwaySQS.Producer, queue_url: "orders"}],
///       processors: [default: []],
///       batchers: [default: [batch_size: 100]]
///     )
///   end
///
///   def handle_message(_processor, message, _context) do
///     Broadway.Message.put_batcher(message, :archive)
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Pipeline do
///   use Broadway
///
///   def start_link(_options) do
///     Broadway.start_link(__MODULE__,
///       name: __MODULE__,
///       producer: [module: {BroadwaySQS.Producer, queue_url: "orders"}],
///       processors: [default: []],
///       batchers: [default: [batch_size: 100], archive: [batch_size: 1_000]]
///     )
///   end
///
///   def handle_message(_processor, message, _context) do
///     Broadway.Message.put_batcher(message, :archive)
///   end
/// end
/// ```
///
/// A message for which no batcher is chosen goes to the batcher `:default`: a pipeline whose batchers have other names, and
/// which never chooses one, raises for each message.
///
/// Looked at are modules that write the batchers of their pipeline out: in the call, an attribute, a variable, or a
/// function of their own.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Module)]
pub struct UnknownBatcher {}

impl Rule for UnknownBatcher {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&["Broadway.Message.put_batcher/2"], Self::check);
        on.modules(Self::check_default);
    }
}

impl UnknownBatcher {
    fn check(&self, call: Call, cx: &mut Cx) {
        let batcher = call.argument(1).filter(|it| it.is(Kind::Atom));
        let Some((batcher, module)) = batcher.zip(call.enclosing::<Module>()) else {
            return;
        };
        let Some(batchers) = batchers(module) else {
            return;
        };
        let mut names = batchers.pairs().map(|(key, _)| key);
        if names.any(|it| it.name() == batcher.name()) {
            return;
        }
        cx.report(
            batcher,
            format!("the pipeline has no batcher `{}`", batcher.text()),
        )
        .label(batchers, "these are all it has")
        .help("add the batcher, and a clause of `handle_batch/4` for it, or correct the name");
    }
}

impl UnknownBatcher {
    fn check_default(&self, module: Module, cx: &mut Cx) {
        if !module.implements("Broadway") {
            return;
        }
        let Some(batchers) = batchers(module) else {
            return;
        };
        let has_default = batchers.value_of("default").is_some();
        let is_empty = batchers.pairs().next().is_none();
        if !has_default && !is_empty && leaves_default(module) {
            cx.report(
                batchers,
                "every message goes to the batcher `:default`, which the pipeline does not have",
            )
            .help("choose a batcher with `Broadway.Message.put_batcher/2`, or name one of them `:default`");
        }
    }
}

/// Whether no message of the pipeline is given a batcher: nothing in the module does it, and the callback gives back the
/// message that it got.
fn leaves_default(module: Module) -> bool {
    let chooses = module
        .descendants()
        .any(|it| it.is(Kind::Call) && it.name() == "put_batcher" || it.is_atom("batcher"));
    let prepares = module.clauses("prepare_messages", 2).next().is_some();
    let clauses = module.clauses("handle_message", 3);
    let mut tails = clauses.flat_map(function_tails).peekable();
    !chooses && !prepares && tails.peek().is_some() && tails.all(|it| is_same_message(it.node))
}

/// The message as it came, or with something else changed than its batcher.
fn is_same_message(node: Node) -> bool {
    let node = node.assigned();
    let call = match Pipe::cast(node) {
        Some(pipe) => pipe.right().and_then(Call::cast),
        None => Call::cast(node),
    };
    match call {
        Some(call) => {
            let keeps = call.module().is_some_and(|it| it == "Broadway.Message");
            keeps && call.argument(0).is_some_and(is_same_message)
        }
        None => match Map::cast(node).and_then(Map::base) {
            Some(base) => is_same_message(base),
            None => node.is(Kind::Var),
        },
    }
}

/// The batchers of the only pipeline that a module starts, where they are written out.
fn batchers(module: Module<'_>) -> Option<Node<'_>> {
    let calls = module.descendants().filter_map(Call::cast);
    let mut starts = calls
        .filter(|it| it.name() == "start_link" && it.module().is_some_and(|it| it == "Broadway"));
    let start = starts.next()?;
    let options = start.written_arguments().last()?.assigned();
    let batchers = written_out(module, options.value_of("batchers")?)?;
    let is_whole = batchers.is(Kind::List)
        && batchers.children().all(|it| it.is(Kind::Pair))
        && batchers.pairs().all(|(key, _)| key.is(Kind::Atom));
    (is_whole && starts.next().is_none()).then_some(batchers)
}

/// What a variable, an attribute, or a function of the module with one value stands for.
fn written_out<'t>(module: Module<'t>, node: Node<'t>) -> Option<Node<'t>> {
    let node = node.assigned();
    let Some(call) = own_call(node) else {
        return Some(node);
    };
    let mut clauses = module.clauses(call.name(), call.arity());
    let tails = clauses.next()?.body()?.tails();
    match (tails.as_slice(), clauses.next()) {
        ([tail], None) => Some(tail.node.assigned()),
        _ => None,
    }
}
