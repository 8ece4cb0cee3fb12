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
/// Functions of the module that `perform/1` alone gives the arguments to are read, too. Workers of Oban Pro that declare an
/// `args_schema` receive atom keys and are left alone.
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
        let Some(job) = def.parameter(0) else { return };
        let pattern = arguments_of(job);
        if let Some(pattern) = pattern {
            check_pattern(pattern, cx);
        }
        let arguments = Arguments {
            name: pattern.and_then(bound_name),
            job: bound_name(job),
        };
        if let Some(body) = def.body().filter(|it| !arguments.are_rebound(*it)) {
            check_uses(body, arguments, cx);
        }
    }
}

/// How the arguments of a job are called in the body of `perform/1`.
#[derive(Clone, Copy)]
struct Arguments<'t> {
    /// `args` of `%Oban.Job{args: args}`.
    name: Option<&'t str>,
    /// `job` of `job.args`.
    job: Option<&'t str>,
}

impl Arguments<'_> {
    fn are(self, node: Node) -> bool {
        let of_job = |job: &str| {
            let receiver = node.child(Role::Receiver);
            node.is(Kind::Field)
                && node.name() == "args"
                && receiver.is_some_and(|it| it.is_var(job))
        };
        self.name.is_some_and(|it| node.is_var(it)) || self.job.is_some_and(of_job)
    }

    /// Whether a name is bound anew: it may be another map then.
    fn are_rebound(self, body: Body) -> bool {
        let names = [self.name, self.job];
        body.descendants()
            .any(|it| it.is_binding() && names.contains(&Some(it.name())))
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
    // Maps in the map have been through JSON as well.
    let maps = pattern.subtree().filter(|it| it.is(Kind::Map));
    for pair in maps.flat_map(Node::children) {
        let Some(key) = pair.child(Role::Key).filter(|it| it.is(Kind::Atom)) else {
            continue;
        };
        let Some(value) = pair.child(Role::Value) else {
            continue;
        };
        let name = key.name();
        let key_span = Span::new(pair.span().start, value.span().start);
        cx.report(key, message(name))
            .help(format!("match `\"{name}\"`"))
            .fix(Fix::replace(
                "Match the string key",
                key_span,
                format!("\"{name}\" => "),
            ));
    }
}

fn check_uses(body: Body, arguments: Arguments, cx: &mut Cx) {
    for node in body.descendants() {
        match node.kind() {
            Kind::Field | Kind::Access => read(node, arguments, cx),
            Kind::Match => {
                if let Some(pattern) = matched(node, arguments) {
                    check_pattern(pattern, cx);
                }
            }
            Kind::Call => {
                if let Some(call) = Call::cast(node) {
                    given(call, arguments, cx);
                }
            }
            _ => {}
        }
    }
}

/// The pattern of `%{id: id} = args`, or the one for the arguments in `%{args: %{id: id}} = job`.
fn matched<'t>(node: Node<'t>, arguments: Arguments) -> Option<Node<'t>> {
    let (pattern, value) = (node.child(Role::Left)?, node.child(Role::Right)?);
    if arguments.are(value) {
        return Some(pattern);
    }
    let is_job = arguments.job.is_some_and(|it| value.is_var(it));
    is_job.then(|| arguments_of(pattern))?
}

/// `args.id`, `args[:id]`.
fn read(node: Node, arguments: Arguments, cx: &mut Cx) {
    let Some(map) = node.child(Role::Receiver).filter(|it| arguments.are(*it)) else {
        return;
    };
    let name = match (node.kind(), node.child(Role::Key)) {
        (Kind::Field, _) => node.name(),
        (_, Some(key)) if key.is(Kind::Atom) => key.name(),
        _ => return,
    };
    let right = format!("{}[\"{name}\"]", map.text());
    cx.report(node, message(name))
        .help(format!("read `{right}`"))
        .fix(Fix::replace("Read the string key", node, right));
}

/// `Map.get(args, :id)`, `case args do %{id: id} -> ... end`, and functions of the module that are given the arguments.
fn given(call: Call, arguments: Arguments, cx: &mut Cx) {
    let Some(place) = call.arguments().position(|it| arguments.are(it)) else {
        return;
    };
    let is_of_map = call.module().is_some_and(|it| it == "Map");
    if is_of_map && place == 0 && KEYED.contains(&call.name()) {
        let key = call.argument(1).filter(|it| it.is(Kind::Atom));
        if let Some(key) = key {
            let right = format!("\"{}\"", key.name());
            cx.report(key, message(key.name()))
                .help(format!("ask for `{right}`"))
                .fix(Fix::replace("Ask for the string key", key, right));
        }
    } else if call.name() == "case" && call.node().is_control() {
        let clauses = call.section(SectionKind::Do).into_iter();
        let patterns = clauses.flat_map(Body::clauses).filter_map(|it| it.head(0));
        patterns.for_each(|it| check_pattern(it, cx));
    } else if !call.is_remote() {
        helper(call, place, cx);
    }
}

/// Functions of `Map` that take a key.
const KEYED: &[&str] = &[
    "get", "get_lazy", "fetch", "fetch!", "has_key?", "pop", "pop!", "delete", "update!",
];

/// A private function that nobody else calls.
fn helper(call: Call, place: usize, cx: &mut Cx) {
    let Some(module) = call.enclosing::<Module>() else {
        return;
    };
    let arity = call.arity();
    let named = |it: &Node| {
        it.name() == call.name() && matches!(it.kind(), Kind::Call | Kind::Capture)
            || it.is(Kind::Capture) && it.subtree().any(|it| it.name() == call.name())
    };
    let uses = module.descendants().filter(named).count();
    let clauses: Vec<Def> = module.clauses(call.name(), arity).collect();
    if uses == 1 && clauses.iter().all(|it| it.is_private()) {
        let patterns = clauses.iter().filter_map(|it| it.parameter(place));
        patterns.for_each(|it| check_pattern(it, cx));
    }
}

fn message(key: &str) -> String {
    format!("`{key}` is an atom, and the arguments of a job have string keys")
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
