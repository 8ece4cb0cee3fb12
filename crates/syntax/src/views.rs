//! Typed views: a [`Node`] whose kind is known, with the questions that make sense for it.
mod calls;
mod definitions;

use std::borrow::Cow;
use std::ops::Deref;

use exlint_findings::{Span, Spanned};

use crate::{
    Bindings, Body, File, Kind, Node, Op, Role, SectionKind,
    names::{AttributeSet, ModuleNames},
};

pub use calls::Callee;

/// A node that is known to be of one kind.
pub trait View<'t>: Sized + Copy {
    const KIND: Kind;
    fn cast(node: Node<'t>) -> Option<Self>;
}

macro_rules! views {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name<'t>(Node<'t>);

        impl<'t> View<'t> for $name<'t> {
            const KIND: Kind = Kind::$name;
            fn cast(node: Node<'t>) -> Option<Self> {
                (node.kind() == Kind::$name).then_some(Self(node))
            }
        }

        impl<'t> $name<'t> {
            pub fn node(self) -> Node<'t> {
                self.0
            }
        }

        impl<'t> Deref for $name<'t> {
            type Target = Node<'t>;
            fn deref(&self) -> &Node<'t> {
                &self.0
            }
        }

        impl Spanned for $name<'_> {
            fn span(&self) -> Span {
                self.0.span()
            }
        }
    )*};
}

views! {
    /// `defmodule`, `defprotocol`, `defimpl`.
    Module,
    /// One clause: `def`, `defp`, `defmacro`, `defguard`, `defdelegate`, ...
    Def,
    /// `alias`, `import`, `require`, `use`.
    Directive,
    /// `@name` or `@name value`.
    Attribute,
    /// A local or remote call, with or without parentheses.
    Call,
    /// `left |> right`.
    Pipe,
    /// `left = right`.
    Match,
    /// `head -> body`.
    Clause,
    /// `fn ... end`.
    Fn,
    /// `&f/1`, `&(&1 + 1)`.
    Capture,
    Map,
    Struct,
    /// What `~H` holds, or a file of that kind.
    Template,
}

impl File {
    /// The clause at a node that [`crate::Function::clauses`] lists.
    pub fn def(&self, id: u32) -> Option<Def<'_>> {
        Def::cast(self.node(id))
    }

    /// The modules of the file, outer ones first.
    pub fn modules(&self) -> impl Iterator<Item = Module<'_>> {
        self.names()
            .modules
            .iter()
            .filter_map(|it| Module::cast(self.node(it.node)))
    }

    /// The first module of this name.
    pub fn module(&self, name: &str) -> Option<Module<'_>> {
        Module::cast(self.node(self.names().module_named(name)?.node))
    }
}

// Any node.

