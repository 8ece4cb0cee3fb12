use crate::Span;

/// The text of a file with its lines found.
#[derive(Clone, Debug)]
pub struct Source {
    /// Relative to the root of the run, with `/` separators.
    pub path: String,
    pub text: String,
    /// Byte offset of the start of each line.
    line_starts: Vec<u32>,
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
        line_starts.extend(text.bytes().zip(1..).filter(|(byte, _)| *byte == b'\n').map(|(_, next)| next));
        Self { path: path.into(), text, line_starts }
    }

    /// The number of lines; a final line break does not start another.
    pub fn line_count(&self) -> u32 {
        let starts = self.line_starts.len() as u32;
        if self.text.ends_with('\n') { starts - 1 } else { starts }
    }

    /// The line, from 1, that holds the byte at `offset`.
    pub fn line(&self, offset: u32) -> u32 {
        self.line_starts.partition_point(|start| *start <= offset) as u32
    }

    pub fn position(&self, offset: u32) -> Position {
        Position { line: self.line(offset), column: self.before(offset).chars().count() as u32 + 1 }
    }

    /// The column at `offset`, from 1, in UTF-16 code units: what SARIF and editors count.
    pub fn utf16_column(&self, offset: u32) -> u32 {
        let before = self.before(offset);
        // Characters of four bytes take two units. Counting bytes is fast on lines of megabytes.
        let pairs = before.bytes().filter(|byte| *byte >= 0xF0).count();
        (before.chars().count() + pairs) as u32 + 1
    }

    /// The column at `offset`, from 1, in bytes.
    pub fn byte_column(&self, offset: u32) -> u32 {
        self.before(offset).len() as u32 + 1
    }

    /// The bytes of `line` (from 1) without its line break.
    pub fn line_span(&self, line: u32) -> Span {
        let index = (line.max(1) - 1) as usize;
        let start = self.line_starts.get(index).copied().unwrap_or(self.text.len() as u32);
        let end = self.line_starts.get(index + 1).copied().unwrap_or(self.text.len() as u32);
        let content = self.text[start as usize..end as usize].trim_end_matches(['\n', '\r']);
        Span::new(start, start + content.len() as u32)
    }

    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The part of the line that stands before `offset`.
    fn before(&self, offset: u32) -> &str {
        let start = self.line_starts[(self.line(offset) - 1) as usize] as usize;
        let mut end = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        &self.text[start..end]
    }
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
        assert_eq!(source.position(source.text.len() as u32 - 1), Position { line: 2, column: 1 });
    }

    #[test]
    fn a_final_line_break_starts_no_line() {
        assert_eq!(Source::new("a.ex", "a\nb\n").line_count(), 2);
        assert_eq!(Source::new("a.ex", "a\nb").line_count(), 2);
    }
}
