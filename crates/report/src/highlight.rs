//! A little colour for Elixir examples: keywords, strings, comments.
use crate::{Style, style::Ink};

const KEYWORDS: &[&str] = &[
    "after",
    "alias",
    "and",
    "case",
    "catch",
    "cond",
    "def",
    "defdelegate",
    "defexception",
    "defguard",
    "defguardp",
    "defimpl",
    "defmacro",
    "defmacrop",
    "defmodule",
    "defp",
    "defprotocol",
    "defstruct",
    "do",
    "else",
    "end",
    "false",
    "fn",
    "for",
    "if",
    "import",
    "in",
    "nil",
    "not",
    "or",
    "quote",
    "raise",
    "receive",
    "require",
    "rescue",
    "super",
    "true",
    "try",
    "unless",
    "unquote",
    "use",
    "when",
    "with",
];

/// One line of Elixir. A string that goes on over several lines is not recognised as one.
pub(crate) fn elixir(line: &str, style: Style) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let length = token_length(rest, first);
        let (token, after) = rest.split_at(length);
        // `if:` is a key and `.if` a function.
        let is_name = after.starts_with(':') && !after.starts_with("::");
        let is_name = is_name || line[..line.len() - rest.len()].ends_with(['.', ':', '@']);
        match first {
            '#' => out.push_str(&style.paint(Ink::Faint, token)),
            '"' => out.push_str(&style.paint(Ink::Text, token)),
            _ if !is_name && KEYWORDS.contains(&token) => {
                out.push_str(&style.paint(Ink::Keyword, token));
            }
            _ => out.push_str(token),
        }
        rest = after;
    }
    out
}

/// The bytes of the token that `text` begins with.
fn token_length(text: &str, first: char) -> usize {
    match first {
        '#' => text.len(),
        '"' => string_length(text),
        _ if is_word(first) => text.find(|char| !is_word(char)).unwrap_or(text.len()),
        _ => first.len_utf8(),
    }
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (offset, char) in text.char_indices().skip(1) {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return offset + 1,
            _ => {}
        }
    }
    text.len()
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '?' | '!')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_strings_and_comments_are_coloured() {
        let style = Style {
            color: true,
            ..Style::PLAIN
        };
        assert_eq!(
            elixir("do: x.end(\"a # b\") # if", style),
            "do: x.end(\x1b[32m\"a # b\"\x1b[0m) \x1b[2m# if\x1b[0m"
        );
        assert_eq!(
            elixir("if é do", style),
            "\x1b[35mif\x1b[0m é \x1b[35mdo\x1b[0m"
        );
        assert_eq!(elixir("if a, do: \"x", Style::PLAIN), "if a, do: \"x");
    }
}
