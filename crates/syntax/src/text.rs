//! What the characters between quotes stand for.
//!
//! Escapes are those of "Escape sequences" in Elixir's syntax reference; heredocs lose the indentation of their
//! closing line, sigils the backslash before their closing delimiter.
use std::borrow::Cow;

use exlint_findings::{Span, Spanned};

use crate::{Kind, Node, file::flag};

/// The offset of the quote that closes the text which the quote at `open` begins, at most `end`.
pub(crate) fn closing_quote(source: &str, open: u32, end: u32) -> u32 {
    let bytes = source.as_bytes();
    let Some(&quote) = bytes.get(open as usize) else {
        return end;
    };
    let mut at = open as usize + 1;
    while at < end as usize {
        match bytes[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at as u32,
            _ => at += 1,
        }
    }
    end
}

/// The bytes a string with escapes stands for; they need not be UTF-8.
pub fn unescape(written: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(written.len());
    let mut rest = written;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        rest = escape(rest, &mut bytes);
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// Reads one escape after its backslash; returns what follows it.
fn escape<'s>(rest: &'s str, bytes: &mut Vec<u8>) -> &'s str {
    let mut chars = rest.chars();
    let Some(first) = chars.next() else {
        return rest;
    };
    let after = chars.as_str();
    let byte = match first {
        'x' | 'u' => return numeric_escape(first, after, bytes),
        '\n' => return after,
        '\r' if after.starts_with('\n') => return &after[1..],
        '0' => 0,
        'a' => 7,
        'b' => 8,
        'd' => 127,
        'e' => 27,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        's' => b' ',
        't' => b'\t',
        'v' => 11,
        other => {
            bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
            return after;
        }
    };
    bytes.push(byte);
    after
}

/// `\xH`, `\xHH` (one byte), `\x{H...}`, `\uHHHH`, `\u{H...}` (one character).
fn numeric_escape<'s>(kind: char, rest: &'s str, bytes: &mut Vec<u8>) -> &'s str {
    if let Some((digits, after)) = rest.strip_prefix('{').and_then(|it| it.split_once('}')) {
        push_char(digits, bytes);
        return after;
    }
    let most = if kind == 'x' { 2 } else { 4 };
    let len = rest
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_hexdigit)
        .count();
    let (digits, after) = rest.split_at(len);
    match kind {
        'x' => bytes.extend(u8::from_str_radix(digits, 16)),
        _ => push_char(digits, bytes),
    }
    after
}

