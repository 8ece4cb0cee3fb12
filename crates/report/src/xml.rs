//! XML as far as reports need it.
use std::fmt::Write as _;

use crate::text::controls;

pub(crate) const HEADER: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// `text` for an attribute in double quotes or between tags. What XML cannot hold, and what
/// controls a terminal, is shown by its number.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => {
                let _ = write!(out, "&#{};", u32::from(char));
            }
            '\u{fffe}' | '\u{ffff}' => out.extend(char.escape_unicode()),
            _ if controls(char) => out.extend(char.escape_unicode()),
            _ => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_xml_can_hold_is_left() {
        let text = "a<b> & \"c\"\n\t\u{0}\u{1b}[2J\u{ffff}é😀";
        assert_eq!(
            escape(text),
            "a&lt;b&gt; &amp; &quot;c&quot;&#10;&#9;\\u{0}\\u{1b}[2J\\u{ffff}é😀"
        );
    }
}
