//! What calls call: functions of the project, clause by clause, or of libraries.
use exlint_facts::{CallFacts, Callee, ClauseFacts, Code, Name, Shape, Variable};

use crate::{CallId, ClauseId, FunctionId, ModuleId, index::Index, traits::Traits};

/// What a call calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A function of the project, and the clauses of it that the arguments may match.
    Function {
        function: FunctionId,
        clauses: Vec<ClauseId>,
        /// Whether nothing had to be assumed.
        certain: bool,
    },
    /// A function of this module, which the project does not define.
    External(Name),
    Unknown,
}

/// The targets of all calls.
pub struct Targets {
    by_clause: Vec<Vec<Target>>,
    callers: Vec<Vec<CallId>>,
}

impl Targets {
    pub(crate) fn of(index: &Index, traits: &[Traits]) -> Self {
        let resolver = Resolver { index, traits };
        let clauses = (0..index.clauses.len() as u32).map(ClauseId);
        let by_clause: Vec<Vec<Target>> = clauses
            .map(|id| {
                let clause = index.clause(id);
                clause
                    .code
                    .calls
                    .iter()
                    .map(|call| resolver.target(id, clause, call))
                    .collect()
            })
            .collect();
        let mut callers = vec![Vec::new(); index.clauses.len()];
        for (targets, clause) in by_clause.iter().zip((0..).map(ClauseId)) {
            for (target, nth) in targets.iter().zip(0..) {
                if let Target::Function { clauses, .. } = target {
                    for called in clauses {
                        callers[called.0 as usize].push(CallId { clause, index: nth });
                    }
                }
            }
        }
        Self { by_clause, callers }
    }

    pub fn get(&self, id: CallId) -> &Target {
        &self.by_clause[id.clause.0 as usize][id.index as usize]
    }

    /// The targets of the calls of a clause, in their order.
    pub(crate) fn of_clause(&self, id: ClauseId) -> &[Target] {
        &self.by_clause[id.0 as usize]
    }

    pub fn callers(&self, id: ClauseId) -> &[CallId] {
        &self.callers[id.0 as usize]
    }
}

struct Resolver<'i> {
    index: &'i Index,
    traits: &'i [Traits],
}

impl Resolver<'_> {
    fn target(&self, id: ClauseId, clause: &ClauseFacts, call: &CallFacts) -> Target {
        let module = self.index.module_of_clause(id);
        match &call.callee {
            Callee::Remote(name) => self.remote(*name, module, clause, call, true),
            Callee::Local => self.local(module, clause, call),
            Callee::Dynamic(receiver) => match value(&clause.code, receiver) {
                Shape::Module(name) => self.remote(*name, module, clause, call, true),
                Shape::Atom(name) => self.erlang(*name),
                _ => Target::Unknown,
            },
            Callee::Apply(_) => Target::Unknown,
        }
    }

    fn erlang(&self, name: Name) -> Target {
        let module = self.index.name(&format!(":{}", self.index.text(name)));
        module.map_or(Target::Unknown, Target::External)
    }

    fn remote(
        &self,
        name: Name,
        from: ModuleId,
        clause: &ClauseFacts,
        call: &CallFacts,
        certain: bool,
    ) -> Target {
        let Some(module) = self
            .index
            .find_module(name, self.index.file_of_module(from))
        else {
            return Target::External(name);
        };
        match self.index.find_function(module, call.name, call.arity) {
            Some(function) => self.function(function, clause, call, certain),
            None => Target::External(name),
        }
    }

    fn local(&self, module: ModuleId, clause: &ClauseFacts, call: &CallFacts) -> Target {
        if let Some(function) = self.index.find_function(module, call.name, call.arity) {
            return self.function(function, clause, call, true);
        }
        let traits = &self.traits[module.0 as usize];
        let key = (call.name, call.arity);
        for import in &traits.imports {
            let listed = import.only.as_ref().is_none_or(|it| it.contains(&key))
                && !import.except.contains(&key);
            if !listed {
                continue;
            }
            match self
                .index
                .find_module(import.module, self.index.file_of_module(module))
            {
                Some(imported) => {
                    if let Some(function) =
                        self.index.find_function(imported, call.name, call.arity)
                    {
                        return self.function(function, clause, call, true);
                    }
                }
                None if import.only.is_some() => return Target::External(import.module),
                None => {}
            }
        }
        Target::Unknown
    }

    fn function(
        &self,
        function: FunctionId,
        clause: &ClauseFacts,
        call: &CallFacts,
        certain: bool,
    ) -> Target {
        let all = self.index.clauses_of(function);
        let clauses = all.filter(|it| {
            call.is_capture || may_match(clause, call, self.index.clause(*it), self.index)
        });
        Target::Function {
            function,
            clauses: clauses.collect(),
            certain,
        }
    }
}

/// Follows variables to what they hold.
pub(crate) fn value<'c>(code: &'c Code, shape: &'c Shape) -> &'c Shape {
    let mut shape = shape;
    for _ in 0..16 {
        match shape {
            Shape::Variable(Variable(index)) => match code.variables.get(*index as usize) {
                Some(held) if *held != Shape::Unknown => shape = held,
                _ => return shape,
            },
            _ => return shape,
        }
    }
    shape
}

