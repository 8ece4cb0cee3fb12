use crate::prelude::*;

/// A secret is written to the log.
///
/// Logs are kept for long, sent to other services, and read by more people than the database. A password or token in them
/// is a password or token that has been given away. `inspect(conn)` and `inspect(params)` write whatever the request has,
/// cookies and passwords included; the filter of Phoenix's own request log does not apply to them.
///
/// # Bad
///
/// ```elixir
/// def login(conn, %{"email" => email, "password" => password}) do
///   Logger.info("login of #{email} with #{password}")
///   conn
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def login(conn, %{"email" => email, "password" => _password}) do
///   Logger.info("login of #{email}")
///   conn
/// end
/// ```
///
/// Variables and fields are judged by their names (`password`, `api_key`, `access_token`, ...), and only where they are
/// written as they are: what another function makes of them is not. Opt-in, since a name is all there is to go by.
#[derive(Deserialize, RuleMeta)]
#[rule(family = Security, confidence = Low, scope = File)]
#[serde(default)]
pub struct SecretInLogOrInspect {
    /// Names of variables, fields and keys that hold secrets.
    pub names: Vec<String>,
}

impl Default for SecretInLogOrInspect {
    fn default() -> Self {
        let names = [
            "password",
            "password_confirmation",
            "current_password",
            "passphrase",
            "secret",
            "client_secret",
            "api_key",
            "api_secret",
            "secret_key",
            "private_key",
            "access_token",
            "refresh_token",
            "auth_token",
            "session_token",
            "bearer_token",
            "card_number",
            "credit_card",
        ];
        Self {
            names: names.map(str::to_owned).to_vec(),
        }
    }
}

impl Rule for SecretInLogOrInspect {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[
                "Logger.debug",
                "Logger.info",
                "Logger.notice",
                "Logger.warn",
                "Logger.warning",
                "Logger.error",
                "Logger.critical",
                "Logger.alert",
                "Logger.emergency",
                "Logger.log",
                "IO.inspect",
                "IO.puts",
            ],
            Self::check,
        );
    }
}

impl SecretInLogOrInspect {
    fn check(&self, call: Call, cx: &mut Cx) {
        for argument in call.arguments() {
            let mut written = argument.subtree().filter(|it| is_written(*it, call));
            if let Some(secret) = written.find(|it| self.is_secret(*it)) {
                let text = secret.text();
                cx.report(secret, format!("`{text}` ends up in the log"))
                    .label(call, "written here")
                    .help("leave it out, or write only what tells it from others");
                return;
            }
            let whole = argument.subtree().filter(|it| is_whole_request(*it));
            let mut whole = whole.filter(|it| is_inspected(*it, call));
            if let Some(request) = whole.next() {
                let text = request.text();
                cx.report(
                    request,
                    format!("all of `{text}` ends up in the log, with the secrets in it"),
                )
                .label(call, "written here")
                .help("name the fields that are worth reading later");
                return;
            }
        }
    }

    fn is_secret(&self, node: Node) -> bool {
        let name = match node.kind() {
            Kind::Var | Kind::Field => node.name(),
            Kind::Access => match node.child(Role::Key) {
                Some(key) if key.is(Kind::Atom) => key.name(),
                Some(key) if key.is(Kind::String) => key.text().trim_matches('"'),
                _ => return false,
            },
            _ => return false,
        };
        self.names.iter().any(|it| it == name)
    }
}

/// Whether a value is written as it is: nothing but text, `inspect` and containers stands between it and the call.
fn is_written(node: Node, call: Call) -> bool {
    if node.mode() != Mode::Code || matches!(node.role(), Role::Receiver | Role::Key) {
        return false;
    }
    node.ancestors()
        .take_while(|it| *it != call.node() && !it.contains(call.node()))
        .all(|it| match it.kind() {
            Kind::Interpolation
            | Kind::String
            | Kind::Tuple
            | Kind::List
            | Kind::Map
            | Kind::Keywords
            | Kind::Pair
            | Kind::Fn
            | Kind::Clause
            | Kind::Pipe => true,
            Kind::Binary => it.op() == Op::Concat,
            Kind::Call => matches!(it.name(), "inspect" | "to_string"),
            _ => false,
        })
}

fn is_whole_request(node: Node) -> bool {
    node.is_var("conn") || node.is_var("params")
}

/// Whether a value is turned into text whole, by `inspect` or by the call itself.
fn is_inspected(node: Node, call: Call) -> bool {
    let parent = node.parent();
    let by = parent.and_then(|it| match it.kind() {
        Kind::Pipe if node.role() == Role::Left => it.child(Role::Right).and_then(Call::cast),
        _ => Call::cast(it),
    });
    let is_first = |it: Call| it.argument(0) == Some(node);
    by.is_some_and(|by| {
        is_first(by)
            && (by.name() == "inspect" && !by.is_remote() || by == call && call.name() == "inspect")
    })
}
