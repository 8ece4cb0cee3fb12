//! Strings, charlists and sigils, with what is interpolated in them.
use exlint_findings::{Span, Spanned};

use super::Printer;
use crate::{
    Kind, Node,
    text::{self, Quotes},
};

impl Printer {
    pub(super) fn string_node(&mut self, node: Node) {
        let quotes = text::quotes(node);
        if node.children().next().is_some() {
            return self.call("<<>>", node.span().start, |it| it.parts(node, &quotes));
        }
        let content = text::dedent(node.file().source(), quotes.content, &quotes, true, true);
        self.string(&text::unescape(&content));
    }

    pub(super) fn charlist(&mut self, node: Node) {
        let (at, quotes) = (node.span().start, text::quotes(node));
        if node.children().next().is_some() {
            return self.apply(at, |it| {
                it.call(".", at, |it| {
                    it.atom("Elixir.List");
                    it.atom("to_charlist");
                });
                it.list(|it| it.charlist_parts(node, &quotes));
            });
        }
        let content = text::dedent(node.file().source(), quotes.content, &quotes, true, true);
        let characters = String::from_utf8_lossy(&text::unescape(&content)).into_owned();
        self.list(|it| {
            for character in characters.chars() {
                it.line(format_args!("int {}", u32::from(character)));
            }
        });
    }

    pub(super) fn sigil(&mut self, node: Node) {
        let (at, quotes) = (node.span().start, text::quotes(node));
        let modifiers = &node.file().source()[..node.span().end as usize];
        let end = quotes.content.end as usize + if quotes.indentation.is_some() { 3 } else { 1 };
        let modifiers: Vec<char> = modifiers.get(end..).unwrap_or_default().chars().collect();
        self.call(&format!("sigil_{}", node.name()), at, |it| {
            it.call("<<>>", at, |it| {
                if node.child_of_kind(Kind::Interpolation).is_some() {
                    it.parts(node, &quotes);
                } else {
                    let content =
                        text::dedent(node.file().source(), quotes.content, &quotes, true, true);
                    it.string(text::unescape_closing(&content, &quotes).as_bytes());
                }
            });
            it.list(|it| {
                for modifier in modifiers {
                    it.line(format_args!("int {}", u32::from(modifier)));
                }
            });
        });
    }

    /// The texts and interpolations of a string; empty texts are left out.
    pub(super) fn parts(&mut self, node: Node, quotes: &Quotes) {
        for (span, inner) in runs(node, quotes) {
            match inner {
                Some(inner) => {
                    let at = inner.span().start;
                    self.call("::", at, |it| {
                        it.interpolation(inner);
                        it.var("binary", at);
                    });
                }
                None => self.text_run(node, span, quotes),
            }
        }
    }

    fn charlist_parts(&mut self, node: Node, quotes: &Quotes) {
        for (span, inner) in runs(node, quotes) {
            match inner {
                Some(inner) => self.interpolation(inner),
                None => self.text_run(node, span, quotes),
            }
        }
    }

    fn interpolation(&mut self, node: Node) {
        let at = node.span().start;
        self.apply(at, |it| {
            it.call(".", at, |it| {
                it.atom("Elixir.Kernel");
                it.atom("to_string");
            });
            it.block(&node.children().collect::<Vec<_>>());
        });
    }

    fn text_run(&mut self, node: Node, span: Span, quotes: &Quotes) {
        let (first, last) = (
            span.start == quotes.content.start,
            span.end == quotes.content.end,
        );
        let content = text::dedent(node.file().source(), span, quotes, first, last);
        let bytes = match node.kind() {
            Kind::Sigil => text::unescape_closing(&content, quotes).into_bytes(),
            _ => text::unescape(&content),
        };
        // Elixir keeps the empty text before an interpolation that begins a heredoc.
        if !content.is_empty() || (first && quotes.indentation.is_some()) {
            self.string(&bytes);
        }
    }
}

/// The content of an interpolated string, cut at its interpolations.
fn runs<'t>(node: Node<'t>, quotes: &Quotes) -> Vec<(Span, Option<Node<'t>>)> {
    let mut runs = Vec::new();
    let mut at = quotes.content.start;
    for inner in node.children().filter(|it| it.is(Kind::Interpolation)) {
        let span = inner.span();
        if at < span.start {
            runs.push((Span::new(at, span.start), None));
        }
        runs.push((span, Some(inner)));
        at = span.end;
    }
    if at < quotes.content.end {
        runs.push((Span::new(at, quotes.content.end), None));
    }
    runs
}
