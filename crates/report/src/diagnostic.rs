//! Findings in miette's terms, borrowed: nothing is copied but the numbers of the steps.
//!
//! miette gives a diagnostic one source, while a story may cross files. So the finding itself holds
//! only its own place, and each step is a related diagnostic with its own source.
use std::{fmt, path::Path};

use exlint_findings::{FileId, Finding, Level, Source};
use miette::{
    Diagnostic, LabeledSpan, MietteError, MietteSpanContents, Severity, SourceCode, SourceSpan,
    SpanContents,
};

use crate::{Sources, text::harmless};

/// A finding and its story.
#[derive(Debug)]
pub(crate) struct FindingView<'a> {
    finding: &'a Finding,
    source: Option<Indexed<'a>>,
    disk: Option<&'a Path>,
    steps: Vec<StepView<'a>>,
}

impl<'a> FindingView<'a> {
    pub(crate) fn new(finding: &'a Finding, sources: &'a dyn Sources) -> Self {
        let numbered = finding.labels.len() > 1;
        let steps = finding.labels.iter().zip(1..).map(|(label, number)| {
            let text = harmless(&label.text);
            let file = label.file.unwrap_or(finding.file);
            StepView {
                text: if numbered {
                    format!("{number}. {text}")
                } else {
                    text
                },
                span: source_span(label.span),
                source: indexed(sources, file),
                disk: sources.disk(file),
            }
        });
        let steps = steps.collect();
        Self {
            finding,
            source: indexed(sources, finding.file),
            disk: sources.disk(finding.file),
            steps,
        }
    }

    /// Where the file lies.
    pub(crate) fn disk(&self) -> Option<&'a Path> {
        self.disk
    }

    /// `None` when the file can no longer be read.
    pub(crate) fn source(&self) -> Option<&'a Source> {
        self.source.map(|source| source.0)
    }

    /// In the order of the story.
    pub(crate) fn steps(&self) -> &[StepView<'a>] {
        &self.steps
    }
}

impl fmt::Display for FindingView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&harmless(&self.finding.message))
    }
}

impl std::error::Error for FindingView<'_> {}

impl Diagnostic for FindingView<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.finding.rule))
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.finding.level {
            Level::Info => Severity::Advice,
            Level::Warning => Severity::Warning,
            Level::Error => Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.finding
            .help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = source_span(self.finding.span);
        Some(Box::new(std::iter::once(
            LabeledSpan::new_primary_with_span(None, span),
        )))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(
            self.steps.iter().map(|step| step as &dyn Diagnostic),
        ))
    }
}

/// One step of the story.
#[derive(Debug)]
pub(crate) struct StepView<'a> {
    text: String,
    span: SourceSpan,
    source: Option<Indexed<'a>>,
    disk: Option<&'a Path>,
}

impl<'a> StepView<'a> {
    /// Where the file lies.
    pub(crate) fn disk(&self) -> Option<&'a Path> {
        self.disk
    }

    /// `None` when the file can no longer be read.
    pub(crate) fn source(&self) -> Option<&'a Source> {
        self.source.map(|source| source.0)
    }
}

impl fmt::Display for StepView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for StepView<'_> {}

impl Diagnostic for StepView<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = LabeledSpan::new_with_span(Some(self.text.clone()), self.span);
        Some(Box::new(std::iter::once(label)))
    }
}

/// A source that finds lines by its index, where miette's own counts them from the first byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Indexed<'a>(pub(crate) &'a Source);

impl SourceCode for Indexed<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let source = self.0;
        let end = span.offset() + span.len();
        if end > source.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let line = source.line(span.offset() as u32);
        let last_line = source.line(end.saturating_sub(1).max(span.offset()) as u32);
        let first = line.saturating_sub(lines_before as u32).max(1);
        let last = (last_line + lines_after as u32).min(source.line_count().max(last_line));
        // Without lines before it, miette wants the contents to start at the span itself.
        let start = match lines_before {
            0 => span.offset() as u32,
            _ => source.line_span(first).start,
        };
        let stop = source.line_span(last + 1).start;
        let column = start - source.line_span(first).start;
        Ok(Box::new(MietteSpanContents::new_named(
            source.path.clone(),
            &source.text.as_bytes()[start as usize..stop as usize],
            (start as usize, (stop - start) as usize).into(),
            first as usize - 1,
            column as usize,
            (last + 1 - first) as usize,
        )))
    }
}

fn indexed(sources: &dyn Sources, file: FileId) -> Option<Indexed<'_>> {
    sources.source(file).map(Indexed)
}

pub(crate) fn source_span(span: exlint_findings::Span) -> SourceSpan {
    (
        span.start as usize,
        span.end.saturating_sub(span.start) as usize,
    )
        .into()
}
