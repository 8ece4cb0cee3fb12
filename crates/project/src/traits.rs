//! What modules use, implement and import, with what `use` of the project's own modules brings in.
use exlint_facts::{Import, ModuleFacts, Name, Shape, Template, Use};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{ModuleId, index::Index};

/// How many `use`s inside `use` are followed.
const MAX_DEPTH: usize = 6;

/// How many imports `use` brings in: each module that uses the template has its own.
const MAX_IMPORTS: usize = 500;

/// How many aliases `use` brings in.
const MAX_ALIASES: usize = 100;

/// What a module has without saying it in so many words.
#[derive(Clone, Debug, Default)]
pub struct Traits {
    /// The modules it uses, directly or through the `__using__` of others.
    pub uses: FxHashSet<Name>,
    pub behaviours: FxHashSet<Name>,
    pub imports: Vec<Import>,
    /// The aliases that `use` puts into it: the short name and the full one.
    pub aliases: Vec<(Name, Name)>,
    /// Functions that `use` defines in it.
    pub injected: FxHashSet<(Name, u8)>,
    /// Whether it uses a module that is not of the project: which functions that injects is not known.
    pub uses_foreign: bool,
    /// Whether `use` puts an `on_mount` into it.
    pub mounts: bool,
}

pub(crate) fn expand(index: &Index) -> Vec<Traits> {
    let one = |id: u32| {
        let module = index.module(ModuleId(id));
        let mut traits = Traits {
            behaviours: module.behaviours.iter().copied().collect(),
            imports: module.imports.clone(),
            ..Traits::default()
        };
        let mut expansion = Expansion {
            index,
            traits: &mut traits,
            seen: FxHashMap::default(),
        };
        for used in &module.uses {
            expansion.used(used, ModuleId(id), 0);
        }
        traits
    };
    (0..index.modules.len() as u32).map(one).collect()
}

struct Expansion<'i> {
    index: &'i Index,
    traits: &'i mut Traits,
    /// The functions whose templates were expanded, and how deep: doing so again adds nothing.
    seen: FxHashMap<(ModuleId, Name), usize>,
}

impl Expansion<'_> {
    fn used(&mut self, used: &Use, user: ModuleId, depth: usize) {
        self.traits.uses.insert(used.module);
        let found = self
            .index
            .find_module(used.module, self.index.file_of_module(user));
        let Some(module) = found.filter(|_| depth < MAX_DEPTH) else {
            self.traits.uses_foreign = true;
            return;
        };
        let facts = self.index.module(module);
        let Some(using) = self.index.name("__using__") else {
            return;
        };
        self.templates(using, facts, module, depth);
        if let Shape::Atom(which) = used.argument
            && templates(facts, using).any(|it| it.dispatches)
        {
            self.templates(which, facts, module, depth);
        }
    }

    /// What the templates of one function of a module bring in.
    fn templates(&mut self, function: Name, facts: &ModuleFacts, module: ModuleId, depth: usize) {
        let known = self.seen.get(&(module, function));
        if known.is_some_and(|it| *it <= depth) {
            return;
        }
        self.seen.insert((module, function), depth);
        for template in templates(facts, function) {
            self.template(template, facts, module, depth);
        }
    }

    fn template(
        &mut self,
        template: &Template,
        facts: &ModuleFacts,
        module: ModuleId,
        depth: usize,
    ) {
        self.traits.behaviours.extend(&template.behaviours);
        let room = MAX_IMPORTS.saturating_sub(self.traits.imports.len());
        let imports = template.imports.iter().take(room);
        self.traits.imports.extend(imports.cloned());
        let room = MAX_ALIASES.saturating_sub(self.traits.aliases.len());
        let aliases = template.aliases.iter().take(room);
        self.traits.aliases.extend(aliases);
        self.traits.injected.extend(&template.functions);
        self.traits.mounts |= template.mounts;
        for used in &template.uses {
            self.used(used, module, depth + 1);
        }
        if depth < MAX_DEPTH {
            for included in &template.includes {
                self.templates(*included, facts, module, depth + 1);
            }
        }
    }
}

fn templates(module: &ModuleFacts, function: Name) -> impl Iterator<Item = &Template> {
    module
        .templates
        .iter()
        .filter(move |it| it.function == Some(function))
}