impl<'t> Node<'t> {
    /// The nearest enclosing module, function, ... that `V` stands for.
    pub fn enclosing<V: View<'t>>(self) -> Option<V> {
        self.ancestors().find_map(V::cast)
    }

    fn names_of_module(self) -> Option<&'t ModuleNames> {
        self.file.names().module_at(self.id)
    }

    /// The full name of the module around this node.
    pub fn enclosing_module_name(self) -> Option<&'t str> {
        self.names_of_module().map(|it| it.name.as_str())
    }

    /// The module this expression names: an alias, expanded; `:ets`; `__MODULE__`; an attribute that holds one of
    /// these.
    pub fn module_name(self) -> Option<Cow<'t, str>> {
        match self.kind() {
            Kind::Alias => match self.child(Role::Receiver) {
                Some(base) => Some(Cow::Owned(format!(
                    "{}.{}",
                    base.module_name()?,
                    self.name()
                ))),
                None => Some(self.file.names().expand(self.name(), self.id)),
            },
            Kind::Atom if !self.is_nil() && !self.is_boolean() => {
                Some(match self.name().strip_prefix("Elixir.") {
                    Some(name) => Cow::Borrowed(name),
                    None => Cow::Owned(format!(":{}", self.name())),
                })
            }
            Kind::Var if self.name() == "__MODULE__" => {
                self.enclosing_module_name().map(Cow::Borrowed)
            }
            Kind::Attribute => self.attribute_value()?.module_name(),
            _ => None,
        }
    }

    /// For `@name`: the value it is set to nearest above, in the same module. `None` also for a value so large that
    /// nobody shall look at all of it wherever it is read.
    pub fn attribute_value(self) -> Option<Node<'t>> {
        let set = self.attribute_set().filter(|it| it.is_followed())?;
        // A value that adds to the one before has no end.
        let value = self.file.node(set.node).children().next();
        value.filter(|it| !it.contains(self))
    }

    fn attribute_set(self) -> Option<AttributeSet> {
        if !self.is(Kind::Attribute) || self.children().next().is_some() {
            return None;
        }
        self.names_of_module()?.attribute_above(self)
    }

    /// This node, or what it stands for: the value of an attribute.
    pub fn constant(self) -> Node<'t> {
        let mut node = self;
        for _ in 0..8 {
            match node.attribute_value() {
                Some(value) => node = value,
                None => break,
            }
        }
        node
    }

    /// This node, or the value that a variable is bound to as a whole in the same function: of `options` after
    /// `options = [name: name]`, the list. Attributes are seen through as well.
    pub fn assigned(self) -> Node<'t> {
        let mut node = self.constant();
        for _ in 0..8 {
            match node.value_of_match() {
                Some(value) => node = value.constant(),
                None => break,
            }
        }
        node
    }

    fn value_of_match(self) -> Option<Node<'t>> {
        if !self.is(Kind::Var) {
            return None;
        }
        let bindings = Bindings::of(self.enclosing::<Def>()?.node());
        let bound = self.file.node(bindings.binding(self)?.node);
        let matched = bound.parent().and_then(Match::cast)?;
        let is_whole = bound.role() == Role::Left && !matched.node().contains(self);
        matched.value().filter(|_| is_whole)
    }

    pub fn is_nil(self) -> bool {
        self.is(Kind::Atom) && self.name() == "nil"
    }

    pub fn is_boolean(self) -> bool {
        self.is(Kind::Atom) && matches!(self.name(), "true" | "false")
    }

    /// An atom of this name, as `:name` or as a key.
    pub fn is_atom(self, name: &str) -> bool {
        self.is(Kind::Atom) && self.name() == name
    }

    /// A variable of this name.
    pub fn is_var(self, name: &str) -> bool {
        self.is(Kind::Var) && self.name() == name
    }

    /// A variable that a pattern binds here: not pinned, not `_`.
    pub fn is_binding(self) -> bool {
        self.is(Kind::Var)
            && self.mode() == crate::Mode::Pattern
            && !matches!(
                self.name(),
                "_" | "__MODULE__" | "__ENV__" | "__CALLER__" | "__DIR__" | "__STACKTRACE__"
            )
    }

    /// The value of an integer literal.
    pub fn integer(self) -> Option<i64> {
        let node = self.constant();
        match node.kind() {
            Kind::Integer => {
                let digits = node.text().replace('_', "");
                match digits.get(..2) {
                    Some("0x") => i64::from_str_radix(&digits[2..], 16).ok(),
                    Some("0o") => i64::from_str_radix(&digits[2..], 8).ok(),
                    Some("0b") => i64::from_str_radix(&digits[2..], 2).ok(),
                    _ => digits.parse().ok(),
                }
            }
            Kind::Unary if node.op() == Op::Minus => Some(-node.child(Role::Operand)?.integer()?),
            _ => None,
        }
    }

    /// Milliseconds, where this is a literal, an attribute, a product, or `:timer.seconds(5)` and its like.
    pub fn milliseconds(self) -> Option<i64> {
        let node = self.constant();
        if let Some(value) = node.integer() {
            return Some(value);
        }
        match (node.kind(), node.op()) {
            (Kind::Binary, Op::Multiply) => node
                .child(Role::Left)?
                .milliseconds()?
                .checked_mul(node.child(Role::Right)?.milliseconds()?),
            (Kind::Binary, Op::Plus) => node
                .child(Role::Left)?
                .milliseconds()?
                .checked_add(node.child(Role::Right)?.milliseconds()?),
            (Kind::Call, _) => {
                let call = Call::cast(node)?;
                let unit = match (call.module()?.as_ref(), call.name()) {
                    (":timer", "seconds") => 1_000,
                    (":timer", "minutes") => 60_000,
                    (":timer", "hours") => 3_600_000,
                    _ => return None,
                };
                call.argument(0)?.integer()?.checked_mul(unit)
            }
            _ => None,
        }
    }

    /// `""`
    pub fn is_empty_text(self) -> bool {
        self.is(Kind::String) && self.text().trim_matches('"').trim().is_empty()
    }

    /// A value written out in the source, without variables or calls; attributes that hold such values count.
    pub fn is_literal(self) -> bool {
        self.is_literal_with(&|it| it.attribute_set().is_some_and(|it| it.is_literal))
    }

    /// [`Node::is_literal`], where `holds_literal` says it of the attributes that are read in it.
    pub(crate) fn is_literal_with(
        self,
        holds_literal: &dyn std::ops::Fn(Node<'t>) -> bool,
    ) -> bool {
        let are_literal = || {
            let mut children = self.children();
            children.all(|it| it.is_literal_with(holds_literal))
        };
        match self.kind() {
            Kind::Atom | Kind::Integer | Kind::Float | Kind::Char | Kind::Alias => true,
            Kind::String | Kind::Charlist | Kind::Sigil => self.children().next().is_none(),
            Kind::List
            | Kind::Tuple
            | Kind::Keywords
            | Kind::Map
            | Kind::Struct
            | Kind::Pair
            | Kind::Bitstring => are_literal(),
            Kind::Unary => matches!(self.op(), Op::Minus | Op::Plus) && are_literal(),
            Kind::Attribute => self.children().next().is_none() && holds_literal(self),
            _ => false,
        }
    }

    /// The pairs of keyword arguments, a keyword list, a map or a struct.
    pub fn pairs(self) -> impl Iterator<Item = (Node<'t>, Node<'t>)> {
        let pairs = self.children().filter(|it| it.is(Kind::Pair));
        pairs.filter_map(|it| Some((it.child(Role::Key)?, it.child(Role::Value)?)))
    }

    /// The value under an atom key of keyword arguments, a keyword list, a map or a struct.
    pub fn value_of(self, key: &str) -> Option<Node<'t>> {
        self.pairs()
            .find(|(it, _)| it.is_atom(key))
            .map(|(_, value)| value)
    }

    /// The elements of a tuple; none for anything else.
    pub fn tuple(self) -> Vec<Node<'t>> {
        if self.is(Kind::Tuple) {
            self.children().collect()
        } else {
            Vec::new()
        }
    }

    /// The tag of `{:tag, ...}`, or the atom itself.
    pub fn tag(self) -> Option<&'t str> {
        match self.kind() {
            Kind::Atom => Some(self.name()),
            Kind::Tuple => self
                .children()
                .next()
                .filter(|it| it.is(Kind::Atom))
                .map(Node::name),
            _ => None,
        }
    }

    /// Whether the node stands in the process dictionary of another function: inside `fn` or a capture below
    /// `outer`.
    pub fn closure_within(self, outer: Node<'t>) -> Option<Node<'t>> {
        self.ancestors()
            .take_while(|it| outer.contains(*it))
            .find(|it| matches!(it.kind(), Kind::Fn | Kind::Capture))
    }

    /// The sections and `do:` pairs of a call: `(kind, body)`.
    pub fn sections(self) -> impl Iterator<Item = (SectionKind, Body<'t>)> {
        let blocks = self.children_with(Role::Section);
        let blocks = blocks.filter_map(|it| Some((it.section_kind()?, Body::of_section(it))));
        let keywords = self.children().filter(|it| it.is(Kind::Keywords)).last();
        let pairs = keywords
            .into_iter()
            .flat_map(Node::children)
            .filter(|it| it.is(Kind::Pair));
        blocks.chain(pairs.filter_map(|pair| {
            let key = pair.child(Role::Key)?;
            let kind = SectionKind::ALL.iter().find(|it| key.is_atom(it.name()))?;
            Some((*kind, Body::of_value(pair)?))
        }))
    }

    pub fn section(self, kind: SectionKind) -> Option<Body<'t>> {
        self.sections()
            .find(|(it, _)| *it == kind)
            .map(|(_, body)| body)
    }
}

