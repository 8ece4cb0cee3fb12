//! Servers and messages as an SVG picture: a box for each process, a line of text for each edge that leaves it, and at
//! the right a wire from there to the box of the receiver. Wires that run side by side have tracks of their own.
use std::fmt::{self, Write as _};

use exlint_findings::{GraphProcess, Level, MessageGraph};

use super::{edge_label, receiver, rules, worst};
use crate::{
    draw::escaped,
    text::{harmless, width},
};

/// In pixels.
const ROW: usize = 22;
const BOX: usize = 26;
const GAP: usize = 14;
const INDENT: usize = 20;
const MARGIN: usize = 12;
const TRACK: usize = 9;
/// How wide a letter of the monospaced type is, in tenths of a pixel.
const LETTER: usize = 73;

const LOOK: &str = "\
text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1f2328}\
.faint{fill:#656d76}\
rect{fill:#f6f8fa;stroke:#8c959f}\
.module rect{fill:#fff;stroke-dasharray:5 3}\
.error text{fill:#cf222e}.error rect,.error path{stroke:#cf222e}\
.warning text{fill:#9a6700}.warning rect,.warning path{stroke:#bf8700}\
.info text{fill:#0969da}.info rect,.info path{stroke:#0969da}\
path{fill:none;stroke:#57606a}\
.later path{stroke-dasharray:4 3}";

/// Where things stand.
struct Layout {
    /// The top of each box.
    tops: Vec<usize>,
    box_widths: Vec<usize>,
    /// The middle of each edge's line of text, and where the text ends.
    lines: Vec<(usize, usize)>,
    /// The track of each edge that has a wire.
    tracks: Vec<Option<usize>>,
    /// Where the tracks begin.
    right: usize,
    width: usize,
    height: usize,
}

pub(super) fn write(graph: &MessageGraph, out: &mut String) -> fmt::Result {
    let layout = Layout::of(graph);
    let (width, height) = (layout.width, layout.height);
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">"
    )?;
    writeln!(out, "<title>Servers and messages</title>")?;
    writeln!(out, "<style>{LOOK}</style>")?;
    writeln!(
        out,
        "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0L8 4L0 8\"/></marker></defs>"
    )?;
    for number in 0..graph.edges.len() {
        write_edge(graph, &layout, number, out)?;
    }
    for number in 0..graph.processes.len() {
        write_process(graph, &layout, number, out)?;
    }
    writeln!(out, "</svg>")
}

impl Layout {
    fn of(graph: &MessageGraph) -> Layout {
        let mut layout = Layout {
            tops: Vec::new(),
            box_widths: Vec::new(),
            lines: vec![(0, 0); graph.edges.len()],
            tracks: Vec::new(),
            right: 0,
            width: 0,
            height: MARGIN,
        };
        for (process, number) in graph.processes.iter().zip(0..) {
            layout.tops.push(layout.height);
            let (title, rest) = texts(process);
            let letters = width(&title) + width(&rest) + 1;
            layout.box_widths.push(pixels(letters) + 16);
            layout.height += BOX + 4;
            for (edge, nth) in graph.edges.iter().zip(0..) {
                if edge.from == number {
                    let end = MARGIN + INDENT + pixels(width(&line_text(graph, nth)));
                    layout.lines[nth] = (layout.height + ROW / 2, end);
                    layout.height += ROW;
                }
            }
            layout.height += GAP;
        }
        let boxes = layout.box_widths.iter().map(|it| it + MARGIN);
        let lines = layout.lines.iter().map(|it| it.1);
        layout.right = boxes.chain(lines).max().unwrap_or_default() + 2 * MARGIN;
        let tracks = layout.lay_tracks(graph);
        layout.width = layout.right + tracks * TRACK + MARGIN;
        layout
    }

