//! What calls call: functions of the project, clause by clause, or of libraries.
use std::cell::{Cell, RefCell};

use exlint_facts::{CallFacts, Callee, ClauseFacts, Code, Name, Shape, Variable};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    CallId, ClauseId, FunctionId, ModuleId, configured::Configured, index::Index, traits::Traits,
};

/// Functions with more clauses than this are said to have many: each call of them is not compared with all.
const MANY_CLAUSES: usize = 32;

/// How many clauses of such functions the calls of a project may lead to, and how many more for each call.
const ROOM: usize = 200_000;
const ROOM_PER_CALL: usize = 4;

/// Modules with more imports than this do not go through all of them for each call.
const MANY_IMPORTS: usize = 16;

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
    /// The clauses that the arguments may match, of the modules that the configuration names: each of them is possible.
    Configured(Vec<ClauseId>),
    /// A function of this module, which the project does not define.
    External(Name),
    Unknown,
}

/// The targets of all calls.
pub struct Targets {
    by_clause: Vec<Vec<Target>>,
    callers: Vec<Vec<CallId>>,
    /// The calls that lead to a clause where the configuration says so.
    assumed: FxHashMap<ClauseId, Vec<CallId>>,
    /// Functions with so many clauses and calls that some of the calls are not followed.
    unfollowed: Vec<FunctionId>,
}

impl Target {
    /// The clauses of the project that a call may lead to, and whether nothing had to be assumed.
    pub fn clauses(&self) -> (&[ClauseId], bool) {
        match self {
            Target::Function {
                clauses, certain, ..
            } => (clauses, *certain),
            Target::Configured(clauses) => (clauses, false),
            Target::External(_) | Target::Unknown => (&[], true),
        }
    }
}

impl Targets {
    pub(crate) fn of(index: &Index, traits: &[Traits]) -> Self {
        let resolver = Resolver::new(index, traits);
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
        let mut assumed: FxHashMap<ClauseId, Vec<CallId>> = FxHashMap::default();
        for (targets, clause) in by_clause.iter().zip((0..).map(ClauseId)) {
            for (target, nth) in targets.iter().zip(0..) {
                if let Target::Function { clauses, .. } = target {
                    for called in clauses {
                        callers[called.0 as usize].push(CallId { clause, index: nth });
                    }
                }
                if let Target::Configured(clauses) = target {
                    for called in clauses {
                        let calls = assumed.entry(*called).or_default();
                        calls.push(CallId { clause, index: nth });
                    }
                }
            }
        }
        let unfollowed = resolver.unfollowed.into_inner();
        let mut unfollowed: Vec<FunctionId> = unfollowed.into_iter().collect();
        unfollowed.sort();
        Self {
            by_clause,
            callers,
            assumed,
            unfollowed,
        }
    }

    pub fn unfollowed(&self) -> &[FunctionId] {
        &self.unfollowed
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

    /// The calls that may reach a clause if the configuration names its module.
    pub fn assumed_callers(&self, id: ClauseId) -> &[CallId] {
        self.assumed.get(&id).map_or(&[], Vec::as_slice)
    }
}

struct Resolver<'i> {
    index: &'i Index,
    traits: &'i [Traits],
    /// The clauses of functions that have many.
    many: RefCell<FxHashMap<FunctionId, Sorted>>,
    /// The imports of modules that have many.
    imports: RefCell<FxHashMap<ModuleId, Imports>>,
    /// The names of the modules that define a function; filled when some module has many imports.
    defining: RefCell<FxHashMap<Name, Vec<Name>>>,
    /// How many more clauses of functions that have many can be looked at.
    room: Cell<usize>,
    configured: Configured,
    unfollowed: RefCell<FxHashSet<FunctionId>>,
}

/// Where an import finds a function.
#[derive(Clone, Copy)]
enum Imported {
    Function(FunctionId),
    External(Name),
}

/// The places of a module's imports, by what they import.
#[derive(Default)]
struct Imports {
    by_module: FxHashMap<Name, Vec<usize>>,
    listing: FxHashMap<(Name, u8), Vec<usize>>,
}

