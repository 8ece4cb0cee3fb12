//! The facts themselves.
use exlint_findings::{FileId, Span};
use serde::{Deserialize, Serialize};
use thin_vec::ThinVec;

use crate::nested;

/// The kind of place a file has in its project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileRole {
    /// Code that runs when the project does.
    #[default]
    Production,
    /// Tests, their support, benchmarks.
    Test,
    /// `.exs` outside tests: configuration, migrations, seeds, `mix.exs`.
    Script,
    /// `.heex` and other files that are templates.
    Template,
    /// JavaScript and its like, which the browser runs. Of it nothing but the events it sends is known.
    Client,
}

/// A name: an index into a table of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Name(pub u32);

/// The texts of names, one after the other.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Texts {
    text: String,
    /// Where each text ends, in bytes.
    ends: Vec<u32>,
}

impl Texts {
    /// The name that stands for `text` from here on.
    pub fn push(&mut self, text: &str) -> Name {
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        Name(self.ends.len() as u32 - 1)
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub fn get(&self, name: Name) -> Option<&str> {
        let place = name.0 as usize;
        let start = match place.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.text
            .get(start as usize..*self.ends.get(place)? as usize)
    }

    /// In the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let names = (0..self.len() as u32).map(Name);
        names.map(|it| self.get(it).unwrap_or_default())
    }

    pub(crate) fn is_sound(&self) -> bool {
        let names = (0..self.len() as u32).map(Name);
        { names }.all(|it| self.get(it).is_some())
    }

