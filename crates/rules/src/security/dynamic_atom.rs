use super::outside::{Outside, is_checked, is_tool};
use crate::prelude::*;

/// Creates atoms from text that comes from outside.
///
/// Atoms are never garbage-collected and the virtual machine stops when their table is full (1,048,576 by default,
/// `+t` of `erl`), so turning user input into atoms lets anyone who can send that input take the node down. The weakness is
/// known as CWE-770.
///
/// # Bad
///
/// ```elixir
/// role = String.to_atom(params["role"])
/// ```
///
/// # Good
///
/// ```elixir
/// role = String.to_existing_atom(params["role"])
/// ```
///
/// The fix raises `ArgumentError` where an unknown atom used to be created.
/// Only text that visibly comes from outside is reported: parameters of requests and events, headers and bodies, followed
/// through the variables of one function. Text that is compared with a list of known ones before is fine.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Security, confidence = High, scope = File, fix = Unsafe)]
pub struct DynamicAtom {}

impl Rule for DynamicAtom {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[
                "String.to_atom/1",
                "String.to_unsafe_atom/1",
                "List.to_atom/1",
                ":erlang.binary_to_atom/1",
                ":erlang.binary_to_atom/2",
                ":erlang.list_to_atom/1",
                "Module.concat/1",
                "Module.concat/2",
            ],
            Self::call,
        );
        on.calls_to(
            &[
                "Jason.decode/2",
                "Jason.decode!/2",
                "Poison.decode/2",
                "Poison.decode!/2",
            ],
            Self::decode,
        );
        on.captures(Self::capture);
        on.kind(Kind::DynamicAtom, Self::literal);
    }
}

const HELP: &str = "match the texts you expect, or accept only atoms that already exist";

impl DynamicAtom {
    fn call(&self, call: Call, cx: &mut Cx) {
        let arguments = call.arguments().flat_map(|it| match it.kind() {
            Kind::List => it.children().collect(),
            _ => vec![it],
        });
        if call.arguments().all(Node::is_literal) {
            return;
        }
        let outside = Outside::around(call.node(), cx);
        let mut texts = arguments.filter(|it| outside.holds(*it));
        let Some(text) = texts.next().filter(|it| is_open(call.node(), *it)) else {
            return;
        };
        let finding = cx.report(call, format!("`{}` can fill the atom table", call.mfa()));
        finding
            .label(text, "this text comes from outside")
            .help(HELP);
        if call.name() == "to_atom" {
            let fix = Fix::replace(
                "Use `to_existing_atom`",
                call.name_span(),
                "to_existing_atom",
            );
            finding.fix(fix.may_change_behaviour());
        }
    }

    /// `keys: :atoms` of a JSON decoder.
    fn decode(&self, call: Call, cx: &mut Cx) {
        let Some((keys, text)) = call.option("keys").zip(call.argument(0)) else {
            return;
        };
        let is_body = matches!(text.kind(), Kind::Var | Kind::Field)
            && matches!(
                text.name(),
                "body" | "raw_body" | "request_body" | "resp_body"
            );
        let outside = Outside::around(call.node(), cx);
        if keys.is_atom("atoms") && (is_body || outside.holds(text)) && !is_tool(call.node()) {
            cx.report(
                keys,
                format!("`{}` makes an atom of every key it is sent", call.mfa()),
            )
            .label(text, "this text comes from outside")
            .help("keep the keys as strings, or accept only atoms that exist: `keys: :atoms!`");
        }
    }

    /// `Enum.map(params["tags"], &String.to_atom/1)`
    fn capture(&self, capture: Capture, cx: &mut Cx) {
        let Some((function, 1)) = capture.function().filter(|(it, _)| it.name() == "to_atom")
        else {
            return;
        };
        let module = function.child(Role::Receiver).and_then(Node::module_name);
        let call = capture.parent().and_then(Call::cast);
        let Some(call) = call.filter(|_| module.is_some_and(|it| it == "String")) else {
            return;
        };
        let texts = call.argument(0).filter(|it| *it != capture.node());
        let outside = Outside::around(capture.node(), cx);
        if let Some(texts) = texts.filter(|it| outside.holds(*it) && is_open(call.node(), *it)) {
            let fix = Fix::replace(
                "Use `to_existing_atom`",
                function.name_span(),
                "to_existing_atom",
            );
            cx.report(capture, "`String.to_atom/1` can fill the atom table")
                .label(texts, "these texts come from outside")
                .help(HELP)
                .fix(fix.may_change_behaviour());
        }
    }

    /// `:"role_#{params["role"]}"`
    fn literal(&self, atom: Node, cx: &mut Cx) {
        if atom.mode() == Mode::Code && Outside::around(atom, cx).holds(atom) && is_open(atom, atom)
        {
            cx.report(atom, "an atom that is put together can fill the atom table")
                .label(atom, "a part of it comes from outside")
                .help(HELP);
        }
    }
}

fn is_open(node: Node, text: Node) -> bool {
    !is_checked(node, text) && !is_tool(node)
}
