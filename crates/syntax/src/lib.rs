//! Elixir source as a flat, typed tree.
mod file;
mod kind;
mod lower;
mod mirror;
mod names;
mod quoted;
mod slips;
mod text;

pub use file::{Children, File, Node, Symbol};
pub use kind::{Kind, Mode, Op, Role, SectionKind};
pub use mirror::Tree;
pub use quoted::quoted;
pub use text::{character, unescape};

/// Parses and lowers; never fails: what does not parse becomes [`Kind::Error`].
pub fn parse(source: impl Into<String>) -> File {
    let source = source.into();
    Tree::parse(&source).lower(source)
}
