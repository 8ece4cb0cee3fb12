//! The built command, as its users run it.
mod check;
mod support;
