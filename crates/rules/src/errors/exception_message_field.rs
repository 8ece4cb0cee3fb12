use exlint_syntax::Bindings;

use super::handler::Handler;
use crate::prelude::*;

/// Reads `.message` of an exception that may not have this field.
///
/// An exception is a struct with the fields its author chose. `KeyError`, `FunctionClauseError`, `Jason.DecodeError`,
/// `Ecto.ConstraintError` and many more compute their text in `message/1` or keep it elsewhere. For those, the handler
/// itself raises a `KeyError`, and the failure it was to report is lost.
///
/// # Bad
///
/// ```elixir
/// try do
///   deliver(email)
/// rescue
///   error -> {:error, error.message}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// try do
///   deliver(email)
/// rescue
///   error -> {:error, Exception.message(error)}
/// end
/// ```
///
/// Left alone where the rescue names its exceptions, and where the handler first asks what it has got.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = High, scope = File, fix = Safe)]
pub struct ExceptionMessageField {}

impl Rule for ExceptionMessageField {
    fn listen(on: &mut On<Self>) {
        on.kind(Kind::Section, Self::check);
    }
}

impl ExceptionMessageField {
    fn check(&self, section: Node, cx: &mut Cx) {
        if section.section_kind() != Some(SectionKind::Rescue) {
            return;
        }
        for handler in Handler::of(section) {
            let exception = handler
                .exception()
                .filter(|_| handler.takes_every_exception());
            if let Some(exception) = exception {
                check_handler(handler.clause, exception, cx);
            }
        }
    }
}

fn check_handler(clause: Clause, exception: Node, cx: &mut Cx) {
    let reads = |it: &Node| it.is(Kind::Field) && it.name() == "message" && it.mode() == Mode::Code;
    let fields: Vec<_> = clause.body().descendants().filter(reads).collect();
    if fields.is_empty() {
        return;
    }
    let bindings = Bindings::of(clause.node());
    let names = names_of(clause, exception, &bindings);
    let is_exception = |node: Node| names.iter().any(|it| bindings.same(*it, node));
    if asks_what_it_is(clause, &is_exception) {
        return;
    }
    for field in fields {
        let Some(receiver) = field.child(Role::Receiver).filter(|it| is_exception(*it)) else {
            continue;
        };
        let name = receiver.text();
        cx.report(
            field,
            format!("not every exception has the field of `{}`", field.text()),
        )
        .label(exception, "this may be any exception")
        .help(format!("`Exception.message({name})` works for all of them"))
        .fix(Fix::replace(
            "Use `Exception.message/1`",
            field,
            format!("Exception.message({name})"),
        ));
    }
}

/// The variables that hold the exception: the one of the head, and those it is assigned to.
fn names_of<'t>(clause: Clause<'t>, exception: Node<'t>, bindings: &Bindings) -> Vec<Node<'t>> {
    let mut names = vec![exception];
    for matching in clause.body().descendants().filter_map(Match::cast) {
        let (Some(name), Some(value)) = (matching.pattern(), matching.value()) else {
            continue;
        };
        if name.is_binding() && names.iter().any(|it| bindings.same(*it, value)) {
            names.push(name);
        }
    }
    names
}

/// Whether the handler tests or matches the exception: `is_map_key(e, :message)`, `case e do`, `%{...} = e`.
fn asks_what_it_is(clause: Clause, is_exception: &impl Fn(Node) -> bool) -> bool {
    clause.body().descendants().any(|node| match node.kind() {
        Kind::Call => {
            let asks = node.name().ends_with('?')
                || node.name().starts_with("is_")
                || matches!(node.name(), "case" | "get" | "fetch");
            asks && Call::cast(node)
                .is_some_and(|it| it.arguments().any(|it| mentions(it, is_exception)))
        }
        Kind::Match => {
            let pattern = node.child(Role::Left);
            let is_shaped = pattern.is_some_and(|it| matches!(it.kind(), Kind::Map | Kind::Struct));
            is_shaped && node.child(Role::Right).is_some_and(is_exception)
        }
        Kind::Field => node.name() == "__struct__",
        _ => false,
    })
}

fn mentions(node: Node, is_exception: &impl Fn(Node) -> bool) -> bool {
    is_exception(node) || node.is(Kind::Tuple) && node.children().any(is_exception)
}
