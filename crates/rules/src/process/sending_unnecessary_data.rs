use std::collections::BTreeMap;

use exlint_syntax::Bindings;

use crate::{
    prelude::*,
    server::{Value, is_spawner},
};

/// A function for another process captures a whole `conn`, socket or state to read a field of it.
///
/// What a function captures is copied into the heap of the process that runs it: for `conn.remote_ip` that is the whole
/// request, with its parameters, assigns and private data.
///
/// # Bad
///
/// ```elixir
/// def show(conn, _params) do
///   Task.Supervisor.start_child(MyApp.Tasks, fn -> audit(conn.remote_ip) end)
///   conn
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def show(conn, _params) do
///   remote_ip = conn.remote_ip
///   Task.Supervisor.start_child(MyApp.Tasks, fn -> audit(remote_ip) end)
///   conn
/// end
/// ```
///
/// Reported only where every use in the function reads a field, or hands it to a function of the same module that does
/// nothing but read fields of it. A server's state is reported where it also holds a
/// collection that grows. The fix is safe for a field of `conn` or a socket; longer paths may raise in another process
/// than before.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = High, scope = Module, fix = Safe)]
pub struct SendingUnnecessaryData {}

impl Rule for SendingUnnecessaryData {
    fn listen(on: &mut On<Self>) {
        on.functions(Self::check);
    }
}

impl SendingUnnecessaryData {
    fn check<'t>(&self, function: exlint_syntax::Fn<'t>, cx: &mut Cx<'t>) {
        let call = function.parent().and_then(Call::cast);
        let Some(call) = call.filter(|it| copies(*it) && is_spawner(*it, cx.tables)) else {
            return;
        };
        let Some(def) = function.enclosing::<Def>() else {
            return;
        };
        let bindings = Bindings::of(def.node());
        let mut captured: BTreeMap<usize, Vec<Node>> = BTreeMap::new();
        for variable in function.descendants().filter(|it| it.is(Kind::Var)) {
            if let Some(index) = bindings.index(variable) {
                captured.entry(index).or_default().push(variable);
            }
        }
        for (index, uses) in captured {
            let bound = cx.file.node(bindings.get(index).node);
            if function.contains(bound) || !is_large(bound, def, cx) {
                continue;
            }
            let uses: Option<Vec<_>> = uses.iter().map(|it| Use::of(*it)).collect();
            if let Some(uses) = uses {
                report(call, bound, &uses, def, cx);
            }
        }
    }
}

/// A use of a variable that needs only a part of its value.
enum Use<'t> {
    /// `variable.a.b`
    Read(Node<'t>),
    /// The argument of a function that only reads fields of it, and where it does so first.
    Given(Node<'t>, Node<'t>),
}

impl<'t> Use<'t> {
    fn of(variable: Node<'t>) -> Option<Self> {
        match field_path(variable) {
            Some(path) => Some(Self::Read(path)),
            None => Some(Self::Given(variable, read_by_callee(variable)?)),
        }
    }

    fn node(&self) -> Node<'t> {
        match self {
            Self::Read(node) | Self::Given(node, _) => *node,
        }
    }
}

/// Where the function of the module that is given this variable reads a field of it, if that is all it does with it.
fn read_by_callee(variable: Node) -> Option<Node> {
    let parent = variable.parent()?;
    let call = Call::cast(Pipe::cast(parent).map_or(Some(parent), Pipe::right)?)?;
    let place = call.arguments().position(|it| it == variable)?;
    if call.callee() != Callee::Own {
        return None;
    }
    let module = call.enclosing::<Module>()?;
    let clauses = module.clauses(call.name(), call.arity());
    let reads: Option<Vec<_>> = clauses.map(|it| only_read(it, place)).collect();
    reads?.into_iter().next()
}

