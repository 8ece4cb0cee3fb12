use crate::prelude::*;

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
/// Looked at are modules that write the batchers of their pipeline out.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Module)]
pub struct UnknownBatcher {}

impl Rule for UnknownBatcher {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&["Broadway.Message.put_batcher/2"], Self::check);
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

/// The batchers of the only pipeline that a module starts, where they are written out.
fn batchers(module: Module<'_>) -> Option<Node<'_>> {
    let calls = module.descendants().filter_map(Call::cast);
    let mut starts = calls
        .filter(|it| it.name() == "start_link" && it.module().is_some_and(|it| it == "Broadway"));
    let start = starts.next()?;
    let batchers = start.option("batchers")?;
    let is_whole = batchers.is(Kind::List)
        && batchers.children().all(|it| it.is(Kind::Pair))
        && batchers.pairs().all(|(key, _)| key.is(Kind::Atom));
    (is_whole && starts.next().is_none()).then_some(batchers)
}
