//! Templates: what `~H` holds, and `.heex` files.
//!
//! A template is one node, [`Kind::Template`], with the Elixir in it as its children: expressions, in the order in which
//! they stand; `<%= if ... do %>` and its like hold what stands up to their `<% end %>`. What is written around them,
//! tags and their attributes, is asked for through [`Template`]. `@name` is a [`Kind::Assign`] there, and the mode of
//! all nodes is [`Mode::Template`](crate::Mode::Template), so that nothing takes them for the code around them.
pub(crate) mod pieces;
pub(crate) mod scan;
pub(crate) mod splice;

use exlint_findings::{Span, Spanned};

use crate::{File, Kind, Node, View, views::Template};
use scan::{RawAttribute, RawTag, RawValue, Scanned};

/// How a template is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// Tags, components and `{...}`, which know of each other: `~H`, `.heex`.
    Heex,
    /// Any text with `<%= ... %>` in it: `~L`, `~E`, `.leex`, `.eex`.
    Eex,
}

impl Notation {
    /// That of the sigil of this name.
    pub(crate) fn of_sigil(name: &str) -> Option<Notation> {
        match name {
            "H" => Some(Notation::Heex),
            "L" | "E" => Some(Notation::Eex),
            _ => None,
        }
    }

    /// That of a file which holds HTML, by the end of its name.
    pub fn of_file(name: &str) -> Option<Notation> {
        if name.ends_with(".heex") {
            return Some(Notation::Heex);
        }
        let is_eex = name.ends_with(".html.eex") || name.ends_with(".html.leex");
        is_eex.then_some(Notation::Eex)
    }
}

/// The markup of one template.
#[derive(Debug)]
pub(crate) struct Markup {
    /// Where the template begins: its places count from there.
    pub start: u32,
    pub tags: Vec<RawTag>,
    pub attributes: Vec<RawAttribute>,
}

impl Markup {
    pub fn new(start: u32, scanned: Scanned) -> Self {
        Self {
            start,
            tags: scanned.tags,
            attributes: scanned.attributes,
        }
    }

    fn place(&self, span: Span) -> Span {
        Span::new(span.start + self.start, span.end + self.start)
    }
}

impl File {
    /// The templates of the file, in order.
    pub fn templates(&self) -> impl Iterator<Item = Template<'_>> {
        let ids = self.markup.iter().map(|(id, _)| *id);
        ids.filter_map(|id| Template::cast(self.node(id)))
    }

    fn markup_of(&self, id: u32) -> Option<&Markup> {
        let index = self.markup.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(&self.markup[index].1)
    }
}

impl<'t> Template<'t> {
    /// The opening tags, in order.
    pub fn tags(self) -> impl Iterator<Item = Tag<'t>> {
        let markup = self.file().markup_of(self.id());
        markup.into_iter().flat_map(move |markup| {
            (0..markup.tags.len() as u32).map(move |index| Tag {
                template: self,
                markup,
                index,
            })
        })
    }

    /// The outermost expressions that stand inside `span`.
    fn expressions_in(self, span: Span) -> impl Iterator<Item = Node<'t>> {
        let file = self.file();
        let (first, limit) = (self.id() + 1, self.limit());
        let nodes = &file.nodes[first as usize..limit as usize];
        let first = first + nodes.partition_point(|it| it.start < span.start) as u32;
        let within = move |id: u32| {
            (id < limit && file.nodes[id as usize].end <= span.end).then(|| file.node(id))
        };
        std::iter::successors(within(first), move |it| within(it.limit()))
    }
}

/// An opening tag of a template.
#[derive(Clone, Copy)]
pub struct Tag<'t> {
    template: Template<'t>,
    markup: &'t Markup,
    index: u32,
}

