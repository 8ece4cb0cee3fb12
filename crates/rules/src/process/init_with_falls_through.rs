use exlint_findings::Level;

use crate::{
    prelude::*,
    server::{Callback, CallbackKind, Server, Shape, function_tails, own_call},
};

/// A `with` without `else` lets a value through that the callback may not return.
///
/// When a clause of `with` does not match, its value becomes that of the callback. `{:error, reason}` from a helper then
/// takes the server down with `{:bad_return_value, {:error, reason}}`, and the caller of a `handle_call/3` with it. From
/// `init/1` the same is true before OTP 26; from 26 on the process ends without a report.
///
/// # Bad
///
/// ```elixir
/// defmodule Reader do
///   use GenServer
///
///   def init(path) do
///     with {:ok, file} <- File.open(path) do
///       {:ok, file}
///     end
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Reader do
///   use GenServer
///
///   def init(path) do
///     with {:ok, file} <- File.open(path) do
///       {:ok, file}
///     else
///       {:error, reason} -> {:stop, reason}
///     end
///   end
/// end
/// ```
///
/// What falls through is known for functions of the same module whose results are written out, and for functions of the
/// standard library that return `{:error, reason}` or `:error`. Other functions may return a legal result on purpose.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Module)]
pub struct InitWithFallsThrough {}

impl Rule for InitWithFallsThrough {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl InitWithFallsThrough {
    fn check<'t>(&self, module: Module<'t>, cx: &mut Cx<'t>) {
        let Some(server) = cx.server(module) else {
            return;
        };
        let mut seen = Vec::new();
        for outcome in server.outcomes() {
            let source = outcome.tail.node;
            let is_new = outcome.tail.kind == TailKind::FallThrough && !seen.contains(&source.id());
            if !is_new {
                continue;
            }
            let Some(pattern) = source.parent().and_then(|it| it.child(Role::Left)) else {
                continue;
            };
            if let Some(fallen) = illegal(&server, outcome.callback, pattern, source) {
                seen.push(source.id());
                let title = outcome.callback.title();
                let finding = cx.report(
                    source.parent().unwrap_or(source),
                    format!(
                        "{} falls through to become the result of `{title}`",
                        fallen.text
                    ),
                );
                if outcome.callback.kind == CallbackKind::Init {
                    finding.level = finding.level.min(Level::Warning);
                }
                if let Some(at) = fallen.at {
                    finding.label(at, "returned here");
                }
                for call in &outcome.through {
                    finding.label(*call, format!("`{title}` ends with what this returns"));
                }
                finding.help("add an `else` that turns it into a result of the callback");
            }
        }
    }
}

/// A value that does not match and is no result.
struct Fallen<'t> {
    text: String,
    at: Option<Node<'t>>,
}

fn illegal<'t>(
    server: &Server<'t>,
    callback: Callback<'t>,
    pattern: Node<'t>,
    source: Node<'t>,
) -> Option<Fallen<'t>> {
    if pattern.is_irrefutable() {
        return None;
    }
    let is_illegal = |it: &Node| {
        !pattern.may_match(*it)
            && Shape::of_value(server.behaviour, callback, *it) == Shape::Illegal
    };
    if let Some(call) = own_call(source) {
        let clauses = server.module.clauses(call.name(), call.arity());
        let tails = clauses.flat_map(function_tails);
        let mut values = tails
            .filter(|it| it.kind == TailKind::Value)
            .map(|it| it.node);
        return values.find(is_illegal).map(|it| Fallen {
            text: format!("`{}`", it.text()),
            at: Some(it),
        });
    }
    let last = Pipe::cast(source).and_then(Pipe::right).unwrap_or(source);
    let call = Call::cast(last)?;
    let Callee::Remote(module) = call.callee() else {
        return None;
    };
    let text = match (module.as_ref(), call.name()) {
        ("File" | ":gen_tcp" | ":file" | ":ssl" | ":gen_udp", name) if !name.ends_with('!') => {
            "`{:error, reason}`"
        }
        (
            "GenServer" | "Supervisor" | "DynamicSupervisor" | "Agent",
            "start_link" | "start_child",
        ) => "`{:error, reason}`",
        ("Map" | "Keyword" | "Access" | "Application", "fetch") | ("Application", "fetch_env") => {
            "`:error`"
        }
        _ => return None,
    };
    (pattern.tag() == Some("ok")).then(|| Fallen {
        text: text.to_owned(),
        at: None,
    })
}
