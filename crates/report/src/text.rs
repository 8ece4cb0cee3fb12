//! Text of unknown origin, made fit for a terminal and for the log of a CI.
//!
//! A source file, a path or a name in a message may hold escape sequences that move the cursor,
//! and characters that turn the direction of writing round. All of these are shown by their
//! number, as `\u{1b}`. So is a character of what a CI takes for a command to itself when it stands
//! in a log: `::error::` at the start of a line, `##[error]` or `##vso[...]` anywhere.
use unicode_width::UnicodeWidthChar;

/// Columns that a tab takes.
const TAB: usize = 4;

/// `text` on one line, without a character that controls the terminal and without commands to a CI.
pub fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, char) in text.char_indices() {
        match char {
            '#' if is_logging_command(text, at) => out.extend(char.escape_unicode()),
            ':' if is_workflow_command(text, at) => out.extend(char.escape_unicode()),
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
pub fn harmless_in_place(text: &str) -> String {
    let replace = |(at, char): (usize, char)| match char {
        '#' if is_logging_command(text, at) => ' ',
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
    text.char_indices().map(replace).collect()
}

/// Whether the `#` at `at` is the second one of `##[error]` or `##vso[task.complete]`.
pub(crate) fn is_logging_command(text: &str, at: usize) -> bool {
    let word = text[at + 1..].trim_start_matches(|char: char| char.is_ascii_alphabetic());
    word.starts_with('[') && text[..at].ends_with('#')
}

/// Whether `::error` stands at `at`, where a line may begin when the text is wrapped.
fn is_workflow_command(text: &str, at: usize) -> bool {
    let mut rest = text[at..].chars().skip(1);
    let is_command =
        rest.next() == Some(':') && rest.next().is_some_and(|it| it.is_ascii_alphabetic());
    is_command
        && text[..at]
            .chars()
            .next_back()
            .is_none_or(char::is_whitespace)
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
    fn commands_to_a_ci_are_none() {
        let text = "::error::a ::warning file=a::b ##[error]c ###vso[d]";
        let shown = "\\u{3a}:error::a \\u{3a}:warning file=a::b #\\u{23}[error]c ##\\u{23}vso[d]";
        assert_eq!(harmless(text), shown);
        assert_eq!(
            harmless_in_place("##[error]c ##vso[d]"),
            "# [error]c # vso[d]"
        );
        for usual in ["x :: integer", "<<x::8>>", "#[a]", "a[##]", "A::B"] {
            assert_eq!(harmless(usual), usual);
            assert_eq!(harmless_in_place(usual), usual);
        }
    }

    #[test]
    fn width_is_that_of_what_is_shown() {
        assert_eq!(width("é漢\t\x1b"), 1 + 2 + 4 + 6);
    }
}
