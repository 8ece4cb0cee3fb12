//! The names in force at each place of a file: modules, their functions and attributes, aliases, imports.
//!
//! Scopes are lexical, as in "alias, require, import, and use" of Elixir's guide: a directive counts from where it
//! stands to the end of the block around it.
use std::borrow::Cow;

use rustc_hash::FxHashMap;

use crate::{Def, Directive, File, Kind, Mode, Module, Node, Symbol, View, stdlib};

#[derive(Debug, Default)]
pub(crate) struct Names {
    pub modules: Vec<ModuleNames>,
    /// Places in `modules`, by name; the first of each.
    modules_by_name: FxHashMap<Box<str>, u32>,
    aliases: FxHashMap<Box<str>, Vec<AliasInForce>>,
    imports: Vec<Import>,
    /// Places in `imports` of those that list a name themselves, by name.
    listing: FxHashMap<Box<str>, Vec<u32>>,
    /// Places in `imports` of those that list none.
    open: Vec<u32>,
    /// Those of them whose functions are known, each module once where it is in force.
    known: Vec<u32>,
}

/// A module of the file.
#[derive(Debug)]
pub(crate) struct ModuleNames {
    /// The node of its `defmodule`.
    pub node: u32,
    pub limit: u32,
    /// With the names of the modules around it.
    pub name: String,
    pub functions: Vec<Function>,
    /// Places in `functions`, by name.
    by_name: FxHashMap<Box<str>, Vec<u32>>,
    /// Attributes that are set, by name, in source order.
    attributes: FxHashMap<Symbol, Vec<AttributeSet>>,
    /// Whether functions may exist that the source does not show: `use`, `unquote`, macros in the body.
    pub has_hidden_functions: bool,
}

/// `@name value`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttributeSet {
    pub node: u32,
    /// Whether the value is a literal, other attributes in it included.
    pub is_literal: bool,
    /// How many nodes the value has, with the values of the attributes in it in their place.
    size: u32,
    /// How many attributes hold one another from here on.
    depth: u32,
}

/// The most nodes that an attribute is followed to, and the most attributes that hold one another: values double with
/// each line of `@b [@a, @a]`, `@c [@b, @b]`.
const LARGEST_ATTRIBUTE: u32 = 20_000;
const DEEPEST_ATTRIBUTE: u32 = 8;

impl AttributeSet {
    /// Whether its value is small enough to be looked at wherever the attribute is read.
    pub fn is_followed(self) -> bool {
        self.size <= LARGEST_ATTRIBUTE && self.depth <= DEEPEST_ATTRIBUTE
    }
}

/// The clauses of one name and arity.
#[derive(Clone, Debug)]
pub struct Function {
    pub name: Symbol,
    /// The fewest arguments, where some have defaults.
    pub min_arity: usize,
    pub max_arity: usize,
    pub is_private: bool,
    pub is_macro: bool,
    /// The nodes of its clauses; read them with [`File::def`].
    pub clauses: Vec<u32>,
}

impl Function {
    pub fn accepts(&self, arity: usize) -> bool {
        (self.min_arity..=self.max_arity).contains(&arity)
    }
}

/// `alias Long.Name, as: Short`.
#[derive(Debug)]
struct AliasInForce {
    full: Box<str>,
    nodes: std::ops::Range<u32>,
}

/// `import Module, only: [...]`.
#[derive(Debug)]
pub(crate) struct Import {
    pub module: String,
    pub only: Option<Listed>,
    pub except: Listed,
    nodes: std::ops::Range<u32>,
}

/// Names of functions with their arities.
pub(crate) type Listed = FxHashMap<Box<str>, Vec<usize>>;

fn lists(listed: &Listed, name: &str, arity: usize) -> bool {
    listed.get(name).is_some_and(|it| it.contains(&arity))
}

