use crate::prelude::*;

/// Waits for the network without a limit.
///
/// These functions wait for ever unless told otherwise. When the other side accepts a connection and then says nothing, the
/// process hangs until the node is restarted, along with whoever waits for it.
///
/// # Bad
///
/// ```elixir
/// def fetch(url), do: :httpc.request(url)
/// ```
///
/// # Good
///
/// ```elixir
/// def fetch(url), do: :httpc.request(:get, {url, []}, [timeout: 5_000, connect_timeout: 2_000], [])
/// ```
///
/// Options that are not written out count as enough. Reading from a socket without a limit is what many protocols do on
/// purpose, so the rule is for projects that ask for it.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Resilience, confidence = Low, scope = File)]
pub struct HttpWithoutTimeout {}

impl Rule for HttpWithoutTimeout {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[
                ":httpc.request/1",
                ":httpc.request/4",
                ":gen_tcp.connect/3",
                ":gen_tcp.recv/2",
                ":ssl.connect/3",
                ":ssl.recv/2",
            ],
            Self::check,
        );
    }
}

impl HttpWithoutTimeout {
    fn check(&self, call: Call, cx: &mut Cx) {
        if call.name() == "request" && call.arity() == 4 {
            let options = call.argument(2).map(Node::constant);
            let is_open = options.is_none_or(|it| {
                !matches!(it.kind(), Kind::List | Kind::Keywords)
                    || it.value_of("timeout").is_some()
            });
            if is_open {
                return;
            }
        }
        cx.report(
            call,
            format!(
                "`{}` waits for ever if the other side says nothing",
                call.mfa()
            ),
        )
        .help("give it a timeout");
    }
}