/// Whether the arguments of a call may match the heads of a clause, as far as their shapes tell.
fn may_match(caller: &ClauseFacts, call: &CallFacts, clause: &ClauseFacts, index: &Index) -> bool {
    call.arguments
        .iter()
        .zip(&clause.parameters)
        .all(|(argument, parameter)| {
            let argument = known(caller, argument);
            let guard = match parameter {
                Shape::Variable(variable) => clause.guards.iter().find(|(it, _)| it == variable),
                _ => None,
            };
            shapes_match(argument, parameter)
                && guard.is_none_or(|(_, test)| passes(argument, index.text(*test)))
        })
}

/// What is known of an argument: a parameter of the caller is what its own head says.
fn known<'c>(caller: &'c ClauseFacts, argument: &'c Shape) -> &'c Shape {
    match value(&caller.code, argument) {
        Shape::Parameter(nth) => match caller.parameters.get(*nth as usize) {
            Some(
                parameter @ (Shape::Struct(..) | Shape::Map(..) | Shape::Tuple(_) | Shape::List(_)),
            ) => parameter,
            _ => &Shape::Unknown,
        },
        shape => shape,
    }
}

/// The type of a value, as far as patterns tell types apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Atom,
    Number,
    Binary,
    Tuple,
    List,
    Map,
    Function,
}

fn type_of(shape: &Shape) -> Option<Type> {
    Some(match shape {
        Shape::Atom(_) | Shape::Module(_) => Type::Atom,
        Shape::Int(_) | Shape::Float => Type::Number,
        Shape::String(_) | Shape::Prefix(_) | Shape::Binary => Type::Binary,
        Shape::Tuple(_) => Type::Tuple,
        Shape::List(_) | Shape::Cons(_) | Shape::Keywords(_) | Shape::Concat(..) => Type::List,
        Shape::Map(..) | Shape::StringMap(..) | Shape::Struct(..) => Type::Map,
        Shape::Closure(_) => Type::Function,
        _ => return None,
    })
}

pub(crate) fn shapes_match(value: &Shape, pattern: &Shape) -> bool {
    if let (Some(value), Some(pattern)) = (type_of(value), type_of(pattern))
        && value != pattern
    {
        return false;
    }
    match (value, pattern) {
        (Shape::Atom(value), Shape::Atom(pattern))
        | (Shape::Module(value), Shape::Module(pattern)) => value == pattern,
        (Shape::Atom(_), Shape::Module(_)) | (Shape::Module(_), Shape::Atom(_)) => false,
        (Shape::Int(value), Shape::Int(pattern)) => value == pattern,
        (Shape::String(value), Shape::String(pattern)) => value == pattern,
        (Shape::Tuple(values), Shape::Tuple(patterns)) => {
            values.len() == patterns.len()
                && values.iter().zip(patterns).all(|(v, p)| shapes_match(v, p))
        }
        (Shape::Struct(value, _), Shape::Struct(pattern, _)) => value == pattern,
        (Shape::Struct(_, values), Shape::Map(patterns, _))
        | (Shape::Map(values, true), Shape::Map(patterns, _)) => {
            pairs_match(values, patterns, true)
        }
        (Shape::Map(values, false), Shape::Map(patterns, _)) => {
            pairs_match(values, patterns, false)
        }
        (Shape::List(values), Shape::List(patterns)) => {
            values.len() == patterns.len()
                && values.iter().zip(patterns).all(|(v, p)| shapes_match(v, p))
        }
        (Shape::Keywords(_), Shape::List(patterns)) => !patterns.is_empty(),
        (Shape::List(values), Shape::Cons(_)) => !values.is_empty(),
        _ => true,
    }
}

fn pairs_match(values: &[(Name, Shape)], patterns: &[(Name, Shape)], open: bool) -> bool {
    patterns.iter().all(
        |(key, pattern)| match values.iter().find(|(it, _)| it == key) {
            Some((_, value)) => shapes_match(value, pattern),
            None => open,
        },
    )
}

/// Whether a value of this shape may pass a guard.
fn passes(value: &Shape, test: &str) -> bool {
    let Some(kind) = type_of(value) else {
        return true;
    };
    match test {
        "is_pid" | "is_reference" | "is_port" => false,
        "is_atom" => kind == Type::Atom,
        "is_binary" | "is_bitstring" => kind == Type::Binary,
        "is_map" => kind == Type::Map,
        "is_struct" => matches!(value, Shape::Struct(..)) || matches!(value, Shape::Map(_, true)),
        "is_list" => kind == Type::List,
        "is_tuple" => kind == Type::Tuple,
        "is_integer" | "is_number" | "is_float" => kind == Type::Number,
        "is_function" => kind == Type::Function,
        "is_boolean" => kind == Type::Atom,
        "is_nil" => matches!(value, Shape::Atom(_)),
        _ => true,
    }
}
