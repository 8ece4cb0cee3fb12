use crate::prelude::*;

/// A call waits for ever.
///
/// When the server is stuck or overloaded, every caller hangs with it, and no error says so. A timeout turns that into an
/// exit that names the server.
///
/// # Bad
///
/// ```elixir
/// GenServer.call(Reports, :build, :infinity)
/// ```
///
/// # Good
///
/// ```elixir
/// GenServer.call(Reports, :build, 30_000)
/// ```
///
/// Tools, compilers and scripts may wait as long as it takes; the rule cannot tell them from a request that a user waits
/// for.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Low, scope = File)]
pub struct InfiniteCallTimeout {}

impl Rule for InfiniteCallTimeout {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[
                "GenServer.call/3",
                "GenStage.call/3",
                ":gen_statem.call/3",
                "Task.await/2",
                "Task.await_many/2",
            ],
            Self::check,
        );
    }
}

impl InfiniteCallTimeout {
    fn check<'t>(&self, call: Call<'t>, cx: &mut Cx<'t>) {
        let timeout = call.arguments().last();
        let is_task = cx.path.contains("mix/tasks/");
        if let Some(timeout) = timeout.filter(|it| it.constant().is_atom("infinity") && !is_task) {
            cx.report(timeout, format!("`{}` waits here for ever", call.mfa()))
                .help("give a timeout, or hand the work to a job and answer at once");
        }
    }
}