impl Names {
    pub fn of(file: &File) -> Self {
        let mut names = Self::default();
        let mut open: Vec<usize> = Vec::new();
        for node in file.nodes() {
            if !matches!(
                node.kind(),
                Kind::Module | Kind::Def | Kind::Directive | Kind::Attribute | Kind::Call
            ) {
                continue;
            }
            while open
                .last()
                .is_some_and(|it| names.modules[*it].limit <= node.id())
            {
                open.pop();
            }
            let outer = open.last().copied();
            if node.mode() == Mode::Quoted {
                continue;
            }
            match node.kind() {
                Kind::Module => {
                    if let Some(module) = Module::cast(node) {
                        open.push(names.modules.len());
                        names.module(module, outer);
                    }
                }
                Kind::Directive => {
                    if let Some(directive) = Directive::cast(node) {
                        names.directive(directive, outer);
                    }
                }
                _ => {
                    if let Some(module) = outer {
                        names.modules[module].member(node);
                    }
                }
            }
        }
        names
    }

    fn module(&mut self, module: Module, outer: Option<usize>) {
        let name = self.module_name(module, outer);
        if let Some(outer) = outer
            && let Some(written) = module.written_name()
            && written.is(Kind::Alias)
            && module.keyword() != "defimpl"
            && let Some(parent) = module.parent()
        {
            let first = written.name().split('.').next().unwrap_or_default();
            let full = format!("{}.{first}", self.modules[outer].name);
            self.add(first, full, module.id()..parent.limit());
        }
        let index = self.modules.len() as u32;
        self.modules_by_name
            .entry(name.as_str().into())
            .or_insert(index);
        self.modules.push(ModuleNames {
            node: module.id(),
            limit: module.limit(),
            name,
            functions: Vec::new(),
            by_name: FxHashMap::default(),
            attributes: FxHashMap::default(),
            has_hidden_functions: false,
        });
    }

    fn module_name(&self, module: Module, outer: Option<usize>) -> String {
        let outer = outer.map(|it| self.modules[it].name.as_str());
        let Some(written) = module.written_name() else {
            return String::new();
        };
        if module.keyword() == "defimpl" {
            let protocol = self.resolved(written, outer);
            let implemented = match module.option("for") {
                Some(of) if of.is(Kind::List) => None,
                Some(of) => Some(self.resolved(of, outer)),
                None => outer.map(str::to_owned),
            };
            return match implemented {
                Some(implemented) => format!("{protocol}.{implemented}"),
                None => protocol,
            };
        }
        match (written.kind(), outer) {
            (Kind::Alias, Some(outer)) if written.children().next().is_none() => {
                match written.name().strip_prefix("Elixir.") {
                    Some(absolute) => absolute.to_owned(),
                    None => format!("{outer}.{}", written.name()),
                }
            }
            _ => self.resolved(written, outer),
        }
    }

    /// The module that `node` names, where `outer` is the module around it.
    fn resolved(&self, node: Node, outer: Option<&str>) -> String {
        match node.kind() {
            Kind::Alias => match node.child(crate::Role::Receiver) {
                Some(base) => format!("{}.{}", self.resolved(base, outer), node.name()),
                None => self.expand(node.name(), node.id()).into_owned(),
            },
            Kind::Atom => format!(":{}", node.name()),
            Kind::Var if node.name() == "__MODULE__" => outer.unwrap_or_default().to_owned(),
            _ => String::new(),
        }
    }

    fn directive(&mut self, directive: Directive, outer: Option<usize>) {
        let Some(argument) = directive.argument() else {
            return;
        };
        let outer_name = outer.map(|it| self.modules[it].name.clone());
        let scope_end = directive.parent().map_or(directive.limit(), Node::limit);
        let nodes = directive.id()..scope_end;
        let keyword = directive.keyword();
        if keyword == "use"
            && let Some(outer) = outer
        {
            self.modules[outer].has_hidden_functions = true;
        }
        if argument.is(Kind::MultiAlias) {
            let Some(prefix) = argument.child(crate::Role::Receiver) else {
                return;
            };
            let prefix = self.resolved(prefix, outer_name.as_deref());
            for name in argument
                .children_with(crate::Role::Element)
                .filter(|it| it.is(Kind::Alias))
            {
                let full = format!("{prefix}.{}", name.name());
                match keyword {
                    "alias" => self.add(last_segment(name.name()), full, nodes.clone()),
                    "import" => self.import(directive, full, nodes.clone()),
                    _ => {}
                }
            }
            return;
        }
        let full = self.resolved(argument, outer_name.as_deref());
        if full.is_empty() {
            return;
        }
        let short = directive
            .option("as")
            .filter(|it| it.is(Kind::Alias))
            .map(Node::name);
        match (keyword, short) {
            ("alias" | "require", Some(short)) => self.add(short, full, nodes),
            ("alias", None) => {
                let short = last_segment(&full).to_owned();
                self.add(&short, full, nodes);
            }
            ("import", _) => self.import(directive, full, nodes),
            _ => {}
        }
    }

