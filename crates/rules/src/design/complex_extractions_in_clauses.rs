use exlint_syntax::Bindings;

use crate::prelude::*;

/// The heads of a function's clauses take values apart that only the bodies use.
///
/// In a function of several clauses the heads say which clause is for what. Where they also unpack what the bodies need,
/// a reader cannot tell the one from the other.
///
/// # Bad
///
/// ```elixir
/// defmodule Drive do
///   def check(%User{name: name, mail: mail, phone: phone, age: age}, :car) when age >= 18 do
///     {name, mail, phone}
///   end
///
///   def check(%User{name: name, mail: mail, phone: phone, age: age}, :bike) when age >= 16 do
///     {phone, mail, name}
///   end
///
///   def check(%User{age: age}, _vehicle) when age < 16, do: :no
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Drive do
///   def check(%User{age: age} = user, :car) when age >= 18 do
///     {user.name, user.mail, user.phone}
///   end
///
///   def check(%User{age: age} = user, :bike) when age >= 16 do
///     {user.phone, user.mail, user.name}
///   end
///
///   def check(%User{age: age}, _vehicle) when age < 16, do: :no
/// end
/// ```
///
/// Opt-in: from three clauses and two arguments on, where two heads or more bind at least `max_bound` values of maps and
/// structs for their bodies alone.
#[derive(Deserialize, RuleMeta)]
#[rule(family = Design, confidence = Low, scope = Module)]
#[serde(default)]
pub struct ComplexExtractionsInClauses {
    /// From how many values on that only the body uses a head is too much.
    pub max_bound: usize,
}

impl Default for ComplexExtractionsInClauses {
    fn default() -> Self {
        Self { max_bound: 3 }
    }
}

impl Rule for ComplexExtractionsInClauses {
    fn listen(on: &mut On<Self>) {
        on.modules(Self::check);
    }
}

impl ComplexExtractionsInClauses {
    fn check(&self, module: Module, cx: &mut Cx) {
        for function in module.functions() {
            if function.clauses.len() < 3 || function.max_arity < 2 {
                continue;
            }
            let clauses = function.clauses.iter();
            let defs = clauses.filter_map(|it| module.file().def(*it));
            let heavy: Vec<Def> = defs
                .filter(|it| for_the_body(*it) >= self.max_bound)
                .collect();
            if let [first, second, ..] = heavy.as_slice() {
                let head = first.head().unwrap_or(first.node());
                let count = for_the_body(*first);
                cx.report(
                    head,
                    format!("this head takes {count} values apart that only its body uses"),
                )
                .label(
                    second.head().unwrap_or(second.node()),
                    "and so does this one",
                )
                .help("bind only what tells the clauses apart, and read the rest in the body");
            }
        }
    }
}

/// How many variables the head binds inside maps and structs that neither its guard nor another pattern uses.
fn for_the_body(def: Def) -> usize {
    let bindings = Bindings::of(def.node());
    let in_guard = |name: &str| {
        def.guard()
            .is_some_and(|it| it.subtree().any(|it| it.is_var(name)))
    };
    let is_taken_apart = |variable: &Node| {
        variable.is(Kind::Var)
            && variable.is_binding()
            && !variable.name().starts_with('_')
            && variable
                .ancestors()
                .take_while(|it| *it != def.node())
                .any(|it| matches!(it.kind(), Kind::Map | Kind::Struct))
    };
    let variables = def.parameters().flat_map(Node::subtree);
    variables
        .filter(is_taken_apart)
        .filter(|it| !in_guard(it.name()))
        .filter(|it| bindings.binding(*it).is_some_and(|it| !it.uses.is_empty()))
        .count()
}