impl Imports {
    fn of(traits: &Traits) -> Self {
        let mut imports = Self::default();
        for (import, place) in traits.imports.iter().zip(0..) {
            let same = imports.by_module.entry(import.module).or_default();
            same.push(place);
            for function in import.only.iter().flatten() {
                imports.listing.entry(*function).or_default().push(place);
            }
        }
        imports
    }
}

/// The clauses of a function, by the literal that is their first parameter.
#[derive(Default)]
struct Sorted {
    literal: FxHashMap<Literal, Vec<ClauseId>>,
    /// Those whose first parameter is no literal.
    open: Vec<ClauseId>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Literal {
    Atom(Name),
    Module(Name),
    Int(i64),
    String(Name),
    /// A tuple that begins with an atom.
    Tagged(Name, usize),
}

impl Literal {
    fn of(shape: &Shape) -> Option<Literal> {
        Some(match shape {
            Shape::Atom(name) => Literal::Atom(*name),
            Shape::Module(name) => Literal::Module(*name),
            Shape::Int(number) => Literal::Int(*number),
            Shape::String(text) => Literal::String(*text),
            Shape::Tuple(parts) => Literal::Tagged(parts.first()?.atom()?, parts.len()),
            _ => return None,
        })
    }
}

impl Sorted {
    fn of(index: &Index, function: FunctionId) -> Self {
        let mut sorted = Self::default();
        for clause in index.clauses_of(function) {
            let first = index.clause(clause).parameters.first();
            match first.and_then(Literal::of) {
                Some(literal) => sorted.literal.entry(literal).or_default().push(clause),
                None => sorted.open.push(clause),
            }
        }
        sorted
    }

    /// The clauses that a call with this first argument may reach, as far as that tells; `None` for all.
    fn candidates(&self, first: &Shape) -> Option<Vec<ClauseId>> {
        let same = self.literal.get(&Literal::of(first)?);
        let mut found = self.open.clone();
        found.extend(same.into_iter().flatten());
        found.sort_unstable();
        Some(found)
    }
}

impl<'i> Resolver<'i> {
    fn new(index: &'i Index, traits: &'i [Traits]) -> Self {
        let clauses = (0..index.clauses.len() as u32).map(ClauseId);
        let calls = clauses.map(|it| index.clause(it).code.calls.len());
        let room = ROOM + ROOM_PER_CALL * calls.sum::<usize>();
        Self {
            index,
            traits,
            many: RefCell::default(),
            imports: RefCell::default(),
            defining: RefCell::default(),
            room: Cell::new(room),
            configured: Configured::of(index),
            unfollowed: RefCell::default(),
        }
    }

    fn target(&self, id: ClauseId, clause: &ClauseFacts, call: &CallFacts) -> Target {
        let module = self.index.module_of_clause(id);
        match &call.callee {
            Callee::Remote(name) => self.remote(*name, module, clause, call, true),
            Callee::Local => self.local(module, clause, call),
            Callee::Dynamic(receiver) => match value(&clause.code, receiver) {
                Shape::Module(name) => self.remote(*name, module, clause, call, true),
                Shape::Atom(name) => self.erlang(*name),
                _ => self.configured(id, clause, call, receiver),
            },
            Callee::Apply(_) => Target::Unknown,
        }
    }

