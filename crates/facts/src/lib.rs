//! What one Elixir file tells the rest of its project.
//!
//! Facts own their data and hold no syntax: a file's tree is gone by the time files are linked. Names are numbers into
//! a table: of the file when collected, of the project once linked ([`FileFacts::rename`]).
mod client;
mod collect;
mod markup;
mod mentions;
mod model;
mod nested;
mod rename;
mod sound;
mod walk;

pub use client::{collect_client, is_client};
pub use collect::collect;
pub use mentions::mention;
pub use model::*;

/// The kind of place a file has in its project, by its path alone.
pub fn role(path: &str) -> FileRole {
    let mut segments = path.split('/').rev();
    let file = segments.next().unwrap_or_default();
    if exlint_syntax::Notation::of_file(file).is_some() {
        return FileRole::Template;
    }
    if is_client(file) {
        return FileRole::Client;
    }
    let is_in = |folders: &[&str]| path.split('/').any(|it| folders.contains(&it));
    if file.ends_with("_test.exs")
        || file == "test_helper.exs"
        || is_in(&["test", "tests", "bench", "benchmarks"])
    {
        return FileRole::Test;
    }
    if file.ends_with("_test.ex") || is_in(&["support"]) && is_in(&["spec", "integration_test"]) {
        return FileRole::Test;
    }
    if file.ends_with(".exs") {
        FileRole::Script
    } else {
        FileRole::Production
    }
}

#[cfg(test)]
mod tests;
