//! The Elixir of a template, or of several, taken out of them.
use exlint_findings::Span;

use crate::mirror::Entry;

/// Expressions, a line or more for each, and where they stand.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Where it begins in the text.
    at: u32,
    /// Where it stands.
    place: u32,
    length: u32,
}

impl Pieces {
    /// Adds an expression that stands at `place`, which lies behind all others.
    pub fn add(&mut self, expression: &str, place: usize) {
        self.pieces.push(Piece {
            at: self.text.len() as u32,
            place: place as u32,
            length: expression.len() as u32,
        });
        self.text.push_str(expression);
        self.text.push('\n');
    }

    /// Adds those of a template that begins at `start`.
    pub fn append(&mut self, other: &Pieces, start: u32) {
        let added = self.text.len() as u32;
        self.text.push_str(&other.text);
        self.pieces.extend(other.pieces.iter().map(|it| Piece {
            at: it.at + added,
            place: it.place + start,
            ..*it
        }));
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn is_blank(&self) -> bool {
        self.text.trim_ascii().is_empty()
    }

    /// Moves entries and comments from their places in the text to where they stand.
    pub fn put_back(&self, entries: &mut [Entry], comments: &mut [Span]) {
        for entry in entries {
            let span = self.put(Span::new(entry.start, entry.end));
            (entry.start, entry.end) = (span.start, span.end);
            entry.op_start = self.place(entry.op_start, 0);
        }
        for comment in comments {
            *comment = self.put(*comment);
        }
    }

    fn put(&self, span: Span) -> Span {
        let start = self.place(span.start, 0);
        let end = match span.end.checked_sub(1) {
            // The last character may stand in another piece than the first.
            Some(last) if span.start < span.end => self.place(last, 1),
            _ => start,
        };
        Span::new(start, end.max(start))
    }

    /// What stands `after` characters behind `at`; line breaks between pieces are at the end of the piece before them.
    fn place(&self, at: u32, after: u32) -> u32 {
        let index = self.pieces.partition_point(|it| it.at <= at);
        match index.checked_sub(1).map(|it| self.pieces[it]) {
            Some(piece) => piece.place + (at - piece.at + after).min(piece.length),
            None => 0,
        }
    }
}
