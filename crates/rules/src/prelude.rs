//! What nearly every rule needs.
#![allow(unused_imports, reason = "each rule takes what it needs")]
pub(crate) use exlint_findings::{Fix, Level, Span, Spanned};
pub(crate) use exlint_project::Project;
pub(crate) use exlint_syntax::{
    Attribute, Body, Call, Callee, Capture, Clause, Def, Directive, File, Function, Kind, Map,
    Match, Mode, Module, Node, Op, Pipe, Role, SectionKind, Struct, Symbol, Tail, TailKind, View,
};
pub(crate) use serde::Deserialize;

pub(crate) use crate::{Cx, On, ProjectCx, Rule, RuleMeta};
