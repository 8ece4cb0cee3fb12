//! Draws servers and their messages: for the terminal, and as JSON, Mermaid, DOT and SVG.
use std::fmt::{self, Write as _};

use exlint_findings::{GraphEdge, GraphMessage, GraphProcess, Level, Mark, MessageGraph};

use crate::{
    Style,
    draw::{DrawFormat, Row, dot_text, mermaid_text, place},
    style::Ink,
    text::{count, harmless},
};

mod svg;

/// Said of a message whose way leads through a module that the configuration names.
const BY_CONFIGURATION: &str = " (by configuration)";

/// Senders to one server, and messages on one edge, are not all named beyond these numbers.
const MAX_SENDERS: usize = 6;
const MAX_MESSAGES: usize = 3;

/// The servers and their messages; only text heeds the style.
pub fn graph(graph: &MessageGraph, format: DrawFormat, style: Style) -> String {
    let mut out = String::new();
    let written = match format {
        DrawFormat::Text => text(graph, style, &mut out),
        DrawFormat::Json => return json(graph),
        DrawFormat::Mermaid => mermaid(graph, &mut out),
        DrawFormat::Dot => dot(graph, &mut out),
        DrawFormat::Svg => svg::write(graph, &mut out),
    };
    written.expect("writing to a string cannot fail");
    out
}

fn json(graph: &MessageGraph) -> String {
    let text = serde_json::to_string_pretty(graph).expect("plain data can be written as JSON");
    text + "\n"
}

// Text.

/// A paragraph for each server, those without messages last. Modules that are no servers stand below those they send to.
fn text(graph: &MessageGraph, style: Style, out: &mut String) -> fmt::Result {
    let mut silent = Vec::new();
    let mut is_first = true;
    for (process, number) in graph.processes.iter().zip(0..) {
        if process.kind.is_none() {
            continue;
        }
        let row = Row {
            text: title(process, style),
            below: below(graph, number, style),
        };
        if row.below.is_empty() {
            silent.push(row);
            continue;
        }
        if !std::mem::replace(&mut is_first, false) {
            writeln!(out)?;
        }
        row.write(style, out)?;
    }
    if !silent.is_empty() {
        if !is_first {
            writeln!(out)?;
        }
        let text = style.paint(Ink::Faint, "No messages known:");
        let row = Row {
            text,
            below: silent,
        };
        row.write(style, out)?;
    }
    Ok(())
}

fn title(process: &GraphProcess, style: Style) -> String {
    let mut text = style.paint(Ink::Strong, &harmless(&process.title));
    if let Some(name) = &process.name {
        text += &format!(" as {}", harmless(name));
    }
    if let Some(kind) = &process.kind {
        text += &format!("  {}", style.paint(Ink::Code, kind));
    }
    text + &place(&process.place.path, process.place.line, style)
}

/// The findings about a server, the messages it sends, and who sends to it.
fn below(graph: &MessageGraph, number: usize, style: Style) -> Vec<Row> {
    let process = &graph.processes[number];
    let mut rows: Vec<Row> = process.findings.iter().map(|it| mark(it, style)).collect();
    let sent = graph.edges.iter().filter(|it| it.from == number);
    rows.extend(sent.map(|it| edge(graph, it, style)));
    let others = graph
        .edges
        .iter()
        .filter(|it| it.to == number && it.from != number);
    let mut got: Vec<_> = others.collect();
    got.sort_by_key(|it| graph.processes[it.from].kind.is_some());
    rows.extend(
        got.iter()
            .take(MAX_SENDERS)
            .map(|it| sender(graph, it, style)),
    );
    if let more @ 1.. = got.len().saturating_sub(MAX_SENDERS) {
        let text = format!("... and from {more} more");
        rows.push(Row {
            text: style.paint(Ink::Faint, &text),
            below: Vec::new(),
        });
    }
    rows
}

fn edge(graph: &MessageGraph, edge: &GraphEdge, style: Style) -> Row {
    let mut text = style.paint(Ink::Step, edge.kind.name());
    text += " to ";
    text += &receiver(graph, edge);
    match edge.messages.as_slice() {
        [only] => Row {
            text: text + "  " + &message(only, style),
            below: marks(only, style),
        },
        messages => {
            let row = |it| Row {
                text: message(it, style),
                below: marks(it, style),
            };
            Row {
                text,
                below: messages.iter().map(row).collect(),
            }
        }
    }
}

fn receiver(graph: &MessageGraph, edge: &GraphEdge) -> String {
    if edge.from != edge.to {
        return harmless(&graph.processes[edge.to].title);
    }
    match edge.messages.iter().all(|it| it.certain) {
        true => "itself".to_owned(),
        false => "another of its kind, or itself".to_owned(),
    }
}

fn message(message: &GraphMessage, style: Style) -> String {
    let mut text = style.paint(Ink::Code, &harmless(&message.message));
    if message.approximate {
        text += BY_CONFIGURATION;
    }
    text += &format!("  in {}", harmless(&message.sender));
    text += &place(&message.place.path, message.place.line, style);
    if message.repeated > 0 {
        text += &style.paint(
            Ink::Faint,
            &format!(" and {}", count(message.repeated, "more place")),
        );
    }
    text
}

fn marks(message: &GraphMessage, style: Style) -> Vec<Row> {
    message.findings.iter().map(|it| mark(it, style)).collect()
}

