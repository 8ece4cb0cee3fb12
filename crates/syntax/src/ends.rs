//! What stands in for the source while the grammar reads it.
//!
//! Where a line break may stand before `end`, the grammar also tries to take `end` for a name that begins a further
//! clause of a `rescue`, and only finds out at the end of the file that no such program was meant:
//!
//! ```elixir
//! rescue
//!   e -> {:error, e}
//! end
//! ```
//!
//! It carries each such reading along, which costs time and memory that grow with the square of their number. Spaces
//! in the place of the line break leave one reading, and everything where it is.
use std::borrow::Cow;
use std::iter;

use memchr::{memchr, memmem, memrchr};

/// How many times a file may let the grammar go astray: it takes a quarter of a gigabyte then.
const MOST_LEFT: usize = 500;

/// Source as the grammar is to read it.
pub(crate) struct Masked<'s> {
    pub text: Cow<'s, str>,
    /// Whether so many line breaks had to stay that the grammar may well never come back.
    pub leads_astray: bool,
    /// Whether it would come back from the source as it is written.
    pub source_is_safe: bool,
}

/// The text with spaces before `end`.
pub(crate) fn masked(source: &str) -> Masked<'_> {
    let bytes = source.as_bytes();
    let (mut text, mut done) = (String::new(), 0);
    let (mut left, mut gone) = (0, 0);
    for at in memmem::find_iter(bytes, b"end") {
        let Some(last) = last_before(bytes, at) else {
            continue;
        };
        if bytes.get(at + 3).is_some_and(continues_name) {
            continue;
        }
        match needs_line_break(bytes, last) {
            true => left += 1,
            false => {
                gone += 1;
                text.push_str(&source[done..=last]);
                text.extend(iter::repeat_n(' ', at - last - 1));
                done = at;
            }
        }
    }
    if gone > 0 {
        text.push_str(&source[done..]);
    }
    let is_many = |ends: usize| ends > MOST_LEFT && rescues(bytes) > MOST_LEFT;
    Masked {
        text: match gone {
            0 => Cow::Borrowed(source),
            _ => Cow::Owned(text),
        },
        leads_astray: is_many(left),
        source_is_safe: !is_many(left + gone),
    }
}

/// The last byte before a word that begins a line.
fn last_before(bytes: &[u8], at: usize) -> Option<usize> {
    let last = bytes[..at]
        .iter()
        .rposition(|byte| !byte.is_ascii_whitespace())?;
    memchr(b'\n', &bytes[last..at]).map(|_| last)
}

fn continues_name(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'?' | b'!' | b':') || !byte.is_ascii()
}

/// Whether the line break after this byte may end a comment or begin the text of a heredoc, or is escaped.
fn needs_line_break(bytes: &[u8], last: usize) -> bool {
    let start = memrchr(b'\n', &bytes[..last]).map_or(0, |it| it + 1);
    let line = &bytes[start..=last];
    let endings: [&[u8]; 3] = [b"\"\"\"", b"'''", b"\\"];
    memchr(b'#', line).is_some() || endings.iter().any(|it| line.ends_with(it))
}

/// The number of blocks that clauses of the kind may stand in.
fn rescues(bytes: &[u8]) -> usize {
    let words: [&[u8]; 4] = [b"rescue", b"catch", b"else", b"after"];
    let counts = words
        .iter()
        .map(|word| memmem::find_iter(bytes, word).count());
    counts.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> String {
        masked(source).text.into_owned()
    }

    #[test]
    fn a_line_break_before_an_end_becomes_a_space() {
        assert_eq!(text("a do\n  b\n\n  end\nc"), "a do\n  b    end\nc");
        assert_eq!(text("fn -> b\r\nend"), "fn -> b  end");
    }

    #[test]
    fn other_line_breaks_stay() {
        for source in [
            "b # c\nend",
            "x = \"\"\"\nend\n\"\"\"",
            "x = '''\nend\n'''",
            "\\\nend",
            "b\nending",
            "b\nend: 1",
            "b end\nc",
            "\nend",
        ] {
            assert_eq!(text(source), source);
        }
    }

    #[test]
    fn what_would_lead_the_grammar_astray_for_long_is_known() {
        let source = "a do\nrescue\ne -> b # c\nend\n";
        let harmless = "a do\nb # c\nend\n";
        assert!(!masked(&source.repeat(MOST_LEFT)).leads_astray);
        assert!(masked(&source.repeat(MOST_LEFT + 1)).leads_astray);
        let source = "a do\nrescue\ne -> b\nend\n";
        assert!(masked(&source.repeat(MOST_LEFT)).source_is_safe);
        assert!(!masked(&source.repeat(MOST_LEFT + 1)).source_is_safe);
        assert!(!masked(&harmless.repeat(MOST_LEFT + 1)).leads_astray);
    }
}