/// The first read of a field of this parameter, if nothing else is done with it.
fn only_read(def: Def<'_>, place: usize) -> Option<Node<'_>> {
    let parameter = def.parameter(place)?;
    let patterns = parameter.matched_patterns();
    let Some(whole) = patterns.iter().find(|it| it.is(Kind::Var)) else {
        // `%{assigns: %{user: user}}`: only what the pattern names.
        return matches!(parameter.kind(), Kind::Map | Kind::Struct).then_some(parameter);
    };
    let bindings = Bindings::of(def.node());
    let uses = bindings.binding(*whole)?.uses.iter();
    let paths: Option<Vec<_>> = uses.map(|it| field_path(def.file().node(*it))).collect();
    paths?.into_iter().next()
}

/// Calls that copy the function to a process of their own; not those whose function runs for a LiveView or an agent.
fn copies(call: Call) -> bool {
    matches!(
        call.name(),
        "spawn"
            | "spawn_link"
            | "spawn_monitor"
            | "start"
            | "start_link"
            | "async"
            | "async_nolink"
            | "start_child"
    ) && call.module().is_none_or(|it| it != "Agent")
}

/// A parameter named `conn` or `socket`, or the state of a server that grows.
fn is_large<'t>(bound: Node<'t>, def: Def<'t>, cx: &Cx<'t>) -> bool {
    let is_parameter = def.parameters().any(|it| it.contains(bound));
    if !is_parameter {
        return false;
    }
    if matches!(bound.name(), "conn" | "socket") {
        return true;
    }
    let Some(server) = def.module().and_then(|it| cx.server(it)) else {
        return false;
    };
    let is_state = server.callbacks.iter().any(|it| {
        it.def == def
            && it
                .state
                .and_then(|it| def.parameter(it))
                .is_some_and(|it| it.matched_patterns().contains(&bound))
    });
    let grows = |it: &Value| {
        it.changes()
            .iter()
            .any(|it| it.effect == crate::server::Effect::Grow)
    };
    is_state
        && server
            .outcomes()
            .iter()
            .any(|it| it.states.iter().any(grows))
}

/// The longest `variable.a.b` that begins with this use.
fn field_path(variable: Node<'_>) -> Option<Node<'_>> {
    let is_read = |it: &Node| it.is(Kind::Field);
    let mut path = None;
    let mut node = variable;
    while let Some(parent) = node
        .parent()
        .filter(is_read)
        .filter(|_| node.role() == Role::Receiver)
    {
        path = Some(parent);
        node = parent;
    }
    path
}

fn report<'t>(call: Call<'t>, bound: Node<'t>, uses: &[Use<'t>], def: Def<'t>, cx: &mut Cx<'t>) {
    let name = bound.name();
    let is_read = |it: &Use<'t>| match it {
        Use::Read(path) => Some(*path),
        Use::Given(..) => None,
    };
    let paths: Vec<_> = uses.iter().filter_map(is_read).collect();
    let fix = hoisted(call, &paths, def).filter(|_| paths.len() == uses.len());
    let finding = cx.report(
        uses[0].node(),
        format!("all of `{name}` is copied into the other process for this"),
    );
    finding.label(call.name_span(), "starts the other process");
    if let Use::Given(_, read) = &uses[0] {
        finding.label(*read, "this is all that is read of it");
    }
    finding.help("read it into a variable before, and use only that in the function");
    if let Some(fix) = fix {
        let is_safe =
            matches!(name, "conn" | "socket") && paths.iter().all(|it| is_plain(*it, call));
        finding.fix(if is_safe {
            fix
        } else {
            fix.may_change_behaviour()
        });
    }
}

/// One field, read on every way through the function.
fn is_plain(path: Node, call: Call) -> bool {
    let is_one = path
        .child(Role::Receiver)
        .is_some_and(|it| it.is(Kind::Var));
    let is_conditional = path
        .ancestors()
        .take_while(|it| call.contains(*it))
        .any(|it| it.is_control());
    is_one && !is_conditional
}

/// Reads the fields before the statement with the call.
pub(crate) fn hoisted(call: Call, paths: &[Node], def: Def) -> Option<Fix> {
    let statement = std::iter::once(call.node())
        .chain(call.ancestors())
        .find(|it| {
            let parent = it.parent();
            parent.is_some_and(|it| matches!(it.kind(), Kind::Section | Kind::Block))
                || it.role() == Role::Body
        })?;
    let mut names: Vec<(&str, &str)> = Vec::new();
    for path in paths {
        let clashes = def
            .descendants()
            .any(|it| it.is(Kind::Var) && it.name() == path.name())
            || names
                .iter()
                .any(|(name, text)| *name == path.name() && *text != path.text());
        if clashes {
            return None;
        }
        if !names.contains(&(path.name(), path.text())) {
            names.push((path.name(), path.text()));
        }
    }
    let start = statement.span().start;
    let source = call.file().source();
    let line = source[..start as usize].rfind('\n').map_or(0, |it| it + 1);
    let indent = &source[line..start as usize];
    if !indent.trim().is_empty() {
        return None;
    }
    let lines = names
        .iter()
        .map(|(name, path)| format!("{name} = {path}\n{indent}"));
    let mut fix = Fix::replace(
        "Read the fields before",
        Span::new(start, start),
        lines.collect::<String>(),
    );
    for path in paths {
        fix.edits.extend(Fix::replace("", *path, path.name()).edits);
    }
    Some(fix)
}
