use super::outside::{Outside, is_tool};
use crate::prelude::*;

/// Turns bytes from outside into any Erlang term.
///
/// `:erlang.binary_to_term/1` creates whatever the bytes describe: atoms without end, until their table is full and the
/// node stops, and functions, which run when something enumerates or calls the term. The weakness is known as CWE-502.
///
/// # Bad
///
/// ```elixir
/// cart = params["cart"] |> Base.decode64!() |> :erlang.binary_to_term()
/// ```
///
/// # Good
///
/// ```elixir
/// cart = params["cart"] |> Base.decode64!() |> Plug.Crypto.non_executable_binary_to_term([:safe])
/// ```
///
/// `[:safe]` refuses new atoms, not functions: `Plug.Crypto.non_executable_binary_to_term/2` refuses both. Reported is
/// what visibly comes from a request, a header, a body, or out of a text encoding; terms from one's own files, tables and
/// processes are not.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Security, confidence = High, scope = File, fix = Unsafe)]
pub struct UnsafeDeserialization {}

impl Rule for UnsafeDeserialization {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[":erlang.binary_to_term/1", ":erlang.binary_to_term/2"],
            Self::check,
        );
    }
}

impl UnsafeDeserialization {
    fn check(&self, call: Call, cx: &mut Cx) {
        let Some(bytes) = call.argument(0).filter(|_| !is_tool(call.node())) else {
            return;
        };
        let options = call.argument(1);
        if options
            .is_some_and(|it| !it.is(Kind::List) || it.children().any(|it| it.is_atom("safe")))
        {
            return;
        }
        // The caller says how careful to be.
        if is_decided(call.node()) {
            return;
        }
        let place = if Outside::around(call.node(), cx).holds(bytes) {
            "these bytes come from outside"
        } else if is_decoded(bytes) {
            "bytes that travel as text have been outside"
        } else {
            return;
        };
        let finding = cx.report(
            call,
            "`:erlang.binary_to_term` builds whatever the sender wants",
        );
        finding
            .label(bytes, place)
            .help("use `Plug.Crypto.non_executable_binary_to_term/2` with `[:safe]`, or a format like JSON");
        if options.is_none() && call.has_parentheses() {
            let end = call.span().end - 1;
            let text = match call.written_arguments().next() {
                Some(_) => ", [:safe]",
                None => "[:safe]",
            };
            let fix = Fix::replace("Refuse new atoms with `[:safe]`", Span::new(end, end), text);
            finding.fix(fix.may_change_behaviour());
        }
    }
}

/// Whether a condition around `node` asks for `:safe`.
fn is_decided(node: Node) -> bool {
    let conditions = node.ancestors().filter(|it| it.is_control());
    let mut asked = conditions
        .flat_map(Node::written_arguments)
        .flat_map(Node::subtree);
    asked.any(|it| it.is_atom("safe"))
}

/// `Base.decode64!(text)` and its like, or a variable of a clause that holds its result.
fn is_decoded(bytes: Node) -> bool {
    let is_decoder = |it: Node| {
        let call = match it.kind() {
            Kind::Pipe => it.child(Role::Right).and_then(Call::cast),
            _ => Call::cast(it),
        };
        call.is_some_and(|it| {
            let name = it.name();
            (name.starts_with("decode") || name.starts_with("url_decode"))
                && it.module().is_some_and(|it| it == "Base")
        })
    };
    if !bytes.is(Kind::Var) {
        return is_decoder(bytes);
    }
    let Some(def) = bytes.enclosing::<Def>() else {
        return false;
    };
    let bindings = exlint_syntax::Bindings::of(def.node());
    let bound = bindings.binding(bytes).map(|it| bytes.file().node(it.node));
    let mut around = bound.into_iter().flat_map(Node::ancestors);
    let source =
        around.find(|it| it.is(Kind::Match) || it.op() == Op::LeftArrow || it.is_control());
    source.is_some_and(|it| match it.kind() {
        Kind::Call => Call::cast(it)
            .and_then(|it| it.argument(0))
            .is_some_and(is_decoder),
        _ => it.child(Role::Right).is_some_and(is_decoder),
    })
}