/// Special forms and macros of `Kernel` whose value is that of the branch taken.
pub const CONTROL: &[&str] = &["if", "unless", "case", "cond", "with", "try", "receive"];

// Expressions.

impl<'t> Pipe<'t> {
    pub fn left(self) -> Option<Node<'t>> {
        self.child(Role::Left)
    }

    pub fn right(self) -> Option<Node<'t>> {
        self.child(Role::Right)
    }

    /// The first value of a chain of pipes.
    pub fn first(self) -> Option<Node<'t>> {
        let mut left = self.left()?;
        while let Some(pipe) = Pipe::cast(left) {
            left = pipe.left()?;
        }
        Some(left)
    }
}

impl<'t> Match<'t> {
    pub fn pattern(self) -> Option<Node<'t>> {
        self.child(Role::Left)
    }

    pub fn value(self) -> Option<Node<'t>> {
        self.child(Role::Right)
    }
}

impl<'t> Clause<'t> {
    pub fn heads(self) -> impl Iterator<Item = Node<'t>> {
        self.children_with(Role::Head)
    }

    pub fn head(self, index: usize) -> Option<Node<'t>> {
        self.heads().nth(index)
    }

    pub fn guard(self) -> Option<Node<'t>> {
        self.child(Role::Guard)?.children().next()
    }

    pub fn body(self) -> Body<'t> {
        Body::of_clause(self.node())
    }

    /// The span from its first head to the arrow.
    pub fn head_span(self) -> Span {
        Span::new(self.span().start, self.raw().token + 2)
    }
}

