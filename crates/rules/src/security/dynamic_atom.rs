use crate::prelude::*;

/// Creates atoms from text that is only known at run time.
///
/// Atoms are never garbage-collected and the virtual machine stops when their table is full (1,048,576 by default,
/// `+t` of `erl`), so turning user input into atoms lets anyone who can send that input take the node down.
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
/// Only text that visibly comes from outside is reported: what is read from `params`, `conn`, a socket or a decoded
/// document with a string key.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Security, confidence = High, scope = File, fix = Unsafe)]
pub struct DynamicAtom {}

impl Rule for DynamicAtom {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[
                "String.to_atom/1",
                ":erlang.binary_to_atom/1",
                ":erlang.binary_to_atom/2",
            ],
            Self::check,
        );
    }
}

impl DynamicAtom {
    fn check(&self, call: Call, cx: &mut Cx) {
        let Some(text) = call.argument(0).filter(|it| comes_from_outside(*it)) else {
            return;
        };
        let finding = cx.report(call, format!("`{}` can fill the atom table", call.mfa()));
        finding
            .label(text, "this text comes from outside")
            .help("match the texts you expect, or accept only atoms that already exist");
        if call.name() == "to_atom" {
            let fix = Fix::replace(
                "Use `String.to_existing_atom/1`",
                call.name_span(),
                "to_existing_atom",
            );
            finding.fix(fix.may_change_behaviour());
        }
    }
}

/// `params["role"]` and its like.
fn comes_from_outside(text: Node) -> bool {
    let key = text.child(Role::Key);
    let receiver = text.child(Role::Receiver);
    match (text.kind(), receiver, key) {
        (Kind::Access, Some(receiver), Some(key)) => {
            key.is(Kind::String)
                && (is_input(receiver) || receiver.is(Kind::Access) && comes_from_outside(receiver))
        }
        _ => false,
    }
}

fn is_input(node: Node) -> bool {
    matches!(node.kind(), Kind::Var | Kind::Field)
        && matches!(
            node.name(),
            "params" | "query_params" | "body_params" | "path_params" | "payload" | "attrs"
        )
}