    fn import(&mut self, directive: Directive, module: String, nodes: std::ops::Range<u32>) {
        let listed = |key: &str| -> Option<Listed> {
            let list = directive.option(key).filter(|it| it.is(Kind::List))?;
            let pair = |pair: Node<'_>| {
                let arity: usize = pair.child(crate::Role::Value)?.text().parse().ok()?;
                Some((Box::from(pair.child(crate::Role::Key)?.name()), arity))
            };
            let mut listed = Listed::default();
            for (name, arity) in list.children().filter_map(pair) {
                listed.entry(name).or_default().push(arity);
            }
            Some(listed)
        };
        let import = Import {
            module,
            only: listed("only"),
            except: listed("except").unwrap_or_default(),
            nodes,
        };
        let index = self.imports.len() as u32;
        match &import.only {
            Some(only) => {
                for name in only.keys() {
                    self.listing.entry(name.clone()).or_default().push(index);
                }
            }
            None => {
                self.open.push(index);
                if stdlib::knows(&import.module) && !self.is_imported(&import) {
                    self.known.push(index);
                }
            }
        }
        self.imports.push(import);
    }

    /// Whether the same is imported where `import` stands.
    fn is_imported(&self, import: &Import) -> bool {
        let mut latest = self
            .known
            .iter()
            .rev()
            .map(|it| &self.imports[*it as usize]);
        let same = latest.find(|it| it.module == import.module);
        same.is_some_and(|it| {
            it.nodes.contains(&import.nodes.start)
                && it.except.is_empty()
                && import.except.is_empty()
        })
    }

    fn add(&mut self, short: &str, full: String, nodes: std::ops::Range<u32>) {
        let alias = AliasInForce {
            full: full.into(),
            nodes,
        };
        self.aliases.entry(short.into()).or_default().push(alias);
    }

    /// The full name `alias` stands for at node `at`.
    pub fn expand<'n>(&'n self, alias: &'n str, at: u32) -> Cow<'n, str> {
        let (head, tail) = match alias.split_once('.') {
            Some((head, tail)) => (head, Some(tail)),
            None => (alias, None),
        };
        let in_force = self
            .aliases
            .get(head)
            .and_then(|it| it.iter().rev().find(|it| it.nodes.contains(&at)));
        match (in_force, tail) {
            (None, Some(tail)) if head == "Elixir" => Cow::Borrowed(tail),
            (None, _) => Cow::Borrowed(alias),
            (Some(it), None) => Cow::Borrowed(&it.full),
            (Some(it), Some(tail)) => Cow::Owned(format!("{}.{tail}", it.full)),
        }
    }

    /// The module whose `name/arity` an import brings in at node `at`: the latest that lists it, or whose module is known
    /// to have it.
    pub fn imported(&self, name: &str, arity: usize, at: u32) -> Option<&str> {
        let in_force = |places: &[u32], allows: &dyn Fn(&Import) -> bool| {
            let mut latest = places.iter().rev();
            let found = latest.find(|it| {
                let import = &self.imports[**it as usize];
                import.nodes.contains(&at) && allows(import)
            });
            found.copied()
        };
        let listing = self.listing.get(name).map_or(&[][..], Vec::as_slice);
        let listed = in_force(listing, &|it| {
            it.only
                .as_ref()
                .is_some_and(|only| lists(only, name, arity))
        });
        let open = in_force(&self.known, &|it| {
            !lists(&it.except, name, arity) && stdlib::exports(&it.module, name, arity)
        });
        let latest = listed.max(open)?;
        Some(&self.imports[latest as usize].module)
    }

    /// The imports in force at node `at` that list no names, the latest first.
    pub fn open_imports_at(&self, at: u32) -> impl Iterator<Item = &Import> {
        let open = self.open.iter().rev();
        let open = open.map(|it| &self.imports[*it as usize]);
        open.filter(move |it| it.nodes.contains(&at))
    }

    /// The first module of this name.
    pub fn module_named(&self, name: &str) -> Option<&ModuleNames> {
        let index = self.modules_by_name.get(name)?;
        self.modules.get(*index as usize)
    }

    /// The innermost module around node `at`.
    pub fn module_at(&self, at: u32) -> Option<&ModuleNames> {
        let before = self.modules.partition_point(|it| it.node <= at);
        self.modules[..before].iter().rev().find(|it| at < it.limit)
    }
}

