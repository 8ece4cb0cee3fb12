//! What the terminal can show, and its user wants to see.
use std::env::var_os;
use std::io::{self, IsTerminal};

use exlint_report::Style;
use supports_unicode::Stream;

use crate::args::Color;

/// The style of what goes to a stream.
pub fn of(color: Color, stream: Stream) -> Style {
    let is_terminal = is_terminal(stream);
    let size = terminal_size::terminal_size();
    Style {
        color: is_coloured(color, is_terminal),
        unicode: supports_unicode::on(stream),
        width: size.map_or(Style::PLAIN.width, |(width, _)| width.0.into()),
        links: has_links(color, is_terminal),
    }
}

pub fn is_terminal(stream: Stream) -> bool {
    match stream {
        Stream::Stdout => io::stdout().is_terminal(),
        Stream::Stderr => io::stderr().is_terminal(),
    }
}

/// `--color`, then NO_COLOR, then CLICOLOR_FORCE, then the terminal.
fn is_coloured(color: Color, is_terminal: bool) -> bool {
    let is_forced = var_os("CLICOLOR_FORCE").is_some_and(|it| !it.is_empty() && it != "0");
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if has_no_color() => false,
        Color::Auto => is_forced || (is_terminal && !is_dumb()),
    }
}

/// Only on a terminal, and nowhere that escape sequences are unwanted; else as FORCE_HYPERLINK or the terminal's name
/// tell.
fn has_links(color: Color, is_terminal: bool) -> bool {
    let is_unwanted = color == Color::Never || has_no_color() || is_dumb();
    is_terminal && !is_unwanted && supports_hyperlinks::supports_hyperlinks()
}

fn has_no_color() -> bool {
    var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

fn is_dumb() -> bool {
    var_os("TERM").is_some_and(|name| name == "dumb")
}
