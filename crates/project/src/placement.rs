//! In which process a closure runs.
//!
//! A closure given to `Enum.map/2` runs at once and here; given to `Task.start/1`, in another process; kept or handed
//! to unknown code, at some time, somewhere. Functions of the project that call, or pass on, a parameter of theirs are
//! learned, to a fix-point.
use exlint_facts::{CallFacts, Callee, Closure, Code, Name, Scope, Shape, Variable};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{ClauseId, FunctionId, Tables, index::Index, resolve::value, traits::Traits};

/// How often the parameters of the project's functions are looked at again.
const MAX_ROUNDS: usize = 5;

/// In which process code runs, seen from the clause it is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// At once, in the process that runs the clause.
    Inline,
    /// In another process: a task, a spawned process, an agent.
    OtherProcess,
    /// Later, or not known where.
    Deferred,
}

pub(crate) struct Placements {
    /// For each clause, for each closure.
    closures: Vec<Vec<Placement>>,
}

impl Placements {
    pub fn of(index: &Index, traits: &[Traits], tables: &Tables) -> Self {
        let mut finder = Finder {
            index,
            traits,
            tables,
            parameters: FxHashMap::default(),
            known: FxHashMap::default(),
        };
        finder.learn();
        let clauses = (0..index.clauses.len() as u32).map(ClauseId);
        let closures = clauses.map(|id| finder.closures(id)).collect();
        Self { closures }
    }

    /// Where a closure runs, seen from the code around it.
    pub fn of_closure(&self, clause: ClauseId, closure: usize) -> Placement {
        let closures = &self.closures[clause.0 as usize];
        closures
            .get(closure)
            .copied()
            .unwrap_or(Placement::Deferred)
    }

    pub fn of_scope(&self, code: &Code, clause: ClauseId, scope: Scope) -> Placement {
        let mut scope = scope;
        while let Some(closure) = scope.closure() {
            match self.closures[clause.0 as usize].get(closure) {
                Some(Placement::Inline) => scope = code.closures[closure].outer,
                Some(other) => return *other,
                None => return Placement::Deferred,
            }
        }
        Placement::Inline
    }

    /// Whether `scope` is `root`, or a closure that the process of `root` runs at once.
    pub fn is_within(&self, code: &Code, clause: ClauseId, scope: Scope, root: Scope) -> bool {
        let mut scope = scope;
        while scope != root {
            let Some(closure) = scope.closure() else {
                return false;
            };
            match self.closures[clause.0 as usize].get(closure) {
                Some(Placement::Inline) => scope = code.closures[closure].outer,
                _ => return false,
            }
        }
        true
    }
}

struct Finder<'i> {
    index: &'i Index,
    traits: &'i [Traits],
    tables: &'i Tables,
    /// What the functions of the project do with a function they are given.
    parameters: FxHashMap<(FunctionId, u8), Placement>,
    known: FxHashMap<(Name, Name, u8), Option<Placement>>,
}

/// What a clause does with a parameter of its function.
struct ParameterUse {
    parameter: (FunctionId, u8),
    clause: ClauseId,
    /// The call it is an argument of, and which; `None` where it is called itself.
    passed_to: Option<(u32, u8)>,
}

