//! Source lines with places underlined in them.
use std::{collections::BTreeMap, fmt::Write as _, ops::Range, path::Path};

use exlint_findings::{Level, Source};
use miette::{Diagnostic, LabeledSpan};

use crate::{
    Style,
    style::Ink,
    text::{harmless, is_logging_command, push_shown, shown_width, width, wrap},
    uri,
};

/// However narrow the terminal is, source and notes get this many columns.
pub(crate) const MIN_WIDTH: usize = 20;
/// Places at most this many lines apart share an excerpt.
const NEAR: usize = 5;

/// A place to underline, with the text of its line.
#[derive(Debug)]
pub(crate) struct Mark<'a> {
    path: String,
    /// Where the file lies.
    disk: Option<&'a Path>,
    /// From 1.
    line: usize,
    /// From 1, in characters.
    column: u32,
    text: &'a str,
    /// The line before it.
    before: Option<&'a str>,
    /// Bytes of `text`.
    range: Range<usize>,
    /// Whether the place goes on after this line.
    continues: bool,
    label: Option<String>,
    primary: bool,
}

/// The places in `source`, the text of the file `disk`, that `diagnostic` itself points at, without those of its steps.
pub(crate) fn marks<'a>(
    diagnostic: &dyn Diagnostic,
    source: &'a Source,
    disk: Option<&'a Path>,
) -> Vec<Mark<'a>> {
    let labels = diagnostic.labels().into_iter().flatten();
    let marks = labels.filter_map(|label| mark(source, disk, &label));
    marks.collect()
}

/// Takes the lines from the source's index, not through `SourceCode`: that hands out bytes, which
/// would have to be searched for the start of a line of megabytes again for each place in it.
fn mark<'a>(source: &'a Source, disk: Option<&'a Path>, label: &LabeledSpan) -> Option<Mark<'a>> {
    let end = (label.offset() + label.len()).min(source.text.len()) as u32;
    let start = label.offset() as u32;
    if label.offset() > source.text.len() {
        return None;
    }
    let line = source.line(start);
    let line_text = |line| source.slice(source.line_span(line));
    let (text, line_start) = (line_text(line), source.line_span(line).start);
    let range_start = char_start(text, (start - line_start) as usize);
    Some(Mark {
        path: harmless(&source.path),
        disk,
        line: line as usize,
        column: source.position(start).column,
        text,
        before: (line > 1).then(|| line_text(line - 1)),
        range: range_start..char_start(text, range_start + label.len()),
        continues: source.line(end.saturating_sub(1).max(start)) > line,
        label: label.label().map(str::to_owned),
        primary: label.primary(),
    })
}

/// The start of the character that the byte at `offset` belongs to.
fn char_start(text: &str, offset: usize) -> usize {
    let mut start = offset.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    start
}

/// Writes the excerpts that hold `marks`, in their order. Returns the width of the line numbers.
pub(crate) fn write(out: &mut String, marks: &[Mark<'_>], level: Level, style: Style) -> usize {
    let last = marks.iter().map(|mark| mark.line).max().unwrap_or_default();
    let indent = last.to_string().len();
    let room = style.width.saturating_sub(indent + 3).max(MIN_WIDTH);
    let mut writer = Writer {
        out,
        indent,
        room,
        level,
        style,
    };
    for (excerpt, arrow) in excerpts(marks).into_iter().zip(arrows()) {
        writer.write_excerpt(excerpt, arrow);
    }
    indent
}

fn arrows() -> impl Iterator<Item = &'static str> {
    std::iter::once("-->").chain(std::iter::repeat(":::"))
}

/// Splits `marks` where the story goes to another file or far away.
fn excerpts<'m, 'a>(marks: &'m [Mark<'a>]) -> Vec<&'m [Mark<'a>]> {
    let mut excerpts = Vec::new();
    let mut start = 0;
    for index in 1..=marks.len() {
        let stays = marks
            .get(index)
            .is_some_and(|mark| is_near(&marks[start..index], mark));
        if !stays {
            excerpts.push(&marks[start..index]);
            start = index;
        }
    }
    excerpts
}

