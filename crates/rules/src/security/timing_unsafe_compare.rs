use std::borrow::Cow;

use super::outside::Outside;
use crate::prelude::*;

/// Compares a secret with `==`.
///
/// `==` stops at the first byte that differs, so the time it takes tells how much of a guess was right. With enough
/// requests a signature or token can be found byte by byte. The weakness is known as CWE-208.
///
/// # Bad
///
/// ```elixir
/// def valid?(conn, secret) do
///   [signature] = Plug.Conn.get_req_header(conn, "x-signature")
///   signature == sign(conn, secret)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def valid?(conn, secret) do
///   [signature] = Plug.Conn.get_req_header(conn, "x-signature")
///   Plug.Crypto.secure_compare(signature, sign(conn, secret))
/// end
/// ```
///
/// Reported where one side comes from a request and one is called a token, signature, secret or the like, or read from
/// the configuration under such a name, and where the result of `:crypto.mac/4` is compared.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Security, confidence = Medium, scope = File)]
pub struct TimingUnsafeCompare {}

impl Rule for TimingUnsafeCompare {
    fn listen(on: &mut On<Self>) {
        on.kind(Kind::Binary, Self::check);
    }
}

impl TimingUnsafeCompare {
    fn check(&self, compare: Node, cx: &mut Cx) {
        let is_compare = matches!(
            compare.op(),
            Op::Equal | Op::NotEqual | Op::StrictEqual | Op::StrictNotEqual
        );
        if !is_compare || compare.mode() != Mode::Code {
            return;
        }
        let Some((left, right)) = compare.child(Role::Left).zip(compare.child(Role::Right)) else {
            return;
        };
        if is_fixed(left) || is_fixed(right) {
            return;
        }
        let has_mac = is_mac(left) || is_mac(right);
        if !has_mac && !is_secret(left) && !is_secret(right) {
            return;
        }
        let outside = Outside::around(compare, cx);
        let other_is_sent = || outside.holds(left) != outside.holds(right);
        if !has_mac && !other_is_sent() {
            return;
        }
        cx.report(
            compare,
            format!(
                "`{}` tells by its time how much of a secret was right",
                compare.op().text()
            ),
        )
        .help("compare with `Plug.Crypto.secure_compare/2`");
    }
}

/// Known to whoever reads the source, or a number.
fn is_fixed(node: Node) -> bool {
    let is_count =
        Call::cast(node).is_some_and(|it| matches!(it.name(), "length" | "byte_size" | "count"));
    node.is_literal() || is_count
}

fn is_secret(node: Node) -> bool {
    if let Some(key) = Call::cast(node).and_then(configured) {
        return names_secret(&key.to_ascii_lowercase());
    }
    let name = match node.kind() {
        Kind::Access => match node.child(Role::Key) {
            Some(key) if key.is(Kind::Atom) => key.name().to_owned(),
            Some(key) => key.string_value().unwrap_or_default().into_owned(),
            None => return false,
        },
        Kind::Pipe => return node.child(Role::Right).is_some_and(is_secret),
        _ => node.name().to_owned(),
    };
    names_secret(&name)
}

/// The key of `Application.fetch_env!(:shop, :api_key)` and `System.get_env("API_KEY")`.
fn configured<'t>(call: Call<'t>) -> Option<Cow<'t, str>> {
    let reads = matches!(
        call.name(),
        "get_env" | "fetch_env!" | "compile_env" | "compile_env!"
    );
    let key = match call.module()?.as_ref() {
        "Application" => call.argument(1)?,
        "System" => call.argument(0)?,
        _ => return None,
    };
    let key = match key.kind() {
        Kind::Atom => Some(key.name().into()),
        _ => key.string_value(),
    };
    key.filter(|_| reads)
}

fn names_secret(name: &str) -> bool {
    let words = [
        "token",
        "signature",
        "hmac",
        "secret",
        "mac",
        "apikey",
        "password",
        "digest",
    ];
    let is_key = name.ends_with("api_key") || name.ends_with("secret_key");
    is_key
        || name
            .split('_')
            .next_back()
            .is_some_and(|it| words.contains(&it))
}

/// `:crypto.mac(...)`, perhaps encoded, a call of an own function that gives it, or a variable that holds it.
fn is_mac(node: Node) -> bool {
    if !node.is(Kind::Var) {
        return makes_mac(node, true);
    }
    let Some(def) = node.enclosing::<Def>() else {
        return false;
    };
    let bindings = exlint_syntax::Bindings::of(def.node());
    let bound = bindings.binding(node).map(|it| node.file().node(it.node));
    let update = bound.and_then(Node::parent).and_then(Match::cast);
    update
        .and_then(Match::value)
        .is_some_and(|it| makes_mac(it, true))
}

fn makes_mac(value: Node, into_functions: bool) -> bool {
    let mut calls = value.subtree().filter_map(Call::cast);
    calls.any(|call| match call.callee() {
        Callee::Remote(module) => {
            module == ":crypto" && matches!(call.name(), "mac" | "hmac" | "macN")
        }
        Callee::Own if into_functions => {
            let def = call.node().enclosing::<Module>().and_then(|it| {
                let mut clauses = it.clauses(call.name(), call.arity());
                clauses.next().filter(|_| clauses.next().is_none())
            });
            let tails = def.and_then(Def::body).map(|it| it.tails());
            tails.is_some_and(|it| it.iter().any(|it| makes_mac(it.node, false)))
        }
        _ => false,
    })
}
