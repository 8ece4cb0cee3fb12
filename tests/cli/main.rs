//! The built command, as its users run it.
mod baseline;
mod check;
mod config;
mod fix;
mod outputs;
mod since;
mod stdin;
mod support;
mod suppress;
mod tree;
