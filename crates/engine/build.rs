//! Hashes the sources that decide what a run finds, so that no build trusts the results of another with the same
//! version number.
#![allow(
    clippy::print_stdout,
    reason = "that is how a build script speaks to Cargo"
)]
use std::path::{Path, PathBuf};
use std::{env, fs};

/// What lies beside this crate in a checkout; of a published crate, the version says it all.
const SOURCES: &[&str] = &[
    "src",
    "../facts/src",
    "../findings/src",
    "../project/src",
    "../rules/src",
    "../rules_macros/src",
    "../syntax/src",
    "../../Cargo.lock",
];

fn main() {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for source in SOURCES.iter().map(Path::new).filter(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", source.display());
        add(&mut hash, source);
    }
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    println!("cargo::rustc-env=EXLINT_BUILD={version}-{hash:016x}");
}

fn add(hash: &mut u64, path: &Path) {
    let mut inside: Vec<PathBuf> = fs::read_dir(path)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    inside.sort();
    inside.iter().for_each(|path| add(hash, path));
    for byte in fs::read(path).unwrap_or_default() {
        *hash = (*hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
}