    /// Gives each wire the first track where no other one runs beside it, short ones first. Gives their number.
    fn lay_tracks(&mut self, graph: &MessageGraph) -> usize {
        let reach = |nth: usize| {
            let (from, to) = (self.lines[nth].0, self.tops[graph.edges[nth].to] + BOX / 2);
            (from.min(to), from.max(to))
        };
        let wired = |it: &usize| graph.edges[*it].from != graph.edges[*it].to;
        let mut wires: Vec<usize> = (0..graph.edges.len()).filter(wired).collect();
        wires.sort_by_key(|it| {
            let (top, bottom) = reach(*it);
            (bottom - top, *it)
        });
        let mut taken: Vec<Vec<(usize, usize)>> = Vec::new();
        let mut tracks = vec![None; graph.edges.len()];
        for wire in wires {
            let (top, bottom) = reach(wire);
            let is_free =
                |track: &Vec<(usize, usize)>| track.iter().all(|it| bottom < it.0 || it.1 < top);
            let track = taken.iter().position(is_free).unwrap_or(taken.len());
            if track == taken.len() {
                taken.push(Vec::new());
            }
            taken[track].push((top, bottom));
            tracks[wire] = Some(track);
        }
        self.tracks = tracks;
        taken.len()
    }
}

fn write_edge(
    graph: &MessageGraph,
    layout: &Layout,
    number: usize,
    out: &mut String,
) -> fmt::Result {
    let edge = &graph.edges[number];
    let (middle, end) = layout.lines[number];
    let later = if edge.kind.waits() { "" } else { " later" };
    writeln!(out, "<g class=\"{}{later}\">", class(worst(edge)))?;
    let places = edge.messages.iter().map(|it| {
        let place = format!("{}:{}", it.place.path, it.place.line);
        format!("{} in {} {place}", it.message, it.sender)
    });
    let places: Vec<String> = places.map(|it| escaped(&harmless(&it))).collect();
    writeln!(out, "<title>{}</title>", places.join("\n"))?;
    let (x, base) = (MARGIN + INDENT, middle + 4);
    let text = escaped(&line_text(graph, number));
    writeln!(out, "<text x=\"{x}\" y=\"{base}\">{text}</text>")?;
    if let Some(track) = layout.tracks[number] {
        let track = layout.right + track * TRACK;
        let receiver = layout.tops[edge.to] + BOX / 2;
        let tip = MARGIN + layout.box_widths[edge.to] + 2;
        let start = end + 6;
        writeln!(
            out,
            "<path marker-end=\"url(#tip)\" d=\"M{start} {middle}H{track}V{receiver}H{tip}\"/>"
        )?;
    }
    writeln!(out, "</g>")
}

fn write_process(
    graph: &MessageGraph,
    layout: &Layout,
    number: usize,
    out: &mut String,
) -> fmt::Result {
    let process = &graph.processes[number];
    let (top, width) = (layout.tops[number], layout.box_widths[number]);
    let kind = if process.kind.is_none() {
        " module"
    } else {
        ""
    };
    let worst = process.findings.iter().map(|it| it.level).max();
    writeln!(out, "<g class=\"{}{kind}\">", class(worst))?;
    let (path, line) = (&process.place.path, process.place.line);
    writeln!(out, "<title>{}:{line}</title>", escaped(&harmless(path)))?;
    writeln!(
        out,
        "<rect x=\"{MARGIN}\" y=\"{top}\" width=\"{width}\" height=\"{BOX}\" rx=\"4\"/>"
    )?;
    let (title, rest) = texts(process);
    writeln!(
        out,
        "<text x=\"{}\" y=\"{}\">{}<tspan class=\"faint\" dx=\"7\">{}</tspan></text></g>",
        MARGIN + 8,
        top + BOX - 9,
        escaped(&title),
        escaped(&rest)
    )
}

fn texts(process: &GraphProcess) -> (String, String) {
    let mut rest: Vec<String> = process.name.iter().map(|it| format!("as {it}")).collect();
    rest.extend(process.kind.clone());
    rest.extend(rules(&process.findings));
    (harmless(&process.title), harmless(&rest.join(" · ")))
}

/// `call Shop.Stock: {:reserve, _}, :count · genserver-call-cycle`
fn line_text(graph: &MessageGraph, number: usize) -> String {
    let edge = &graph.edges[number];
    let mut lines = edge_label(edge).into_iter();
    let first = lines.next().unwrap_or_default();
    let text = format!("{first} to {}", receiver(graph, edge));
    std::iter::once(text)
        .chain(lines)
        .collect::<Vec<_>>()
        .join(" · ")
}

fn class(level: Option<Level>) -> &'static str {
    level.map_or("process", Level::name)
}

fn pixels(letters: usize) -> usize {
    letters * LETTER / 10
}
