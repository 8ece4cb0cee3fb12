//! Names of a file become names of the project.
use thin_vec::ThinVec;

use crate::model::*;

impl FileFacts {
    /// Replaces each name by what `rename` makes of it, and forgets the texts.
    pub fn rename(&mut self, rename: impl Fn(Name) -> Name) {
        self.names = Texts::default();
        let rename: &dyn Fn(Name) -> Name = &rename;
        self.top.rename(rename);
        self.modules.iter_mut().for_each(|it| it.rename(rename));
    }
}

type Rename<'r> = &'r dyn Fn(Name) -> Name;

/// What holds names.
trait Renamed {
    fn rename(&mut self, rename: Rename);
}

impl Renamed for Name {
    fn rename(&mut self, rename: Rename) {
        *self = rename(*self);
    }
}

impl<T: Renamed> Renamed for Vec<T> {
    fn rename(&mut self, rename: Rename) {
        self.iter_mut().for_each(|it| it.rename(rename));
    }
}

impl<T: Renamed> Renamed for ThinVec<T> {
    fn rename(&mut self, rename: Rename) {
        self.iter_mut().for_each(|it| it.rename(rename));
    }
}

impl<T: Renamed> Renamed for Option<T> {
    fn rename(&mut self, rename: Rename) {
        self.iter_mut().for_each(|it| it.rename(rename));
    }
}

impl<T: Renamed> Renamed for Box<T> {
    fn rename(&mut self, rename: Rename) {
        (**self).rename(rename);
    }
}

impl<T: Renamed, U: Renamed> Renamed for (T, U) {
    fn rename(&mut self, rename: Rename) {
        self.0.rename(rename);
        self.1.rename(rename);
    }
}

macro_rules! renamed {
    ($($type:ident { $($field:ident),* })*) => {$(
        impl Renamed for $type {
            fn rename(&mut self, rename: Rename) {
                $(self.$field.rename(rename);)*
            }
        }
    )*};
}

renamed! {
    ModuleFacts { name, uses, behaviours, imports, aliases, functions, fields, body, templates }
    Use { module, argument }
    Import { module, only, except }
    Template { function, uses, behaviours, imports, functions, includes }
    FunctionFacts { name, clauses }
    ClauseFacts { parameters, guards, code }
    Code { calls, closures, tails, variables, lists, handlers, fallbacks, markup }
    Markup { events, assigns, optional }
    EventFacts { name }
    AssignFacts { name }
    Handler { value }
    Fallback { value, subject }
    ListFacts { elements }
    CallFacts { callee, name, arguments }
    Closure { parameters }
    TailFacts { shape }
}

impl Renamed for Variable {
    fn rename(&mut self, _: Rename) {}
}

impl Renamed for u8 {
    fn rename(&mut self, _: Rename) {}
}

impl Renamed for Callee {
    fn rename(&mut self, rename: Rename) {
        match self {
            Callee::Remote(module) => module.rename(rename),
            Callee::Dynamic(shape) | Callee::Apply(shape) => shape.rename(rename),
            Callee::Local => {}
        }
    }
}

impl Renamed for Shape {
    fn rename(&mut self, rename: Rename) {
        match self {
            Shape::Atom(name) | Shape::Module(name) | Shape::String(name) | Shape::Prefix(name) => {
                name.rename(rename)
            }
            Shape::Tuple(shapes)
            | Shape::List(shapes)
            | Shape::Cons(shapes)
            | Shape::Setting(shapes)
            | Shape::Choice(shapes) => shapes.rename(rename),
            Shape::Keywords(pairs) | Shape::Map(pairs, _) | Shape::StringMap(pairs, _) => {
                pairs.rename(rename)
            }
            Shape::Struct(name, pairs) => {
                name.rename(rename);
                pairs.rename(rename);
            }
            Shape::Field(value, name) => {
                value.rename(rename);
                name.rename(rename);
            }
            Shape::Within(value) => value.rename(rename),
            Shape::Concat(left, right) => {
                left.rename(rename);
                right.rename(rename);
            }
            Shape::Unknown
            | Shape::Int(_)
            | Shape::Float
            | Shape::Variable(_)
            | Shape::Parameter(_)
            | Shape::Call(_)
            | Shape::Closure(_)
            | Shape::Binary => {}
        }
    }
}
