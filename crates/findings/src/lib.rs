//! What exlint reports, as plain data: no syntax, no I/O, cheap to cache.
//!
//! A [`Finding`] points at one place and tells its story with [`Label`]s, in the order in which
//! things happen. A [`Fix`] says how to change the source. [`Source`] turns byte offsets into the
//! lines and columns that people and other tools count in.
mod graph;
mod process;
mod source;

use std::borrow::Cow;

pub use graph::{GraphEdge, GraphMessage, GraphProcess, Mark, MessageGraph, MessageKind, Place};
pub use process::{ProcessKind, ProcessNode};
use serde::{Deserialize, Serialize};
pub use source::{Position, Source};

/// A range of bytes in one file, end exclusive.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Whatever stands at a place in the source.
pub trait Spanned {
    fn span(&self) -> Span;
}

impl Spanned for Span {
    fn span(&self) -> Span {
        *self
    }
}

/// A file of the run, numbered in the order of the paths.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct FileId(pub u32);

/// How much a finding matters to whoever reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Info,
    Warning,
    Error,
}

impl Level {
    pub fn name(self) -> &'static str {
        match self {
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// How sure exlint is that the finding is true: that of the weakest step it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

impl Confidence {
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

/// Whether a fix may be applied without a person reading it first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// The program behaves the same, but for the problem.
    Safe,
    /// The program may behave differently; applied only when asked for.
    Unsafe,
}

/// One replacement of source text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// A change to the finding's own file that removes the finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// What the change does, as an imperative: "Use `Exception.message/1`".
    pub title: String,
    /// In the order of their places, not overlapping.
    pub edits: Vec<Edit>,
    pub applicability: Applicability,
}

impl Fix {
    pub fn replace(title: impl Into<String>, at: impl Spanned, text: impl Into<String>) -> Self {
        let edit = Edit {
            span: at.span(),
            text: text.into(),
        };
        Self {
            title: title.into(),
            edits: vec![edit],
            applicability: Applicability::Safe,
        }
    }

    /// Marks the fix as one that a person should look at.
    pub fn may_change_behaviour(mut self) -> Self {
        self.applicability = Applicability::Unsafe;
        self
    }
}

/// A place that explains the finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// `None` for the finding's own file.
    pub file: Option<FileId>,
    pub span: Span,
    pub text: String,
}

/// One thing that is wrong, at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The kebab-case name of the rule.
    pub rule: Cow<'static, str>,
    pub level: Level,
    pub confidence: Confidence,
    pub file: FileId,
    pub span: Span,
    /// What is wrong, naming the code in backticks; lower case, no full stop.
    pub message: String,
    /// In the order of the story they tell.
    pub labels: Vec<Label>,
    /// The way out.
    pub help: Option<String>,
    pub fix: Option<Fix>,
}

impl Finding {
    /// Adds a place in the finding's own file.
    pub fn label(&mut self, at: impl Spanned, text: impl Into<String>) -> &mut Self {
        self.labels.push(Label {
            file: None,
            span: at.span(),
            text: text.into(),
        });
        self
    }

    /// Adds a place in any file.
    pub fn label_in(
        &mut self,
        file: FileId,
        at: impl Spanned,
        text: impl Into<String>,
    ) -> &mut Self {
        let file = (file != self.file).then_some(file);
        self.labels.push(Label {
            file,
            span: at.span(),
            text: text.into(),
        });
        self
    }

    pub fn help(&mut self, text: impl Into<String>) -> &mut Self {
        self.help = Some(text.into());
        self
    }

    pub fn fix(&mut self, fix: Fix) -> &mut Self {
        self.fix = Some(fix);
        self
    }

    pub fn level(&mut self, level: Level) -> &mut Self {
        self.level = level;
        self
    }

    pub fn confidence(&mut self, confidence: Confidence) -> &mut Self {
        self.confidence = confidence;
        self
    }
}
