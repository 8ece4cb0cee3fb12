use exlint_findings::Level;

/// What the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    pub color: bool,
    /// Whether lines may be drawn with characters outside ASCII.
    pub unicode: bool,
    /// In columns.
    pub width: usize,
    /// Whether links may be clickable.
    pub links: bool,
}

impl Style {
    /// For text that ends up in a file.
    pub const PLAIN: Style = Style {
        color: false,
        unicode: false,
        width: 100,
        links: false,
    };

    pub(crate) fn paint(self, ink: Ink, text: &str) -> String {
        if self.color && !text.is_empty() {
            format!("\x1b[{}m{text}\x1b[0m", ink.code())
        } else {
            text.to_owned()
        }
    }

    pub(crate) fn link(self, text: &str, url: &str) -> String {
        if self.links {
            format!("\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\")
        } else {
            format!("{text} ({url})")
        }
    }

    /// `text`, which leads to `url` where that can be clicked on.
    pub(crate) fn linked(self, text: String, url: impl FnOnce() -> Option<String>) -> String {
        match self.links.then(url).flatten() {
            Some(url) => self.link(&text, &url),
            None => text,
        }
    }

    pub(crate) fn bar(self) -> &'static str {
        if self.unicode { "│" } else { "|" }
    }

    /// Stands where a line is cut.
    pub(crate) fn ellipsis(self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }
}

/// What a piece of text is, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    Level(Level),
    Strong,
    Emphasis,
    /// Line numbers, the frame, what can be skipped.
    Faint,
    /// A step of the story.
    Step,
    Help,
    Code,
    Keyword,
    Text,
}

impl Ink {
    /// The parameters of the terminal's "select graphic rendition" sequence.
    fn code(self) -> &'static str {
        match self {
            Ink::Level(Level::Error) => "1;31",
            Ink::Level(Level::Warning) => "1;33",
            Ink::Level(Level::Info) => "1;36",
            Ink::Strong => "1",
            Ink::Emphasis => "3",
            Ink::Faint => "2",
            Ink::Step => "34",
            Ink::Help => "36",
            Ink::Code => "36",
            Ink::Keyword => "35",
            Ink::Text => "32",
        }
    }
}
