//! Numbers for the modules, functions and clauses of a project, and the look-ups by name.
use exlint_facts::{ClauseFacts, FileFacts, FileRole, FunctionFacts, ModuleFacts, Name, Shape};
use exlint_findings::FileId;
use indexmap::IndexSet;
use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::{ClauseId, FunctionId, ModuleId, templates};

/// Where a clause stands. It is asked for more often than anything else, so it is one look-up.
#[derive(Clone, Copy)]
pub(crate) struct ClausePlace {
    pub function: FunctionId,
    pub module: ModuleId,
    /// The file of its module.
    file: FileId,
    /// The file in which it is written: that of its module, or the template it is made of.
    pub stands_in: FileId,
    /// The number of its module in the file, of its function there, and its own.
    nth: [u32; 3],
}

pub(crate) struct Index {
    pub files: Vec<FileFacts>,
    /// The text of each name, at its number.
    names: IndexSet<Box<str>, FxBuildHasher>,
    /// The file of each module, and its place there.
    pub modules: Vec<(FileId, u32)>,
    modules_by_name: FxHashMap<Name, Vec<ModuleId>>,
    /// The module of each function, and its place there.
    pub functions: Vec<(ModuleId, u32)>,
    first_function: Vec<u32>,
    functions_by_name: FxHashMap<(ModuleId, Name), Vec<FunctionId>>,
    pub clauses: Vec<ClausePlace>,
    first_clause: Vec<u32>,
    /// What is compiled together with each file.
    units: Vec<u32>,
}

impl Index {
    pub fn of(mut files: Vec<FileFacts>) -> Self {
        let mut index = Index {
            files: Vec::new(),
            names: IndexSet::default(),
            modules: Vec::new(),
            modules_by_name: FxHashMap::default(),
            functions: Vec::new(),
            first_function: Vec::new(),
            functions_by_name: FxHashMap::default(),
            clauses: Vec::new(),
            first_clause: Vec::new(),
            units: Vec::new(),
        };
        let mut add = |file: &FileFacts| file.names.iter().map(|it| index.add_name(it)).collect();
        let renamed: Vec<Vec<Name>> = files.iter().map(&mut add).collect();
        let files_and_names = files.par_iter_mut().zip(&renamed);
        files_and_names.for_each(|(file, names)| file.rename(|name| names[name.0 as usize]));
        templates::attach(&mut files, &mut index);
        for (file, number) in files.iter().zip(0..) {
            index.number(file, FileId(number));
        }
        index.first_function.push(index.functions.len() as u32);
        index.first_clause.push(index.clauses.len() as u32);
        index.files = files;
        index.units = index.units();
        index
    }

    pub fn add_name(&mut self, text: &str) -> Name {
        let number = match self.names.get_index_of(text) {
            Some(number) => number,
            None => self.names.insert_full(text.into()).0,
        };
        Name(number as u32)
    }

    fn number(&mut self, facts: &FileFacts, file: FileId) {
        for (module, nth) in facts.modules.iter().zip(0..) {
            let id = ModuleId(self.modules.len() as u32);
            self.modules.push((file, nth));
            self.modules_by_name
                .entry(module.name)
                .or_default()
                .push(id);
            self.first_function.push(self.functions.len() as u32);
            for (function, nth_function) in module.functions.iter().zip(0..) {
                let function_id = FunctionId(self.functions.len() as u32);
                self.functions.push((id, nth_function));
                self.functions_by_name
                    .entry((id, function.name))
                    .or_default()
                    .push(function_id);
                self.first_clause.push(self.clauses.len() as u32);
                let place = |(clause, nth_clause): (&ClauseFacts, u32)| ClausePlace {
                    function: function_id,
                    module: id,
                    file,
                    stands_in: clause.file(file),
                    nth: [nth, nth_function, nth_clause],
                };
                let clauses = function.clauses.iter().zip(0..);
                self.clauses.extend(clauses.map(place));
            }
        }
    }

    pub fn text(&self, name: Name) -> &str {
        &self.names[name.0 as usize]
    }

    pub fn name_count(&self) -> usize {
        self.names.len()
    }

    pub fn name(&self, text: &str) -> Option<Name> {
        let number = self.names.get_index_of(text)?;
        Some(Name(number as u32))
    }

    pub fn module(&self, id: ModuleId) -> &ModuleFacts {
        let (file, nth) = self.modules[id.0 as usize];
        &self.files[file.0 as usize].modules[nth as usize]
    }

    pub fn file_of_module(&self, id: ModuleId) -> FileId {
        self.modules[id.0 as usize].0
    }

    pub fn function(&self, id: FunctionId) -> &FunctionFacts {
        let (module, nth) = self.functions[id.0 as usize];
        &self.module(module).functions[nth as usize]
    }