impl Finder<'_> {
    /// Learns what functions do with the functions they are given, one call further each round.
    fn learn(&mut self) {
        let uses = self.uses();
        for _ in 0..MAX_ROUNDS {
            let mut learned = Vec::new();
            for it in &uses {
                let placement = match it.passed_to {
                    None => Some(Placement::Inline),
                    Some((call, nth)) => {
                        let calls = &self.index.clause(it.clause).code.calls;
                        self.given(it.clause, &calls[call as usize], nth)
                    }
                };
                learned.extend(placement.map(|placement| (it.parameter, placement)));
            }
            let mut is_new = false;
            for (key, placement) in learned {
                is_new |= self.parameters.insert(key, placement).is_none();
            }
            if !is_new {
                break;
            }
        }
    }

    /// Where parameters are called or passed on. Not from closures: such a parameter runs wherever the closure does,
    /// which is not followed.
    fn uses(&self) -> Vec<ParameterUse> {
        let mut uses = Vec::new();
        for (place, clause) in self.index.clauses.iter().zip((0..).map(ClauseId)) {
            let code = &self.index.clause(clause).code;
            let own = code.calls.iter().zip(0..);
            for (call, number) in own.filter(|(it, _)| it.scope == Scope::CLAUSE) {
                let mut add = |parameter, passed_to| {
                    uses.push(ParameterUse {
                        parameter: (place.function, parameter),
                        clause,
                        passed_to,
                    });
                };
                if let Callee::Apply(applied) = &call.callee
                    && let Shape::Parameter(parameter) = value(code, applied)
                {
                    add(*parameter, None);
                }
                for (argument, nth) in call.arguments.iter().zip(0..=u8::MAX) {
                    if let Shape::Parameter(parameter) = value(code, argument) {
                        add(*parameter, Some((number, nth)));
                    }
                }
            }
        }
        uses
    }

    fn closures(&mut self, id: ClauseId) -> Vec<Placement> {
        let code = &self.index.clause(id).code;
        let called = match code.closures.is_empty() {
            true => FxHashSet::default(),
            false => called(code),
        };
        let closures = code.closures.iter().zip(0..);
        let of = |(closure, index): (&Closure, u32)| {
            let given = closure
                .given_to
                .and_then(|(call, nth)| self.given(id, &code.calls[call as usize], nth));
            given.unwrap_or(match called.contains(&index) {
                true => Placement::Inline,
                false => Placement::Deferred,
            })
        };
        closures.map(of).collect()
    }

    /// What becomes of a function given to a call as its argument number `nth`.
    fn given(&mut self, clause: ClauseId, call: &CallFacts, nth: u8) -> Option<Placement> {
        let module = self.index.module_of_clause(clause);
        let named = match &call.callee {
            Callee::Remote(name) => *name,
            Callee::Local => {
                let function = self.index.find_function(module, call.name, call.arity)?;
                return self.parameters.get(&(function, nth)).copied();
            }
            _ => return None,
        };
        if let Some(found) = self
            .index
            .find_module(named, self.index.file_of_module(module))
        {
            if let Some(function) = self.index.find_function(found, call.name, call.arity) {
                return self.parameters.get(&(function, nth)).copied();
            }
            return self.of_user(found, call);
        }
        let key = (named, call.name, call.arity);
        if let Some(placement) = self.known.get(&key) {
            return *placement;
        }
        let (module, name) = (self.index.text(named), self.index.text(call.name));
        let placement = if self.tables.spawns(module, name, call.arity as usize) {
            Some(Placement::OtherProcess)
        } else if self.tables.runs_inline(module, name) {
            Some(Placement::Inline)
        } else {
            None
        };
        self.known.insert(key, placement);
        placement
    }

    /// A function that `use` gave to a module: `Shop.Repo.transaction/1`.
    fn of_user(&self, module: crate::ModuleId, call: &CallFacts) -> Option<Placement> {
        let name = self.index.text(call.name);
        let mut uses = self.traits[module.0 as usize].uses.iter();
        let inline = uses.any(|it| {
            self.tables
                .runs_inline(&format!("use:{}", self.index.text(*it)), name)
        });
        inline.then_some(Placement::Inline)
    }
}

/// The closures that the clause itself calls: `fun = fn ... end; fun.()`.
fn called(code: &Code) -> FxHashSet<u32> {
    let closure = |call: &CallFacts| match &call.callee {
        Callee::Apply(applied) => match applied.as_ref() {
            Shape::Closure(it) => Some(*it),
            Shape::Variable(Variable(it)) => match code.variables.get(*it as usize) {
                Some(Shape::Closure(it)) => Some(*it),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    code.calls.iter().filter_map(closure).collect()
}
