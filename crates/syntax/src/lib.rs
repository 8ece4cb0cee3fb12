//! Elixir source as a flat, typed tree.
mod bindings;
mod body;
mod deadline;
mod ends;
mod file;
mod kind;
mod lower;
mod mirror;
mod names;
mod pattern;
mod quoted;
mod slips;
pub mod stdlib;
mod steps;
mod template;
mod text;
mod views;

pub use bindings::{Binding, Bindings};
pub use body::{Body, Tail, TailKind};
pub use file::{Children, File, Node, Symbol};
pub use kind::{Kind, Mode, Op, Role, SectionKind};
pub use mirror::Tree;
pub use names::Function;
pub use quoted::quoted;
pub use template::{AttributeValue, Notation, Tag, TagAttribute, TagKind};
pub use text::{character, unescape};
pub use views::{
    Attribute, CONTROL, Call, Callee, Capture, Clause, Def, Directive, Fn, Map, Match, Module,
    Pipe, Struct, Template, View,
};

/// Parses and lowers; never fails: what does not parse becomes [`Kind::Error`].
pub fn parse(source: impl Into<String>) -> File {
    let source = source.into();
    Tree::parse(&source).lower(source)
}

/// Parses and lowers a file: Elixir, or a template where its name says so; never fails.
pub fn parse_file(name: &str, source: impl Into<String>) -> File {
    match Notation::of_file(name) {
        Some(notation) => parse_template(source, notation),
        None => parse(source),
    }
}

/// Parses and lowers a file that is a template; never fails.
pub fn parse_template(source: impl Into<String>, notation: Notation) -> File {
    let source = source.into();
    Tree::parse_template(&source, notation).lower(source)
}
