//! A tree as an SVG picture: a row for each node, its children below it and further in.
use std::fmt::{self, Write as _};

use exlint_findings::{ProcessKind, ProcessNode};

use super::{details, numbered};
use crate::{
    draw::escaped,
    text::{harmless, width},
};

/// In pixels.
const ROW: usize = 34;
const BOX: usize = 26;
const INDENT: usize = 28;
const MARGIN: usize = 12;
/// How wide a letter of the monospaced type is, in tenths of a pixel.
const LETTER: usize = 73;

const LOOK: &str = "\
text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1f2328}\
.faint{fill:#656d76}\
rect{fill:#f6f8fa;stroke:#8c959f}\
.application rect{fill:#ddf4ff;stroke:#0969da}\
.supervisor rect{fill:#fff8c5;stroke:#9a6700}\
.hole rect{fill:#ffebe9;stroke:#cf222e}\
.conditional rect{stroke-dasharray:5 3}\
path{fill:none;stroke:#8c959f}";

pub(super) fn write(roots: &[ProcessNode], out: &mut String) -> fmt::Result {
    let nodes = numbered(roots);
    let mut depths: Vec<usize> = Vec::new();
    for (_, above, _) in &nodes {
        depths.push(above.map_or(0, |it| depths[it] + 1));
    }
    let widths: Vec<usize> = nodes.iter().map(|(_, _, it)| box_width(it)).collect();
    let right = depths
        .iter()
        .zip(&widths)
        .map(|(depth, it)| depth * INDENT + it);
    let whole = right.max().unwrap_or_default() + 2 * MARGIN;
    let height = nodes.len() * ROW + 2 * MARGIN;
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{whole}\" height=\"{height}\" viewBox=\"0 0 {whole} {height}\">"
    )?;
    writeln!(out, "<title>Supervision tree</title>")?;
    writeln!(out, "<style>{LOOK}</style>")?;
    for (number, above, node) in nodes {
        let (x, y) = (MARGIN + depths[number] * INDENT, MARGIN + number * ROW);
        if let Some(above) = above {
            let from_x = MARGIN + depths[above] * INDENT + INDENT / 2;
            let from_y = MARGIN + above * ROW + BOX;
            let middle = y + BOX / 2;
            writeln!(out, "<path d=\"M{from_x} {from_y}V{middle}H{x}\"/>")?;
        }
        row(node, x, y, widths[number], out)?;
    }
    writeln!(out, "</svg>")
}

fn row(node: &ProcessNode, x: usize, y: usize, width: usize, out: &mut String) -> fmt::Result {
    let kind = match node.kind {
        ProcessKind::Application => "application",
        ProcessKind::Supervisor => "supervisor",
        ProcessKind::Worker => "worker",
        ProcessKind::Hole => "hole",
    };
    let conditional = if node.conditional || node.dynamic {
        " conditional"
    } else {
        ""
    };
    let base = y + BOX - 9;
    let (title, rest) = texts(node);
    writeln!(out, "<g class=\"{kind}{conditional}\">")?;
    if !node.path.is_empty() {
        writeln!(out, "<title>{}:{}</title>", escaped(&node.path), node.line)?;
    }
    writeln!(
        out,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BOX}\" rx=\"4\"/>"
    )?;
    write!(
        out,
        "<text x=\"{}\" y=\"{base}\">{}",
        x + 8,
        escaped(&title)
    )?;
    if !rest.is_empty() {
        write!(
            out,
            "<tspan class=\"faint\" dx=\"7\">{}</tspan>",
            escaped(&rest)
        )?;
    }
    writeln!(out, "</text></g>")
}

fn texts(node: &ProcessNode) -> (String, String) {
    let title = match node.kind {
        ProcessKind::Hole => format!("? {}", node.title),
        _ => node.title.clone(),
    };
    let name = node.name.iter().map(|it| format!("as {it}"));
    let rest: Vec<String> = name.chain(details(node)).collect();
    (harmless(&title), harmless(&rest.join(" · ")))
}

fn box_width(node: &ProcessNode) -> usize {
    let (title, rest) = texts(node);
    let letters = width(&title) + if rest.is_empty() { 0 } else { width(&rest) + 1 };
    letters * LETTER / 10 + 16
}
