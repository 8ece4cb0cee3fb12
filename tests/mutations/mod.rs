//! Fixtures with something wrong in them.
use std::{fs, path::Path, sync::OnceLock};

use proptest::{collection::vec, prelude::*};

/// One thing done to a text; places are parts of its length.
#[derive(Clone, Debug)]
pub enum Mutation {
    /// The text ends here.
    Truncate(f64),
    /// What stands between two places goes.
    Delete(f64, f64),
    /// What stands between two places is put at a third.
    Splice(f64, f64, f64),
    Insert(f64, String),
}

/// What Elixir is made of.
const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<<",
    ">>",
    "%{",
    "do",
    "end",
    "fn",
    "->",
    "|>",
    "=",
    ".",
    ",",
    ":",
    "\"",
    "'",
    "\"\"\"",
    "~s(",
    "#{",
    "#",
    "&",
    "&1",
    "@",
    "?",
    "\\",
    "\n",
    "\r\n",
    " ",
    "\0",
    "\u{feff}",
    "é",
    "🦀",
    "when ",
    "not ",
    "in ",
    "else",
    "rescue",
    "quote do",
    "unquote(",
    "defmodule A do",
    "def f(",
    "alias A.{",
    "import ",
    "use ",
    "__MODULE__",
    "0x",
    "1_",
    "::",
    "\\\\",
    "<-",
    "..",
    "//",
    ";",
    "%",
    "^",
    "~H\"\"\"",
    "<%= ",
    "%>",
    "<.",
    "-->",
    "# exlint:ignore ",
    "# credo:disable-for-this-file",
];

pub fn any() -> impl Strategy<Value = Vec<Mutation>> {
    let place = || 0.0..1.0_f64;
    let piece = (0..PIECES.len()).prop_map(|it| PIECES[it].to_owned());
    let text = prop_oneof![3 => piece, 1 => "\\PC{0,4}"];
    let one = prop_oneof![
        1 => place().prop_map(Mutation::Truncate),
        2 => (place(), place()).prop_map(|(start, end)| Mutation::Delete(start, end)),
        2 => (place(), place(), place()).prop_map(|(start, end, to)| Mutation::Splice(start, end, to)),
        5 => (place(), text).prop_map(|(at, text)| Mutation::Insert(at, text)),
    ];
    vec(one, 0..8)
}

/// `cases` for each property; `PROPTEST_CASES` asks for more. What fails is printed, not kept.
pub fn config(cases: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig {
        cases: if std::env::var_os("PROPTEST_CASES").is_some() {
            usual.cases
        } else {
            cases
        },
        failure_persistence: None,
        ..usual
    }
}

pub fn mutated(source: &str, mutations: &[Mutation]) -> String {
    let mut text = source.to_owned();
    for mutation in mutations {
        match mutation {
            Mutation::Truncate(end) => text.truncate(place(&text, *end)),
            Mutation::Delete(one, other) => {
                let range = range(&text, *one, *other);
                text.replace_range(range, "");
            }
            Mutation::Splice(one, other, to) => {
                let part = text[range(&text, *one, *other)].to_owned();
                text.insert_str(place(&text, *to), &part);
            }
            Mutation::Insert(at, inserted) => text.insert_str(place(&text, *at), inserted),
        }
    }
    text
}

/// A place between two characters.
fn place(text: &str, part: f64) -> usize {
    boundary(text, (text.len() as f64 * part) as usize)
}

/// At most two thousand bytes, so that texts do not double with each splice.
fn range(text: &str, one: f64, other: f64) -> std::ops::Range<usize> {
    let (one, other) = (place(text, one), place(text, other));
    let start = one.min(other);
    start..boundary(text, one.max(other).min(start + 2_000))
}

/// The place before `at`, or there, that is between two characters.
fn boundary(text: &str, at: usize) -> usize {
    let mut places = (0..=at).rev();
    places.find(|it| text.is_char_boundary(*it)).unwrap_or(0)
}

/// The fixtures of the parser and of the rules.
pub fn sources() -> &'static [String] {
    static SOURCES: OnceLock<Vec<String>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = root.ancestors().find(|it| it.join("fixtures").is_dir());
        let fixtures = root.expect("there are fixtures").join("fixtures");
        let mut paths = Vec::new();
        for folder in ["syntax", "rules", "broken"] {
            let entries = fs::read_dir(fixtures.join(folder)).expect("fixtures can be listed");
            paths.extend(entries.map(|it| it.expect("fixtures can be listed").path()));
        }
        paths.retain(|it| it.extension().is_some_and(|it| it == "ex" || it == "exs"));
        paths.sort();
        let texts = paths.iter().filter_map(|it| fs::read_to_string(it).ok());
        texts.collect()
    })
}
