//! The built command, as its users run it.
mod baseline;
mod cache;
mod check;
mod config;
mod determinism;
mod fix;
mod graph;
mod hostile;
mod outputs;
mod since;
mod stdin;
mod support;
mod suppress;
mod surprises;
#[cfg(target_os = "linux")]
mod terminal;
mod tree;
mod trouble;
