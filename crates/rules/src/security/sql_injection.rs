use super::{
    outside::{Outside, is_checked, is_tool},
    text::{definition, dynamic_parts, is_harmless},
};
use crate::prelude::*;

/// Puts a value into the text of an SQL statement.
///
/// The database cannot tell the value from the statement: a quote in it ends the text, and what follows is run. As a
/// parameter (`$1`) the value is never read as SQL, and the plan can be used again. The weakness is known as CWE-89.
///
/// # Bad
///
/// ```elixir
/// Repo.query("SELECT id FROM users WHERE name = '#{name}'")
/// ```
///
/// # Good
///
/// ```elixir
/// Repo.query("SELECT id FROM users WHERE name = $1", [name])
/// ```
///
/// Names of tables and columns cannot be parameters; they are reported only where they visibly come from outside. Values
/// written in the source, module attributes and numbers are fine.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Security, confidence = High, scope = File)]
pub struct SqlInjection {}

impl Rule for SqlInjection {
    fn listen(on: &mut On<Self>) {
        on.calls(Self::check);
    }
}

impl SqlInjection {
    fn check(&self, call: Call, cx: &mut Cx) {
        let Some(sql) = statement(call).filter(|_| !is_tool(call.node())) else {
            return;
        };
        let parts = dynamic_parts(sql);
        let outside = match parts.is_empty() && sql.is_literal() {
            true => return,
            false => Outside::around(call.node(), cx),
        };
        let is_open = |it: &Node| outside.holds(*it) && !is_checked(call.node(), *it);
        let (part, help) = if let Some(part) = parts.iter().copied().find(is_open) {
            (
                part,
                "pass values as parameters (`$1`); choose names from a list of your own",
            )
        } else if parts.is_empty() && is_open(&sql) {
            (
                sql,
                "write the statement yourself, and pass values as parameters",
            )
        } else if let Some(part) = parts.iter().copied().find(|it| is_value(*it)) {
            (
                part,
                "pass it as a parameter: `$1` in the statement, the value in the list after it",
            )
        } else {
            return;
        };
        cx.report(
            call,
            format!("`{}` gets a value as part of the statement", call.mfa()),
        )
        .label(part, "the database reads this as SQL")
        .help(help);
    }
}

/// The text of the statement that the call sends.
fn statement(call: Call) -> Option<Node> {
    if !matches!(
        call.name(),
        "query" | "query!" | "query_many" | "query_many!" | "stream"
    ) {
        return None;
    }
    let module = call.module()?;
    let last = module.rsplit('.').next()?;
    match &*module {
        "Ecto.Adapters.SQL" | "Postgrex" | "MyXQL" | "Exqlite" | "Tds" => call.argument(1),
        _ if last.ends_with("Repo") && call.name() != "stream" => call.argument(0),
        _ => None,
    }
}

/// Whether a value stands here, which could be a parameter: after an operator, in quotes, in a list of values.
fn is_value(part: Node) -> bool {
    let Some(before) = text_before(part) else {
        return false;
    };
    let in_list = ["VALUES", "VALUES (", "IN (", "ARRAY["]
        .iter()
        .any(|it| before.trim_end().ends_with(it));
    is_operand(&before) || in_list && quotes_elements(definition(part).unwrap_or(part))
}

/// What the statement says before a part of it, in capitals.
fn text_before(part: Node) -> Option<String> {
    let interpolation = part.parent().filter(|it| it.is(Kind::Interpolation));
    let text = interpolation.and_then(Node::parent)?;
    let source = text.file().source();
    let before = &source[text.span().start as usize..part.span().start as usize];
    Some(before.trim_end_matches("#{").to_ascii_uppercase())
}

/// `Enum.map_join(rows, ",", fn row -> "('#{row.name}')" end)`: values of a list in quotes.
fn quotes_elements(given: Node) -> bool {
    let calls = given.subtree().filter_map(Call::cast);
    let mut maps = calls.filter(|it| matches!(it.name(), "map_join" | "map"));
    let is_quoted = |it: Node| {
        let source = it.file().source();
        let (start, end) = (it.span().start as usize, it.span().end as usize);
        let known = it.children().all(is_harmless);
        it.is(Kind::Interpolation)
            && !known
            && source[..start].ends_with('\'')
            && source[end..].starts_with('\'')
    };
    maps.any(|it| {
        let is_fixed = |it: Node| it.constant().is_literal() || it.op() == Op::Range;
        !it.argument(0).is_none_or(is_fixed) && it.subtree().any(is_quoted)
    })
}

fn is_operand(before: &str) -> bool {
    let statement = before.trim_start_matches(|it: char| !it.is_alphabetic());
    let statement = statement.trim_start_matches("S(");
    let takes_parameters = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];
    let operators = [
        "= '",
        "='",
        "= ",
        "<> ",
        "<= ",
        ">= ",
        " > ",
        " < ",
        "LIKE '",
        "LIKE '%",
        "VALUES ('",
        "', '",
    ];
    takes_parameters.iter().any(|it| statement.starts_with(it))
        && operators.iter().any(|it| before.ends_with(it))
}
