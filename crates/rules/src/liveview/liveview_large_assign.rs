use crate::{prelude::*, server::Behaviour};

/// A LiveView adds every message it receives to a list in its assigns.
///
/// The list lives as long as the page is open, in the memory of one process for each visitor, and the comprehension
/// that renders it is computed anew for each element whenever one is added. Streams keep the elements in the browser.
///
/// # Bad
///
/// ```elixir
/// defmodule ShopWeb.ChatLive do
///   use Phoenix.LiveView
///
///   def handle_info({:message, message}, socket) do
///     {:noreply, assign(socket, :messages, socket.assigns.messages ++ [message])}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule ShopWeb.ChatLive do
///   use Phoenix.LiveView
///
///   def handle_info({:message, message}, socket) do
///     {:noreply, stream_insert(socket, :messages, message)}
///   end
/// end
/// ```
///
/// Looks at `handle_info/2` only. Silent for assigns listed in `temporary_assigns`, and where the list is cut
/// (`Enum.take/2`) or filtered.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Liveview, confidence = Medium, scope = Module)]
pub struct LiveviewLargeAssign {}

impl Rule for LiveviewLargeAssign {
    fn listen(on: &mut On<Self>) {
        on.defs(Self::check);
    }
}

impl LiveviewLargeAssign {
    fn check<'t>(&self, def: Def<'t>, cx: &mut Cx<'t>) {
        let growing = growing_assigns(def);
        // A channel has no page, and no streams.
        let has_page = |cx: &Cx<'t>| {
            let server = def.module().and_then(|it| cx.server(it));
            server.is_none_or(|it| it.behaviour != Behaviour::Channel)
        };
        if growing.is_empty() || !has_page(cx) {
            return;
        }
        for (key, value) in growing {
            cx.report(
                value,
                format!(
                    "the assign `{key}` grows with every message for as long as the page is open"
                ),
            )
            .help(format!(
                "use a stream: `stream(socket, :{key}, ...)` in `mount/3`, `stream_insert/3` here"
            ));
        }
    }
}

/// How many assignments of one clause are looked at.
const MAX_ASSIGNS: usize = 50;

/// The assigns to whose lists `handle_info/2` adds, with the new lists.
pub(crate) fn growing_assigns<'t>(def: Def<'t>) -> Vec<(&'t str, Node<'t>)> {
    let takes_socket = || def.parameter(1).is_some_and(|it| it.is_var("socket"));
    let Some(body) = def
        .body()
        .filter(|_| def.is_named("handle_info", 2) && takes_socket())
    else {
        return Vec::new();
    };
    let calls = body.descendants().filter_map(Call::cast);
    let assigns = calls.filter(|it| matches!(it.name(), "assign" | "update") && !it.is_remote());
    let given = assigns.take(MAX_ASSIGNS).flat_map(assigned);
    let values = given.map(|(key, value)| (key, bound(body, value)));
    values
        .filter(|(key, value)| grows(key, *value) && !is_bounded(def, key))
        .collect()
}

/// The keys and values that a call assigns.
fn assigned<'t>(call: Call<'t>) -> Vec<(&'t str, Node<'t>)> {
    let arguments: Vec<_> = call.arguments().collect();
    match arguments.as_slice() {
        [_, key, value] if key.is(Kind::Atom) => vec![(key.name(), *value)],
        [_, pairs] => pairs
            .pairs()
            .filter(|(key, _)| key.is(Kind::Atom))
            .map(|(key, value)| (key.name(), value))
            .collect(),
        _ => Vec::new(),
    }
}

/// What a variable was last bound to, where a match binds it.
fn bound<'t>(body: Body<'t>, value: Node<'t>) -> Node<'t> {
    let name = value.name();
    let is_it = |it: &Match| value.is(Kind::Var) && it.pattern().is_some_and(|it| it.is_var(name));
    let matches = body.descendants().filter_map(Match::cast);
    let before = matches.take_while(|it| it.span().end <= value.span().start);
    let last = before.filter(is_it).last();
    last.and_then(|it| it.value()).unwrap_or(value)
}

/// `fn messages -> [message | messages] end`
fn grows_given(function: Node) -> bool {
    let Some(clause) = exlint_syntax::Fn::cast(function).and_then(|it| it.clauses().next()) else {
        return false;
    };
    let given = clause.head(0).filter(|it| it.is(Kind::Var));
    let value = clause.body().expressions().last();
    let Some((given, value)) = given.zip(value) else {
        return false;
    };
    let is_given = |it: Node| it.is_var(given.name());
    match value.kind() {
        Kind::List => value
            .children()
            .any(|it| it.op() == Op::Bar && it.child(Role::Right).is_some_and(is_given)),
        Kind::Binary => value.op() == Op::Append && value.children().any(is_given),
        _ => false,
    }
}

/// `socket.assigns.key ++ [x]`, `[x | socket.assigns.key]`, `&[x | &1]`.
fn grows(key: &str, value: Node) -> bool {
    match value.kind() {
        Kind::Binary if value.op() == Op::Append => value.children().any(|it| is_assign(key, it)),
        Kind::List => value.children().any(|it| {
            it.op() == Op::Bar && it.child(Role::Right).is_some_and(|it| is_assign(key, it))
        }),
        Kind::Fn => grows_given(value),
        Kind::Capture => Capture::cast(value)
            .and_then(Capture::operand)
            .is_some_and(|operand| match operand.kind() {
                Kind::List => operand.children().any(|it| {
                    it.op() == Op::Bar
                        && it
                            .child(Role::Right)
                            .is_some_and(|it| it.is(Kind::CaptureArgument))
                }),
                Kind::Binary => {
                    operand.op() == Op::Append
                        && operand.children().any(|it| it.is(Kind::CaptureArgument))
                }
                _ => false,
            }),
        _ => false,
    }
}

fn is_assign(key: &str, node: Node) -> bool {
    node.is(Kind::Field)
        && node.name() == key
        && node
            .child(Role::Receiver)
            .is_some_and(|it| it.is(Kind::Field) && it.name() == "assigns")
}

/// Whether the module forgets the assign after each render, or shortens it somewhere.
fn is_bounded(def: Def, key: &str) -> bool {
    let Some(module) = def.module() else {
        return true;
    };
    let shortens = |call: Call| {
        matches!(
            call.name(),
            "take" | "filter" | "reject" | "drop" | "delete" | "delete_at" | "slice"
        ) && call
            .parent()
            .into_iter()
            .flat_map(Node::subtree)
            .any(|it| it.is(Kind::Field) && it.name() == key)
    };
    module.descendants().any(|it| {
        it.is(Kind::Pair)
            && it
                .child(Role::Key)
                .is_some_and(|it| it.is_atom("temporary_assigns"))
            && it.descendants().any(|it| it.is_atom(key))
            || Call::cast(it).is_some_and(shortens)
    })
}
