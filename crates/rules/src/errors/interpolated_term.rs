use exlint_project::{SinkKind, Tables};
use exlint_syntax::Bindings;

use super::handler::Handler;
use crate::prelude::*;

/// Puts the reason of a failure into a string as if it were text.
///
/// Exit reasons, errors of clients and databases, and exceptions are tuples, maps and structs, and
/// `"failed: #{reason}"` raises `Protocol.UndefinedError` for those. So the line that was to report the failure fails
/// itself, at the one moment it is needed, and takes the process with it.
///
/// # Bad
///
/// ```elixir
/// case Repo.insert(changeset) do
///   {:ok, user} -> user
///   {:error, reason} -> raise "insert failed: #{reason}"
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// case Repo.insert(changeset) do
///   {:ok, user} -> user
///   {:error, reason} -> raise "insert failed: #{inspect(reason)}"
/// end
/// ```
///
/// Reported for variables that hold an exception (`rescue error`), the reason of an exit (`catch :exit, reason`,
/// `{:EXIT, pid, reason}`, `{:DOWN, ...}`, `terminate/2`), or the error of a call that is known to give terms: database,
/// HTTP and mail clients, and functions that start processes. The reasons of other functions may be texts or atoms.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Errors, confidence = Medium, scope = File, fix = Safe)]
pub struct InterpolatedTerm {}

impl Rule for InterpolatedTerm {
    fn listen(on: &mut On<Self>) {
        on.kind(Kind::Interpolation, Self::check);
    }
}

impl InterpolatedTerm {
    fn check(&self, interpolation: Node, cx: &mut Cx) {
        let mut parts = interpolation.children();
        let (Some(variable), None) = (parts.next(), parts.next()) else {
            return;
        };
        let is_code = variable.mode() == Mode::Code && variable.is(Kind::Var);
        if !is_code || variable.name().starts_with('_') {
            return;
        }
        let Some((binder, what)) = origin(variable, cx.tables) else {
            return;
        };
        let name = variable.name();
        let replacement = match what {
            Term::Exception => format!("Exception.message({name})"),
            _ => format!("inspect({name})"),
        };
        cx.report(
            variable,
            format!("`#{{{name}}}` raises where `{name}` is not text"),
        )
        .label(binder, what.description())
        .help(format!("write `#{{{replacement}}}`"))
        .fix(Fix::replace(
            format!("Use `{replacement}`"),
            variable,
            replacement,
        ));
    }
}

#[derive(Clone, Copy)]
enum Term {
    Exception,
    Exit,
    Error,
}

impl Term {
    fn description(self) -> &'static str {
        match self {
            Term::Exception => "this is an exception, a struct",
            Term::Exit => "the reason of an exit is any term, often a tuple",
            Term::Error => "the errors of this call are structs or tuples",
        }
    }
}

/// Where the variable is bound, and to which kind of term, if that is known.
fn origin<'t>(variable: Node<'t>, tables: &Tables) -> Option<(Node<'t>, Term)> {
    let binds = |it: &Node| it.is_var(variable.name()) && it.is_binding();
    let mut scopes = variable
        .ancestors()
        .filter(|it| matches!(it.kind(), Kind::Clause | Kind::Def));
    let scope = scopes.find(|scope| {
        let heads = scope.children().filter(|it| {
            scope.is(Kind::Clause) && it.role() == Role::Head
                || scope.is(Kind::Def) && it.role() == Role::Argument
        });
        heads.flat_map(Node::subtree).any(|it| binds(&it))
    })?;
    let binder = scope.children().flat_map(Node::subtree).find(binds)?;
    let what = match Clause::cast(scope) {
        Some(clause) => of_clause(clause, binder, tables)?,
        None => of_parameter(Def::cast(scope)?, binder)?,
    };
    let bindings = Bindings::of(scope);
    bindings.same(binder, variable).then_some((binder, what))
}

