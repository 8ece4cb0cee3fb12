use serde::Serialize;

use crate::{FileId, Span};

/// A node of the supervision tree as people see it: plain data, from whoever knows the project to whoever draws it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProcessNode {
    pub kind: ProcessKind,
    /// The module that runs; of a hole, what it stands for.
    pub title: String,
    /// What the process is registered under, where that is not the title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// How it is restarted, where that is not `permanent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart: Option<String>,
    /// Whether it is started only in some cases.
    pub conditional: bool,
    /// Whether it is started while the project runs, and any number of times.
    pub dynamic: bool,
    #[serde(skip)]
    pub file: FileId,
    #[serde(skip)]
    pub span: Span,
    /// The file, as its reader knows it, and the line, counted from one; empty and 0 until somebody reads the file.
    pub path: String,
    pub line: u32,
    pub children: Vec<ProcessNode>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProcessKind {
    Application,
    Supervisor,
    Worker,
    /// Children that are only known at run time.
    Hole,
}
