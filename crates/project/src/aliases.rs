//! Short names that are not a module's own: those that a template file shares with its module, and those that `use`
//! brings in, as `use MyAppWeb, :live_view` does with `alias MyAppWeb.Layouts`.
use exlint_facts::{CallFacts, Callee, Code, Name, Shape};
use rustc_hash::FxHashMap;

use crate::{index::Index, traits::Traits};

/// Writes out the names that aliases brought in by `use` shorten.
pub(crate) fn expand_used(index: &mut Index, traits: &[Traits]) {
    // Modules that use the same have the same aliases.
    let mut known: FxHashMap<&[(Name, Name)], Memo> = FxHashMap::default();
    for (nth, traits) in traits.iter().enumerate() {
        if traits.aliases.is_empty() {
            continue;
        }
        let memo = known.entry(&traits.aliases).or_default();
        let (file, place) = index.modules[nth];
        let mut modules = std::mem::take(&mut index.files[file.0 as usize].modules);
        if let Some(module) = modules.get_mut(place as usize) {
            let clauses = module.functions.iter_mut().flat_map(|it| &mut it.clauses);
            let codes = clauses.map(|it| &mut it.code);
            for code in std::iter::once(&mut module.body).chain(codes) {
                expand(code, &traits.aliases, memo, index);
            }
        }
        index.files[file.0 as usize].modules = modules;
    }
}

/// What names are written out, for one list of aliases.
pub(crate) type Memo = FxHashMap<Name, Name>;

/// Writes out the names in some code that aliases shorten.
pub(crate) fn expand(
    code: &mut Code,
    aliases: &[(Name, Name)],
    memo: &mut Memo,
    index: &mut Index,
) {
    for call in &mut code.calls {
        for_each_module(call, &mut |name| {
            let long = memo
                .entry(*name)
                .or_insert_with(|| long_name(*name, aliases, index));
            *name = *long;
        });
    }
}

fn for_each_module(call: &mut CallFacts, expand: &mut impl FnMut(&mut Name)) {
    if let Callee::Remote(name) = &mut call.callee {
        expand(name);
    }
    for argument in &mut call.arguments {
        match argument {
            Shape::Module(name) => expand(name),
            // What components are given: `<.live_component module={Cart}>`.
            Shape::Map(pairs, _) => {
                for (_, value) in pairs {
                    if let Shape::Module(name) = value {
                        expand(name);
                    }
                }
            }
            _ => {}
        }
    }
}

fn long_name(name: Name, aliases: &[(Name, Name)], index: &mut Index) -> Name {
    let text = index.text(name);
    let (first, rest) = text.split_once('.').unwrap_or((text, ""));
    let alias = aliases
        .iter()
        .rev()
        .find(|(it, _)| index.text(*it) == first);
    let Some((_, full)) = alias else {
        return name;
    };
    if rest.is_empty() {
        return *full;
    }
    let long = format!("{}.{rest}", index.text(*full));
    index.add_name(&long)
}
