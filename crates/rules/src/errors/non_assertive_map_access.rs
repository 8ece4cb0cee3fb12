use exlint_syntax::Bindings;

use crate::prelude::*;

/// Reads a struct with brackets.
///
/// `user[:name]` goes through the `Access` behaviour, which structs do not implement: it raises
/// `UndefinedFunctionError` as soon as it runs. A struct's fields are known, and `user.name` also says so when one is
/// mistyped.
///
/// # Bad
///
/// ```elixir
/// def label(%User{} = user), do: user[:name]
/// ```
///
/// # Good
///
/// ```elixir
/// def label(%User{} = user), do: user.name
/// ```
///
/// Reported for variables that the clause itself binds to a struct. Structs whose module implements `Access` are told
/// apart only within one file.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = High, scope = Module, fix = Unsafe)]
pub struct NonAssertiveMapAccess {}

impl Rule for NonAssertiveMapAccess {
    fn listen(on: &mut On<Self>) {
        on.kind(Kind::Access, Self::check);
    }
}

impl NonAssertiveMapAccess {
    fn check(&self, access: Node, cx: &mut Cx) {
        let parts = access
            .child(Role::Receiver)
            .zip(access.child(Role::Key))
            .filter(|(it, _)| it.is(Kind::Var) && access.mode() == Mode::Code);
        let Some((receiver, key)) = parts.filter(|(_, key)| key.is(Kind::Atom)) else {
            return;
        };
        let Some((pattern, name)) = struct_of(receiver) else {
            return;
        };
        let name = name.text();
        let message = format!(
            "`{}` raises: `%{name}{{}}` does not implement `Access`",
            access.text()
        );
        let finding = cx.report(access, message);
        finding.label(pattern, "bound to a struct here");
        let field = key.name();
        if field.starts_with(|it: char| it.is_ascii_lowercase() || it == '_') {
            let access_to_field = format!("{}.{field}", receiver.name());
            finding
                .help(format!("write `{access_to_field}`"))
                .fix(Fix::replace("Use a dot", access, access_to_field).may_change_behaviour());
        }
    }
}

/// The pattern that binds the variable to a struct, and the struct's name.
fn struct_of(variable: Node) -> Option<(Node, Node)> {
    let scopes = variable
        .ancestors()
        .filter(|it| matches!(it.kind(), Kind::Clause | Kind::Def));
    for scope in scopes {
        let heads = scope
            .children()
            .filter(|it| matches!(it.role(), Role::Head | Role::Argument));
        for pattern in heads
            .flat_map(Node::subtree)
            .filter(|it| it.is(Kind::Match))
        {
            let parts = || pattern.children();
            let binder = parts().find(|it| it.is_var(variable.name()) && it.is_binding());
            let shape = parts().find_map(Struct::cast);
            let Some((binder, name)) = binder.zip(shape.and_then(Struct::name_node)) else {
                continue;
            };
            let is_known =
                (name.is(Kind::Alias) || name.is_var("__MODULE__")) && !implements_access(name);
            return (is_known && Bindings::of(scope).same(binder, variable))
                .then_some((pattern, name));
        }
    }
    None
}

fn implements_access(name: Node) -> bool {
    let Some(module) = name.module_name() else {
        return true;
    };
    let mut modules = name.file().modules().filter(|it| it.name() == module);
    modules.any(|it| it.implements("Access") || it.function("fetch", 2).is_some())
}
