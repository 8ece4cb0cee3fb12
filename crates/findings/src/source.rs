use std::ops::Range;
use std::sync::OnceLock;

use crate::Span;

/// Bytes between two places up to which columns are counted once.
const STRIDE: usize = 1024;

/// The text of a file with its lines found.
#[derive(Clone, Debug)]
pub struct Source {
    /// Relative to the root of the run, with `/` separators.
    pub path: String,
    pub text: String,
    /// Byte offset of the start of each line.
    line_starts: Vec<u32>,
    /// What stands before each multiple of [`STRIDE`], counted when a line is longer than that: generated
    /// code may be megabytes on one line, with a finding in every hundred bytes.
    strides: OnceLock<Vec<Units>>,
}

/// Numbers of the units in which columns are counted.
#[derive(Clone, Copy, Debug, Default)]
struct Units {
    /// Unicode scalar values.
    chars: u32,
    /// Those that take two units in UTF-16.
    pairs: u32,
}

/// A place in a file as people count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: u32,
    /// From 1, in characters (Unicode scalar values).
    pub column: u32,
}

impl Source {
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let mut line_starts = vec![0];
        line_starts.extend(
            text.bytes()
                .zip(1..)
                .filter(|(byte, _)| *byte == b'\n')
                .map(|(_, next)| next),
        );
        Self {
            path: path.into(),
            text,
            line_starts,
            strides: OnceLock::new(),
        }
    }

    /// The number of lines; a final line break does not start another.
    pub fn line_count(&self) -> u32 {
        let starts = self.line_starts.len() as u32;
        if self.text.ends_with('\n') {
            starts - 1
        } else {
            starts
        }
    }

    /// The line, from 1, that holds the byte at `offset`.
    pub fn line(&self, offset: u32) -> u32 {
        self.line_starts.partition_point(|start| *start <= offset) as u32
    }

    pub fn position(&self, offset: u32) -> Position {
        Position {
            line: self.line(offset),
            column: self.units_before(offset).chars + 1,
        }
    }

    /// The column at `offset`, from 1, in UTF-16 code units: what SARIF and editors count.
    pub fn utf16_column(&self, offset: u32) -> u32 {
        let Units { chars, pairs } = self.units_before(offset);
        chars + pairs + 1
    }

    /// The column at `offset`, from 1, in bytes.
    pub fn byte_column(&self, offset: u32) -> u32 {
        self.before(offset).len() as u32 + 1
    }

    /// The bytes of `line` (from 1) without its line break.
    pub fn line_span(&self, line: u32) -> Span {
        let index = (line.max(1) - 1) as usize;
        let start = self
            .line_starts
            .get(index)
            .copied()
            .unwrap_or(self.text.len() as u32);
        let end = self
            .line_starts
            .get(index + 1)
            .copied()
            .unwrap_or(self.text.len() as u32);
        let content = self.text[start as usize..end as usize].trim_end_matches(['\n', '\r']);
        Span::new(start, start + content.len() as u32)
    }

    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Those of the line that stand before `offset`.
    fn units_before(&self, offset: u32) -> Units {
        let before = self.before(offset);
        if before.len() <= STRIDE {
            return Units::of(&self.text.as_bytes()[before]);
        }
        let (from, to) = (self.units_up_to(before.start), self.units_up_to(before.end));
        Units {
            chars: to.chars - from.chars,
            pairs: to.pairs - from.pairs,
        }
    }

    /// Those of the text that stand before `offset`.
    fn units_up_to(&self, offset: usize) -> Units {
        let bytes = self.text.as_bytes();
        let strides = self.strides.get_or_init(|| strides(bytes));
        let index = offset / STRIDE;
        strides[index].plus(Units::of(&bytes[index * STRIDE..offset]))
    }

    /// The bytes of the line that stand before `offset`.
    fn before(&self, offset: u32) -> Range<usize> {
        let start = self.line_starts[(self.line(offset) - 1) as usize] as usize;
        let mut end = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        start..end
    }
}

impl Units {
    /// Those that begin in `bytes`.
    fn of(bytes: &[u8]) -> Units {
        let is_start = |byte: &&u8| **byte & 0xC0 != 0x80;
        // Characters of four bytes take two units.
        let is_pair = |byte: &&u8| **byte >= 0xF0;
        Units {
            chars: bytes.iter().filter(is_start).count() as u32,
            pairs: bytes.iter().filter(is_pair).count() as u32,
        }
    }

    fn plus(self, other: Units) -> Units {
        Units {
            chars: self.chars + other.chars,
            pairs: self.pairs + other.pairs,
        }
    }
}

fn strides(bytes: &[u8]) -> Vec<Units> {
    let totals = bytes
        .chunks_exact(STRIDE)
        .scan(Units::default(), |total, chunk| {
            *total = total.plus(Units::of(chunk));
            Some(*total)
        });
    std::iter::once(Units::default()).chain(totals).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_differ_by_unit() {
        let source = Source::new("a.ex", "é😀x\r\ny");
        let x = source.text.find('x').expect("it is there") as u32;
        assert_eq!(source.position(x), Position { line: 1, column: 3 });
        assert_eq!(source.utf16_column(x), 4);
        assert_eq!(source.byte_column(x), 7);
        assert_eq!(source.slice(source.line_span(1)), "é😀x");
        assert_eq!(
            source.position(source.text.len() as u32 - 1),
            Position { line: 2, column: 1 }
        );
    }

    #[test]
    fn columns_of_long_lines_are_those_of_short_ones() {
        let line = "aé漢😀".repeat(1_000);
        let source = Source::new("a.ex", format!("é\n{line}\n{line}x"));
        for (offset, _) in source.text.char_indices() {
            let start = source.text[..offset]
                .rfind('\n')
                .map_or(0, |newline| newline + 1);
            let before = &source.text[start..offset];
            let offset = offset as u32;
            let column = before.chars().count() as u32 + 1;
            assert_eq!(source.position(offset).column, column);
            assert_eq!(
                source.utf16_column(offset),
                before.encode_utf16().count() as u32 + 1
            );
            assert_eq!(source.byte_column(offset), before.len() as u32 + 1);
        }
    }

    #[test]
    fn a_final_line_break_starts_no_line() {
        assert_eq!(Source::new("a.ex", "a\nb\n").line_count(), 2);
        assert_eq!(Source::new("a.ex", "a\nb").line_count(), 2);
    }
}