    /// `impl().call(...)`: what the configuration names may be called.
    fn configured(
        &self,
        id: ClauseId,
        clause: &ClauseFacts,
        call: &CallFacts,
        receiver: &Shape,
    ) -> Target {
        let file = self.index.file_of_module(self.index.module_of_clause(id));
        let mut found = Vec::new();
        for name in self.configured.modules(self.index, id, receiver) {
            let module = self.index.find_module(name, file);
            let function =
                module.and_then(|it| self.index.find_function(it, call.name, call.arity));
            if let Some(function) = function
                && let Target::Function { clauses, .. } =
                    self.function(function, clause, call, false)
            {
                found.extend(clauses);
            }
        }
        match found.is_empty() {
            true => Target::Unknown,
            false => Target::Configured(found),
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
        let imports = self.traits[module.0 as usize].imports.len();
        let imported = match imports > MANY_IMPORTS {
            true => self.imported_by_many(module, call.name, call.arity),
            false => self.imported(module, call.name, call.arity, 0..imports),
        };
        match imported {
            Some(Imported::Function(function)) => self.function(function, clause, call, true),
            Some(Imported::External(name)) => Target::External(name),
            None => Target::Unknown,
        }
    }

    /// The function that one of the imports of a module, by their places, brings in.
    fn imported(
        &self,
        module: ModuleId,
        name: Name,
        arity: u8,
        places: impl Iterator<Item = usize>,
    ) -> Option<Imported> {
        let imports = &self.traits[module.0 as usize].imports;
        let file = self.index.file_of_module(module);
        let key = (name, arity);
        for import in places.map(|it| &imports[it]) {
            let listed = import.only.as_ref().is_none_or(|it| it.contains(&key))
                && !import.except.contains(&key);
            if !listed {
                continue;
            }
            match self.index.find_module(import.module, file) {
                Some(imported) => {
                    if let Some(function) = self.index.find_function(imported, name, arity) {
                        return Some(Imported::Function(function));
                    }
                }
                None if import.only.is_some() => return Some(Imported::External(import.module)),
                None => {}
            }
        }
        None
    }

    /// [`Self::imported`] of a module with many imports: only those are looked at that may have the function.
    fn imported_by_many(&self, module: ModuleId, name: Name, arity: u8) -> Option<Imported> {
        let mut defining = self.defining.borrow_mut();
        if defining.is_empty() {
            *defining = self.index.modules_by_function();
        }
        let mut imports = self.imports.borrow_mut();
        let imports = imports
            .entry(module)
            .or_insert_with(|| Imports::of(&self.traits[module.0 as usize]));
        let defining = defining.get(&name).into_iter().flatten();
        let having = defining.filter_map(|it| imports.by_module.get(it));
        let listing = imports.listing.get(&(name, arity));
        let mut places: Vec<usize> = having.chain(listing).flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        self.imported(module, name, arity, places.into_iter())
    }

    fn function(
        &self,
        function: FunctionId,
        clause: &ClauseFacts,
        call: &CallFacts,
        certain: bool,
    ) -> Target {
        let all = self.index.clauses_of(function);
        let may_match = |it: &ClauseId| {
            call.is_capture || self.may_match(clause, call, function, self.index.clause(*it))
        };
        let clauses = if all.len() > MANY_CLAUSES {
            let Some(candidates) = self.candidates(function, clause, call) else {
                self.unfollowed.borrow_mut().insert(function);
                return Target::Unknown;
            };
            candidates.into_iter().filter(may_match).collect()
        } else {
            all.filter(may_match).collect()
        };
        Target::Function {
            function,
            clauses,
            certain,
        }
    }

    /// Whether the arguments of a call may match the heads of a clause, as far as their shapes tell.
    fn may_match(
        &self,
        caller: &ClauseFacts,
        call: &CallFacts,
        function: FunctionId,
        clause: &ClauseFacts,
    ) -> bool {
        let function = self.index.function(function);
        let arguments = call.arguments.len();
        (0..=u8::MAX)
            .zip(&clause.parameters)
            .all(|(nth, parameter)| {
                let argument = function.argument_for(nth, arguments);
                let Some(argument) = argument.and_then(|it| call.arguments.get(it)) else {
                    return true;
                };
                let argument = known(caller, argument);
                let guard = match parameter {
                    Shape::Variable(variable) => {
                        clause.guards.iter().find(|(it, _)| it == variable)
                    }
                    _ => None,
                };
                shapes_match(argument, parameter)
                    && guard.is_none_or(|(_, test)| passes(argument, self.index.text(*test)))
            })
    }

    /// The clauses of a function with many that a call may reach; `None` where there is no more room for them.
    fn candidates(
        &self,
        function: FunctionId,
        clause: &ClauseFacts,
        call: &CallFacts,
    ) -> Option<Vec<ClauseId>> {
        let mut many = self.many.borrow_mut();
        let sorted = many
            .entry(function)
            .or_insert_with(|| Sorted::of(self.index, function));
        let first = call.arguments.first().filter(|_| !call.is_capture);
        let sorted = first.and_then(|it| sorted.candidates(known(clause, it)));
        let count = match &sorted {
            Some(candidates) => candidates.len(),
            None => self.index.clauses_of(function).len(),
        };
        self.room.set(self.room.get().checked_sub(count)?);
        Some(sorted.unwrap_or_else(|| self.index.clauses_of(function).collect()))
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