impl ModuleNames {
    /// The functions and macros of this name that take `arity` arguments.
    pub fn find(&self, name: &str, arity: usize) -> Option<&Function> {
        let places = self.by_name.get(name)?;
        places
            .iter()
            .map(|it| &self.functions[*it as usize])
            .find(|it| it.accepts(arity))
    }

    /// Takes note of what stands directly in the module.
    fn member(&mut self, node: Node) {
        match node.kind() {
            Kind::Def => {
                if let Some(def) = Def::cast(node) {
                    self.function(def);
                }
            }
            Kind::Attribute => {
                if let Some(value) = node.children().next() {
                    let set = self.attribute_set(node, value);
                    self.attributes.entry(node.symbol()).or_default().push(set);
                }
            }
            // Any macro called in the body of the module may define functions.
            Kind::Call => {
                let section = node.parent().and_then(Node::parent);
                let in_body = section.is_some_and(|it| it.is(Kind::Module) && it.id() == self.node);
                self.has_hidden_functions |= in_body && !HARMLESS_IN_BODY.contains(&node.name());
            }
            _ => {}
        }
    }

    fn attribute_set(&self, node: Node, value: Node) -> AttributeSet {
        let read = |it: &Node| it.is(Kind::Attribute) && it.children().next().is_none();
        let held = value.subtree().filter(read);
        let held = held.filter_map(|it| self.attribute_above(it));
        let own = value.limit() - value.id();
        let (size, depth) = held.fold((own, 1), |(size, depth), it| {
            (size.saturating_add(it.size), depth.max(it.depth + 1))
        });
        let is_literal = |it: Node| self.attribute_above(it).is_some_and(|it| it.is_literal);
        AttributeSet {
            node: node.id(),
            is_literal: value.is_literal_with(&is_literal),
            size,
            depth,
        }
    }

    /// Where the attribute that `node` reads is set, nearest above.
    pub fn attribute_above(&self, node: Node) -> Option<AttributeSet> {
        let sets = self.attributes.get(&node.symbol())?;
        let above = sets.partition_point(|it| it.node < node.id());
        sets[..above].last().copied()
    }

    fn function(&mut self, def: Def) {
        let Some(name) = def.name_node() else {
            self.has_hidden_functions = true;
            return;
        };
        let (min_arity, max_arity) = def.arity();
        let (is_private, is_macro) = (def.is_private(), def.is_macro());
        let places = self.by_name.entry(name.name().into()).or_default();
        let functions = &mut self.functions;
        let known = places.iter().find(|it| {
            let function = &functions[**it as usize];
            function.max_arity == max_arity && function.is_macro == is_macro
        });
        if let Some(&known) = known {
            let function = &mut functions[known as usize];
            function.min_arity = function.min_arity.min(min_arity);
            function.clauses.push(def.id());
            return;
        }
        places.push(functions.len() as u32);
        self.functions.push(Function {
            name: name.symbol(),
            min_arity,
            max_arity,
            is_private,
            is_macro,
            clauses: vec![def.id()],
        });
    }
}

/// Calls in a module body that define no functions that matter to callers by name.
const HARMLESS_IN_BODY: &[&str] = &[
    "defstruct",
    "defexception",
    "defoverridable",
    "defdelegate",
    "test",
    "setup",
    "describe",
];

fn last_segment(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
