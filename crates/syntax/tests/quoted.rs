//! The grammar tour, compared with what Elixir's own parser makes of it (`fixtures/syntax/*.quoted`).
use std::{fs, path::PathBuf};

/// Holds what the grammar package reads otherwise than Elixir; listed in the README of this crate.
const BEYOND_GRAMMAR: &str = "beyond_grammar";

fn tour() -> Vec<(String, String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/syntax");
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the tour is there") {
        let path = entry.expect("the tour can be listed").path();
        if path.extension().is_some_and(|it| it == "exs") {
            let read = |path: PathBuf| fs::read_to_string(path).expect("the tour can be read");
            let name = path
                .file_stem()
                .map(|it| it.to_string_lossy().into_owned())
                .unwrap_or_default();
            files.push((
                name,
                read(path.clone()),
                read(path.with_extension("quoted")),
            ));
        }
    }
    files.sort();
    files
}

fn quoted(source: &str) -> String {
    exlint_syntax::quoted(&exlint_syntax::parse(source.trim_start_matches('\u{feff}')))
}

#[test]
fn the_tree_holds_what_elixir_reads() {
    let tour = tour();
    assert!(tour.len() >= 19, "the tour has {} files", tour.len());
    for (name, source, expected) in tour.iter().filter(|(name, ..)| name != BEYOND_GRAMMAR) {
        let found = quoted(source);
        let first = found
            .lines()
            .zip(expected.lines())
            .position(|(found, expected)| found != expected);
        let line = first.unwrap_or(found.lines().count().min(expected.lines().count()));
        assert!(
            found == *expected,
            "{name}: line {}: {:?}, and Elixir {:?}",
            line + 1,
            found.lines().nth(line),
            expected.lines().nth(line)
        );
    }
}

/// When this fails the grammar has caught up: move the construct into the tour.
#[test]
fn known_slips_of_the_grammar_still_slip() {
    for (_, source, expected) in tour().iter().filter(|(name, ..)| name == BEYOND_GRAMMAR) {
        assert_ne!(quoted(source), *expected);
    }
}

#[test]
fn blank_lines_and_comments_change_nothing_but_places() {
    let forms = |source: &str| -> Vec<String> {
        let without_place = |line: &str| {
            let (form, place) = line.rsplit_once(' ').unwrap_or((line, ""));
            let is_place =
                place.contains(':') && place.chars().all(|it| it.is_ascii_digit() || it == ':');
            if is_place {
                form.to_owned()
            } else {
                line.to_owned()
            }
        };
        quoted(source).lines().map(without_place).collect()
    };
    for name in ["definitions", "calls", "stab", "blocks"] {
        let (_, source, _) = tour()
            .into_iter()
            .find(|(it, ..)| it == name)
            .expect("it is part of the tour");
        let spaced: String = source
            .split_inclusive('\n')
            .map(|line| {
                if line.trim().is_empty() {
                    format!("{line}# a comment\n\n")
                } else {
                    line.to_owned()
                }
            })
            .collect();
        assert_eq!(forms(&source), forms(&spaced), "{name}");
    }
}
