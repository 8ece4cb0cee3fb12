//! The processor time of parsing all Elixir files of a folder with plain tree-sitter and the default allocator: what
//! everything else is measured against.
//!
//! `cargo run --release -p exlint_syntax --example parse_only -- DIR [lower]`; with `lower`, of parsing and lowering.
#![allow(clippy::print_stdout, reason = "printing is what it is for")]
use std::{env, fs, path::Path, time::Instant};

fn main() {
    let mut arguments = env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| ".".to_owned());
    let lower = arguments.next().is_some();
    let mut sources = Vec::new();
    read(Path::new(&folder), &mut sources);
    let bytes: usize = sources.iter().map(String::len).sum();
    let start = Instant::now();
    let mut nodes = 0;
    for source in &sources {
        let tree = exlint_syntax::Tree::parse(source);
        if lower {
            nodes += tree.lower(source.clone()).nodes().count();
        }
    }
    let time = start.elapsed();
    println!(
        "{} files, {bytes} bytes, {nodes} nodes: {:.3} s",
        sources.len(),
        time.as_secs_f64()
    );
}

fn read(folder: &Path, sources: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            read(&path, sources);
        } else if path.extension().is_some_and(|it| it == "ex" || it == "exs") {
            sources.extend(fs::read_to_string(path));
        }
    }
}