    pub(crate) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FileFacts {
    /// Relative to the root of the run, with `/`.
    pub path: String,
    pub role: FileRole,
    /// The texts of the names, until the project takes them over.
    pub names: Texts,
    pub modules: Vec<ModuleFacts>,
    /// What stands outside modules: the calls of a script or a configuration file; what a template runs.
    pub top: Code,
    /// The names that stand somewhere else than where an assign is set, sorted, by what [`mention`](crate::mention) makes
    /// of them.
    pub mentioned: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModuleKind {
    Module,
    Protocol,
    Implementation,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModuleFacts {
    pub name: Name,
    pub kind: ModuleKind,
    /// From `defmodule` to the end of the name.
    pub span: Span,
    /// The module this one is nested in, in the same file.
    pub outer: Option<u32>,
    pub uses: Vec<Use>,
    pub behaviours: Vec<Name>,
    pub imports: Vec<Import>,
    /// The aliases directly in the module, which its template files share: the short name and the full one.
    pub aliases: Vec<(Name, Name)>,
    pub functions: Vec<FunctionFacts>,
    /// The keys of its struct or Ecto schema.
    pub fields: Option<Vec<Name>>,
    /// What stands directly in the module: calls of macros, `plug`, `field`, `test`, ...
    pub body: Code,
    /// What its macros and functions that return a `quote` put into other modules, by function.
    pub templates: Vec<Template>,
    /// Whether `@moduledoc false`.
    pub is_hidden: bool,
}

/// `use Module, argument`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Use {
    pub module: Name,
    /// The options, or the atom of `use MyAppWeb, :live_view`.
    pub argument: Shape,
    pub span: Span,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Import {
    pub module: Name,
    /// `None` for all functions.
    pub only: Option<Vec<(Name, u8)>>,
    pub except: Vec<(Name, u8)>,
}

/// What a `quote` in a macro or function puts into the module that uses it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Template {
    /// The macro or function that holds the `quote`: `__using__`, `live_view`.
    pub function: Option<Name>,
    pub uses: Vec<Use>,
    pub behaviours: Vec<Name>,
    pub imports: Vec<Import>,
    /// The short name and the full one.
    pub aliases: Vec<(Name, Name)>,
    pub functions: Vec<(Name, u8)>,
    /// Functions of the same module whose templates it unquotes: `unquote(html_helpers())`.
    pub includes: Vec<Name>,
    /// Whether it goes on to the function that the argument names: `apply(__MODULE__, which, [])`.
    pub dispatches: bool,
    /// Whether it calls `on_mount`, which runs before a LiveView mounts.
    pub mounts: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FunctionFacts {
    pub name: Name,
    pub min_arity: u8,
    pub max_arity: u8,
    /// Which parameters have defaults, in order.
    pub defaults: ThinVec<u8>,
    pub is_private: bool,
    pub is_macro: bool,
    pub clauses: ThinVec<ClauseFacts>,
}

impl FunctionFacts {
    /// The argument that a call of so many passes for a parameter; `None` where the default stands in for it.
    pub fn argument_for(&self, parameter: u8, arguments: usize) -> Option<usize> {
        let left_out = (self.max_arity as usize).saturating_sub(arguments);
        let given = self.defaults.len().saturating_sub(left_out);
        // The defaults that a call does not give are the last ones.
        let absent = self.defaults.get(given..).unwrap_or_default();
        let before = absent.iter().filter(|it| **it < parameter).count();
        (!absent.contains(&parameter)).then(|| (parameter as usize).saturating_sub(before))
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClauseFacts {
    /// From `def` to the end of the head.
    pub span: Span,
    /// Whether `@impl` stands above it.
    pub is_impl: bool,
    pub parameters: ThinVec<Shape>,
    /// Guards of the form `test(parameter)`: the parameter's variable and the test.
    pub guards: ThinVec<(Variable, Name)>,
    /// Whether there is any guard.
    pub is_guarded: bool,
    pub code: Code,
    /// The template file that the clause is made of; its places are places there. Known once files are linked.
    pub template: Option<FileId>,
}

impl ClauseFacts {
    /// The file in which its code stands, where that of its module is `of_module`.
    pub fn file(&self, of_module: FileId) -> FileId {
        self.template.unwrap_or(of_module)
    }
}

/// A variable of a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Variable(pub u32);

/// Where code runs: in the clause itself, or in one of its closures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scope(pub u16);

impl Scope {
    pub const CLAUSE: Scope = Scope(0);

    /// The scope inside the closure of this index.
    pub fn of_closure(index: u32) -> Scope {
        Scope((index + 1).min(u32::from(u16::MAX)) as u16)
    }

    /// The index into [`Code::closures`], unless this is the clause itself.
    pub fn closure(self) -> Option<usize> {
        (self.0 as usize).checked_sub(1)
    }
}

/// What runs in a clause, in order of evaluation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Code {
    pub calls: ThinVec<CallFacts>,
    pub closures: ThinVec<Closure>,
    /// The values the clause may give.
    pub tails: ThinVec<TailFacts>,
    /// What each variable holds, by its number.
    pub variables: ThinVec<Shape>,
    /// The lists that may be children of a supervisor, and where their elements stand.
    pub lists: ThinVec<ListFacts>,
    /// The clauses of `rescue` and `catch` that take every exception.
    pub handlers: ThinVec<Handler>,
    /// What stands for every result but `{:ok, _}`.
    pub fallbacks: ThinVec<Fallback>,
    /// What its templates hold beside code, if it has any.
    pub markup: Option<Box<Markup>>,
}

impl Code {
    /// The values in it: what calls are given, what it may give itself, and what its variables hold.
    pub fn values(&self) -> impl Iterator<Item = &Shape> {
        let arguments = self.calls.iter().flat_map(|it| &it.arguments);
        arguments.chain(self.results())
    }

    /// What it may give, and what its variables hold.
    pub fn results(&self) -> impl Iterator<Item = &Shape> {
        let tails = self.tails.iter().map(|it| &it.shape);
        tails.chain(&self.variables)
    }
}

/// What templates hold beside code. Components are calls: `<.button kind="a">` is `button(%{kind: "a"})`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Markup {
    pub events: Vec<EventFacts>,
    /// Whether an element sends an event whose name is computed here.
    pub has_unknown_events: bool,
    pub assigns: Vec<AssignFacts>,
    /// Those that may be missing: of `assigns[:name]`.
    pub optional: Vec<Name>,
    /// Whether `assigns` is handed on as a whole: what is read of it is not known.
    pub takes_assigns: bool,
    /// Whether an element has a hook of the client, `phx-hook`.
    pub has_hooks: bool,
}

/// An event that an element sends: `phx-click="save"`, `phx-click={JS.push("save")}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EventFacts {
    pub name: Name,
    /// The attribute.
    pub span: Span,
    pub target: EventTarget,
    /// Whether the element may be missing: in a branch, in a loop, or given to a component.
    pub is_conditional: bool,
}

/// Who receives an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventTarget {
    /// The LiveView that renders the element.
    View,
    /// `phx-target={@myself}`: the LiveComponent that does.
    Own,
    /// Somebody, or nobody: not known here.
    Unknown,
}

/// `@name` in a template.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct AssignFacts {
    pub name: Name,
    pub span: Span,
}

