//! (skeleton)
/// A tree-sitter tree.
pub struct Tree(());
impl Tree {
    pub fn parse(_source: &str) -> Tree { Tree(()) }
    /// Lowers the tree and drops it.
    pub fn lower(self, source: String) -> File { File { source } }
}
/// One parsed file.
pub struct File { source: String }
impl File {
    pub fn source(&self) -> &str { &self.source }
    /// Spans of the comments, in order, each from `#` to the end of its line.
    pub fn comments(&self) -> &[exlint_findings::Span] { &[] }
}
/// Parses and lowers; never fails.
pub fn parse(source: impl Into<String>) -> File { let source = source.into(); Tree::parse(&source).lower(source) }
/// The text form of the quoted expression, for `exlint debug quoted`.
pub fn quoted(_file: &File) -> String { String::new() }
