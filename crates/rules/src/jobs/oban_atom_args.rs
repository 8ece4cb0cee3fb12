use crate::prelude::*;

/// Reads the arguments of a job by atom keys.
///
/// Arguments are stored as JSON, so that `perform/1` receives a map with string keys, whatever keys the job was built
/// with. A pattern with atom keys never matches: the job fails on every attempt until it is discarded. Tests that call
/// `perform/1` with a map of their own do not notice.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.ChargeWorker do
///   use Oban.Worker
///
///   @impl Oban.Worker
///   def perform(%Oban.Job{args: %{id: id}}), do: Shop.Orders.charge(id)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.ChargeWorker do
///   use Oban.Worker
///
///   @impl Oban.Worker
///   def perform(%Oban.Job{args: %{"id" => id}}), do: Shop.Orders.charge(id)
/// end
/// ```
///
/// Workers of Oban Pro that declare an `args_schema` receive atom keys and are left alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Jobs, confidence = High, scope = Module, fix = Safe)]
pub struct ObanAtomArgs {}

impl Rule for ObanAtomArgs {
    fn listen(on: &mut On<Self>) {
        on.defs(Self::check);
    }
}

impl ObanAtomArgs {
    fn check(&self, def: Def, cx: &mut Cx) {
        if !super::is_perform(def) || has_schema(def) {
            return;
        }
        let Some(arguments) = def.parameter(0).and_then(arguments_of) else {
            return;
        };
        check_pattern(arguments, cx);
        if let Some(name) = bound_name(arguments) {
            check_uses(def, name, cx);
        }
    }
}

/// The pattern under `args:` in the pattern for the job.
fn arguments_of(job: Node) -> Option<Node> {
    match job.kind() {
        Kind::Match => job.children().find_map(arguments_of),
        Kind::Struct | Kind::Map => job.value_of("args"),
        _ => None,
    }
}

fn bound_name(pattern: Node<'_>) -> Option<&str> {
    match pattern.kind() {
        Kind::Var => Some(pattern.name()),
        Kind::Match => pattern.children().find_map(bound_name),
        _ => None,
    }
}

fn check_pattern(pattern: Node, cx: &mut Cx) {
    let maps = pattern.subtree().filter(|it| it.is(Kind::Map));
    for pair in maps.take(1).flat_map(Node::children) {
        let Some(key) = pair.child(Role::Key).filter(|it| it.is(Kind::Atom)) else {
            continue;
        };
        let Some(value) = pair.child(Role::Value) else {
            continue;
        };
        let name = key.name();
        let key_span = Span::new(pair.span().start, value.span().start);
        cx.report(
            key,
            format!("`{name}` is an atom, and the arguments of a job have string keys"),
        )
        .help(format!("match `\"{name}\"`"))
        .fix(Fix::replace(
            "Match the string key",
            key_span,
            format!("\"{name}\" => "),
        ));
    }
}

/// `args.id` and `args[:id]`.
fn check_uses(def: Def, arguments: &str, cx: &mut Cx) {
    let Some(body) = def.body() else { return };
    // What binds the name anew may be another map.
    let rebound = body
        .descendants()
        .any(|it| it.is_binding() && it.name() == arguments);
    if rebound {
        return;
    }
    for node in body.descendants() {
        let is_read = node
            .child(Role::Receiver)
            .is_some_and(|it| it.is_var(arguments));
        if !is_read {
            continue;
        }
        let name = match node.kind() {
            Kind::Field => node.name(),
            Kind::Access => match node.child(Role::Key).filter(|it| it.is(Kind::Atom)) {
                Some(key) => key.name(),
                None => continue,
            },
            _ => continue,
        };
        cx.report(
            node,
            format!("`{name}` is an atom, and the arguments of a job have string keys"),
        )
        .help(format!("read `{arguments}[\"{name}\"]`"))
        .fix(Fix::replace(
            "Read the string key",
            node,
            format!("{arguments}[\"{name}\"]"),
        ));
    }
}

fn has_schema(def: Def) -> bool {
    let Some(module) = def.module() else {
        return true;
    };
    module
        .body()
        .filter_map(Call::cast)
        .any(|it| it.name() == "args_schema")
        || module
            .directives("use")
            .any(|it| it.option("args_schema").is_some())
}
