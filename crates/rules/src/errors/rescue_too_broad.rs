use exlint_project::{SinkKind, Tables};

use super::{
    handler::Handler,
    reach::{Step, steps},
    swallow::{Swallowed, is_decoder, raises_again},
};
use crate::prelude::*;

/// Rescues every exception and reduces it to a text.
///
/// The handler is for the failure its author had in mind; it gets all the others as well. A typing error, a clause that
/// does not match and a missing configuration go out as `{:error, "..."}` or as the answer to a client, without their
/// kind and without a stacktrace: nobody sees that they are bugs, and internals are shown to strangers.
///
/// # Bad
///
/// ```elixir
/// def create(conn, params) do
///   Newsletter.subscribe!(params["email"])
///   json(conn, %{ok: true})
/// rescue
///   error -> json(conn, %{ok: false, error: inspect(error)})
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def create(conn, params) do
///   Newsletter.subscribe!(params["email"])
///   json(conn, %{ok: true})
/// rescue
///   error in Newsletter.AddressError -> json(conn, %{ok: false, error: error.reason})
/// end
/// ```
///
/// Reported where the protected code does more than decode, and the handler uses nothing of the exception but
/// `inspect(error)`, `Exception.message(error)` or `error.message`, without raising, logging or reporting it.
/// Where it does not even give an error, `rescue-swallow` speaks instead.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = Medium, scope = Module)]
pub struct RescueTooBroad {}

impl Rule for RescueTooBroad {
    fn listen(on: &mut On<Self>) {
        on.kind(Kind::Section, Self::check);
    }
}

impl RescueTooBroad {
    fn check(&self, section: Node, cx: &mut Cx) {
        let handlers = Handler::of(section);
        // With a clause for what is expected, the last one is the author's answer to the rest.
        let [handler] = handlers.as_slice() else {
            return;
        };
        let Some(exception) = handler
            .exception()
            .filter(|_| handler.kind == SectionKind::Rescue && handler.takes_every_exception())
        else {
            return;
        };
        let Some(text) = only_use_as_text(handler, exception) else {
            return;
        };
        if !Swallowed::of(section, cx.tables).is_empty() {
            return;
        }
        let steps = steps(handler.body.expressions(), cx.tables);
        if raises_again(handler) || is_told(handler) || !is_worth_a_word(&steps, cx.tables) {
            return;
        }
        cx.report(
            handler.clause.head_span(),
            format!(
                "`{}` takes every bug for the failure it expects",
                handler.written()
            ),
        )
        .label(text, "all that is left of it")
        .help("rescue the exception you expect by name, and let the others crash");
    }
}

/// The first use of the exception, if all of them are for its text.
fn only_use_as_text<'t>(handler: &Handler<'t>, exception: Node<'t>) -> Option<Node<'t>> {
    let body = handler.clause.body();
    let mut uses = body
        .descendants()
        .filter(|it| it.is_var(exception.name()))
        .map(as_text);
    let first = uses.next()??;
    uses.all(|it| it.is_some()).then_some(first)
}

/// `inspect(e)`, `Exception.message(e)`, `e.message`, `e |> inspect()`
fn as_text(variable: Node) -> Option<Node> {
    let parent = variable.parent()?;
    match parent.kind() {
        Kind::Field => (parent.name() == "message").then_some(parent),
        Kind::Call => is_for_text(parent).then_some(parent),
        Kind::Pipe => parent.child(Role::Right).filter(|it| is_for_text(*it)),
        _ => None,
    }
}

fn is_for_text(call: Node) -> bool {
    matches!(
        call.name(),
        "inspect" | "message" | "to_string" | "format_banner"
    )
}

/// Logged as a warning or worse, or handed to something that sounds like a reporter.
fn is_told(handler: &Handler) -> bool {
    handler.clause.body().descendants().any(|it| {
        let Some(call) = Call::cast(it) else {
            return it.is_var("__STACKTRACE__");
        };
        const LEVELS: &[&str] = &["error", "warning", "warn", "critical", "alert", "emergency"];
        const WORDS: &[&str] = &[
            "log",
            "report",
            "capture",
            "notify",
            "track",
            "alert",
            "send_error",
            "trace",
        ];
        let is_logger = call.module().is_some_and(|it| it == "Logger");
        if is_logger {
            return LEVELS.contains(&call.name());
        }
        WORDS.iter().any(|word| call.name().contains(word))
    })
}

/// Files are read piece by piece only by functions that raise; that alone is no reason to speak.
fn is_worth_a_word(steps: &[Step], tables: &Tables) -> bool {
    let is_boundary = steps.iter().any(|it| it.callee == Callee::Dynamic);
    let unknown = steps.iter().filter(|it| it.is_unknown() && !is_decoder(it));
    let mut io = steps.iter().filter_map(|it| it.io(tables));
    io.any(|it| it != SinkKind::File) || !is_boundary && unknown.count() >= 2
}
