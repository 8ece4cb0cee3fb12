//! The tables of the shipped `rules.toml`: well-formed, without duplicates, and true of the standard library.
use std::collections::{BTreeMap, BTreeSet};

use exlint_project::Tables;

const RULES: &str = include_str!("../../../rules.toml");
const STDLIB: &str = include_str!("../../syntax/data/stdlib.txt");

#[test]
fn every_table_has_rows() {
    let tables = shipped();
    assert!(!tables.sinks.is_empty());
    assert!(!tables.spawners.is_empty());
    assert!(!tables.inline.is_empty());
    assert!(!tables.pure.is_empty());
}

#[test]
fn spawners_name_an_arity_and_inline_functions_do_not() {
    let tables = shipped();
    let unclear = |name: &&String| {
        name_and_arity(function_of(name).1).is_none_or(|(_, arity)| arity.is_none())
    };
    let fixed = |name: &&String| {
        name_and_arity(function_of(name).1).is_none_or(|(_, arity)| arity.is_some())
    };
    assert_eq!(tables.spawners.iter().find(unclear), None);
    assert_eq!(tables.inline.iter().find(fixed), None);
    assert_eq!(tables.pure.iter().find(fixed), None);
}

#[test]
fn no_function_is_listed_twice() {
    let tables = shipped();
    let mut sinks = BTreeSet::new();
    for sink in &tables.sinks {
        for function in &sink.functions {
            assert!(
                sinks.insert((&sink.module, function)),
                "{}.{function} is listed twice",
                sink.module
            );
            let (name, arity) =
                name_and_arity(function).expect("a function's name, perhaps with its arity");
            let covered = arity.is_some() && sinks.contains(&(&sink.module, &name.to_owned()));
            assert!(
                !covered,
                "{}.{function} is covered by a row for all arities",
                sink.module
            );
        }
    }
    for names in [&tables.spawners, &tables.inline] {
        let mut seen = BTreeSet::new();
        assert_eq!(names.iter().find(|name| !seen.insert(*name)), None);
    }
}

#[test]
fn what_is_said_of_the_standard_library_exists() {
    let tables = shipped();
    let library = library();
    let exists = |module: &str, function: &str| {
        let Some(exports) = library.get(module) else {
            return true;
        };
        let Some((name, arity)) = name_and_arity(function) else {
            return false;
        };
        exports
            .iter()
            .filter_map(|export| name_and_arity(export))
            .any(|(known, known_arity)| known == name && (arity.is_none() || arity == known_arity))
    };

    let mut unknown = Vec::new();
    for sink in &tables.sinks {
        for function in &sink.functions {
            if !exists(&sink.module, function) {
                unknown.push(format!("{}.{function}", sink.module));
            }
        }
    }
    for name in tables
        .spawners
        .iter()
        .chain(&tables.inline)
        .chain(&tables.pure)
    {
        let (module, function) = function_of(name);
        if !exists(module, function) {
            unknown.push(name.clone());
        }
    }
    assert_eq!(unknown, Vec::<String>::new());
}

fn shipped() -> Tables {
    toml::from_str(RULES).expect("rules.toml has the form of the tables")
}

/// The exports of each module of the standard library.
fn library() -> BTreeMap<&'static str, Vec<&'static str>> {
    STDLIB
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, words.filter(|word| *word != "|").collect()))
        })
        .collect()
}

/// `Mod.fun/1` as `Mod` and `fun/1`.
fn function_of(name: &str) -> (&str, &str) {
    name.rsplit_once('.').expect("a module and a function")
}

/// `fun/1` as `fun` and 1, `fun` as `fun` alone; nothing if the arity is no number.
fn name_and_arity(function: &str) -> Option<(&str, Option<u32>)> {
    match function.rsplit_once('/') {
        None => Some((function, None)),
        Some((name, arity)) => Some((name, Some(arity.parse().ok()?))),
    }
}
