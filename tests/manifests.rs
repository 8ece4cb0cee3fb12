//! What the manifests of the crates promise: who builds on whom, on what else, and where `unsafe` may stand.
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use toml::{Table, Value};

/// Each crate, and what it is built on besides `std`. A crate of somebody else is a promise to follow it: it is added
/// here by somebody who has looked at it.
const CRATES: &[(&str, &str)] = &[
    (
        "exlint",
        "clap clap_complete clap_mangen exlint_engine exlint_findings exlint_report exlint_rules \
         exlint_syntax indicatif mimalloc signal-hook similar supports-hyperlinks supports-unicode tempfile \
         terminal_size thiserror",
    ),
    (
        "exlint_engine",
        "exlint_facts exlint_findings exlint_project exlint_rules exlint_syntax ignore postcard rayon \
         regex-lite rustc-hash serde serde_json strsim tempfile thiserror toml xxhash-rust",
    ),
    (
        "exlint_facts",
        "exlint_findings exlint_syntax rustc-hash serde thin-vec",
    ),
    ("exlint_findings", "serde"),
    (
        "exlint_parser",
        "bumpalo libc tree-sitter tree-sitter-elixir",
    ),
    (
        "exlint_project",
        "exlint_facts exlint_findings indexmap petgraph rayon rustc-hash serde",
    ),
    (
        "exlint_report",
        "exlint_findings exlint_rules miette serde serde_json textwrap unicode-width",
    ),
    (
        "exlint_rules",
        "exlint_facts exlint_findings exlint_project exlint_rules_macros exlint_syntax rustc-hash serde toml",
    ),
    ("exlint_rules_macros", "proc-macro2 quote syn"),
    (
        "exlint_syntax",
        "exlint_findings exlint_parser memchr rustc-hash rustix",
    ),
];

/// The one crate in which `unsafe` is allowed.
const UNSAFE: &str = "exlint_parser";

#[test]
fn crates_are_built_on_what_is_listed() {
    let listed: BTreeMap<&str, Vec<&str>> = CRATES
        .iter()
        .map(|it| (it.0, it.1.split_whitespace().collect()))
        .collect();
    let manifests = manifests();
    let found = manifests.iter().map(|(name, manifest)| {
        let mut on = Vec::new();
        dependencies(manifest, &mut |name, _| on.push(name));
        on.sort_unstable();
        (name.as_str(), on)
    });
    assert_eq!(found.collect::<BTreeMap<_, _>>(), listed);
}

#[test]
fn dependencies_come_from_the_registry_or_the_workspace() {
    let shared = workspace();
    let shared = &shared["workspace"]["dependencies"];
    let check = |name: &str, wish: &Value| {
        let wish = match wish.get("workspace") {
            Some(_) => &shared[name],
            None => wish,
        };
        let version = wish.as_str().or_else(|| wish["version"].as_str());
        assert!(
            version.is_some_and(|it| !it.contains('*')),
            "{name}: {wish:?}"
        );
        assert!(wish.get("git").is_none(), "{name}: {wish:?}");
        assert!(
            wish.get("path").is_none() || name.starts_with("exlint_"),
            "{name}: {wish:?}"
        );
    };
    manifests()
        .values()
        .for_each(|manifest| dependencies(manifest, &mut |name, wish| check(name, wish)));
}

#[test]
fn unsafe_code_is_forbidden_outside_the_parser() {
    let workspace = workspace();
    assert_eq!(
        workspace["workspace"]["lints"]["rust"]["unsafe_code"].as_str(),
        Some("forbid")
    );
    for (name, manifest) in manifests() {
        let takes_over = manifest["lints"].get("workspace").and_then(Value::as_bool);
        assert_eq!(takes_over, (name != UNSAFE).then_some(true), "{name}");
    }
}

#[test]
fn crates_have_the_licence_of_the_workspace() {
    let licence = workspace()["workspace"]["package"]["license"].clone();
    assert_eq!(licence.as_str(), Some("MIT OR Apache-2.0"));
    for (name, manifest) in manifests() {
        assert_eq!(
            manifest["package"]["license"]["workspace"].as_bool(),
            Some(true),
            "{name}"
        );
    }
}

fn workspace() -> Table {
    manifest(Path::new("."))
}

/// Of each crate of the workspace, by name.
fn manifests() -> BTreeMap<String, Table> {
    let workspace = workspace();
    let members = workspace["workspace"]["members"]
        .as_array()
        .expect("a list");
    let manifests = members.iter().map(|member| {
        let manifest = manifest(Path::new(member.as_str().expect("a folder")));
        (
            manifest["package"]["name"]
                .as_str()
                .expect("a name")
                .to_owned(),
            manifest,
        )
    });
    manifests.collect()
}

fn manifest(folder: &Path) -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(folder)
        .join("Cargo.toml");
    let text = fs::read_to_string(path).expect("a manifest");
    text.parse().expect("TOML")
}

/// What goes into the crate, on whatever platform; not what only its tests need.
fn dependencies<'a>(manifest: &'a Table, see: &mut dyn FnMut(&'a str, &'a Value)) {
    let targets = manifest.get("target").and_then(Value::as_table).into_iter();
    let targets = targets.flat_map(Table::values).filter_map(Value::as_table);
    for table in std::iter::once(manifest).chain(targets) {
        let kinds = ["dependencies", "build-dependencies"].map(|kind| table.get(kind));
        for dependencies in kinds.into_iter().flatten().filter_map(Value::as_table) {
            dependencies.iter().for_each(|(name, wish)| see(name, wish));
        }
    }
}
