//! (skeleton)
mod sinks;
mod tables;
pub use tables::*;

/// Every file's facts, linked.
pub struct Project {}
impl Project {
    /// `files` in the order of their paths; index = `FileId`.
    pub fn link(_files: Vec<exlint_facts::FileFacts>, _tables: &Tables) -> Project {
        Project {}
    }
}