fn mark(mark: &Mark, style: Style) -> Row {
    let head = format!("{}[{}]", mark.level.name(), mark.rule);
    let mut text = style.paint(Ink::Level(mark.level), &head);
    text += &format!(" {}", harmless(&mark.message));
    Row {
        text: text + &place(&mark.place.path, mark.place.line, style),
        below: Vec::new(),
    }
}

/// What a server gets from one sender; findings stand below the sender, if that is a server.
fn sender(graph: &MessageGraph, edge: &GraphEdge, style: Style) -> Row {
    let sender = &graph.processes[edge.from];
    let mut text = style.paint(Ink::Step, edge.kind.name());
    text += &format!(" from {}  ", harmless(&sender.title));
    text += &style.paint(Ink::Code, &harmless(&messages(edge)));
    if let Some(first) = edge.messages.first() {
        text += &place(&first.place.path, first.place.line, style);
    }
    let findings = edge.messages.iter().filter(|_| sender.kind.is_none());
    let below = findings.flat_map(|it| marks(it, style));
    Row {
        text,
        below: below.collect(),
    }
}

// Graphs.

/// The messages of an edge: `{:reserve, _}, :count`.
fn messages(edge: &GraphEdge) -> String {
    let texts = edge.messages.iter().map(|it| match it.approximate {
        true => format!("{}{BY_CONFIGURATION}", it.message),
        false => it.message.clone(),
    });
    let mut texts: Vec<String> = texts.take(MAX_MESSAGES).collect();
    if edge.messages.len() > MAX_MESSAGES {
        texts.push("...".to_owned());
    }
    texts.join(", ")
}

/// The lines of an edge's label: kind and messages, then the rules that find something.
fn edge_label(edge: &GraphEdge) -> Vec<String> {
    let marks = edge.messages.iter().flat_map(|it| &it.findings);
    let mut lines = vec![harmless(&format!(
        "{} {}",
        edge.kind.name(),
        messages(edge)
    ))];
    lines.extend(rules(marks));
    lines
}

/// The lines of a process's label.
fn process_label(process: &GraphProcess) -> Vec<String> {
    let mut lines = vec![harmless(&process.title)];
    lines.extend(process.name.iter().map(|it| format!("as {}", harmless(it))));
    lines.extend(process.kind.clone());
    lines.extend(rules(&process.findings));
    lines
}

/// Each rule once.
fn rules<'m>(marks: impl IntoIterator<Item = &'m Mark>) -> Vec<String> {
    let mut rules: Vec<String> = marks.into_iter().map(|it| it.rule.clone()).collect();
    rules.sort();
    rules.dedup();
    rules
}

/// The gravest finding of an edge.
fn worst(edge: &GraphEdge) -> Option<Level> {
    let marks = edge.messages.iter().flat_map(|it| &it.findings);
    marks.map(|it| it.level).max()
}

fn colour(level: Level) -> &'static str {
    match level {
        Level::Error => "#cf222e",
        Level::Warning => "#bf8700",
        Level::Info => "#0969da",
    }
}

fn mermaid(graph: &MessageGraph, out: &mut String) -> fmt::Result {
    let text = |lines: Vec<String>| {
        let lines = lines.iter().map(|line| mermaid_text(line));
        lines.collect::<Vec<_>>().join("<br/>")
    };
    writeln!(out, "flowchart LR")?;
    for (process, number) in graph.processes.iter().zip(0..) {
        let (open, close) = match process.kind {
            Some(_) => ("[", "]"),
            None => ("([", "])"),
        };
        let label = text(process_label(process));
        writeln!(out, "  n{number}{open}\"{label}\"{close}")?;
        if let Some(level) = process.findings.iter().map(|it| it.level).max() {
            writeln!(out, "  style n{number} stroke:{}", colour(level))?;
        }
    }
    for edge in &graph.edges {
        let arrow = if edge.kind.waits() { "-->" } else { "-.->" };
        let label = text(edge_label(edge));
        writeln!(out, "  n{} {arrow}|\"{label}\"| n{}", edge.from, edge.to)?;
    }
    for (edge, number) in graph.edges.iter().zip(0..) {
        if let Some(level) = worst(edge) {
            writeln!(out, "  linkStyle {number} stroke:{}", colour(level))?;
        }
    }
    Ok(())
}

fn dot(graph: &MessageGraph, out: &mut String) -> fmt::Result {
    writeln!(out, "digraph messages {{")?;
    writeln!(out, "  rankdir=LR;")?;
    writeln!(out, "  node [shape=box, fontname=\"sans-serif\"];")?;
    writeln!(out, "  edge [fontname=\"sans-serif\", fontsize=10];")?;
    for (process, number) in graph.processes.iter().zip(0..) {
        let label = dot_text(&process_label(process));
        let shape = if process.kind.is_none() {
            ", shape=oval"
        } else {
            ""
        };
        let found = process.findings.iter().map(|it| it.level).max();
        let look = found.map_or(String::new(), |it| format!(", color=\"{}\"", colour(it)));
        writeln!(out, "  n{number} [label=\"{label}\"{shape}{look}];")?;
    }
    for edge in &graph.edges {
        let label = dot_text(&edge_label(edge));
        let dashed = if edge.kind.waits() {
            ""
        } else {
            ", style=dashed"
        };
        let colour = worst(edge).map_or(String::new(), |it| {
            format!(", color=\"{0}\", fontcolor=\"{0}\"", colour(it))
        });
        writeln!(
            out,
            "  n{} -> n{} [label=\"{label}\"{dashed}{colour}];",
            edge.from, edge.to
        )?;
    }
    writeln!(out, "}}")
}

#[cfg(test)]
mod tests;