fn is_near(excerpt: &[Mark<'_>], mark: &Mark<'_>) -> bool {
    let close = |other: &Mark<'_>| other.line.abs_diff(mark.line) <= NEAR;
    excerpt[0].path == mark.path && excerpt.iter().any(close)
}

struct Writer<'o> {
    out: &'o mut String,
    /// Width of the line numbers.
    indent: usize,
    /// Columns to the right of the frame.
    room: usize,
    level: Level,
    style: Style,
}

impl Writer<'_> {
    fn write_excerpt(&mut self, marks: &[Mark<'_>], arrow: &str) {
        let first = &marks[0];
        let arrow = self.style.paint(Ink::Faint, arrow);
        let place = format!("{}:{}:{}", first.path, first.line, first.column);
        let place = self.style.linked(place, || first.disk.map(uri::of_file));
        let _ = writeln!(self.out, "{:1$}{arrow} {place}", "", self.indent);
        let mut lines: BTreeMap<usize, Vec<&Mark<'_>>> = BTreeMap::new();
        for mark in marks {
            lines.entry(mark.line).or_default().push(mark);
        }
        let mut previous = None;
        for (line, marks) in lines {
            self.write_gap(previous, line, marks[0].before);
            self.write_line(line, &marks);
            previous = Some((line, marks.iter().any(|mark| mark.continues)));
        }
        if previous.is_some_and(|(_, continues)| continues) {
            self.write_dots();
        }
    }

    /// Writes what stands for the lines between two that are shown; a single one is shown too.
    fn write_gap(&mut self, previous: Option<(usize, bool)>, line: usize, before: Option<&str>) {
        let Some((previous, _)) = previous else {
            return;
        };
        match (line - previous, before) {
            (1, _) => {}
            (2, Some(text)) => {
                let window = Window::new(text, 0..0, self.room, self.style);
                self.write_source(line - 1, &window);
            }
            _ => self.write_dots(),
        }
    }

    fn write_dots(&mut self) {
        let dots = self.style.paint(Ink::Faint, "...");
        let _ = writeln!(self.out, "{dots}");
    }

    fn write_line(&mut self, line: usize, marks: &[&Mark<'_>]) {
        let window = Window::new(marks[0].text, extent(marks), self.room, self.style);
        self.write_source(line, &window);
        for mark in marks {
            // A step at the very place of the finding labels the finding's own underline.
            let mut same = marks.iter().filter(|other| other.range == mark.range);
            if mark.primary && same.clone().any(|other| !other.primary) {
                continue;
            }
            let primary = same.any(|other| other.primary);
            self.write_mark(mark, &window, primary);
        }
    }

    fn write_source(&mut self, line: usize, window: &Window<'_>) {
        let number = self
            .style
            .paint(Ink::Faint, &format!("{line:>0$}", self.indent));
        let bar = self.style.paint(Ink::Faint, self.style.bar());
        let text = window.shown();
        let _ = writeln!(self.out, "{}", format!("{number} {bar} {text}").trim_end());
    }

    fn write_mark(&mut self, mark: &Mark<'_>, window: &Window<'_>, primary: bool) {
        let (sign, ink) = if primary {
            ("^", Ink::Level(self.level))
        } else {
            ("-", Ink::Step)
        };
        let start = window.column(mark.range.start);
        let length = window.column(mark.range.end).saturating_sub(start).max(1);
        let line = self.style.paint(ink, &sign.repeat(length));
        let label = mark.label.as_deref().unwrap_or_default();
        if start + length + 1 + width(label) <= self.room {
            let row = format!("{:start$}{line} {}", "", self.style.paint(ink, label));
            self.write_row(row.trim_end());
            return;
        }
        self.write_row(&format!("{:start$}{line}", ""));
        let indent = start.min(self.room.saturating_sub(2 * MIN_WIDTH));
        for row in wrap(label, self.room - indent) {
            self.write_row(&format!("{:indent$}{}", "", self.style.paint(ink, &row)));
        }
    }

    fn write_row(&mut self, row: &str) {
        let bar = self.style.paint(Ink::Faint, self.style.bar());
        let _ = writeln!(self.out, "{:1$} {bar} {row}", "", self.indent);
    }
}

/// The bytes from the first place of the line to the last.
fn extent(marks: &[&Mark<'_>]) -> Range<usize> {
    let start = marks
        .iter()
        .map(|mark| mark.range.start)
        .min()
        .unwrap_or_default();
    let end = marks
        .iter()
        .map(|mark| mark.range.end)
        .max()
        .unwrap_or_default();
    start..end
}

/// The part of a line that fits into the terminal.
struct Window<'a> {
    line: &'a str,
    /// Bytes of `line`.
    visible: Range<usize>,
    /// Stands before, or after, what is cut off.
    ellipsis: &'static str,
}

impl<'a> Window<'a> {
    /// Cuts `line` so that `focus` can be seen in `room` columns, from its start at least.
    /// Looks at no more characters than fit, as a line may be megabytes long.
    fn new(line: &'a str, focus: Range<usize>, room: usize, style: Style) -> Self {
        let ellipsis = style.ellipsis();
        let whole = forwards(line, 0, room);
        if whole == line.len() {
            return Self {
                line,
                visible: 0..whole,
                ellipsis,
            };
        }
        let room = room.saturating_sub(2 * width(ellipsis));
        let wanted = width_up_to(&line[focus.clone()], room);
        let margin = (room.saturating_sub(wanted) / 2).max(room / 8);
        let mut start = backwards(line, focus.start, margin);
        let end = forwards(line, start, room);
        if end == line.len() {
            start = backwards(line, end, room);
        }
        Self {
            line,
            visible: start..end,
            ellipsis,
        }
    }

    fn shown(&self) -> String {
        let mut out = String::new();
        if self.visible.start > 0 {
            out.push_str(self.ellipsis);
        }
        let start = self.visible.start;
        for (at, char) in self.line[self.visible.clone()].char_indices() {
            match char {
                '#' if is_logging_command(self.line, start + at) => out.push(' '),
                _ => push_shown(&mut out, char),
            }
        }
        if self.visible.end < self.line.len() {
            out.push_str(self.ellipsis);
        }
        out
    }

    /// The column, from 0, at which the byte at `offset` is shown; that of the nearest byte shown
    /// when it is cut off.
    fn column(&self, offset: usize) -> usize {
        let offset = offset.clamp(self.visible.start, self.visible.end);
        let cut = if self.visible.start > 0 {
            width(self.ellipsis)
        } else {
            0
        };
        cut + width(&self.line[self.visible.start..offset])
    }
}

/// The width of `text`, or `limit` when it is wider.
fn width_up_to(text: &str, limit: usize) -> usize {
    let end = forwards(text, 0, limit);
    if end < text.len() { limit } else { width(text) }
}

/// The offset to which `room` columns of `line` reach from the byte at `from`.
fn forwards(line: &str, from: usize, room: usize) -> usize {
    let mut columns = 0;
    for (offset, char) in line[from..].char_indices() {
        columns += shown_width(char);
        if columns > room {
            return from + offset;
        }
    }
    line.len()
}

/// The offset to which `room` columns of `line` reach back from the byte at `from`.
fn backwards(line: &str, from: usize, room: usize) -> usize {
    let mut columns = 0;
    let mut start = from;
    for (offset, char) in line[..from].char_indices().rev() {
        columns += shown_width(char);
        if columns > room {
            break;
        }
        start = offset;
    }
    start
}
