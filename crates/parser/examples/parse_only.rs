//! The processor time of parsing all Elixir files of a folder with plain tree-sitter and the default allocator: what
//! everything else is measured against.
//!
//! `cargo run --release -p exlint_parser --example parse_only -- DIR [arena]`; with `arena`, as this crate parses.
#![allow(clippy::print_stdout, reason = "printing is what it is for")]
use std::{env, fs, path::Path, time::Instant};

use tree_sitter::Parser;

fn main() {
    let mut arguments = env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| ".".to_owned());
    let arena = arguments.next().is_some();
    let mut sources = Vec::new();
    read(Path::new(&folder), &mut sources);
    let bytes: usize = sources.iter().map(String::len).sum();
    let start = Instant::now();
    let mut parser = Parser::new();
    parser
        .set_language(&exlint_parser::language())
        .expect("the grammar is built for this tree-sitter");
    let trees = sources.iter().filter(|source| match arena {
        true => exlint_parser::parse(source, |_| true).is_some(),
        false => parser.parse(source, None).is_some(),
    });
    let trees = trees.count();
    let time = start.elapsed().as_secs_f64();
    println!("{trees} files, {bytes} bytes: {time:.3} s");
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
