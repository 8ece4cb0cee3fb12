//! Modules that the configuration names: what `impl().call(...)` and `@adapter.call(...)` may call.
//!
//! `config :shop, Shop.Mail, adapter: Shop.Smtp` in a file under `config/` and `Application.get_env(:shop, Shop.Mail)`
//! in the code belong together. Each file of the configuration may name another module, and so may the default of the
//! call: all of them are possible, and none is certain.
use exlint_facts::{CallFacts, Callee, Code, FileFacts, FileRole, Name, Shape};
use rustc_hash::FxHashMap;

use crate::{ClauseId, ModuleId, index::Index, resolve::value};

/// How many functions, options and variables are gone through from a call to what is configured.
const MAX_DEPTH: usize = 6;

/// How many values are looked at for one call; functions with many ends lead to many more.
const MAX_VALUES: usize = 200;

/// What is set, by application and key.
#[derive(Default)]
pub(crate) struct Configured {
    values: FxHashMap<(Name, Name), Vec<Shape>>,
}

impl Configured {
    pub fn of(index: &Index) -> Self {
        let mut configured = Self::default();
        for file in index.files.iter().filter(|it| is_configuration(it)) {
            for call in &file.top.calls {
                configured.add(index, &file.top, call);
            }
        }
        configured
    }

    /// `config :shop, key: value` and `config :shop, key, value`.
    fn add(&mut self, index: &Index, code: &Code, call: &CallFacts) {
        if index.text(call.name) != "config" {
            return;
        }
        let argument = |nth: usize| call.arguments.get(nth).map(|it| value(code, it));
        let Some(app) = argument(0).and_then(Shape::atom) else {
            return;
        };
        match (argument(1), argument(2)) {
            (Some(Shape::Keywords(pairs)), None) => {
                for (key, set) in pairs {
                    self.set(app, *key, value(code, set));
                }
            }
            (Some(Shape::Atom(key) | Shape::Module(key)), Some(set)) => self.set(app, *key, set),
            _ => {}
        }
    }

    fn set(&mut self, app: Name, key: Name, set: &Shape) {
        self.values.entry((app, key)).or_default().push(set.clone());
    }

    /// The modules that a value of a clause may be, where the configuration says it.
    pub fn modules(&self, index: &Index, clause: ClauseId, shape: &Shape) -> Vec<Name> {
        let place = Place {
            module: index.module_of_clause(clause),
            code: &index.clause(clause).code,
        };
        let mut search = Search {
            configured: self,
            index,
            left: MAX_VALUES,
            found: Vec::new(),
        };
        search.find(place, shape, &[], MAX_DEPTH);
        let mut found = search.found;
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// A search for the modules that one value may be.
struct Search<'i> {
    configured: &'i Configured,
    index: &'i Index,
    /// How many more values are looked at.
    left: usize,
    found: Vec<Name>,
}

impl<'i> Search<'i> {
    /// Adds the modules under the keys of a value, the outermost last.
    fn find(&mut self, place: Place<'i>, shape: &'i Shape, keys: &[Name], depth: usize) {
        let (Some(depth), Some(left)) = (depth.checked_sub(1), self.left.checked_sub(1)) else {
            return;
        };
        self.left = left;
        match value(place.code, shape) {
            Shape::Setting(arguments) => self.setting(place, arguments, keys),
            Shape::Choice(shapes) => {
                // `Keyword.get(options, key, default)` of an attribute.
                let is_option = shapes.iter().any(|it| matches!(it, Shape::Field(..)));
                for shape in shapes {
                    let default = shape.module().filter(|_| is_option && keys.is_empty());
                    self.found.extend(default);
                    self.find(place, shape, keys, depth);
                }
            }
            Shape::Field(base, key) => {
                let keys = [&[*key], keys].concat();
                self.find(place, base, &keys, depth);
            }
            Shape::Call(number) => {
                if let Some(call) = place.code.calls.get(*number as usize) {
                    self.call(place, call, keys, depth);
                }
            }
            _ => {}
        }
    }

    fn call(&mut self, place: Place<'i>, call: &'i CallFacts, keys: &[Name], depth: usize) {
        let index = self.index;
        let module = match &call.callee {
            Callee::Local => Some(place.module),
            Callee::Remote(name) => match (index.text(*name), index.text(call.name)) {
                ("Application", "get_env" | "fetch_env!" | "compile_env" | "compile_env!") => {
                    return self.setting(place, &call.arguments, keys);
                }
                ("Keyword" | "Map" | "Access", "get" | "fetch!") => {
                    return self.option(place, &call.arguments, keys, depth);
                }
                _ => index.find_module(*name, index.file_of_module(place.module)),
            },
            _ => None,
        };
        let function = module.and_then(|it| index.find_function(it, call.name, call.arity));
        let Some((module, function)) = module.zip(function) else {
            return;
        };
        for clause in index.clauses_of(function) {
            let code = &index.clause(clause).code;
            let place = Place { module, code };
            for tail in &code.tails {
                self.find(place, &tail.shape, keys, depth);
            }
        }
    }

    /// What `Keyword.get(options, key, default)` gives.
    fn option(&mut self, place: Place<'i>, arguments: &'i [Shape], keys: &[Name], depth: usize) {
        let [base, key, default @ ..] = arguments else {
            return;
        };
        let default = default.first().map(|it| value(place.code, it));
        let default = default.filter(|_| keys.is_empty());
        self.found.extend(default.and_then(Shape::module));
        if let Some(key) = value(place.code, key).atom() {
            let keys = [&[key], keys].concat();
            self.find(place, base, &keys, depth);
        }
    }

    /// What `Application.get_env(app, key, default)` gives.
    fn setting(&mut self, place: Place, arguments: &[Shape], keys: &[Name]) {
        let argument = |nth: usize| arguments.get(nth).map(|it| value(place.code, it));
        let default = argument(2).filter(|_| keys.is_empty());
        self.found.extend(default.and_then(Shape::module));
        let (Some(Shape::Atom(app)), Some(path)) = (argument(0), argument(1)) else {
            return;
        };
        let (key, inner) = match path {
            Shape::Atom(key) | Shape::Module(key) => (*key, Vec::new()),
            Shape::List(path) => {
                let mut path = path.iter().filter_map(|it| it.atom().or(it.module()));
                let Some(key) = path.next() else { return };
                (key, path.collect())
            }
            _ => return,
        };
        let keys = [&inner, keys].concat();
        for set in self
            .configured
            .values
            .get(&(*app, key))
            .into_iter()
            .flatten()
        {
            let set = keys.iter().try_fold(set, |it, key| it.get(*key));
            self.found.extend(set.and_then(Shape::module));
        }
    }
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Place<'i> {
    module: ModuleId,
    code: &'i Code,
}

/// Files of the configuration, but that of the tests.
fn is_configuration(file: &FileFacts) -> bool {
    let path = &file.path;
    file.role == FileRole::Script
        && (path.starts_with("config/") || path.contains("/config/"))
        && !path.ends_with("test.exs")
}
