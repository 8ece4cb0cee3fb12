//! Text of unknown origin, made fit for a terminal.
//!
//! A source file, a path or a name in a message may hold escape sequences that move the cursor,
//! and characters that turn the direction of writing round. All of these are shown by their
//! number, as `\u{1b}`.
use unicode_width::UnicodeWidthChar;

/// Columns that a tab takes.
const TAB: usize = 4;

/// `text` on one line and without a character that controls the terminal.
pub(crate) fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => push_shown(&mut out, char),
        }
    }
    out
}

/// `text` with every controlling character replaced by others of the same number of bytes, so that
/// offsets into it stay true. Line breaks and tabs stay.
pub(crate) fn harmless_in_place(text: &str) -> String {
    let replace = |char: char| match char {
        '\n' | '\t' => char,
        // That of a line break in the way of Windows, which a space at the end of the line hides.
        '\r' => ' ',
        _ if !controls(char) => char,
        _ => match char.len_utf8() {
            1 => '?',
            2 => '·',
            _ => char::REPLACEMENT_CHARACTER,
        },
    };
    text.chars().map(replace).collect()
}

/// Appends `char` as it is shown within an excerpt.
pub(crate) fn push_shown(out: &mut String, char: char) {
    match char {
        '\t' => out.extend(std::iter::repeat_n(' ', TAB)),
        _ if controls(char) => out.extend(char.escape_unicode()),
        _ => out.push(char),
    }
}

/// The columns that [`push_shown`] fills.
pub(crate) fn shown_width(char: char) -> usize {
    match char {
        '\t' => TAB,
        _ if controls(char) => char.escape_unicode().len(),
        _ => char.width().unwrap_or(0),
    }
}

pub(crate) fn width(text: &str) -> usize {
    text.chars().map(shown_width).sum()
}

/// `text` broken into lines of at most `width` columns, never inside a word.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let options = textwrap::Options::new(width)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false);
    textwrap::wrap(text, options)
        .into_iter()
        .map(|line| line.into_owned())
        .collect()
}

/// `1 file`, `2 files`.
pub(crate) fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// `text` with single spaces for all white space.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first sentence of text on one line.
pub(crate) fn first_sentence(text: &str) -> &str {
    let end = text.find(". ").map_or(text.len(), |stop| stop + 1);
    &text[..end]
}

/// Whether a terminal may act on `char` instead of showing it.
pub(crate) fn controls(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controlling_characters_are_shown_by_number() {
        let text = "a\x1b[2Jb\u{9b}31m\u{202e}c\x07\n";
        assert_eq!(harmless(text), "a\\u{1b}[2Jb\\u{9b}31m\\u{202e}c\\u{7}\\n");
        assert_eq!(harmless_in_place(text), "a?[2Jb·31m\u{fffd}c?\n");
        assert_eq!(harmless_in_place(text).len(), text.len());
    }

    #[test]
    fn width_is_that_of_what_is_shown() {
        assert_eq!(width("é漢\t\x1b"), 1 + 2 + 4 + 6);
    }
}
