//! One pass over a template: its tags, and the Elixir in it.
//!
//! The Elixir is copied out, expression by expression, with line breaks between them, and it is noted where each piece
//! stands. So `<%= if @a do %><b>{@c}</b><% end %>` becomes the lines `if @a do`, `@c` and `end`, which are parsed
//! without what is written around them.
use exlint_findings::Span;
use memchr::memmem;

use super::{Notation, pieces::Pieces};

/// What a template is made of; places count from its beginning.
#[derive(Debug, Default)]
pub(crate) struct Scanned {
    pub code: Pieces,
    pub tags: Vec<RawTag>,
    pub attributes: Vec<RawAttribute>,
}

/// An opening tag.
#[derive(Clone, Debug)]
pub(crate) struct RawTag {
    pub name: Span,
    /// From `<` to `>`.
    pub span: Span,
    /// The tag around it.
    pub parent: Option<u32>,
    pub attributes: std::ops::Range<u32>,
    /// Whether it may have attributes that are not written out: `{@rest}`, `<%= ... %>`.
    pub is_open: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct RawAttribute {
    pub name: Span,
    pub value: RawValue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RawValue {
    None,
    /// What stands between the quotes.
    Text(Span),
    /// What stands between the braces.
    Code(Span),
    /// Text with expressions in it.
    Mixed(Span),
}

/// Elements that have no end.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// Braces are text in an element with this attribute.
const NO_BRACES: &str = "phx-no-curly-interpolation";

/// An end tag closes one of so many elements that are open; others were closed by mistake or by chance.
const NEAREST: usize = 64;

pub(crate) fn scan(text: &str, notation: Notation) -> Scanned {
    let mut scan = Scan {
        text,
        bytes: text.as_bytes(),
        notation,
        at: 0,
        code: Pieces::default(),
        tags: Vec::new(),
        attributes: Vec::new(),
        open: Vec::new(),
        has_braces: true,
        has_endings: true,
        has_comment_ends: true,
    };
    scan.whole();
    Scanned {
        code: scan.code,
        tags: scan.tags,
        attributes: scan.attributes,
    }
}

struct Scan<'s> {
    text: &'s str,
    bytes: &'s [u8],
    notation: Notation,
    at: usize,
    code: Pieces,
    tags: Vec<RawTag>,
    attributes: Vec<RawAttribute>,
    open: Vec<Open>,
    /// Whether every opening brace so far had its closing one; when one is missing, the others are text. The same for
    /// `%>` and `-->`: so nothing is looked for twice.
    has_braces: bool,
    has_endings: bool,
    has_comment_ends: bool,
}

/// An element that is open.
#[derive(Clone, Copy)]
struct Open {
    tag: u32,
    /// Whether braces in it are text.
    is_verbatim: bool,
}

impl Scan<'_> {
    fn whole(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'<' if self.starts_with("<%") => self.expression_tag(),
                b'<' if self.starts_with("<!--") => self.comment(),
                b'<' if self.starts_with("</") => self.end_tag(),
                b'<' if self.begins_tag() => self.tag(),
                b'{' if self.takes_braces() => _ = self.braces(),
                _ => self.at += 1,
            }
        }
    }

    fn starts_with(&self, text: &str) -> bool {
        self.bytes[self.at..].starts_with(text.as_bytes())
    }

    fn begins_tag(&self) -> bool {
        let next = self.bytes.get(self.at + 1);
        next.is_some_and(|it| {
            it.is_ascii_alphabetic() || matches!(it, b'.' | b':') && self.notation == Notation::Heex
        })
    }

    fn takes_braces(&self) -> bool {
        self.notation == Notation::Heex && !self.open.last().is_some_and(|it| it.is_verbatim)
    }

    // Elixir.

    /// `<%= expression %>` and its like. At its end, or behind `<%` where it has none.
    fn expression_tag(&mut self) {
        self.at += 2;
        if self.starts_with("%") {
            return;
        }
        if self.starts_with("!--") {
            return self.silent_comment("!--", "--%>");
        }
        let Some(end) = self.ending("%>") else { return };
        if self.starts_with("#") {
            return self.silent_comment("", "%>");
        }
        let marks = self.bytes[self.at..end].iter();
        let marks = marks.take_while(|it| matches!(it, b'=' | b'|' | b'/'));
        self.copy(self.at + marks.count()..end);
        if self.bytes[..end].trim_ascii_end().ends_with(b"->") {
            // The grammar knows no clause without a body; what follows is text, which is a literal of some kind.
            self.code.add("0", end + 1);
        }
        self.at = end + 2;
    }

    /// `<%# text %>` and `<%!-- text --%>`; of one line, so that it can be a comment of Elixir.
    fn silent_comment(&mut self, opening: &str, closing: &str) {
        let inside = self.at + opening.len();
        let Some(length) = memmem::find(&self.bytes[inside..], closing.as_bytes()) else {
            self.at = self.bytes.len();
            return;
        };
        let end = inside + length;
        if !self.bytes[inside..end].contains(&b'\n') {
            let mark = inside - usize::from(!opening.is_empty());
            let text = format!("#{}", &self.text[mark + 1..end]);
            self.code.add(&text, mark);
        }
        self.at = end + closing.len();
    }

    /// `{expression}`; or a brace that is text, where it is not closed.
    fn braces(&mut self) -> Option<Span> {
        let start = self.at;
        self.at += 1;
        if !self.has_braces {
            return None;
        }
        let mut depth = 0_usize;
        let mut at = self.at;
        loop {
            match self.bytes.get(at) {
                Some(b'\\') if matches!(self.bytes.get(at + 1), Some(b'{' | b'}')) => at += 1,
                Some(b'{') => depth += 1,
                Some(b'}') if depth == 0 => break,
                Some(b'}') => depth -= 1,
                Some(_) => {}
                None => {
                    self.has_braces = false;
                    return None;
                }
            }
            at += 1;
        }
        self.copy(start + 1..at);
        self.at = at + 1;
        Some(Span::new(start as u32 + 1, at as u32))
    }

    /// Copies an expression, which begins and ends at characters of one byte.
    fn copy(&mut self, expression: std::ops::Range<usize>) {
        self.code
            .add(&self.text[expression.clone()], expression.start);
    }

    /// Where `closing` comes next.
    fn ending(&mut self, closing: &str) -> Option<usize> {
        if !self.has_endings {
            return None;
        }
        let length = memmem::find(&self.bytes[self.at..], closing.as_bytes());
        self.has_endings = length.is_some();
        Some(self.at + length?)
    }

    // Markup.

    /// Braces in it are text; what stands in `<%= ... %>` is evaluated.
    fn comment(&mut self) {
        self.at += 4;
        let end = memmem::find(&self.bytes[self.at..], b"-->").filter(|_| self.has_comment_ends);
        match end {
            Some(length) => self.until(self.at + length),
            None => self.has_comment_ends = false,
        }
    }

    /// Goes on to `end`, taking only `<%= ... %>` on the way.
    fn until(&mut self, end: usize) {
        while self.at < end {
            match self.starts_with("<%") {
                true => self.expression_tag(),
                false => self.at += 1,
            }
        }
    }

    fn end_tag(&mut self) {
        self.at += 2;
        let name = self.name();
        let nearest = self.open.len().saturating_sub(NEAREST);
        let is_it = |it: &Open| {
            let own = self.tags[it.tag as usize].name;
            self.text[own.range()] == self.text[name.range()]
        };
        if let Some(index) = self.open[nearest..].iter().rposition(is_it) {
            self.open.truncate(nearest + index);
        }
    }

    fn tag(&mut self) {
        let start = self.at as u32;
        self.at += 1;
        let name = self.name();
        let parent = self.open.last().copied();
        let first = self.attributes.len() as u32;
        let mut is_open = false;
        let mut is_closed = false;
        loop {
            self.skip_blanks();
            match self.bytes.get(self.at) {
                None => break,
                Some(b'>') => {
                    self.at += 1;
                    break;
                }
                Some(b'/') => {
                    is_closed = self.bytes.get(self.at + 1) == Some(&b'>');
                    self.at += 1;
                }
                Some(b'<') if self.starts_with("<%") => {
                    is_open = true;
                    self.expression_tag();
                }
                // A tag that was never finished.
                Some(b'<') => break,
                Some(b'{') if self.notation == Notation::Heex => {
                    is_open = true;
                    self.braces();
                }
                Some(_) => self.attribute(),
            }
        }
        let attributes = first..self.attributes.len() as u32;
        let written = &self.attributes[first as usize..];
        let is_verbatim = parent.is_some_and(|it| it.is_verbatim)
            || written
                .iter()
                .any(|it| &self.text[it.name.range()] == NO_BRACES);
        let index = self.tags.len() as u32;
        self.tags.push(RawTag {
            name,
            span: Span::new(start, self.at as u32),
            parent: parent.map(|it| it.tag),
            attributes,
            is_open,
        });
        let name = &self.text[name.range()];
        if is_closed || VOID.contains(&name) {
            return;
        }
        if matches!(name, "script" | "style") {
            return self.raw_text(name);
        }
        self.open.push(Open {
            tag: index,
            is_verbatim,
        });
    }

    /// The text of a script or style, up to its end tag.
    fn raw_text(&mut self, name: &str) {
        let end_tag = format!("</{name}");
        let length = memmem::find(&self.bytes[self.at..], end_tag.as_bytes());
        self.until(length.map_or(self.bytes.len(), |it| self.at + it));
    }

    fn attribute(&mut self) {
        let name = self.name();
        if name.start == name.end {
            self.at += self.text[self.at..]
                .chars()
                .next()
                .map_or(1, char::len_utf8);
            return;
        }
        let after = self.at;
        self.skip_blanks();
        let value = match self.bytes.get(self.at) {
            Some(b'=') => {
                self.at += 1;
                self.skip_blanks();
                self.attribute_value()
            }
            _ => {
                self.at = after;
                RawValue::None
            }
        };
        self.attributes.push(RawAttribute { name, value });
    }

    fn attribute_value(&mut self) -> RawValue {
        match self.bytes.get(self.at) {
            Some(b'{') if self.notation == Notation::Heex => {
                self.braces().map_or(RawValue::None, RawValue::Code)
            }
            Some(&quote @ (b'"' | b'\'')) => {
                self.at += 1;
                let value = self.text_until(|byte| byte == quote);
                self.at = (self.at + 1).min(self.bytes.len());
                value
            }
            // `~H"<p class=\"note\">"`
            Some(b'\\') if self.starts_with("\\\"") => {
                self.at += 2;
                let value = self.text_until(|byte| byte == b'\\');
                self.at = (self.at + 2).min(self.bytes.len());
                value
            }
            _ => self.text_until(|byte| byte.is_ascii_whitespace() || byte == b'>'),
        }
    }

    fn text_until(&mut self, is_end: impl Fn(u8) -> bool) -> RawValue {
        let start = self.at as u32;
        let mut is_mixed = false;
        while let Some(&byte) = self.bytes.get(self.at) {
            if self.starts_with("<%") {
                is_mixed = true;
                self.expression_tag();
            } else if is_end(byte) {
                break;
            } else {
                self.at += 1;
            }
        }
        let span = Span::new(start, self.at as u32);
        match is_mixed {
            true => RawValue::Mixed(span),
            false => RawValue::Text(span),
        }
    }

    /// The name of a tag or attribute.
    fn name(&mut self) -> Span {
        let start = self.at;
        let rest = self.bytes[start..].iter();
        let is_part = |it: &&u8| {
            !it.is_ascii_whitespace()
                && !matches!(it, b'>' | b'/' | b'=' | b'<' | b'{' | b'"' | b'\'')
        };
        self.at += rest.take_while(is_part).count();
        Span::new(start as u32, self.at as u32)
    }

    fn skip_blanks(&mut self) {
        let rest = self.bytes[self.at..].iter();
        self.at += rest.take_while(|it| it.is_ascii_whitespace()).count();
    }
}
