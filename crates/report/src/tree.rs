//! Draws supervision trees: for the terminal, and as JSON, Mermaid, DOT and SVG.
use std::fmt::{self, Write as _};

use exlint_findings::{ProcessKind, ProcessNode};

use crate::{
    Style,
    draw::{DrawFormat, Row, dot_text, mermaid_text, place},
    style::Ink,
    text::harmless,
};

mod svg;

/// The trees, each from its root; only text heeds the style.
pub fn tree(roots: &[ProcessNode], format: DrawFormat, style: Style) -> String {
    let mut out = String::new();
    let written = match format {
        DrawFormat::Text => text(roots, style, &mut out),
        DrawFormat::Json => return json(roots),
        DrawFormat::Mermaid => mermaid(roots, &mut out),
        DrawFormat::Dot => dot(roots, &mut out),
        DrawFormat::Svg => svg::write(roots, &mut out),
    };
    written.expect("writing to a string cannot fail");
    out
}

fn json(roots: &[ProcessNode]) -> String {
    let text = serde_json::to_string_pretty(roots).expect("plain data can be written as JSON");
    text + "\n"
}

// Text.

fn text(roots: &[ProcessNode], style: Style, out: &mut String) -> fmt::Result {
    for (root, nth) in roots.iter().zip(0..) {
        if nth > 0 {
            writeln!(out)?;
        }
        row(root, style).write(style, out)?;
    }
    Ok(())
}

fn row(node: &ProcessNode, style: Style) -> Row {
    let below = node.children.iter().map(|it| row(it, style));
    Row {
        text: line(node, style),
        below: below.collect(),
    }
}

fn line(node: &ProcessNode, style: Style) -> String {
    let title = harmless(&node.title);
    let mut line = match node.kind {
        ProcessKind::Application | ProcessKind::Supervisor => style.paint(Ink::Strong, &title),
        ProcessKind::Worker => title,
        ProcessKind::Hole => style.paint(Ink::Step, &format!("? {title}")),
    };
    if let Some(name) = &node.name {
        line += &format!(" as {}", harmless(name));
    }
    for detail in details(node) {
        line += "  ";
        line += &style.paint(Ink::Code, &harmless(&detail));
    }
    line + &place(&node.path, node.line, style)
}

/// What else is to be said of a node, in a few words each.
fn details(node: &ProcessNode) -> Vec<String> {
    let mut details = Vec::new();
    details.extend(node.strategy.clone());
    details.extend(node.restart.clone());
    if node.conditional {
        details.push("conditional".to_owned());
    }
    if node.dynamic {
        details.push("dynamic".to_owned());
    }
    details
}

// Graphs.

/// A node with its number and that of the node above it.
type Numbered<'n> = (usize, Option<usize>, &'n ProcessNode);

fn numbered(roots: &[ProcessNode]) -> Vec<Numbered<'_>> {
    fn visit<'n>(node: &'n ProcessNode, above: Option<usize>, all: &mut Vec<Numbered<'n>>) {
        let number = all.len();
        all.push((number, above, node));
        for child in &node.children {
            visit(child, Some(number), all);
        }
    }
    let mut all = Vec::new();
    for root in roots {
        visit(root, None, &mut all);
    }
    all
}

/// The lines of a node's label.
fn label(node: &ProcessNode) -> Vec<String> {
    let mut lines = vec![match node.kind {
        ProcessKind::Hole => "?".to_owned(),
        _ => harmless(&node.title),
    }];
    lines.extend(node.name.as_ref().map(|it| format!("as {}", harmless(it))));
    let details = details(node);
    if !details.is_empty() {
        lines.push(harmless(&details.join(", ")));
    }
    lines
}

fn mermaid(roots: &[ProcessNode], out: &mut String) -> fmt::Result {
    writeln!(out, "flowchart LR")?;
    for (number, above, node) in numbered(roots) {
        let text = label(node)
            .iter()
            .map(|line| mermaid_text(line))
            .collect::<Vec<_>>()
            .join("<br/>");
        let (open, close) = match node.kind {
            ProcessKind::Application => ("([", "])"),
            ProcessKind::Supervisor => ("[[", "]]"),
            ProcessKind::Worker => ("[", "]"),
            ProcessKind::Hole => ("{{", "}}"),
        };
        writeln!(out, "  n{number}{open}\"{text}\"{close}")?;
        if let Some(above) = above {
            let arrow = if node.conditional || node.dynamic {
                "-.->"
            } else {
                "-->"
            };
            writeln!(out, "  n{above} {arrow} n{number}")?;
        }
    }
    Ok(())
}

fn dot(roots: &[ProcessNode], out: &mut String) -> fmt::Result {
    writeln!(out, "digraph supervision {{")?;
    writeln!(out, "  rankdir=LR;")?;
    writeln!(out, "  node [shape=box, fontname=\"sans-serif\"];")?;
    for (number, above, node) in numbered(roots) {
        let text = dot_text(&label(node));
        let look = match node.kind {
            ProcessKind::Application => ", shape=oval",
            ProcessKind::Supervisor => ", peripheries=2",
            ProcessKind::Worker => "",
            ProcessKind::Hole => ", shape=diamond, style=dashed",
        };
        writeln!(out, "  n{number} [label=\"{text}\"{look}];")?;
        if let Some(above) = above {
            let look = if node.conditional || node.dynamic {
                " [style=dashed]"
            } else {
                ""
            };
            writeln!(out, "  n{above} -> n{number}{look};")?;
        }
    }
    writeln!(out, "}}")
}

#[cfg(test)]
mod tests;
