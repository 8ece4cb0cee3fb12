use crate::prelude::*;

/// Passes data on through the process dictionary.
///
/// What `Process.put/2` leaves behind is an argument that no signature shows: the function that reads it returns something
/// else in another process, and in a `Task`, a test or a job it finds nothing. In a long-lived server it is state that the
/// server's state does not contain, that `:sys.get_state/1` does not show, and that nothing clears.
///
/// # Bad
///
/// ```elixir
/// defmodule Audit do
///   def with_token(token, events) do
///     Process.put(:token, token)
///     send_all(events)
///   end
///
///   defp send_all(events), do: Api.send(events, Process.get(:token))
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Audit do
///   def with_token(token, events), do: send_all(events, token)
///
///   defp send_all(events, token), do: Api.send(events, token)
/// end
/// ```
///
/// The keys of Elixir, OTP and Ecto, keys that are set and taken back in one function, and modules that trace or
/// instrument are left alone. So are keys that the code does not show, and keys that the same file does not read, unless
/// a connection or socket is at hand: a process may be marked for those who look at it from outside. A module that keeps
/// a value of the process for functions which others call is left alone too: reported is the function that puts and
/// then goes on to one that reads.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Immutability, confidence = Medium, scope = Module)]
pub struct ProcessDictionaryState {}

impl Rule for ProcessDictionaryState {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&["Process.put/2"], Self::check);
    }
}

impl ProcessDictionaryState {
    fn check(&self, put: Call, cx: &mut Cx) {
        let Some(key) = put.argument(0).and_then(key) else {
            return;
        };
        let Some((def, module)) = put.enclosing::<Def>().zip(put.enclosing::<Module>()) else {
            return;
        };
        let is_mark = ["init", "start_link", "loop"].contains(&def.function_name());
        if is_sanctioned(&key) || is_instrument(module.name()) || is_alone(module) || is_mark {
            return;
        }
        let others = cx.file.nodes().filter_map(Call::cast);
        let others: Vec<_> = others.filter(|it| is_of(*it, &key) && *it != put).collect();
        let is_taken_back = others
            .iter()
            .any(|it| matches!(it.name(), "delete" | "put") && def.contains(it.node()));
        let is_reported = |it: &Call| {
            let earlier = it.name() == "put" && it.id() < put.id();
            earlier && it.enclosing::<Def>().map(Def::function_name) == Some(def.function_name())
        };
        if is_taken_back || others.iter().any(is_reported) {
            return;
        }
        let reads: Vec<_> = others.iter().filter(|it| it.name() == "get").collect();
        let is_elsewhere = |it: &&Call| {
            let reader = it.enclosing::<Def>();
            reader.is_some_and(|it| it.function_name() != def.function_name())
        };
        let is_argument = |it: &&&Call| {
            is_elsewhere(it) && (serves_request(def) || goes_on_to_reader(put, def, ***it))
        };
        let hidden = reads.iter().find(is_argument);
        let (read, what) = match (hidden, reads.first()) {
            (Some(read), _) => (Some(read), "an argument that no signature shows"),
            (None, Some(read)) if is_server(module) && is_question(**read, def) => (
                Some(read),
                "a cache that nothing clears while the server lives",
            ),
            (None, Some(read)) if is_server(module) && is_other_callback(**read, def) => (
                Some(read),
                "a part of the state that the state does not show",
            ),
            (None, None) if serves_request(def) => (None, "an argument that no signature shows"),
            (None, _) => return,
        };
        let shown = put.argument(0).map_or("", Node::text);
        let finding = cx.report(
            put,
            format!("`{shown}` in the process dictionary is {what}"),
        );
        if let Some(read) = read {
            finding.label(read.node(), "it is read here");
        }
        finding.help("pass the value as an argument, or keep it in the state");
    }
}

/// Whether the function that puts calls the one that reads, once the value is there.
fn goes_on_to_reader(put: Call, def: Def, read: Call) -> bool {
    let Some(reader) = read.enclosing::<Def>() else {
        return false;
    };
    let mut calls = def.node().descendants().filter_map(Call::cast);
    calls.any(|it| {
        it.name() == reader.function_name()
            && it.id() > put.id()
            && !put.node().subtree().any(|inner| inner == it.node())
    })
}

/// `case Process.get(key) do`, `Process.get(key) || ...`: what is there decides. `value = Process.get(key)` is for the
/// next value.
fn is_question(read: Call, def: Def) -> bool {
    let is_bound = read.node().parent().is_some_and(|it| it.is(Kind::Match));
    def.contains(read.node()) && !is_bound
}

/// Whether one callback puts what another one reads.
fn is_other_callback(read: Call, def: Def) -> bool {
    let is_callback = |it: Def| it.function_name().starts_with("handle_");
    let reader = read.enclosing::<Def>();
    is_callback(def) && reader.is_some_and(|it| it != def && is_callback(it))
}

/// What tells keys apart: atoms and texts as they are, tuples by their tag.
fn key(node: Node) -> Option<String> {
    let node = node.constant();
    match node.kind() {
        Kind::Atom | Kind::String => node.is_literal().then(|| node.text().to_owned()),
        Kind::Tuple => {
            let elements = node.tuple();
            let tag = elements.first().copied().map(Node::constant)?;
            match elements
                .iter()
                .all(|it| !it.is(Kind::Var) || it.name() == "__MODULE__")
            {
                true => Some(node.text().to_owned()),
                false => Some(format!("{{{}, {}}}", tag.text(), elements.len())),
            }
        }
        Kind::Var if node.name() == "__MODULE__" => Some(node.text().to_owned()),
        _ => None,
    }
}

fn is_of(call: Call, wanted: &str) -> bool {
    matches!(call.name(), "get" | "put" | "delete")
        && call.argument(0).and_then(key).as_deref() == Some(wanted)
        && call.callee() == Callee::Remote("Process".into())
}

/// Keys of Elixir, OTP and Ecto, and guards against re-entry by convention.
fn is_sanctioned(key: &str) -> bool {
    let name = key.trim_start_matches([':', '"', '{']);
    name.starts_with('$')
        || ["iex_", "elixir_", "rand_seed", "logger"]
            .iter()
            .any(|it| name.starts_with(it))
        || key.contains("dynamic_repo")
}

fn is_instrument(module: &str) -> bool {
    [
        "Telemetry",
        "Trac",
        "Sentry",
        "Instrument",
        "Profil",
        "Sandbox",
        "Test",
        "Mock",
        "Logger",
    ]
    .iter()
    .any(|it| module.contains(it))
}

/// A Mix task has its process for itself.
fn is_alone(module: Module) -> bool {
    module.implements("Mix.Task") || module.name().starts_with("Mix.Tasks.")
}

fn serves_request(def: Def) -> bool {
    def.parameters()
        .flat_map(Node::subtree)
        .any(|it| it.is_var("conn") || it.is_var("socket"))
}

fn is_server(module: Module) -> bool {
    module.implements("GenServer") || module.function("handle_call", 3).is_some()
}