fn push_char(digits: &str, bytes: &mut Vec<u8>) {
    let character = u32::from_str_radix(digits, 16)
        .ok()
        .and_then(char::from_u32);
    if let Some(character) = character {
        bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// The value of `?a`.
pub fn character(written: &str) -> u32 {
    let rest = written.strip_prefix('?').unwrap_or(written);
    match rest.strip_prefix('\\') {
        Some(escaped) if !escaped.is_empty() => {
            let mut bytes = Vec::new();
            escape(escaped, &mut bytes);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            text.chars()
                .next()
                .map_or(u32::from(*bytes.first().unwrap_or(&0)), u32::from)
        }
        _ => rest.chars().next().map_or(0, u32::from),
    }
}

/// How a string, charlist, sigil or quoted atom is written.
pub(crate) struct Quotes {
    /// What stands between the delimiters, line break and indentation of heredocs included.
    pub content: Span,
    /// The indentation that every line of a heredoc loses, in characters; `None` for other strings.
    pub indentation: Option<usize>,
    pub closing: char,
}

pub(crate) fn quotes(node: Node<'_>) -> Quotes {
    let source = node.file().source();
    let open = node.raw().token as usize;
    let opening = source[open..].chars().next().unwrap_or('"');
    let closing = match opening {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        '<' => '>',
        other => other,
    };
    let end = node.span().end as usize;
    let modifiers = if node.is(Kind::Sigil) {
        source[open..end]
            .bytes()
            .rev()
            .take_while(u8::is_ascii_alphanumeric)
            .count()
    } else if node.is(Kind::DynamicAtom) || node.is(Kind::Atom) {
        source[open..end]
            .chars()
            .rev()
            .take_while(|it| *it != closing)
            .map(char::len_utf8)
            .sum()
    } else {
        0
    };
    let width = if node.has(flag::HEREDOC) {
        3
    } else {
        opening.len_utf8()
    };
    let start = open + width;
    let mut stop = (end - modifiers).saturating_sub(width).max(start);
    // Where the closing delimiter is missing, any character may stand in its place.
    while !source.is_char_boundary(stop) {
        stop -= 1;
    }
    let indentation = node.has(flag::HEREDOC).then(|| {
        let line = source[start..stop].rsplit('\n').next().unwrap_or_default();
        line.chars().count()
    });
    Quotes {
        content: Span::new(start as u32, stop as u32),
        indentation,
        closing,
    }
}

/// One run of text of a string as Elixir keeps it before unescaping; `first` and `last` say whether the run
/// begins or ends the string.
pub(crate) fn dedent<'s>(
    source: &'s str,
    run: Span,
    quotes: &Quotes,
    first: bool,
    last: bool,
) -> Cow<'s, str> {
    let mut run = run;
    let Some(indentation) = quotes.indentation else {
        return Cow::Borrowed(&source[run.range()]);
    };
    if last {
        run.end = quotes.content.end - indentation.min(quotes.content.end as usize) as u32;
        let closing_line = source[..quotes.content.end as usize]
            .rfind('\n')
            .map_or(0, |it| it + 1);
        run.end = (closing_line as u32).max(run.start);
    }
    let text = &source[run.range()];
    let mut dedented = String::with_capacity(text.len());
    // The line of the opening delimiter is no line of the text.
    let skipped = if first {
        text.split_inclusive('\n').next().map_or(0, str::len)
    } else {
        0
    };
    for (line, nth) in text[skipped..].split_inclusive('\n').zip(0..) {
        let starts_a_line = first || nth > 0;
        let blank = |it: &char| *it == ' ' || *it == '\t';
        let drop = if starts_a_line {
            line.chars().take(indentation).take_while(blank).count()
        } else {
            0
        };
        dedented.push_str(&line[drop..]);
    }
    Cow::Owned(dedented)
}

/// A sigil keeps its escapes for the macro behind it, but for those of its closing delimiter.
pub(crate) fn unescape_closing(text: &str, quotes: &Quotes) -> String {
    let mut plain = String::with_capacity(text.len());
    let triple: String = std::iter::repeat_n(quotes.closing, 3).collect();
    let mut chars = text.chars();
    while let Some(character) = chars.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        let rest = chars.as_str();
        let closes = match quotes.indentation {
            Some(_) => rest.starts_with(&triple),
            None => rest.starts_with(quotes.closing),
        };
        if !closes {
            plain.push('\\');
        }
        plain.extend(chars.next());
    }
    plain
}

impl<'t> Node<'t> {
    /// The text of a string, charlist or sigil without interpolation, as the program sees it; for an atom its
    /// name. `None` for anything else, and for strings that are not UTF-8.
    pub fn string_value(self) -> Option<Cow<'t, str>> {
        match self.kind() {
            Kind::Atom => Some(Cow::Borrowed(self.name())),
            Kind::String | Kind::Charlist | Kind::Sigil if self.children().next().is_none() => {
                let quotes = quotes(self);
                let text = dedent(self.file().source(), quotes.content, &quotes, true, true);
                if self.is(Kind::Sigil) {
                    return Some(Cow::Owned(unescape_closing(&text, &quotes)));
                }
                if !text.contains('\\') {
                    return Some(text);
                }
                String::from_utf8(unescape(&text)).ok().map(Cow::Owned)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_bytes_or_characters() {
        assert_eq!(
            unescape(
                r"a\n\x41\xff\u{e9}\u00e9\
b\q"
            ),
            b"a\nA\xff\xc3\xa9\xc3\xa9bq"
        );
    }

    #[test]
    fn characters() {
        assert_eq!(character("?a"), 97);
        assert_eq!(character(r"?\n"), 10);
        assert_eq!(character(r"?\\"), 92);
        assert_eq!(character("?é"), 233);
    }
}