/// What a tag stands for, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagKind<'t> {
    /// `<div>`
    Element(&'t str),
    /// `<.name>`: a function component in scope.
    Local(&'t str),
    /// `<Module.name>`, with the module as it is written.
    Remote(&'t str, &'t str),
    /// `<:name>`: what a component is given under this name.
    Slot(&'t str),
}

impl Spanned for Tag<'_> {
    fn span(&self) -> Span {
        self.markup.place(self.raw().span)
    }
}

impl<'t> Tag<'t> {
    fn raw(self) -> &'t RawTag {
        &self.markup.tags[self.index as usize]
    }

    /// The template it stands in.
    pub fn template(self) -> Template<'t> {
        self.template
    }

    pub fn name_span(self) -> Span {
        self.markup.place(self.raw().name)
    }

    /// As it is written: `div`, `.button`, `Layouts.app`, `:col`.
    pub fn name(self) -> &'t str {
        &self.template.file().source()[self.name_span().range()]
    }

    pub fn kind(self) -> TagKind<'t> {
        let name = self.name();
        match (name.as_bytes().first(), name.rsplit_once('.')) {
            (Some(b'.'), _) => TagKind::Local(&name[1..]),
            (Some(b':'), _) => TagKind::Slot(&name[1..]),
            (Some(first), Some((module, function))) if first.is_ascii_uppercase() => {
                TagKind::Remote(module, function)
            }
            _ => TagKind::Element(name),
        }
    }

    /// The module of `<Module.name>`, with aliases expanded.
    pub fn module_name(self) -> Option<std::borrow::Cow<'t, str>> {
        match self.kind() {
            TagKind::Remote(module, _) => {
                let file = self.template.file();
                Some(file.names().expand(module, self.template.id()))
            }
            _ => None,
        }
    }

    /// The tag around it.
    pub fn parent(self) -> Option<Tag<'t>> {
        let index = self.raw().parent?;
        Some(Tag { index, ..self })
    }

    /// The tags around it, innermost first.
    pub fn ancestors(self) -> impl Iterator<Item = Tag<'t>> {
        std::iter::successors(self.parent(), |it| it.parent())
    }

    /// Whether it may have attributes that are not written out: `{@rest}`, `<%= ... %>`.
    pub fn is_open(self) -> bool {
        self.raw().is_open
    }

    pub fn attributes(self) -> impl Iterator<Item = TagAttribute<'t>> {
        let range = self.raw().attributes.clone();
        let attributes = &self.markup.attributes[range.start as usize..range.end as usize];
        attributes
            .iter()
            .map(move |raw| TagAttribute { tag: self, raw })
    }

    /// The first attribute of this name.
    pub fn attribute(self, name: &str) -> Option<TagAttribute<'t>> {
        self.attributes().find(|it| it.name() == name)
    }
}

/// An attribute of a tag.
#[derive(Clone, Copy)]
pub struct TagAttribute<'t> {
    tag: Tag<'t>,
    raw: &'t RawAttribute,
}

/// What an attribute is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeValue<'t> {
    /// Nothing: its name alone.
    Flag,
    /// A text that is written out.
    Text(&'t str),
    /// `{expression}`; `None` where it is no Elixir.
    Code(Option<Node<'t>>),
    /// A text with expressions in it.
    Mixed(&'t str),
}

impl Spanned for TagAttribute<'_> {
    /// From the name to the end of what it is given, quotes and braces left out.
    fn span(&self) -> Span {
        let end = match self.raw.value {
            RawValue::None => self.raw.name.end,
            RawValue::Text(span) | RawValue::Code(span) | RawValue::Mixed(span) => span.end,
        };
        self.tag.markup.place(Span::new(self.raw.name.start, end))
    }
}

impl<'t> TagAttribute<'t> {
    pub fn name(self) -> &'t str {
        let span = self.tag.markup.place(self.raw.name);
        &self.tag.template.file().source()[span.range()]
    }

    pub fn value(self) -> AttributeValue<'t> {
        let place = |span| self.tag.markup.place(span);
        let text = |span| &self.tag.template.file().source()[place(span).range()];
        match self.raw.value {
            RawValue::None => AttributeValue::Flag,
            RawValue::Text(span) => AttributeValue::Text(text(span)),
            RawValue::Mixed(span) => AttributeValue::Mixed(text(span)),
            RawValue::Code(span) => {
                let code = self.tag.template.expressions_in(place(span)).next();
                AttributeValue::Code(code.filter(|it| !it.is(Kind::Error)))
            }
        }
    }

    /// The text it is given, as `name="text"` or `name={"text"}`.
    pub fn text(self) -> Option<&'t str> {
        match self.value() {
            AttributeValue::Text(text) => Some(text),
            AttributeValue::Code(Some(code)) if code.is(Kind::String) => {
                match code.string_value()? {
                    std::borrow::Cow::Borrowed(text) => Some(text),
                    std::borrow::Cow::Owned(_) => None,
                }
            }
            _ => None,
        }
    }
}
