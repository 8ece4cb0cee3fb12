//! What modules are made of: functions, directives, attributes.
use std::borrow::Cow;

use super::{Attribute, Def, Directive, Module, View};
use crate::{Body, Kind, Node, Op, Role, SectionKind, names::ModuleNames};

impl<'t> Module<'t> {
    pub fn keyword(self) -> &'t str {
        self.0.name()
    }

    /// The name as it stands in the source.
    pub fn written_name(self) -> Option<Node<'t>> {
        self.written_arguments().next()
    }

    /// The value of an option: the `for:` of `defimpl`.
    pub fn option(self, key: &str) -> Option<Node<'t>> {
        self.written_arguments()
            .filter(|it| it.is(Kind::Keywords))
            .find_map(|it| it.value_of(key))
    }

    /// The full name, with the names of the modules around it.
    pub fn name(self) -> &'t str {
        self.names().map_or("", |it| it.name.as_str())
    }

    fn names(self) -> Option<&'t ModuleNames> {
        self.file.names().module_at(self.id)
    }

    /// The functions and macros it defines, in the order of their first clauses.
    pub fn functions(self) -> &'t [crate::Function] {
        self.names().map_or(&[], |it| &it.functions)
    }

    /// The function of this name that takes `arity` arguments.
    pub fn function(self, name: &str, arity: usize) -> Option<&'t crate::Function> {
        self.names()?.find(name, arity)
    }

    /// The clauses of the function of this name that takes `arity` arguments.
    pub fn clauses(self, name: &str, arity: usize) -> impl Iterator<Item = Def<'t>> {
        let file = self.file;
        let clauses = self.function(name, arity).map_or(&[][..], |it| &it.clauses);
        clauses.iter().filter_map(|it| file.def(*it))
    }

    /// Whether it may have functions that the source does not show.
    pub fn has_hidden_functions(self) -> bool {
        self.names().is_some_and(|it| it.has_hidden_functions)
    }

    /// The expressions directly in the module.
    pub fn body(self) -> impl Iterator<Item = Node<'t>> {
        self.section(SectionKind::Do)
            .into_iter()
            .flat_map(Body::expressions)
    }

    /// The directives directly in the module.
    pub fn directives(self, keyword: &str) -> impl Iterator<Item = Directive<'t>> {
        self.body()
            .filter_map(Directive::cast)
            .filter(move |it| it.keyword() == keyword)
    }

    /// The modules it uses.
    pub fn uses(self) -> impl Iterator<Item = Cow<'t, str>> {
        self.directives("use")
            .filter_map(|it| it.argument()?.module_name())
    }

    /// Whether it says `use name` or `@behaviour name`.
    pub fn implements(self, name: &str) -> bool {
        let behaviours = self
            .body()
            .filter(|it| it.is(Kind::Attribute) && it.name() == "behaviour");
        let mut behaviours = behaviours.filter_map(|it| it.children().next()?.module_name());
        self.uses().any(|it| it == name) || behaviours.any(|it| it == name)
    }
}

impl<'t> Def<'t> {
    pub fn keyword(self) -> &'t str {
        self.0.name()
    }

    pub fn is_private(self) -> bool {
        self.keyword().ends_with('p')
    }

    pub fn is_macro(self) -> bool {
        self.keyword().starts_with("defmacro") || self.keyword().starts_with("defguard")
    }

    /// `name(args)` or `name`, without the `when` guard.
    pub fn head(self) -> Option<Node<'t>> {
        let head = self.written_arguments().next()?;
        match head.op() {
            Op::When => head.child(Role::Left),
            _ => Some(head),
        }
    }

    pub fn guard(self) -> Option<Node<'t>> {
        let head = self.written_arguments().next()?;
        if head.op() == Op::When {
            head.child(Role::Right)
        } else {
            None
        }
    }

    /// The node whose name is the function's.
    pub fn name_node(self) -> Option<Node<'t>> {
        let head = self.head()?;
        match head.kind() {
            Kind::Var | Kind::Head => Some(head),
            // `def a + b`
            _ => None,
        }
    }

    /// The name of the function; empty where it is computed.
    pub fn function_name(self) -> &'t str {
        self.name_node().map_or("", Node::name)
    }

    pub fn parameters(self) -> impl Iterator<Item = Node<'t>> {
        let head = self.head().filter(|it| it.is(Kind::Head));
        head.into_iter().flat_map(Node::written_arguments)
    }

    pub fn parameter(self, index: usize) -> Option<Node<'t>> {
        self.parameters().nth(index)
    }

    /// Fewest and most arguments, counting `\\` defaults.
    pub fn arity(self) -> (usize, usize) {
        let most = self.parameters().count();
        let defaults = self
            .parameters()
            .filter(|it| it.op() == Op::Default)
            .count();
        (most - defaults, most)
    }

    /// Whether this clause is `name/arity`.
    pub fn is_named(self, name: &str, arity: usize) -> bool {
        self.function_name() == name && self.arity().1 == arity
    }

    /// What runs; `None` for a head without body.
    pub fn body(self) -> Option<Body<'t>> {
        self.section(SectionKind::Do)
    }

    /// For `defdelegate`: the module and the name of the function that answers in its stead.
    pub fn delegate(self) -> Option<(Cow<'t, str>, &'t str)> {
        if self.keyword() != "defdelegate" {
            return None;
        }
        let options = self.written_arguments().nth(1)?;
        let module = options.value_of("to")?.module_name()?;
        let name = options.value_of("as").filter(|it| it.is(Kind::Atom));
        Some((module, name.map_or(self.function_name(), Node::name)))
    }

    /// The module that the function belongs to.
    pub fn module(self) -> Option<Module<'t>> {
        self.enclosing::<Module>()
    }

    /// The value of an attribute set right above this clause, such as `@impl true`.
    pub fn attribute(self, name: &str) -> Option<Node<'t>> {
        let before = std::iter::successors(self.previous_sibling(), |it| it.previous_sibling());
        let own = before.take_while(|it| it.is(Kind::Attribute));
        own.filter(|it| it.name() == name)
            .find_map(|it| it.children().next())
    }
}

impl<'t> Directive<'t> {
    pub fn keyword(self) -> &'t str {
        self.0.name()
    }

    pub fn argument(self) -> Option<Node<'t>> {
        self.written_arguments().next()
    }

    /// The modules it speaks of, with their full names: two for `alias Shop.{Cart, Order}`.
    pub fn modules(self) -> Vec<Cow<'t, str>> {
        let Some(argument) = self.argument() else {
            return Vec::new();
        };
        if !argument.is(Kind::MultiAlias) {
            return argument.module_name().into_iter().collect();
        }
        let prefix = argument.child(Role::Receiver).and_then(Node::module_name);
        let names = argument.children_with(Role::Element).map(Node::name);
        let full = |prefix: Cow<str>| {
            names
                .map(|it| Cow::Owned(format!("{prefix}.{it}")))
                .collect()
        };
        prefix.map_or(Vec::new(), full)
    }

    /// The value of an option: `as: Short`.
    pub fn option(self, key: &str) -> Option<Node<'t>> {
        self.written_arguments()
            .skip(1)
            .find_map(|it| it.value_of(key))
    }
}

impl<'t> Attribute<'t> {
    /// What it is set to; `None` where it is read.
    pub fn value(self) -> Option<Node<'t>> {
        self.children().next()
    }
}