fn of_clause(clause: Clause, binder: Node, tables: &Tables) -> Option<Term> {
    if clause.guard().is_some() {
        return None;
    }
    let owner = clause.parent()?;
    if let Some(handler) = Handler::of(owner)
        .into_iter()
        .find(|it| it.clause == clause)
    {
        return of_handler(&handler, binder);
    }
    if let Some(term) = of_pattern(binder) {
        return Some(term);
    }
    let head = clause.head(0)?;
    let is_error = head.tag() == Some("error") && head.tuple().get(1) == Some(&binder);
    let source = source_of(owner, clause)?;
    (is_error && gives_terms(source, tables)).then_some(Term::Error)
}

fn of_handler(handler: &Handler, binder: Node) -> Option<Term> {
    let last = handler.clause.heads().last()?;
    match handler.kind {
        SectionKind::Rescue => Some(Term::Exception),
        _ => {
            let kind = handler.clause.head(0)?;
            let takes_exits =
                handler.clause.heads().count() == 2 && (kind.is_atom("exit") || kind.is(Kind::Var));
            (takes_exits && last == binder).then_some(Term::Exit)
        }
    }
}

/// `{:EXIT, pid, reason}`, `{:DOWN, ref, :process, pid, reason}`, `{:exit, reason}`
fn of_pattern(binder: Node) -> Option<Term> {
    let tuple = binder.parent()?;
    let elements = tuple.tuple();
    let is_last = elements.last() == Some(&binder);
    let is_exit = matches!(
        (tuple.tag(), elements.len()),
        (Some("EXIT"), 2 | 3) | (Some("DOWN"), 5) | (Some("exit"), 2)
    );
    (is_exit && is_last).then_some(Term::Exit)
}

fn of_parameter(def: Def, binder: Node) -> Option<Term> {
    if def.guard().is_some() {
        return None;
    }
    let is_reason = def.is_named("terminate", 2) && def.parameter(0) == Some(binder);
    is_reason
        .then_some(Term::Exit)
        .or_else(|| of_pattern(binder))
}

/// The subject of the `case` whose clause this is, or the call on the right of the only arrow of a `with`.
fn source_of<'t>(owner: Node<'t>, clause: Clause<'t>) -> Option<Node<'t>> {
    let call = owner
        .parent()
        .and_then(Call::cast)
        .filter(|it| !it.is_remote())?;
    match (call.name(), owner.section_kind()?) {
        ("case", SectionKind::Do) => call.argument(0),
        ("with", SectionKind::Else) => {
            let mut sources = call
                .written_arguments()
                .filter(|it| it.op() == Op::LeftArrow);
            let (only, None) = (sources.next()?, sources.next()) else {
                return None;
            };
            only.child(Role::Right)
        }
        _ => {
            debug_assert!(owner.contains(clause.node()));
            None
        }
    }
}

/// Whether the errors of a call are never plain texts or atoms alone.
fn gives_terms(source: Node, tables: &Tables) -> bool {
    let call = match Pipe::cast(source) {
        Some(pipe) => pipe.right(),
        None => Some(source),
    };
    let Some(call) = call.and_then(Call::cast) else {
        return false;
    };
    let Callee::Remote(module) = call.callee() else {
        return false;
    };
    match tables
        .sink(&module, call.name(), call.arity())
        .map(|it| it.kind)
    {
        Some(SinkKind::Db) => !module.starts_with(':'),
        Some(SinkKind::Http) => !matches!(module.as_ref(), "Goth" | "ExternalService" | "Pigeon"),
        Some(SinkKind::Mail | SinkKind::Redis | SinkKind::SupervisorCall) => true,
        Some(SinkKind::ProcessCall) => call.name().starts_with("start"),
        _ => matches!(
            (module.as_ref(), call.name()),
            ("Jason" | "Poison", "decode" | "encode") | ("Code", "string_to_quoted")
        ),
    }
}
