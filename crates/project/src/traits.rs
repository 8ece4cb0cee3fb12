//! What modules use, implement and import, with what `use` of the project's own modules brings in.
use exlint_facts::{Import, ModuleFacts, Name, Shape, Template, Use};
use rustc_hash::FxHashSet;

use crate::{ModuleId, index::Index};

/// How many `use`s inside `use` are followed.
const MAX_DEPTH: usize = 6;

/// What a module has without saying it in so many words.
#[derive(Clone, Debug, Default)]
pub struct Traits {
    /// The modules it uses, directly or through the `__using__` of others.
    pub uses: FxHashSet<Name>,
    pub behaviours: FxHashSet<Name>,
    pub imports: Vec<Import>,
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
        for used in &module.uses {
            Expansion {
                index,
                traits: &mut traits,
            }
            .used(used, ModuleId(id), 0);
        }
        traits
    };
    (0..index.modules.len() as u32).map(one).collect()
}

struct Expansion<'i> {
    index: &'i Index,
    traits: &'i mut Traits,
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
        for template in templates(facts, using) {
            self.template(template, facts, module, depth);
            if template.dispatches
                && let Shape::Atom(which) = used.argument
            {
                for template in templates(facts, which) {
                    self.template(template, facts, module, depth);
                }
            }
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
        self.traits.imports.extend(template.imports.iter().cloned());
        self.traits.injected.extend(&template.functions);
        self.traits.mounts |= template.mounts;
        for used in &template.uses {
            self.used(used, module, depth + 1);
        }
        if depth < MAX_DEPTH {
            for included in template
                .includes
                .iter()
                .flat_map(|it| templates(facts, *it))
            {
                self.template(included, facts, module, depth + 1);
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