impl<'t> Fn<'t> {
    pub fn clauses(self) -> impl Iterator<Item = Clause<'t>> {
        self.children().filter_map(Clause::cast)
    }

    pub fn arity(self) -> usize {
        self.clauses().next().map_or(0, |it| it.heads().count())
    }
}

impl<'t> Capture<'t> {
    pub fn operand(self) -> Option<Node<'t>> {
        self.child(Role::Operand)
    }

    /// For `&name/1` and `&Mod.name/1`: the node with the name (and receiver), and the arity.
    pub fn function(self) -> Option<(Node<'t>, usize)> {
        let slash = self.operand().filter(|it| it.op() == Op::Divide)?;
        let (left, right) = (slash.child(Role::Left)?, slash.child(Role::Right)?);
        let named = matches!(left.kind(), Kind::Var | Kind::Call | Kind::Field)
            && left.written_arguments().next().is_none();
        let arity = right.integer().and_then(|it| usize::try_from(it).ok())?;
        named.then_some((left, arity))
    }
}

impl<'t> Map<'t> {
    /// The map that is updated: `m` of `%{m | key: value}`.
    pub fn base(self) -> Option<Node<'t>> {
        self.child(Role::Left)
    }
}

impl<'t> Struct<'t> {
    /// The struct that is updated: `s` of `%S{s | key: value}`.
    pub fn base(self) -> Option<Node<'t>> {
        self.child(Role::Left)
    }

    pub fn name_node(self) -> Option<Node<'t>> {
        self.child(Role::Name)
    }
}
