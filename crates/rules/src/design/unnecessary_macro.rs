use crate::prelude::*;

/// A macro that does what a function would do.
///
/// It puts its arguments into a call and does nothing with the code itself. As a macro it cannot be passed around, has to
/// be required, makes whoever calls it depend on the module at compile time, and evaluates each argument where and as
/// often as it is unquoted.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Price do
///   defmacro add(a, b) do
///     quote do
///       unquote(a) + unquote(b)
///     end
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Price do
///   def add(a, b), do: a + b
/// end
/// ```
///
/// Only arithmetic on the arguments as they are counts. Macros that are used in guards or
/// patterns have to be macros: those named `is_...` are left alone, and so is everything that needs the caller.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Design, confidence = Medium, scope = Module)]
pub struct UnnecessaryMacro {}

impl Rule for UnnecessaryMacro {
    fn listen(on: &mut On<Self>) {
        on.defs(Self::check);
    }
}

impl UnnecessaryMacro {
    fn check(&self, def: Def, cx: &mut Cx) {
        let name = def.function_name();
        if def.keyword() != "defmacro"
            || name.starts_with("is_")
            || name.starts_with("__")
            || def.parameters().count() == 0
            || !def.parameters().all(|it| it.is(Kind::Var))
        {
            return;
        }
        let Some(body) = def.body() else { return };
        let mut steps = body.expressions();
        let (Some(quote), None) = (steps.next().and_then(Call::cast), steps.next()) else {
            return;
        };
        if quote.name() != "quote"
            || quote
                .written_arguments()
                .any(|it| it.value_of("do").is_none())
        {
            return;
        }
        let Some(inner) = quote.section(SectionKind::Do) else {
            return;
        };
        let mut inner = inner.expressions();
        let (Some(only), None) = (inner.next(), inner.next()) else {
            return;
        };
        if !is_unquoted(only) && !only.is_literal() && is_plain(only) {
            cx.report(
                def.head().unwrap_or(def.node()),
                format!("the macro `{name}` does what a function would do"),
            )
            .help("make it a function: `def`");
        }
    }
}

/// Modules whose functions take values, and cannot stand in guards.
const OF_VALUES: &[&str] = &[
    "String", "Enum", "List", "Map", "Keyword", "Date", "Time", "DateTime", "Decimal", "Float",
];

/// Whether a function of the same values gives the same: arithmetic, and calls of functions, over what the macro is given.
fn is_plain(node: Node) -> bool {
    let is_sum = node.is(Kind::Binary)
        && matches!(
            node.op(),
            Op::Plus | Op::Minus | Op::Multiply | Op::Divide | Op::Concat
        );
    let is_function = |it: Call| {
        let module = it.module();
        module.is_some_and(|it| OF_VALUES.contains(&&*it)) && it.keywords().is_none()
    };
    match Call::cast(node) {
        _ if is_unquoted(node) || node.is_literal() => true,
        None => is_sum && node.children().all(is_plain),
        Some(call) => is_function(call) && call.arguments().all(is_plain),
    }
}

fn is_unquoted(node: Node) -> bool {
    node.is(Kind::Call)
        && node.name() == "unquote"
        && node.written_arguments().all(|it| it.is(Kind::Var))
}
