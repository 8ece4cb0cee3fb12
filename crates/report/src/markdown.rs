//! The Markdown that rules are documented in, for the terminal: headings, paragraphs, lists, fenced
//! code, tables as they are, and within text code, emphasis and links.
use crate::{
    Style,
    highlight::elixir,
    style::Ink,
    text::{width, wrap},
};

/// `text` for the terminal, each line ended.
pub(crate) fn render(text: &str, style: Style) -> String {
    let mut out = String::new();
    let mut previous: Option<Block<'_>> = None;
    for block in blocks(text) {
        // Items of a list stand together.
        let in_list = |block: &Block<'_>| matches!(block, Block::Item { .. });
        if previous
            .as_ref()
            .is_some_and(|previous| !(in_list(previous) && in_list(&block)))
        {
            out.push('\n');
        }
        out.push_str(&render_block(&block, style));
        previous = Some(block);
    }
    out
}

#[derive(Debug, PartialEq, Eq)]
enum Block<'a> {
    Heading(&'a str),
    Paragraph(String),
    Item {
        indent: usize,
        marker: &'a str,
        text: String,
    },
    Code {
        language: &'a str,
        lines: Vec<&'a str>,
    },
    /// Rows of a table, kept as they are.
    Table(Vec<&'a str>),
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    // Whether the next line of text belongs to the last block.
    let mut open = false;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let content = line.trim();
        let was_open = std::mem::replace(&mut open, true);
        if content.is_empty() {
            open = false;
        } else if let Some(language) = content.strip_prefix("```") {
            let lines = lines
                .by_ref()
                .take_while(|line| line.trim() != "```")
                .collect();
            blocks.push(Block::Code { language, lines });
            open = false;
        } else if content.starts_with('#') {
            blocks.push(Block::Heading(content.trim_start_matches('#').trim()));
            open = false;
        } else if let Some((marker, text)) = item(content) {
            let indent = line.len() - line.trim_start().len();
            blocks.push(Block::Item {
                indent,
                marker,
                text: text.to_owned(),
            });
        } else {
            push_text(&mut blocks, content, was_open);
        }
    }
    blocks
}

/// Adds a line to the last block when that is `open`, else begins a paragraph or table.
fn push_text<'a>(blocks: &mut Vec<Block<'a>>, line: &'a str, open: bool) {
    let is_row = line.starts_with('|');
    match blocks.last_mut() {
        Some(Block::Table(rows)) if open && is_row => rows.push(line),
        Some(Block::Paragraph(text) | Block::Item { text, .. }) if open && !is_row => {
            text.push(' ');
            text.push_str(line);
        }
        _ if is_row => blocks.push(Block::Table(vec![line])),
        _ => blocks.push(Block::Paragraph(line.to_owned())),
    }
}

/// Splits `- text` and `1. text`.
fn item(line: &str) -> Option<(&str, &str)> {
    let (marker, text) = line.split_once(' ')?;
    let is_number = || {
        let digits = marker.strip_suffix('.').unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    (matches!(marker, "-" | "*" | "+") || is_number()).then(|| (marker, text.trim()))
}

fn render_block(block: &Block<'_>, style: Style) -> String {
    match block {
        Block::Heading(text) => format!("{}\n", style.paint(Ink::Strong, text)),
        Block::Paragraph(text) => hang("", text, style),
        Block::Item {
            indent,
            marker,
            text,
        } => {
            let marker = if marker.len() > 1 { marker } else { "-" };
            hang(&format!("{:indent$}{marker} ", ""), text, style)
        }
        Block::Code { language, lines } => {
            let color = |line: &&str| match *language {
                "elixir" | "ex" | "" => elixir(line, style),
                _ => (*line).to_owned(),
            };
            lines
                .iter()
                .map(|line| format!("    {}", color(line)).trim_end().to_owned() + "\n")
                .collect()
        }
        Block::Table(rows) => rows.iter().map(|row| format!("{row}\n")).collect(),
    }
}

/// Wrapped text of which the first line starts with `lead` and the others are indented as far.
fn hang(lead: &str, text: &str, style: Style) -> String {
    let indent = width(lead);
    let room = style
        .width
        .saturating_sub(indent)
        .max(crate::excerpt::MIN_WIDTH);
    let mut out = String::new();
    for (line, number) in wrap(&inline(text, style), room).iter().zip(0..) {
        if number == 0 {
            out.push_str(lead);
        } else {
            out.extend(std::iter::repeat_n(' ', indent));
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// Paints code, emphasis and links. Without colours the backticks of code stay.
fn inline(text: &str, style: Style) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(['`', '*', '[']) {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let (painted, length) = span(rest, style).unwrap_or_else(|| (rest[..1].to_owned(), 1));
        out.push_str(&painted);
        rest = &rest[length..];
    }
    out + rest
}

/// The painted form of the code, emphasis or link that `text` begins with, and how many bytes of
/// `text` that is.
fn span(text: &str, style: Style) -> Option<(String, usize)> {
    if let Some((code, length)) = delimited(text, "``").or_else(|| delimited(text, "`")) {
        let code = if style.color {
            code.trim().to_owned()
        } else {
            text[..length].to_owned()
        };
        return Some((style.paint(Ink::Code, &code), length));
    }
    if let Some((strong, length)) = delimited(text, "**") {
        return Some((style.paint(Ink::Strong, strong), length));
    }
    if let Some((emphasis, length)) = delimited(text, "*") {
        return Some((style.paint(Ink::Emphasis, emphasis), length));
    }
    let (label, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (url, _) = rest.split_once(')')?;
    Some((
        style.link(label, url),
        label.len() + url.len() + "[]()".len(),
    ))
}

/// What stands between two of `mark` at the beginning of `text`, and the bytes up to the end of the
/// second.
fn delimited<'a>(text: &'a str, mark: &str) -> Option<(&'a str, usize)> {
    let inner = text.strip_prefix(mark)?;
    let end = inner.find(mark)?;
    let is_text = end > 0 && !inner.starts_with(' ');
    (is_text || mark.starts_with('`') && end > 0).then(|| (&inner[..end], 2 * mark.len() + end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCS: &str = "\
Creates atoms from text that is only *known* at
run time, see [the guide](https://elixir.example/atoms).

# Bad

```elixir
def f(x) do

  String.to_atom(x) # bad
end
```

Limits:

- the first `a * b` is
  long enough to be wrapped over lines
- second

1. one
";

    #[test]
    fn plain() {
        let style = Style {
            width: 40,
            ..Style::PLAIN
        };
        let expected = "\
Creates atoms from text that is only
known at run time, see the guide
(https://elixir.example/atoms).

Bad

    def f(x) do

      String.to_atom(x) # bad
    end

Limits:

- the first `a * b` is long enough to be
  wrapped over lines
- second
1. one
";
        assert_eq!(render(DOCS, style), expected);
    }

    #[test]
    fn coloured() {
        let style = Style {
            color: true,
            links: true,
            ..Style::PLAIN
        };
        let text = render("Use `a` and **b**, [c](d) * `e", style);
        let link = "\x1b]8;;d\x1b\\c\x1b]8;;\x1b\\";
        assert_eq!(
            text,
            format!("Use \x1b[36ma\x1b[0m and \x1b[1mb\x1b[0m, {link} * `e\n")
        );
    }
}