    /// The names of the modules that define a function of each name, in no order.
    pub fn modules_by_function(&self) -> FxHashMap<Name, Vec<Name>> {
        let mut modules: FxHashMap<Name, Vec<Name>> = FxHashMap::default();
        for (module, name) in self.functions_by_name.keys() {
            let module = self.module(*module).name;
            modules.entry(*name).or_default().push(module);
        }
        modules
    }

    pub fn functions_of(&self, id: ModuleId) -> impl Iterator<Item = FunctionId> + use<> {
        (self.first_function[id.0 as usize]..self.first_function[id.0 as usize + 1]).map(FunctionId)
    }

    pub fn clauses_of(&self, id: FunctionId) -> impl ExactSizeIterator<Item = ClauseId> + use<> {
        (self.first_clause[id.0 as usize]..self.first_clause[id.0 as usize + 1]).map(ClauseId)
    }

    pub fn clause(&self, id: ClauseId) -> &ClauseFacts {
        let place = self.place(id);
        let [module, function, clause] = place.nth;
        let module = &self.files[place.file.0 as usize].modules[module as usize];
        &module.functions[function as usize].clauses[clause as usize]
    }

    pub fn place(&self, id: ClauseId) -> &ClausePlace {
        &self.clauses[id.0 as usize]
    }

    pub fn module_of_clause(&self, id: ClauseId) -> ModuleId {
        self.place(id).module
    }

    pub fn find_function(&self, module: ModuleId, name: Name, arity: u8) -> Option<FunctionId> {
        let candidates = self.functions_by_name.get(&(module, name))?;
        candidates.iter().copied().find(|id| {
            let function = self.function(*id);
            (function.min_arity..=function.max_arity).contains(&arity)
        })
    }

    /// The module of this name that `from` sees: of the same compilation unit if it has one, else the only one there
    /// is. Production code does not see tests. Two in one unit leave it open which is meant.
    pub fn find_module(&self, name: Name, from: FileId) -> Option<ModuleId> {
        let all = self.modules_by_name.get(&name)?;
        let unit = self.units[from.0 as usize];
        let from_test = self.files[from.0 as usize].role == FileRole::Test;
        let visible = |id: &&ModuleId| {
            let role = self.files[self.file_of_module(**id).0 as usize].role;
            from_test || role != FileRole::Test
        };
        let mut own = all
            .iter()
            .filter(visible)
            .filter(|id| self.unit_of(**id) == unit);
        match (own.next(), own.next()) {
            (Some(only), None) => return Some(*only),
            (Some(_), Some(_)) => return None,
            _ => {}
        }
        let mut others = all.iter().filter(visible);
        match (others.next(), others.next()) {
            (Some(only), None) => Some(*only),
            _ => None,
        }
    }

    fn unit_of(&self, id: ModuleId) -> u32 {
        self.units[self.file_of_module(id).0 as usize]
    }

    /// The compilation unit of each file: that of the nearest `mix.exs`, or of the umbrella above it.
    fn units(&self) -> Vec<u32> {
        let folder = |path: &str| {
            path.rsplit_once('/')
                .map_or("", |(folder, _)| folder)
                .to_owned()
        };
        let mut roots: FxHashMap<String, bool> = FxHashMap::default();
        for file in self
            .files
            .iter()
            .filter(|it| it.path == "mix.exs" || it.path.ends_with("/mix.exs"))
        {
            roots.insert(folder(&file.path), self.is_umbrella(file));
        }
        let mut numbers: FxHashMap<String, u32> = FxHashMap::default();
        self.files
            .iter()
            .map(|file| {
                let next = numbers.len() as u32;
                *numbers
                    .entry(unit_root(&folder(&file.path), &roots))
                    .or_insert(next)
            })
            .collect()
    }

    fn is_umbrella(&self, mix: &FileFacts) -> bool {
        let Some(apps_path) = self.name("apps_path") else {
            return false;
        };
        let tails = mix
            .modules
            .iter()
            .flat_map(|it| &it.functions)
            .flat_map(|it| &it.clauses);
        let mut tails = tails.flat_map(|it| &it.code.tails);
        tails.any(|it| matches!(&it.shape, Shape::Keywords(_)) && it.shape.get(apps_path).is_some())
    }
}

/// The nearest folder above with a `mix.exs`, but an umbrella takes all that is below it.
fn unit_root(folder: &str, roots: &FxHashMap<String, bool>) -> String {
    let mut nearest: Option<String> = None;
    let mut at = folder;
    loop {
        match roots.get(at) {
            Some(true) => return at.to_owned(),
            Some(false) if nearest.is_none() => nearest = Some(at.to_owned()),
            _ => {}
        }
        match at.rsplit_once('/') {
            Some((above, _)) => at = above,
            None if !at.is_empty() => at = "",
            None => return nearest.unwrap_or_default(),
        }
    }
}