/// A clause of `rescue` or `catch` that takes every exception.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Handler {
    /// From its pattern to the arrow.
    pub span: Span,
    pub value: Shape,
    /// The calls of the code it protects, by index.
    pub protects: std::ops::Range<u32>,
    /// Its own calls, by index.
    pub calls: std::ops::Range<u32>,
}

/// The only other clause of a `case` or `with` that takes `{:ok, _}`: it takes everything and gives a literal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fallback {
    /// From its pattern to the arrow.
    pub span: Span,
    /// The literal as it is written.
    pub value: Name,
    /// What is asked.
    pub subject: Shape,
}

/// A list with modules, `{Module, argument}` or maps in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListFacts {
    /// As in the [`Shape::List`] that it is.
    pub elements: ThinVec<Shape>,
    pub spans: Vec<Span>,
}

/// What a call calls, as far as its file tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Callee {
    Remote(Name),
    /// A function of the module around it, by `import`, or injected by `use`.
    Local,
    /// `value.name(...)`.
    Dynamic(Box<Shape>),
    /// `value.(...)`.
    Apply(Box<Shape>),
}

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flow {
    /// Thrown away: a statement that is not the last.
    Discarded,
    /// Matched, but nothing of it is used afterwards.
    Ignored,
    /// The value of the clause, or of the closure around it.
    Returned,
    Used,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CallFacts {
    pub callee: Callee,
    pub name: Name,
    pub arity: u8,
    /// The call, without what is piped into it.
    pub span: Span,
    /// A piped value first. Captures (`&Mod.f/1`) have none.
    pub arguments: ThinVec<Shape>,
    pub scope: Scope,
    pub flow: Flow,
    /// `&Mod.f/1`: a reference, not a call.
    pub is_capture: bool,
    /// In the `do` of a `try` that rescues or catches, or of a function that does.
    pub in_try: bool,
    /// In a `rescue` or `catch`.
    pub in_handler: bool,
    /// In a `for` over more than values written out. Closures that a function calls for each element are the project's
    /// to know.
    pub in_loop: bool,
    /// In a branch of `if`, `case`, `cond`, `with`.
    pub is_conditional: bool,
    /// `{:ok, value} = call()`: whatever else it gives raises.
    pub is_asserted: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Closure {
    pub span: Span,
    /// Where the closure is written.
    pub outer: Scope,
    /// The call it is an argument of, by index into the calls, and which argument.
    pub given_to: Option<(u32, u8)>,
    /// Its own calls and those of the closures in it, by index.
    pub calls: std::ops::Range<u32>,
    pub parameters: ThinVec<Shape>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TailFacts {
    pub span: Span,
    pub shape: Shape,
}

/// What is known of a value, a pattern or a parameter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Shape {
    #[default]
    Unknown,
    Atom(Name),
    Module(Name),
    Int(i64),
    /// A float, which no rule asks the value of.
    Float,
    /// A string without interpolation; of long ones the beginning.
    String(Name),
    /// An interpolated string, or `"text" <> rest` in a pattern, by what it begins with.
    Prefix(Name),
    Tuple(#[serde(deserialize_with = "nested::deserialize")] ThinVec<Shape>),
    List(#[serde(deserialize_with = "nested::deserialize")] ThinVec<Shape>),
    /// `[head | tail]` as a pattern: the heads. As a value it is a [`Shape::Concat`].
    Cons(#[serde(deserialize_with = "nested::deserialize")] ThinVec<Shape>),
    /// Keyword arguments or a keyword list.
    Keywords(#[serde(deserialize_with = "nested::deserialize")] ThinVec<(Name, Shape)>),
    /// A map by its atom keys; `true` where it has other entries or is an update.
    Map(
        #[serde(deserialize_with = "nested::deserialize")] ThinVec<(Name, Shape)>,
        bool,
    ),
    /// A map by its string keys; `true` where it has other entries or is an update.
    StringMap(
        #[serde(deserialize_with = "nested::deserialize")] ThinVec<(Name, Shape)>,
        bool,
    ),
    Struct(
        Name,
        #[serde(deserialize_with = "nested::deserialize")] ThinVec<(Name, Shape)>,
    ),
    Variable(Variable),
    /// A parameter of the clause, as it came in.
    Parameter(u8),
    /// The value of a call, by its index.
    Call(u32),
    /// A closure, by its index.
    Closure(u32),
    /// `value.field`, or `value[:field]`.
    Field(
        #[serde(deserialize_with = "nested::deserialize")] Box<Shape>,
        Name,
    ),
    /// Some part of a value: what a pattern took out of it.
    Within(#[serde(deserialize_with = "nested::deserialize")] Box<Shape>),
    /// `left ++ right`.
    Concat(
        #[serde(deserialize_with = "nested::deserialize")] Box<Shape>,
        #[serde(deserialize_with = "nested::deserialize")] Box<Shape>,
    ),
    /// What `Application.compile_env(app, key, default)` gave to an attribute: the arguments.
    Setting(#[serde(deserialize_with = "nested::deserialize")] ThinVec<Shape>),
    /// One of several: the branches of `if` or `case`.
    Choice(#[serde(deserialize_with = "nested::deserialize")] ThinVec<Shape>),
    /// Other patterns over binaries.
    Binary,
}

impl Shape {
    pub fn atom(&self) -> Option<Name> {
        match self {
            Shape::Atom(name) => Some(*name),
            _ => None,
        }
    }

    /// The name of an atom or module.
    pub fn module(&self) -> Option<Name> {
        match self {
            Shape::Module(name) => Some(*name),
            _ => None,
        }
    }

    /// Whether it says all there is to a value, so that two of them can be compared.
    pub fn is_literal(&self) -> bool {
        match self {
            Shape::Atom(_) | Shape::Module(_) | Shape::Int(_) | Shape::String(_) => true,
            Shape::Tuple(parts) => parts.iter().all(Shape::is_literal),
            _ => false,
        }
    }

    /// Whether it is made of at most `room` shapes; takes them off.
    pub(crate) fn fits(&self, room: &mut usize) -> bool {
        let Some(left) = room.checked_sub(1) else {
            return false;
        };
        *room = left;
        self.all_parts(|it| it.fits(room))
    }

    /// Whether something is true of this shape, and of all that it is made of.
    pub(crate) fn all(&self, is: &impl Fn(&Shape) -> bool) -> bool {
        is(self) && self.all_parts(|it| it.all(is))
    }

    /// Visits this shape and, where `enter` says so, what it is made of.
    pub fn walk(&self, enter: &mut impl FnMut(&Shape) -> bool) {
        if enter(self) {
            self.all_parts(|it| {
                it.walk(enter);
                true
            });
        }
    }

    /// Whether something is true of each shape that it holds, without those in them.
    fn all_parts(&self, mut is: impl FnMut(&Shape) -> bool) -> bool {
        match self {
            Shape::Tuple(parts)
            | Shape::List(parts)
            | Shape::Cons(parts)
            | Shape::Setting(parts)
            | Shape::Choice(parts) => parts.iter().all(is),
            Shape::Keywords(pairs)
            | Shape::Map(pairs, _)
            | Shape::StringMap(pairs, _)
            | Shape::Struct(_, pairs) => pairs.iter().all(|(_, it)| is(it)),
            Shape::Field(value, _) | Shape::Within(value) => is(value),
            Shape::Concat(left, right) => is(left) && is(right),
            _ => true,
        }
    }

    pub fn pairs(&self) -> &[(Name, Shape)] {
        match self {
            Shape::Keywords(pairs) | Shape::Map(pairs, _) | Shape::Struct(_, pairs) => pairs,
            _ => &[],
        }
    }

    pub fn get(&self, key: Name) -> Option<&Shape> {
        self.pairs()
            .iter()
            .find(|(it, _)| *it == key)
            .map(|(_, value)| value)
    }

    /// The tag of `{:tag, ...}`, or the atom itself, and how many elements there are.
    pub fn tag(&self) -> Option<(Name, usize)> {
        match self {
            Shape::Atom(name) => Some((*name, 0)),
            Shape::Tuple(elements) => Some((elements.first()?.atom()?, elements.len())),
            _ => None,
        }
    }
}
