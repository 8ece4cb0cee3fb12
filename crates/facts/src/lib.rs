//! (skeleton)
use serde::{Deserialize, Serialize};

/// What kind of place a file has in its project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileRole {
    Production,
    Test,
    Script,
}

/// What one file tells the rest of its project.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FileFacts {}

/// `path` is relative to the root of the run, with `/`.
pub fn collect(_path: &str, _file: &exlint_syntax::File) -> FileFacts {
    FileFacts {}
}
/// From the path alone: `test/`, `*_test.exs`, `.exs`.
pub fn role(_path: &str) -> FileRole {
    FileRole::Production
}
