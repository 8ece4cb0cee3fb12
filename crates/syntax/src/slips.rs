//! What the grammar package reads wrongly, and how it is brought to read it right.
//!
//! Each slip is undone by masking a few bytes of a copy of the source, length kept, and parsing the copy: the tree
//! then has the right shape, and names and operators are read from the source itself.
use exlint_findings::Span;

use crate::{
    Op,
    mirror::{Entry, Field, Syntax},
};

/// A copy of `text`, which is `source` with earlier masks, without the slips that show in `entries`.
pub(crate) fn mask(source: &str, text: &str, entries: &[Entry]) -> Option<String> {
    let mut masked: Option<Vec<u8>> = None;
    let mut put = |at: usize, bytes: &[u8]| {
        let masked = masked.get_or_insert_with(|| text.as_bytes().to_vec());
        masked[at..at + bytes.len()].copy_from_slice(bytes);
    };
    for (index, entry) in entries.iter().enumerate() {
        match entry.syntax {
            Syntax::Binary => {
                if let Some(at) = operator_inside_name(source, entry) {
                    put(at, b"z");
                }
            }
            Syntax::Call => {
                if let Some(at) = range_taken_for_argument(source, entries, index) {
                    put(at, b"++");
                }
            }
            Syntax::Sigil => {
                if let Some(at) = backslash_before_delimiter(text, entry) {
                    put(at, b"__");
                }
            }
            Syntax::Error => {
                let span = Span::new(entry.start, entry.end);
                for (offset, letter) in text[span.range()].char_indices() {
                    if !letter.is_ascii() && letter.is_alphabetic() {
                        put(entry.start as usize + offset, &b"zzzz"[..letter.len_utf8()]);
                    }
                }
            }
            _ => {}
        }
    }
    // Only ASCII took the place of whole characters.
    masked.and_then(|it| String::from_utf8(it).ok())
}

/// The line `input -> ...` after a body is no `in put -> ...`.
fn operator_inside_name(source: &str, entry: &Entry) -> Option<usize> {
    let word = match entry.op {
        Op::In | Op::And | Op::Or | Op::When => entry.op.text(),
        _ => return None,
    };
    let at = entry.op_start as usize;
    let next = *source.as_bytes().get(at + word.len())?;
    (next.is_ascii_alphanumeric() || next == b'_' || next >= 0x80).then_some(at)
}

/// `x..-1` is no call of `x`.
fn range_taken_for_argument(source: &str, entries: &[Entry], call: usize) -> Option<usize> {
    let target = entries
        .get(call + 1)
        .filter(|it| it.field == Field::Target && it.syntax == Syntax::Identifier)?;
    let arguments = entries
        .get(call + 2)
        .filter(|it| it.syntax == Syntax::Arguments)?;
    let at = target.end as usize;
    (arguments.start as usize == at
        && source[at..].starts_with("..")
        && !source[at..].starts_with("..."))
    .then_some(at)
}

/// In `~S(\\)` the first backslash takes the second, not the second the parenthesis.
fn backslash_before_delimiter(text: &str, entry: &Entry) -> Option<usize> {
    let sigil = &text[entry.start as usize..entry.end as usize];
    let name = sigil
        .get(1..)?
        .bytes()
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    if !sigil.as_bytes().get(1)?.is_ascii_uppercase() {
        return None;
    }
    let opening = *sigil.as_bytes().get(1 + name)?;
    let closing = match opening {
        b'(' => b')',
        b'[' => b']',
        b'{' => b'}',
        b'<' => b'>',
        other => other,
    };
    let bytes = sigil.as_bytes();
    let mut at = 2 + name;
    while at + 2 < bytes.len() {
        match &bytes[at..at + 3] {
            [b'\\', b'\\', next] if *next == closing => return Some(entry.start as usize + at),
            [b'\\', ..] => at += 2,
            _ => at += 1,
        }
    }
    None
}
