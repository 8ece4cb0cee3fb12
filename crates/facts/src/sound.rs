//! Whether facts hold together. Those that were collected do; those that were kept may have been written by anybody.
use std::ops::Range;

use crate::model::*;

impl FileFacts {
    /// Whether all that they refer to by number is there, and comes before or after as it does in facts that were
    /// collected: nobody who follows them gets lost.
    pub fn is_sound(&self) -> bool {
        let names = self.names.len() as u32;
        let modules = self.modules.iter().zip(0..);
        self.names.is_sound() && self.top.is_sound(names) && { modules }
            .all(|(module, nth)| module.outer.is_none_or(|it| it < nth) && module.is_sound(names))
    }
}

impl ModuleFacts {
    fn is_sound(&self, names: u32) -> bool {
        let is_name = |it: &Name| it.0 < names;
        let uses = |all: &[Use]| {
            let mut all = all.iter();
            all.all(|it| is_name(&it.module) && Code::default().fits(&it.argument, names))
        };
        let listed = |all: &[(Name, u8)]| all.iter().all(|it| is_name(&it.0));
        let imports = |all: &[Import]| {
            all.iter().all(|it| {
                is_name(&it.module)
                    && it.only.as_ref().is_none_or(|it| listed(it))
                    && listed(&it.except)
            })
        };
        let aliases = |of: &[(Name, Name)]| of.iter().all(|it| is_name(&it.0) && is_name(&it.1));
        is_name(&self.name)
            && uses(&self.uses)
            && self.behaviours.iter().all(is_name)
            && imports(&self.imports)
            && aliases(&self.aliases)
            && self.fields.iter().flatten().all(is_name)
            && self.body.is_sound(names)
            && self.templates.iter().all(|it| {
                it.function.iter().all(is_name)
                    && uses(&it.uses)
                    && it.behaviours.iter().all(is_name)
                    && imports(&it.imports)
                    && aliases(&it.aliases)
                    && listed(&it.functions)
                    && it.includes.iter().all(is_name)
            })
            && self.functions.iter().all(|it| it.is_sound(names))
    }
}

impl FunctionFacts {
    fn is_sound(&self, names: u32) -> bool {
        self.name.0 < names
            && self.min_arity <= self.max_arity
            && self.clauses.iter().all(|it| {
                let fits = |shape: &Shape| it.code.fits(shape, names);
                // Which template a clause shows is known when files are linked.
                it.template.is_none()
                    && it.parameters.iter().all(fits)
                    && it.guards.iter().all(|(_, test)| test.0 < names)
                    && it.code.is_sound(names)
            })
    }
}

impl Code {
    fn is_sound(&self, names: u32) -> bool {
        let calls = self.calls.len() as u32;
        let is_scope = |it: Scope| it.closure().is_none_or(|it| it < self.closures.len());
        let is_range = |it: &Range<u32>| it.start <= it.end && it.end <= calls;
        let fits = |it: &Shape| self.fits(it, names);
        let call = |(it, nth): (&CallFacts, u32)| {
            let comes_before = |it: &Shape| fits(it) && it.is_before(nth);
            let is_callee = match &it.callee {
                Callee::Remote(module) => module.0 < names,
                Callee::Local => true,
                Callee::Dynamic(shape) | Callee::Apply(shape) => comes_before(shape),
            };
            is_callee
                && it.name.0 < names
                && is_scope(it.scope)
                && it.arguments.iter().all(comes_before)
        };
        let closure = |(it, nth): (&Closure, usize)| {
            it.outer.closure().is_none_or(|outer| outer < nth)
                && is_range(&it.calls)
                && it
                    .given_to
                    .is_none_or(|to| (it.calls.end..calls).contains(&to.0))
                && it.parameters.iter().all(fits)
        };
        let markup = |it: &Markup| {
            it.events.iter().all(|it| it.name.0 < names)
                && it.assigns.iter().all(|it| it.name.0 < names)
                && it.optional.iter().all(|it| it.0 < names)
        };
        let mut handlers = self.handlers.iter();
        let mut fallbacks = self.fallbacks.iter();
        self.calls.iter().zip(0..).all(call)
            && self.closures.iter().zip(0..).all(closure)
            && self.tails.iter().all(|it| fits(&it.shape))
            && self.variables.iter().all(fits)
            && self.lists.iter().all(|it| it.elements.iter().all(fits))
            && self.markup.iter().all(|it| markup(it))
            && fallbacks.all(|it| it.value.0 < names && fits(&it.subject))
            && handlers.all(|it| fits(&it.value) && is_range(&it.protects) && is_range(&it.calls))
    }

    /// Whether the names, calls and closures in a shape are there.
    fn fits(&self, shape: &Shape, names: u32) -> bool {
        shape.all(&|it| match it {
            Shape::Atom(name)
            | Shape::Module(name)
            | Shape::String(name)
            | Shape::Prefix(name)
            | Shape::Field(_, name) => name.0 < names,
            Shape::Struct(name, pairs) => name.0 < names && are_keys(pairs, names),
            Shape::Keywords(pairs) | Shape::Map(pairs, _) | Shape::StringMap(pairs, _) => {
                are_keys(pairs, names)
            }
            Shape::Call(call) => (*call as usize) < self.calls.len(),
            Shape::Closure(closure) => (*closure as usize) < self.closures.len(),
            _ => true,
        })
    }
}

fn are_keys(pairs: &[(Name, Shape)], names: u32) -> bool {
    pairs.iter().all(|(key, _)| key.0 < names)
}

impl Shape {
    /// Whether the calls in it come before the one of this number.
    fn is_before(&self, call: u32) -> bool {
        self.all(&|it| !matches!(it, Shape::Call(other) if *other >= call))
    }
}
