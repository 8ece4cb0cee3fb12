use std::fmt;

use exlint_findings::{Source, Span};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, Severity, SourceCode,
};

use crate::{
    Style,
    diagnostic::{Indexed, source_span},
    text::harmless_in_place,
};

/// Why exlint cannot do what it was asked to: a mistake in the configuration or the arguments.
#[derive(Clone, Copy, Debug)]
pub struct Problem<'a> {
    /// Lower case, no full stop.
    pub message: &'a str,
    pub place: Option<Place<'a>>,
    pub help: Option<&'a str>,
}

/// Where the mistake is.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub path: &'a str,
    /// All of the file's text.
    pub text: &'a str,
    pub span: Span,
    /// Stands at the place; may be empty.
    pub label: &'a str,
}

/// A line of more bytes is not drawn: it is not written by hand, and would fill the terminal.
const LONG: usize = 2_000;

/// `problem` as miette draws it, ending in a line break.
pub fn error(problem: &Problem<'_>, style: Style) -> String {
    let place = problem.place.as_ref();
    if let Some(place) = place.filter(|place| has_long_lines(place)) {
        let at = Source::new(place.path, place.text).position(place.span.start);
        let Place { path, .. } = place;
        let message = format!("{} at {path}:{}:{}", problem.message, at.line, at.column);
        let told = Problem {
            message: &message,
            place: None,
            ..*problem
        };
        return error(&told, style);
    }
    let source = place
        .map(|place| Source::new(harmless_in_place(place.path), harmless_in_place(place.text)));
    let view = ProblemView {
        message: clipped(&harmless_in_place(problem.message)),
        help: problem.help.map(harmless_in_place),
        label: place.map(|place| label(place)),
        source: source.as_ref().map(Indexed),
    };
    let handler = GraphicalReportHandler::new_themed(theme(style))
        .with_width(style.width)
        .with_links(style.links)
        .with_context_lines(1)
        .without_cause_chain();
    let mut out = String::new();
    match handler.render_report(&mut out, &view) {
        Ok(()) => out,
        // The drawing is worth less than the message.
        Err(fmt::Error) => format!("error: {}\n", view.message),
    }
}

/// A message may quote what is long.
fn clipped(message: &str) -> String {
    match message.char_indices().nth(LONG) {
        Some((end, _)) => format!("{}...", &message[..end]),
        None => message.to_owned(),
    }
}

/// Whether there is one at the place, before it or after it.
fn has_long_lines(place: &Place<'_>) -> bool {
    let (start, end) = (place.span.start as usize, place.span.end as usize);
    let before = place.text.get(..start).unwrap_or(place.text);
    let mut breaks = before.rmatch_indices('\n');
    let first = breaks.nth(1).map_or(0, |(at, _)| at);
    let after = place.text.get(end..).unwrap_or_default();
    let mut breaks = after.match_indices('\n');
    let last = breaks.nth(1).map_or(place.text.len(), |(at, _)| end + at);
    let mut lines = place.text[first..last].lines();
    lines.any(|line| line.len() > LONG)
}

fn label(place: &Place<'_>) -> LabeledSpan {
    let text = (!place.label.is_empty()).then(|| harmless_in_place(place.label));
    let end = place.span.end.min(place.text.len() as u32);
    let span = Span::new(place.span.start.min(end), end);
    LabeledSpan::new_primary_with_span(text, source_span(span))
}

fn theme(style: Style) -> GraphicalTheme {
    match (style.unicode, style.color) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    }
}

#[derive(Debug)]
struct ProblemView<'a> {
    message: String,
    help: Option<String>,
    label: Option<LabeledSpan>,
    source: Option<Indexed<'a>>,
}

impl fmt::Display for ProblemView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ProblemView<'_> {}

impl Diagnostic for ProblemView<'_> {
    fn severity(&self) -> Option<Severity> {
        Some(Severity::Error)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.label
            .clone()
            .map(|label| Box::new(std::iter::once(label)) as Box<dyn Iterator<Item = _>>)
    }
}
