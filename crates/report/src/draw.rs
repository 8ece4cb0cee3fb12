//! What the drawings of trees and graphs have in common.
use std::fmt::{self, Write as _};
use std::str::FromStr;

use crate::{Style, style::Ink, text::harmless};

/// How a tree or a graph is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DrawFormat {
    #[default]
    Text,
    Json,
    Mermaid,
    Dot,
    Svg,
}

impl DrawFormat {
    pub const ALL: &[DrawFormat] = &[
        DrawFormat::Text,
        DrawFormat::Json,
        DrawFormat::Mermaid,
        DrawFormat::Dot,
        DrawFormat::Svg,
    ];

    pub fn name(self) -> &'static str {
        match self {
            DrawFormat::Text => "text",
            DrawFormat::Json => "json",
            DrawFormat::Mermaid => "mermaid",
            DrawFormat::Dot => "dot",
            DrawFormat::Svg => "svg",
        }
    }
}

impl FromStr for DrawFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = DrawFormat::ALL.iter().find(|it| it.name() == name);
        found
            .copied()
            .ok_or_else(|| format!("nothing is drawn in the format `{name}`"))
    }
}

/// A line of text and what hangs below it.
pub(crate) struct Row {
    /// As it is written to the terminal.
    pub(crate) text: String,
    pub(crate) below: Vec<Row>,
}

impl Row {
    pub(crate) fn write(&self, style: Style, out: &mut String) -> fmt::Result {
        writeln!(out, "{}", self.text)?;
        self.branches("", style, out)
    }

    fn branches(&self, indent: &str, style: Style, out: &mut String) -> fmt::Result {
        let (fork, corner, bar) = if style.unicode {
            ("├─ ", "└─ ", "│  ")
        } else {
            ("|- ", "`- ", "|  ")
        };
        for (row, nth) in self.below.iter().zip(1..) {
            let is_last = nth == self.below.len();
            let branch = format!("{indent}{}", if is_last { corner } else { fork });
            writeln!(out, "{}{}", style.paint(Ink::Faint, &branch), row.text)?;
            let deeper = format!("{indent}{}", if is_last { "   " } else { bar });
            row.branches(&deeper, style, out)?;
        }
        Ok(())
    }
}

/// `  lib/shop.ex:3`, or nothing where the file is not known.
pub(crate) fn place(path: &str, line: u32, style: Style) -> String {
    match path {
        "" => String::new(),
        path => style.paint(Ink::Faint, &format!("  {}:{line}", harmless(path))),
    }
}

pub(crate) fn mermaid_text(text: &str) -> String {
    text.replace('#', "#35;")
        .replace('"', "#quot;")
        .replace('<', "#lt;")
        .replace('>', "#gt;")
}

/// Lines as a text of DOT, without the quotes around it.
pub(crate) fn dot_text(lines: &[String]) -> String {
    let lines = lines
        .iter()
        .map(|line| line.replace('\\', "\\\\").replace('"', "\\\""));
    lines.collect::<Vec<_>>().join("\\n")
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
