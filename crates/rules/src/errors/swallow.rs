//! Handlers that take every exception, tell nobody, and give a value as if nothing had happened.
//!
//! Two rules report them: `rescue-returns-plausible-default` where the value looks like a result,
//! `rescue-swallow` everywhere else.
use exlint_project::{SinkKind, Tables};

use super::{
    handler::Handler,
    reach::{Step, clauses_of, counterpart, steps},
    rescue_misses_exit::only_exits,
    twin::only_call_with_twin,
    value::{self, Type, Value},
};
use crate::prelude::*;

/// A failure that ends in silence.
pub(super) struct Swallowed<'t> {
    pub handler: Handler<'t>,
    /// The expression that gives the handler's value.
    pub value: Node<'t>,
    /// Whether callers take it for a result of the protected code.
    pub is_plausible: bool,
    /// Whether it is what the function was given, untreated.
    pub is_input: bool,
    /// The first call that may fail for reasons outside the program.
    pub io: Option<(Step<'t>, SinkKind)>,
}

impl<'t> Swallowed<'t> {
    /// The swallowed failures of a `rescue` or `catch` section.
    pub fn of(section: Node<'t>, tables: &Tables) -> Vec<Swallowed<'t>> {
        let handlers = Handler::of(section).into_iter();
        handlers
            .filter(|it| it.takes_every_exception() && !may_fail_silently(it))
            .filter_map(|it| judge(it, tables))
            .collect()
    }

    /// The labels both rules share.
    pub fn explain(&self, finding: &mut exlint_findings::Finding) {
        if let Some((step, kind)) = &self.io {
            let text = if step.from == step.node {
                format!(
                    "talks to {}, which fails for many reasons",
                    counterpart(*kind)
                )
            } else {
                format!(
                    "calls `{}`, which talks to {} and fails for many reasons",
                    step.mfa(),
                    counterpart(*kind)
                )
            };
            finding.label(step.from, text);
        }
        let is_given =
            self.value != self.handler.clause.node() && !self.handler.value_is_discarded();
        if is_given {
            finding.label(self.value, "all that the caller gets");
        }
    }
}

/// Where the process is leaving, or a person at a terminal sees what is missing.
fn may_fail_silently(handler: &Handler) -> bool {
    let leaves = handler
        .def()
        .is_some_and(|it| matches!(it.function_name(), "terminate" | "__mix_recompile__?"));
    let module = handler.owner.enclosing_module_name().unwrap_or_default();
    leaves || module.starts_with("Mix.") || module == "Mix"
}

fn judge<'t>(handler: Handler<'t>, tables: &Tables) -> Option<Swallowed<'t>> {
    let body = handler.clause.body();
    if informs(body, handler.exception(), tables, 0) {
        return None;
    }
    let values = value::of_handler(body, &handler, 0)?;
    let (node, _) = values.first().copied()?;
    let steps = steps(handler.body.expressions(), tables);
    let io = steps
        .iter()
        .find_map(|step| Some((step.clone(), step.io(tables)?)));
    let is_input = values.iter().all(|(_, it)| *it == Value::Input);
    if !is_worth_a_word(&handler, &steps, tables, is_input) {
        return None;
    }
    let is_plausible = !handler.value_is_discarded()
        && values
            .iter()
            .any(|(_, it)| matches!(it, Value::Of(of) if is_result_of(*of, handler.body)));
    Some(Swallowed {
        handler,
        value: node,
        is_plausible,
        is_input,
        io,
    })
}

/// Whether the protected code can fail in ways that nobody expects: it leaves the process, or is more than one step
/// of code that is not for decoding.
fn is_worth_a_word(handler: &Handler, steps: &[Step], tables: &Tables, is_input: bool) -> bool {
    if only_exits(handler, steps, tables).is_some() {
        // `rescue-misses-exit` has to say that it rescues nothing.
        return false;
    }
    if only_call_with_twin(handler.body, steps, tables).is_some()
        && handler.kind == SectionKind::Rescue
    {
        // `exceptions-for-control-flow` knows the way out.
        return false;
    }
    let own = |it: &&Step| it.node == it.from && (it.is_unknown() || !it.clauses.is_empty());
    let io: Vec<_> = steps
        .iter()
        .filter_map(|it| Some((it, it.io(tables)?)))
        .collect();
    if let [(step, kind)] = io.as_slice()
        && !steps.iter().any(|it| own(&it))
    {
        // One question to a process that may be gone. Exits do not end in `rescue`, but for those of `:erpc`.
        let is_answered = handler.takes_every_kind() || step.module() == ":erpc";
        return !(is_process(*kind) && is_answered);
    }
    if !io.is_empty() {
        return true;
    }
    let is_predicate = handler
        .def()
        .is_some_and(|it| it.function_name().ends_with('?'));
    // Code handed in from elsewhere may do whatever it likes: this is a boundary.
    let is_boundary = steps.iter().any(|it| it.callee == Callee::Dynamic);
    if is_predicate || is_boundary {
        return false;
    }
    let unknown = steps.iter().filter(|it| it.is_unknown() && !is_decoder(it));
    unknown.count() >= 2 || is_input && steps.iter().filter(own).count() >= 2
}

fn is_process(kind: SinkKind) -> bool {
    matches!(
        kind,
        SinkKind::ProcessCall | SinkKind::SupervisorCall | SinkKind::Rpc
    )
}

/// Functions of packages that only turn one form of data into another, and raise where they cannot.
pub(super) fn is_decoder(step: &Step) -> bool {
    const MODULES: &[&str] = &[
        "Jason",
        "Poison",
        "JSON",
        "Plug.Crypto",
        "Plug.Conn.Query",
        "Phoenix.Token",
        "Phoenix.HTML",
        "Joken",
        "JOSE",
        "ABI",
        "Ecto.UUID",
        "Ecto.Type",
        "Ecto.Changeset",
        "Ecto.Query",
        "Decimal",
        "Timex",
        "Floki",
        "Earmark",
        "YamlElixir",
        "Toml",
        "NimbleCSV",
        "CSV",
        "SweetXml",
        "Msgpax",
        "Cldr",
        "Gettext",
        "Tzdata",
        "Money",
        "Ecto.Enum",
        "Geo",
        "ExRLP",
        "ExKeccak",
        "Solid",
        "Protobuf",
        "MIME",
        "IP",
        "CIDR",
        "Bitwise",
    ];
    let module = step.module();
    MODULES.iter().any(|it| {
        module
            .strip_prefix(it)
            .is_some_and(|it| it.is_empty() || it.starts_with('.'))
    }) || step.name.starts_with("decode")
        || step.name.starts_with("parse")
}

// Who is told.

/// Whether the handler itself raises, exits or throws.
pub(super) fn raises_again(handler: &Handler) -> bool {
    handler
        .clause
        .body()
        .descendants()
        .any(|it| it.is(Kind::Call) && matches!(it.name(), "raise" | "reraise" | "throw" | "exit"))
}

/// Whether somebody learns of the failure: it is raised again, reported, sent on, or handed to code that the file
/// does not show.
fn informs<'t>(body: Body<'t>, exception: Option<Node<'t>>, tables: &Tables, depth: usize) -> bool {
    let mut calls = body.descendants().filter(|it| it.mode() == Mode::Code);
    calls.any(|it| match it.kind() {
        Kind::Call => Call::cast(it).is_some_and(|it| call_informs(it, exception, tables, depth)),
        Kind::Apply | Kind::Invoke => true,
        Kind::Var => it.name() == "__STACKTRACE__",
        _ => false,
    })
}

fn call_informs<'t>(
    call: Call<'t>,
    exception: Option<Node<'t>>,
    tables: &Tables,
    depth: usize,
) -> bool {
    let callee = call.callee();
    let clauses = clauses_of(call.node(), &callee, call.name(), call.arity());
    if let Some(last) = clauses.last() {
        // The clause that takes what the others leave over.
        return depth > 4
            || last
                .body()
                .is_some_and(|body| informs(body, exception, tables, depth + 1));
    }
    match callee {
        Callee::Remote(module) => !is_silent(&module, call),
        Callee::Own => true,
        Callee::Unknown => true,
        Callee::Dynamic => call.has_parentheses(),
    }
}

/// Functions that neither report nor act.
fn is_silent(module: &str, call: Call) -> bool {
    const LOUD: &[&str] = &[
        "raise",
        "reraise",
        "throw",
        "exit",
        "send",
        "apply",
        "spawn",
        "spawn_link",
    ];
    match module {
        "Kernel" => !LOUD.contains(&call.name()),
        "Logger" => is_quiet_level(call),
        "IO" | "String" | "Enum" | "Map" | "Keyword" | "List" | "Exception" | "Integer"
        | "Float" | "Atom" | "Tuple" | "MapSet" | "DateTime" | "NaiveDateTime" | "Date"
        | "Time" | "Access" | "Path" | "Inspect" | "Stream" | "Regex" | "Decimal"
        | "Phoenix.Component" | "IO.ANSI" => true,
        _ => false,
    }
}

fn is_quiet_level(call: Call) -> bool {
    match call.name() {
        "debug" | "info" | "notice" | "metadata" | "reset_metadata" => true,
        "log" => call.argument(0).is_some_and(|it| {
            ["debug", "info", "notice"]
                .iter()
                .any(|level| it.is_atom(level))
        }),
        _ => false,
    }
}

/// Whether the protected code gives values of this type.
fn is_result_of(of: Type, body: Body) -> bool {
    let types: Vec<_> = body
        .tails()
        .iter()
        .map(|it| value::type_of(it.node, 0))
        .collect();
    if types.contains(&Some(of)) {
        return true;
    }
    let is_open = types.iter().all(Option::is_none);
    is_open && !matches!(of, Type::Boolean)
}
